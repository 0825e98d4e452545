import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { between, seconds } from "../../src/base/time.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import type { LabProcess } from "../../lab/lab-process.js";
import { addressesOf, LOCUM, skip, untilOn } from "./fixture.js";

const STUBBORN_AGENT: string = fileURLToPath(new URL("../support/stubborn-agent.js", import.meta.url));
/** What an operator's tools wait at most before they kill it, with as much again, and more, for a busy machine. */
const STOP_MAX = seconds(5 + 10);

describe("agents that can't do what they are to", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2 });
  });
  after(async () => trial.close());

  it("end within five seconds of the order when nobody takes over and the address can't be taken off", async () => {
    const agent = await trial.host("web1").spawn([process.execPath, STUBBORN_AGENT, "web1"]);
    await untilOn(trial, SHOP_ADDRESS, ["web1"]);
    const told = bootClock();
    agent.signal("SIGTERM");
    await agent.exited;
    const took = between(told, bootClock());
    assert.ok(took > seconds(1), "its stop was hindered");
    assert.ok(took < STOP_MAX, `it took ${took} us`);
    assert.match(agent.tail(), /refused on purpose/);
  });

  it("are not started with a file that is wrong, and say where and what to do", async () => {
    trial.host("web2").writeFile("/etc/locum/wrong.yaml", "cluster: trial\nnodse: {}\n");
    const agent = await start([], "--config", "/etc/locum/wrong.yaml");
    assert.deepEqual(await agent.exited, { code: 2, signal: null });
    assert.match(agent.tail(), /\/etc\/locum\/wrong\.yaml:2:1: .*nodse/);
    assert.match(agent.tail(), /nodes/);
  });

  it("are not started without the right to change addresses, and say which one is missing", async () => {
    const agent = await start(["setpriv", "--bounding-set=-net_admin,-net_raw", "--"]);
    assert.deepEqual(await agent.exited, { code: 2, signal: null });
    assert.match(agent.tail(), /may not add and remove service addresses: CAP_NET_ADMIN is missing/);
    assert.match(agent.tail(), /Give the container or unit CAP_NET_ADMIN/);
    assert.ok(!(await addressesOf(trial, "web2")).includes(SHOP_ADDRESS));
  });

  /** On a node without another agent. */
  const start = (as: readonly string[], ...flags: readonly string[]): Promise<LabProcess> =>
    trial.host("web2").spawn([...as, process.execPath, LOCUM, "agent", "--node", "web2", ...flags]);
});
