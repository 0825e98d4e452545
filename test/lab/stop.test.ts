import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { between, seconds } from "../../src/base/time.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { skip, untilOn } from "./fixture.js";

const STUBBORN_AGENT: string = fileURLToPath(new URL("../support/stubborn-agent.js", import.meta.url));
/** What an operator's tools wait at most before they kill it, with as much again, and more, for a busy machine. */
const STOP_MAX = seconds(5 + 10);

describe("an agent that nobody takes over from and that can't take its address off", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2 });
  });
  after(async () => trial.close());

  it("ends within five seconds of the order all the same", async () => {
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
});
