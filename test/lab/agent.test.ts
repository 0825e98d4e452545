import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { seconds } from "../../src/base/time.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { StatusDocument } from "../../src/model/status-document.js";
import type { Exit } from "../../lab/lab-process.js";
import { startTcpClient, startTcpEcho, type UdpProbe } from "../../lab/measure.js";
import {
  CONFIG,
  eventsOf,
  eventually,
  latestEvent,
  LOCUM,
  rolesOf,
  skip,
  SWITCHES,
  takeover,
  untilAgreed,
  untilOn,
} from "./fixture.js";

const CRASHING_AGENT: string = fileURLToPath(new URL("../support/crashing-agent.js", import.meta.url));
const TCP_PORT = 7_001;
/** Within that a holder looks for its clients and tells the other. */
const HOLDER_READS_CLIENTS_MS = 2_500;
const STATE = "/var/lib/locum";

const hasFinding = ({ findings }: StatusDocument, text: string): boolean =>
  findings.some((finding) => JSON.stringify(finding).includes(text));

describe("two agents with one service", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2 });
    await trial.startAgents();
    const { holder } = await rolesOf(trial);
    probe = await trial.startProbe();
    await probe.servedBy(holder);
  });
  after(async () => trial.close());

  it("move it when all cables of its holder are cut, and agree again when they are back", async () => {
    const { holder, other } = await rolesOf(trial);
    await takeover(probe, other, () => SWITCHES.forEach((name) => trial.lab.cut(holder, name)));
    for (const name of SWITCHES) trial.lab.restore(holder, name);
    await untilAgreed(trial);
  });

  it("move it when its agent is told to stop, which takes the address off and says goodbye", async () => {
    const { holder, other } = await rolesOf(trial);
    await takeover(probe, other, () => trial.agent(holder).signal("SIGTERM"));
    assert.deepEqual(await trial.agent(holder).exited, { code: 0, signal: null } satisfies Exit);
    await untilOn(trial, SHOP_ADDRESS, [other]);
    const left = await trial.until(other, ({ nodes }) => nodes[holder]?.state !== "up");
    assert.equal(left.services["shop"]?.holder, other);
    await trial.startAgent(holder);
    await untilAgreed(trial);
  });

  it("move it when its agent is killed, whose guard takes the address off", async () => {
    const { holder, other } = await rolesOf(trial);
    await takeover(probe, other, () => trial.agent(holder).signal("SIGKILL"));
    await trial.agent(holder).exited;
    await untilOn(trial, SHOP_ADDRESS, [other]);
    await trial.startAgent(holder);
    await untilAgreed(trial);
  });

  it("know what happened before they were killed", async () => {
    for (const node of trial.nodes) {
      const starts: number[] = [];
      for await (const { code, sequence } of trial.client(node).events()) {
        if (code === "agent.started") starts.push(sequence);
      }
      assert.ok(starts.length > 1, `${node} remembers ${starts.length} starts`);
      assert.deepEqual(
        starts,
        starts.toSorted((a, b) => a - b),
      );
    }
  });

  it("move it when the agent of its holder has a defect: it says so and ends, and the guard takes the address off", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.agent(holder).end();
    await trial.until(other, ({ services: { shop } }) => shop?.holder === other && shop.state === "active");
    const crashing = await trial.host(holder).spawn([process.execPath, CRASHING_AGENT, holder]);
    await trial.untilFit(holder, other);
    const handedOver = bootClock();
    await trial.agent(other).end();
    await probe.servedBy(holder, handedOver);
    await trial.startAgent(other);
    await untilAgreed(trial);
    await takeover(probe, other, () => crashing.signal("SIGUSR2"));
    assert.deepEqual(await crashing.exited, { code: 70, signal: null });
    assert.match(crashing.tail(), /A defect ends the agent: Error: a defect made on purpose/);
    await untilOn(trial, SHOP_ADDRESS, [other]);
    await trial.startAgent(holder);
    await untilAgreed(trial);
  });

  it("tell a client that only waits that its connection has ended", async () => {
    for (const node of trial.nodes) await startTcpEcho(trial.host(node), TCP_PORT);
    const { holder } = await rolesOf(trial);
    const place = { address: SHOP_ADDRESS, port: TCP_PORT };
    const client = await startTcpClient(trial.host("client"), { ...place, interval: seconds(3_600) });
    await client.servedBy(holder);
    // Nothing tells when the other node has heard of it: if it had not, the service is moved once more.
    await eventually(
      async () => {
        await pause(HOLDER_READS_CLIENTS_MS);
        const { other } = await rolesOf(trial);
        await trial.settle("shop", other);
        return (await client.report()).connections.some(({ endedAt }) => endedAt !== undefined);
      },
      () => "the connection to a former holder ends",
    );
  });

  it("refuse a bad configuration whole, and take a good one into use, without moving anything", async () => {
    const { holder } = await rolesOf(trial);
    const file = trial.host(holder).outside(CONFIG);
    const good = readFileSync(file, "utf8");
    const { services, configHash } = await trial.client(holder).status();
    trial.host(holder).writeFile(CONFIG, good.replace("services:", "servces:"));
    trial.agent(holder).signal("SIGHUP");
    const refused = await trial.until(holder, (status) => hasFinding(status, "stays in force"));
    assert.equal(refused.configHash, configHash);
    trial.host(holder).writeFile(CONFIG, `${good}  extra:\n    addresses: [192.168.1.9/24]\n    nodes: [${holder}]\n`);
    trial.agent(holder).signal("SIGHUP");
    const changed = await trial.until(
      holder,
      (status) => status.services["extra"]?.state === "active" && !hasFinding(status, "stays in force"),
    );
    assert.equal(changed.services["shop"]?.holder, services["shop"]?.holder);
    assert.equal(changed.services["shop"]?.epoch, services["shop"]?.epoch);
    await untilOn(trial, "192.168.1.9", [holder]);
    trial.host(holder).writeFile(CONFIG, good);
    trial.agent(holder).signal("SIGHUP");
    await trial.until(holder, (status) => status.services["extra"] === undefined);
    await untilOn(trial, "192.168.1.9", []);
  });

  it("run on while the state directory can't be written, and say so", async () => {
    const { holder } = await rolesOf(trial);
    await trial.host(holder).run(["mount", "-t", "tmpfs", "-o", "ro", "none", STATE]);
    await trial.client(holder).pause();
    await trial.until(holder, (status) => hasFinding(status, "state directory") && status.paused);
    await trial.host(holder).run(["umount", STATE]);
    await trial.client(holder).unpause();
    await trial.until(holder, (status) => !hasFinding(status, "state directory"));
  });

  it("are one on each machine: a second one is refused, and leaves the first alone", async () => {
    const second = await trial
      .host("web1")
      .spawn([process.execPath, LOCUM, "agent", "--node", "web1", "--state", "/run/other"]);
    assert.deepEqual(await second.exited, { code: 1, signal: null });
    assert.match(second.tail(), new RegExp(`another agent \\(process ${trial.agent("web1").pid}\\) has it`));
    const third = await trial
      .host("web1")
      .spawn([process.execPath, LOCUM, "agent", "--node", "web1", "--socket", "/run/other.sock"]);
    assert.deepEqual(await third.exited, { code: 1, signal: null });
    assert.match(third.tail(), /another agent uses the state directory/);
    trial.host("web1").writeFile("/run/taken", "");
    const fourth = await trial
      .host("web1")
      .spawn([process.execPath, LOCUM, "agent", "--node", "web1", "--socket", "/run/taken", "--state", "/run/other"]);
    assert.deepEqual(await fourth.exited, { code: 1, signal: null });
    assert.match(fourth.tail(), /Cannot listen on \/run\/taken/);
    await trial.client("web1").health();
  });
});

describe("an agent that would wait long for a silent one", { skip }, () => {
  it("takes over from one that is killed at the word of its guard", async () => {
    const trial = await Trial.open({ nodes: 2, detection: "{ interval: 25ms, timeout: 30s }" });
    try {
      await trial.startAgents();
      const { holder, other } = await rolesOf(trial);
      const since = await latestEvent(trial, other);
      trial.killAgent(holder);
      await trial.untilHeldBy("shop", other);
      const told = await eventsOf(trial, other, ["node.crashed", "node.down"], since);
      assert.deepEqual(
        told.map(({ code }) => code),
        ["node.crashed"],
      );
    } finally {
      await trial.close();
    }
  });
});
