/** Short stories of nodes that are cut off by force (HS-17). */
import assert from "node:assert/strict";
import { seconds } from "../../src/base/time.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import type { FenceConfig } from "../../src/model/fencing.js";
import { programName } from "../../src/model/program.js";
import { type RuleConfig, ruleName } from "../../src/model/rule.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf, hashOf } from "./cluster.js";
import { type Device, fenceConfig, fenceMethod, restartAgent } from "./fence-bench.js";
import { type Scenarios, SHOP, holds, shop } from "./running.js";

const [web1, web2, web3] = [nodeName("web1"), nodeName("web2"), nodeName("web3")];
const IPMI_DEAD: Device = { ms: 3_000, does: "fails" };
const PDU: Device = { ms: 2_000, does: "cuts" };
const STUBBORN = programConfig("db", { stop: { signal: "SIGTERM", timeout: seconds(1) } });

/** Nodes that can be fenced, of which web1 holds a service with a program. */
function fenced(
  config: FenceConfig,
  devices: Readonly<Record<string, Device>>,
  { names = ["web1", "web2"], rules = [] }: { names?: readonly string[]; rules?: readonly RuleConfig[] } = {},
): ScenarioBench {
  const plain = clusterOf(names, { shop: programsConfig([STUBBORN]) });
  const cluster = { ...plain, rules, nodes: plain.nodes.map((node) => ({ ...node, fence: config })) };
  const bench = new ScenarioBench({ ...cluster, hash: hashOf(cluster) });
  for (const [name, device] of Object.entries(devices)) bench.fencing.devices.set(name, device);
  bench.start(...names);
  bench.pass(1_000);
  assert.deepEqual(bench.holders(SHOP), ["web1"]);
  return bench;
}

/** Not even SIGKILL ends the program of web1 any more, and an operator wants the service elsewhere. */
function getStuck(bench: ScenarioBench): void {
  bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
  bench.command("web1", { kind: "move", service: shop, to: web2 });
  bench.pass(11_100);
}

/** The same, and its agent is started anew; at the end, the program can be ended again. */
function getStuckOverRestart(bench: ScenarioBench): void {
  getStuck(bench);
  bench.pass(1_000);
  restartAgent(bench, "web1");
  bench.pass(3_000);
  assert.deepEqual(runs(bench), ["web1"]);
  bench.programs.manners.clear();
}

/** Who runs the program that may run on one node only. */
const runs = (bench: ScenarioBench): readonly string[] =>
  bench.members.map(({ name }) => name).filter((name) => bench.programs.on(name).includes("db"));

const fencesOf = (bench: ScenarioBench): readonly string[] =>
  bench.transcript.flatMap((line) => /(\w+ runs \w+ against \w+)$/.exec(line)?.[1] ?? []);

export const FENCES: Scenarios = {
  "HS-17 what cannot be ended binds its service, the node is fenced by the second method, and another goes on": () => {
    const bench = fenced(fenceConfig(["ipmi", "pdu"]), { ipmi: IPMI_DEAD, pdu: PDU });
    getStuck(bench);
    bench.pass(4_000);
    assert.deepEqual(runs(bench), ["web1"]);
    bench.programs.manners.clear();
    bench.pass(5_000);
    assert.deepEqual(runs(bench), ["web2"]);
    holds(bench, "web2");
    assert.deepEqual(fencesOf(bench), ["web2 runs ipmi against web1", "web2 runs pdu against web1"]);
    const { services, nodes } = bench.member("web2").node.view(bench.now);
    assert.deepEqual(services[0]?.reason, { kind: "holder-fenced", from: web1 });
    assert.deepEqual([nodes[0]?.fence?.state, nodes[0]?.fence?.method], ["done", "pdu"]);
    bench.start("web1");
    bench.pass(1_000);
    assert.equal(bench.member("web2").node.view(bench.now).nodes[0]?.fence, undefined);
    holds(bench, "web2");
    return bench;
  },
  "HS-17 a node that fell silent with a program that cannot be ended is fenced before anybody begins elsewhere": () => {
    const bench = fenced(fenceConfig(["pdu"], { when: [] }), { pdu: PDU });
    getStuck(bench);
    bench.partition("web1", "web2", true);
    bench.pass(5_000);
    assert.deepEqual(runs(bench), ["web1"]);
    assert.ok(bench.findings("web2").some(({ kind }) => kind === "service-unplaced"));
    const refused = bench.command("web2", { kind: "move", service: shop, to: web2 });
    assert.match(refused?.message ?? "", /may not begin before web1 is fenced/);
    // What it knew of the silent node stays.
    restartAgent(bench, "web2");
    bench.pass(2_000);
    assert.deepEqual(runs(bench), ["web1"]);
    bench.programs.manners.clear();
    assert.equal(bench.command("web2", { kind: "fence", node: web1 })?.ok, true);
    bench.pass(6_000);
    assert.deepEqual(runs(bench), ["web2"]);
    return bench;
  },
  "HS-17 a restart of the agent ends no program that cannot be ended: nobody begins elsewhere, and the node is fenced":
    () => {
      const bench = fenced(fenceConfig(["ipmi", "pdu"]), { ipmi: { ms: 6_000, does: "fails" }, pdu: PDU });
      getStuckOverRestart(bench);
      bench.pass(15_000);
      assert.deepEqual(runs(bench), ["web2"]);
      holds(bench, "web2");
      return bench;
    },
  "HS-17 what a restarted agent finds ended, or a machine that was started anew cannot have, binds nobody": () => {
    const bench = fenced(fenceConfig(["pdu"], { when: [] }), { pdu: PDU });
    getStuck(bench);
    bench.command("web1", { kind: "drain", node: web1 });
    restartAgent(bench, "web1");
    bench.pass(15_000);
    assert.deepEqual(runs(bench), ["web1"]);
    bench.programs.end("web1", "db", { kind: "signal", signal: "SIGKILL" });
    bench.programs.manners.clear();
    bench.pass(2_000);
    assert.deepEqual(runs(bench), ["web2"]);
    bench.command("web1", { kind: "resume", node: web1 });
    bench.command("web2", { kind: "move", service: shop, to: web1 });
    bench.pass(2_000);
    getStuck(bench);
    bench.crash("web1");
    bench.programs.manners.clear();
    bench.pass(10_000);
    assert.deepEqual(runs(bench), []);
    bench.start("web1");
    bench.pass(2_000);
    assert.deepEqual(runs(bench).length, 1);
    assert.deepEqual(fencesOf(bench), []);
    return bench;
  },
  "HS-17 what binds a service outlives the agent that keeps it, though its node took the service anew before it fell silent":
    () => {
      const bench = fenced(fenceConfig(["pdu"], { when: [] }), { pdu: PDU });
      getStuck(bench);
      // Its bulletin tells of the later epoch, and its state of nothing any more.
      bench.muted.add("web1");
      restartAgent(bench, "web1");
      bench.partition("web1", "web2", true);
      restartAgent(bench, "web2");
      bench.pass(12_000);
      assert.deepEqual(runs(bench), ["web1"]);
      bench.muted.clear();
      bench.programs.manners.clear();
      assert.equal(bench.command("web2", { kind: "fence", node: web1 })?.ok, true);
      bench.pass(6_000);
      assert.deepEqual(runs(bench), ["web2"]);
      return bench;
    },
  "HS-17 what an earlier agent left of a service that its node does not hold binds it as well": () => {
    const bench = fenced(fenceConfig(["pdu"]), { pdu: PDU });
    bench.crash("web2");
    bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
    bench.command("web1", { kind: "drain", node: web1 });
    restartAgent(bench, "web1");
    bench.pass(1_500);
    bench.start("web2");
    for (let waited = 0; waited < 2_000; waited += 500) {
      assert.deepEqual(runs(bench), ["web1"]);
      bench.pass(500);
    }
    bench.pass(13_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web1"]);
    assert.deepEqual(runs(bench), ["web2"]);
    return bench;
  },
  "HS-17 a method that lies is not believed because the agent of the node is started anew": () => {
    const bench = fenced(fenceConfig(["wrong", "pdu"]), { wrong: { ms: 500, does: "lies" }, pdu: PDU });
    getStuckOverRestart(bench);
    bench.pass(20_000);
    assert.deepEqual(runs(bench), ["web2"]);
    assert.deepEqual(fencesOf(bench), ["web2 runs wrong against web1", "web2 runs pdu against web1"]);
    return bench;
  },
  "HS-17 that a node is off means nothing where nobody could fence it, and what is said of strangers is not kept":
    () => {
      const plain = clusterOf(["web1", "web2", "web3"], { shop: programsConfig([STUBBORN]) });
      const nodes = plain.nodes.map((node) => (node.name === web3 ? node : { ...node, fence: fenceConfig(["pdu"]) }));
      const cluster = { ...plain, nodes };
      const bench = new ScenarioBench({ ...cluster, hash: hashOf(cluster) });
      bench.start("web1", "web2", "web3");
      bench.pass(1_000);
      bench.crash("web3");
      const refused = bench.command("web2", { kind: "fence", node: web3, isOff: true });
      assert.ok(refused?.ok === false && refused.code === "no-fencing");
      const { state } = bench.published.get(web1)?.state ?? {};
      assert.ok(state !== undefined);
      const strangers = ["ghost", "web3"].map((name) => {
        const cause = { kind: "operator" } as const;
        return {
          node: nodeName(name),
          incarnation: 1,
          state: "done",
          cause,
          lasted: seconds(0),
          method: "pdu",
        } as const;
      });
      const told = { ...state, version: state.version + 1, fences: strangers };
      bench.input(bench.member("web2"), { kind: "peer-state-received", peer: web1, state: told });
      bench.pass(1_000);
      assert.ok(!bench.transcript.some((line) => line.includes("ghost")));
      assert.deepEqual(bench.member("web2").saved.fenced, undefined);
      return bench;
    },
  "HS-17 with its power, a node lost what could fence it: an operator says that it is off, and its service goes on":
    () => {
      const bench = fenced(fenceConfig(["ipmi"]), { ipmi: IPMI_DEAD });
      getStuck(bench);
      bench.crash("web1");
      bench.programs.manners.clear();
      bench.pass(120_000);
      assert.deepEqual(runs(bench), []);
      assert.equal(fencesOf(bench).length, 2);
      assert.ok(bench.findings("web2").some(({ kind }) => kind === "fence-failed"));
      bench.pass(700_000);
      assert.equal(fencesOf(bench).length, 4);
      assert.equal(bench.command("web2", { kind: "fence", node: web1, isOff: true })?.ok, true);
      bench.pass(1_000);
      assert.deepEqual(runs(bench), ["web2"]);
      assert.ok(!bench.findings("web2").some(({ kind }) => kind === "fence-failed"));
      return bench;
    },
  "HS-17 that a node is off counts on all nodes, also when the one that is told has not heard of it since it started":
    () => {
      const names = ["web1", "web2", "web3"];
      const plain = clusterOf(names, { shop: { ...programsConfig([STUBBORN]), nodes: [web1, web3] } });
      const nodes = plain.nodes.map((node) => ({ ...node, fence: fenceConfig(["pdu"], { when: [] }) }));
      const cluster = { ...plain, nodes };
      const bench = new ScenarioBench({ ...cluster, hash: hashOf(cluster) });
      bench.start(...names);
      bench.pass(1_000);
      bench.crash("web2");
      bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
      bench.command("web1", { kind: "move", service: shop, to: web3 });
      bench.pass(11_100);
      bench.crash("web1");
      bench.programs.manners.clear();
      bench.start("web2");
      bench.pass(1_000);
      assert.deepEqual(runs(bench), []);
      assert.equal(bench.command("web2", { kind: "fence", node: web1, isOff: true })?.ok, true);
      bench.pass(1_000);
      assert.deepEqual(runs(bench), ["web3"]);
      // What was said of that run says nothing of a later one.
      bench.command("web3", { kind: "drain", node: web3 });
      bench.partition("web1", "web2", true);
      bench.start("web1");
      bench.pass(1_000);
      assert.deepEqual(runs(bench), ["web1"]);
      bench.command("web3", { kind: "resume", node: web3 });
      bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
      bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
      bench.pass(11_100);
      bench.partition("web1", "web3", true);
      bench.pass(5_000);
      assert.deepEqual(runs(bench), ["web1"]);
      return bench;
    },
  "HS-17 a node that was away when another could not end a program learns that from those that heard it": () => {
    const names = ["web1", "web2", "web3"];
    const bench = fenced(fenceConfig(["pdu"], { when: [] }), { pdu: PDU }, { names });
    bench.crash("web2");
    bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
    bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
    bench.pass(11_100);
    for (const other of ["web2", "web3"]) bench.partition("web1", other, true);
    bench.start("web2");
    bench.pass(3_000);
    assert.deepEqual(runs(bench), ["web1"]);
    // It keeps that itself.
    bench.crash("web3");
    restartAgent(bench, "web2");
    bench.pass(3_000);
    assert.deepEqual(runs(bench), ["web1"]);
    bench.programs.manners.clear();
    assert.equal(bench.command("web2", { kind: "fence", node: web1 })?.ok, true);
    bench.pass(6_000);
    assert.deepEqual(runs(bench), ["web2"]);
    // And who comes back with it hears that it is over.
    bench.start("web3");
    bench.pass(2_000);
    bench.crash("web2");
    bench.pass(1_000);
    assert.deepEqual(runs(bench), ["web3"]);
    return bench;
  },
  "HS-17 what a restarted agent finds in place stays, though another node must be fenced before its program may begin":
    () => {
      const bench = fenced(fenceConfig(["pdu"], { when: [] }), { pdu: PDU });
      bench.partition("web1", "web2", true);
      bench.pass(1_000);
      bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
      bench.partition("web1", "web2", false);
      bench.pass(12_000);
      bench.partition("web1", "web2", true);
      bench.programs.manners.clear();
      assert.deepEqual(runs(bench), ["web1", "web2"]);
      restartAgent(bench, "web2");
      bench.pass(5_000);
      assert.deepEqual(runs(bench), ["web1"]);
      holds(bench, "web2");
      bench.command("web2", { kind: "fence", node: web1 });
      bench.pass(6_000);
      assert.deepEqual(runs(bench), ["web2"]);
      holds(bench, "web2");
      return bench;
    },
  "HS-17 a method that lies is not believed while the node is heard, and the next one is tried": () => {
    const bench = fenced(fenceConfig(["wrong", "pdu"]), { wrong: { ms: 500, does: "lies" }, pdu: PDU });
    getStuck(bench);
    bench.pass(5_000);
    assert.deepEqual(runs(bench), ["web1"]);
    bench.programs.manners.clear();
    bench.pass(5_000);
    assert.deepEqual(runs(bench), ["web2"]);
    return bench;
  },
  "HS-17 a node that comes back meanwhile neither calls an order to fence off nor holds it up": () => {
    const bench = fenced(fenceConfig(["pdu"], { when: [] }), { pdu: PDU }, { names: ["web1", "web2", "web3"] });
    getStuck(bench);
    for (const name of ["web2", "web3"]) bench.partition("web1", name, true);
    bench.pass(1_000);
    bench.programs.manners.clear();
    assert.equal(bench.command("web2", { kind: "fence", node: web1 })?.ok, true);
    bench.pass(500);
    bench.partition("web2", "web3", true);
    bench.partition("web2", "web3", false);
    bench.pass(5_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web1"]);
    holds(bench, "web2");
    return bench;
  },
  "HS-17 the node that hears most fences, and when it cannot, the next one does": () => {
    const methods = [fenceMethod("ipmi", { nodes: [web2] }), fenceMethod("pdu", { nodes: [web3] })];
    const names = ["web1", "web2", "web3"];
    const bench = fenced(fenceConfig([], { methods }), { ipmi: IPMI_DEAD, pdu: PDU }, { names });
    getStuck(bench);
    bench.pass(4_000);
    bench.programs.manners.clear();
    bench.pass(6_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs ipmi against web1", "web3 runs pdu against web1"]);
    assert.deepEqual(runs(bench), ["web2"]);
    assert.ok(bench.transcript.some((line) => line.includes("web2: web3 fenced web1 by pdu")));
    return bench;
  },
  "HS-17 a node is not fenced again for a while, nor in a pause, nor by itself": () => {
    const bench = fenced(fenceConfig(["pdu"]), { pdu: PDU });
    bench.command("web1", { kind: "pause" });
    getStuck(bench);
    assert.equal(bench.command("web2", { kind: "fence", node: web1 })?.ok, false);
    bench.command("web1", { kind: "unpause" });
    assert.match(bench.command("web1", { kind: "fence", node: web1 })?.message ?? "", /^web2 fences web1 by pdu/);
    bench.pass(3_000);
    bench.programs.manners.clear();
    bench.start("web1");
    bench.pass(1_000);
    holds(bench, "web2");
    restartAgent(bench, "web2");
    bench.pass(1_000);
    const again = bench.command("web2", { kind: "fence", node: web1 });
    assert.match(again?.message ?? "", /is left alone for 10 min/);
    assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web1"]);
    return bench;
  },
  "HS-17 of two halves that fence each other, the one that holds more goes first": () => {
    const bench = fenced(fenceConfig(["pdu"]), { pdu: PDU });
    bench.partition("web1", "web2", true);
    bench.pass(500);
    bench.command("web2", { kind: "fence", node: web1 });
    bench.command("web1", { kind: "fence", node: web2 });
    bench.pass(6_000);
    assert.deepEqual(fencesOf(bench)[0], "web1 runs pdu against web2");
    assert.deepEqual([bench.member("web1").alive, bench.member("web2").alive], [true, false]);
    return bench;
  },
  "HS-17 a node that its own rule wants to be fenced is fenced by another one": () => {
    const fenceItself: RuleConfig = {
      name: ruleName("hot"),
      each: "node",
      when: "node.attributes.hot == true",
      holdFor: seconds(0),
      every: undefined,
      holdOff: seconds(0),
      limit: { times: 5, within: seconds(300), suspend: seconds(600) },
      actions: [{ kind: "fence", node: undefined }],
    };
    const bench = fenced(fenceConfig(["ipmi", "pdu"]), { ipmi: IPMI_DEAD, pdu: PDU }, { rules: [fenceItself] });
    bench.command("web1", { kind: "set-attribute", node: web1, attribute: { name: "hot", value: true } });
    bench.pass(6_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs ipmi against web1", "web2 runs pdu against web1"]);
    holds(bench, "web2");
    return bench;
  },
  "HS-17 a node that is itself the one that is cut off fences nobody": () => {
    const bench = fenced(fenceConfig(["pdu"]), { pdu: PDU });
    getStuck(bench);
    bench.carrier("web2", false);
    bench.partition("web1", "web2", true);
    bench.pass(20_000);
    const refused = bench.command("web2", { kind: "fence", node: web1 });
    assert.match(refused?.message ?? "", /web2 may itself be the one that is cut off/);
    const finding = bench.findings("web2").find(({ kind }) => kind === "fence-failed");
    assert.ok(finding?.kind === "fence-failed");
    assert.deepEqual([finding.node, finding.services], [web1, [shop]]);
    assert.match(finding.problem, /web2 may itself be the one that is cut off/);
    assert.deepEqual(fencesOf(bench), []);
    bench.programs.manners.clear();
    bench.carrier("web2", true);
    bench.pass(10_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web1"]);
    holds(bench, "web2");
    return bench;
  },
  "HS-17 nobody fences a node that another could not relieve": () => {
    const bench = fenced(fenceConfig(["pdu"]), { pdu: PDU });
    bench.command("web2", { kind: "drain", node: web2 });
    bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
    bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
    bench.pass(20_000);
    assert.deepEqual(fencesOf(bench), []);
    bench.command("web2", { kind: "resume", node: web2 });
    bench.programs.manners.clear();
    bench.pass(4_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web1"]);
    return bench;
  },
  "HS-17 the next one in line leaves a node alone as well that was fenced a while ago": () => {
    const names = ["web1", "web2", "web3"];
    const bench = fenced(fenceConfig(["pdu"]), { pdu: PDU }, { names });
    bench.command("web2", { kind: "fence", node: web1 });
    bench.pass(4_000);
    bench.start("web1");
    bench.pass(1_000);
    bench.command("web2", { kind: "move", service: shop, to: web1 });
    bench.pass(4_000);
    holds(bench, "web1");
    getStuck(bench);
    bench.pass(60_000);
    assert.deepEqual(runs(bench), ["web1"]);
    assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web1"]);
    bench.programs.manners.clear();
    bench.pass(600_000);
    assert.equal(fencesOf(bench).length, 2);
    assert.equal(runs(bench).includes("web1"), false);
    return bench;
  },
  "HS-17 of two nodes with the same trouble that hear each other, one fences the other, and not both": () => {
    const both = { shop: programsConfig([STUBBORN]), mail: programsConfig([STUBBORN]) };
    const plain = clusterOf(["web1", "web2"], both);
    const nodes = plain.nodes.map((node) => ({ ...node, fence: fenceConfig(["pdu"]) }));
    const services = plain.services.map((each) => (each.name === shop ? each : { ...each, nodes: [web2, web1] }));
    const cluster = { ...plain, nodes, services };
    const bench = new ScenarioBench({ ...cluster, hash: hashOf(cluster) });
    bench.fencing.devices.set("pdu", { ms: 5_000, does: "cuts" });
    bench.start("web1", "web2");
    bench.pass(1_000);
    bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
    bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
    bench.command("web2", { kind: "restart-service", service: serviceName("mail"), program: programName("db") });
    bench.pass(20_000);
    assert.deepEqual(fencesOf(bench), ["web1 runs pdu against web2"]);
    assert.deepEqual([bench.member("web1").alive, bench.member("web2").alive], [true, false]);
    return bench;
  },
  "HS-17 a pause that begins while a method runs: the next one is not tried before it is over": () => {
    const bench = fenced(fenceConfig(["ipmi", "pdu"]), { ipmi: IPMI_DEAD, pdu: PDU });
    getStuck(bench);
    bench.pass(1_000);
    bench.command("web1", { kind: "pause" });
    bench.pass(20_000);
    assert.deepEqual(fencesOf(bench), ["web2 runs ipmi against web1"]);
    assert.equal(bench.member("web1").alive, true);
    bench.command("web1", { kind: "unpause" });
    bench.pass(10_000);
    assert.deepEqual(fencesOf(bench).slice(1), ["web2 runs ipmi against web1", "web2 runs pdu against web1"]);
    return bench;
  },
  "HS-17 what is bound to a node goes on elsewhere when it is fenced, although an earlier method lied about the same run":
    () => {
      const bench = fenced(fenceConfig(["pdu"]), { pdu: { ms: 500, does: "lies" } });
      bench.partition("web1", "web2", true);
      bench.pass(500);
      bench.command("web2", { kind: "fence", node: web1 });
      bench.pass(4_000);
      bench.partition("web1", "web2", false);
      bench.pass(2_000);
      assert.ok(bench.transcript.some((line) => line.includes("web1 is heard")));
      bench.command(bench.holders(SHOP)[0] ?? "", { kind: "move", service: shop, to: web1 });
      bench.pass(600_000);
      holds(bench, "web1");
      getStuck(bench);
      bench.fencing.devices.set("pdu", PDU);
      bench.pass(1_000);
      bench.programs.manners.clear();
      bench.pass(9_000);
      assert.deepEqual(bench.member("web1").alive, false);
      assert.deepEqual(runs(bench), ["web2"]);
      return bench;
    },
  "HS-17 what somebody started on a node that falls silent, and which a holder waits for, ends with its fencing":
    () => {
      const unit = programConfig("db", { source: { kind: "unit", unit: "db.service" } });
      const names = ["web1", "web2", "web3", "web4"];
      const plain = clusterOf(names, { shop: programsConfig([unit]) });
      const nodes = plain.nodes.map((node) => ({ ...node, fence: fenceConfig(["pdu"]) }));
      const bench = new ScenarioBench({ ...plain, nodes, hash: hashOf({ ...plain, nodes }) });
      bench.fencing.devices.set("pdu", PDU);
      bench.start("web1");
      bench.pass(1_000);
      bench.programs.strays.add("web3 db");
      bench.start("web2", "web3", "web4");
      bench.pass(1_000);
      bench.crash("web1");
      bench.pass(3_000);
      assert.deepEqual([runs(bench), fencesOf(bench)], [[], []], "it waits until that has ended");
      for (const other of ["web2", "web4"]) bench.partition("web3", other, true);
      bench.pass(1_500);
      assert.deepEqual(runs(bench), []);
      bench.pass(8_000);
      assert.deepEqual(fencesOf(bench), ["web2 runs pdu against web3"]);
      assert.deepEqual([runs(bench), bench.member("web3").alive], [["web2"], false]);
      return bench;
    },
};
