import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import type { LocumError } from "../../src/base/locum-error.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { UdpProbe } from "../../lab/measure.js";
import {
  assertNothingMoved,
  CONFIG,
  editConfiguration,
  eventsOf,
  kernelsWith,
  presentEvents,
  reload,
  rolesOf,
  skip,
  unnoticed,
  untilAgreed,
  untilFinding,
  untilNoFinding,
} from "./fixture.js";

const withoutThird = (text: string): string => text.replace(/ {2}web3: .*\n/, "").replace(", web3]", "]");

describe("files that would part the nodes, or forget one", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;
  const pair = ["web1", "web2"];

  before(async () => {
    trial = await Trial.open({ nodes: 3 });
    for (const node of pair) editConfiguration(trial, node, withoutThird);
    await Promise.all(pair.map((node) => trial.startAgent(node)));
    await untilAgreed(trial, pair);
    probe = await trial.startProbe();
  });
  after(async () => trial.close());

  it("a node that the others do not know yet holds nothing until they do", async () => {
    const { holder, epoch } = await rolesOf(trial, "shop", pair);
    await unnoticed(probe, async () => {
      await trial.startAgent("web3");
      for (const node of pair) {
        assert.match(await untilFinding(trial, "web3", { kind: "not-known-to-peer", node }), new RegExp(node));
      }
      assert.deepEqual(await kernelsWith(trial, SHOP_ADDRESS), [holder]);
      const text = readFileSync(trial.host("web3").outside(CONFIG), "utf8");
      editConfiguration(trial, "web1", () => text);
      await reload(trial, "web1");
      await trial.until("web3", ({ nodes }) => nodes["web1"]?.state === "up");
      await untilFinding(trial, "web3", { kind: "not-known-to-peer", node: "web2" });
      editConfiguration(trial, "web2", () => text);
      await reload(trial, "web2");
      for (const node of trial.nodes) await untilNoFinding(trial, node);
    });
    const agreed = await untilAgreed(trial);
    assert.deepEqual([agreed.services["shop"]?.holder, agreed.services["shop"]?.epoch], [holder, epoch]);
  });

  it("another port and cluster name are refused, and taken up in a pause without anything moving", async () => {
    const before = await presentEvents(trial);
    await unnoticed(probe, async () => {
      const changed = (text: string): string => `${text.replace("cluster: trial", "cluster: retrial")}\nport: 5123\n`;
      for (const node of trial.nodes) editConfiguration(trial, node, changed);
      trial.agent("web1").signal("SIGHUP");
      assert.match(await untilFinding(trial, "web1", { kind: "configuration-refused" }), /would not hear each other/);
      await untilAgreed(trial);
      await trial.locum("web2", "pause");
      for (const node of trial.nodes) await trial.until(node, ({ paused }) => paused);
      for (const node of trial.nodes) await reload(trial, node);
      await untilAgreed(trial);
      await trial.locum("web2", "unpause");
      for (const node of trial.nodes) await trial.until(node, ({ paused }) => !paused);
      for (const node of trial.nodes) await untilNoFinding(trial, node);
    });
    await assertNothingMoved(trial, before);
  });

  it("a pause does not end while the machine of a stopped agent keeps addresses", async () => {
    const { holder, other } = await rolesOf(trial);
    const before = await presentEvents(trial, [other]);
    await unnoticed(probe, async () => {
      await trial.locum(other, "pause");
      for (const node of trial.nodes) await trial.until(node, ({ paused }) => paused);
      trial.stopAgent(holder);
      assert.equal((await trial.agent(holder).exited).code, 0);
      const seen = await trial.until(other, ({ services }) => services["shop"]?.state === "stopped");
      assert.equal(seen.services["shop"]?.holder, holder);
      await assert.rejects(trial.client(other).unpause(), (error: LocumError) => {
        assert.match(error.message, new RegExp(`^${holder}'s agent is stopped and its machine keeps ${SHOP_ADDRESS};`));
        return error.failure.code === "left-behind";
      });
      await trial.startAgent(holder);
      await untilAgreed(trial);
      await trial.locum(other, "unpause");
      for (const node of trial.nodes) await trial.until(node, ({ paused }) => !paused);
      await untilAgreed(trial);
    });
    const moves = await eventsOf(trial, other, ["service.claimed"], before.get(other));
    assert.deepEqual(moves, []);
    assert.deepEqual(await kernelsWith(trial, SHOP_ADDRESS), [holder]);
  });

  it("a node that is alive is not forgotten; when it reads the file without itself, it hands over and ends", async () => {
    await trial.client("web1").move("shop", { to: "web3" });
    await untilAgreed(trial);
    await unnoticed(probe, async () => {
      for (const node of trial.nodes) editConfiguration(trial, node, withoutThird);
      trial.agent("web1").signal("SIGHUP");
      assert.match(await untilFinding(trial, "web1", { kind: "configuration-refused" }), /web3, which is alive/);
      trial.agent("web3").signal("SIGHUP");
      assert.equal((await trial.agent("web3").exited).code, 0);
      for (const node of pair) await reload(trial, node);
      for (const node of pair) await untilNoFinding(trial, node);
    });
    const { holder } = await rolesOf(trial, "shop", pair);
    assert.deepEqual(await kernelsWith(trial, SHOP_ADDRESS), [holder]);
    assert.match(trial.agent("web3").tail(), /not in the changed cluster file/);
  });
});

/** How far apart two nodes read a file, of which each round has a new service. */
const APART_MS = [0, 5, 10, 20, 30, 45, 60, 80];

describe("a file with a new service that reaches two nodes at nearly the same time", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2 });
    await trial.startAgents();
    await untilAgreed(trial);
  });
  after(async () => trial.close());

  for (const [round, apart] of APART_MS.entries()) {
    it(`one node takes the service, and runs its program, where they read it ${apart} ms apart`, async () => {
      const name = `late${round}`;
      const address = `192.168.1.${round + 2}/24`;
      const programs = "{ p: { run: [/bin/sleep, '99999'] } }";
      const service = `  ${name}: { addresses: [${address}], nodes: [web1, web2], programs: ${programs} }\n`;
      const before = await presentEvents(trial);
      for (const node of trial.nodes) editConfiguration(trial, node, (text) => `${text}${service}`);
      const [first = "", second = ""] = round % 2 === 0 ? trial.nodes : trial.nodes.toReversed();
      trial.agent(first).signal("SIGHUP");
      await pause(apart);
      trial.agent(second).signal("SIGHUP");
      await trial.untilHeldBy(name, "web1", trial.nodes);
      const claims = await Promise.all(
        trial.nodes.map((node) => eventsOf(trial, node, ["service.claimed"], before.get(node))),
      );
      assert.deepEqual(
        claims.map((events) => events.map(({ data }) => data["service"])),
        [[name], []],
      );
    });
  }
});
