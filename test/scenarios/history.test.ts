/** The histories that nodes keep say the same of one outage, whichever of them is asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../../src/base/time.js";
import { type Cluster, ORDINARY } from "../../src/model/cluster.js";
import { nodeName } from "../../src/model/names.js";
import { programName } from "../../src/model/program.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { recordHistories } from "./history-record.js";
import { running, shop } from "./running.js";

const { outagesBy, outagesOf } = recordHistories();

test("a switch of the clients that has no power for all nodes is one outage, as long as it lasts", () => {
  const bench = running();
  bench.carriers(["web1", "web2"], false);
  bench.pass(8_000);
  bench.carriers(["web1", "web2"], true);
  bench.pass(1_000);
  assert.deepEqual(outagesBy(bench), [
    "web1: 8005 ms web1>web1 web1 let go of it: its interface eth0 has no link",
    "web2: 8000 ms web1>web1 web1 held it and was unfit: its interface eth0 has no link",
  ]);
});

test("where the next holder loses its network as well, all know it, from when the first did to when one serves again", () => {
  const bench = running(["web1", "web2", "web3"]);
  bench.carrier("web3", false);
  bench.carrier("web1", false);
  bench.pass(50);
  bench.carrier("web2", false);
  bench.pass(8_400);
  bench.carrier("web3", true);
  bench.pass(1_000);
  assert.deepEqual(outagesBy(bench), [
    "web1: 8450 ms web1>web3 web1 let go of it: its interface eth0 has no link",
    "web2: 8395 ms web2>web3 web2 held it and was unfit: its interface eth0 has no link",
    "web3: 8395 ms web2>web3 web2 held it and was unfit: its interface eth0 has no link",
  ]);
});

test("a restart that an operator ordered is one by order in every history, whoever was asked for it", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  bench.pass(1_000);
  bench.command("web2", { kind: "restart-service", service: shop, program: programName("db") });
  bench.pass(1_000);
  const outages = outagesBy(bench);
  assert.match(outages[0] ?? "", /^web1: \d+ ms web1>web1 an operator restarted db$/);
  assert.match(
    outages[1] ?? "",
    /^web2: \d+ ms web1>web1 an operator had a program of it restarted or changed on web1$/,
  );
  assert.equal(outages.length, 2, outages.join("\n"));
});

test("a program that does not come up after an ordered restart is at fault itself from then on", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  bench.pass(1_000);
  bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
  bench.pass(1_000);
  bench.programs.end("web1", "db", { kind: "signal", signal: "SIGKILL" });
  bench.pass(1_000);
  assert.match(
    outagesBy(bench).find((line) => line.startsWith("web2: ") && !line.includes("operator")) ?? "",
    /was down/,
  );
});

test("while no node is fit, it goes on in every history", () => {
  const bench = running(["web1", "web2", "web3"]);
  bench.carriers(["web1", "web2", "web3"], false);
  bench.pass(4_000);
  assert.deepEqual(outagesBy(bench), [
    "web1: 4000 ms lasting web1>? web1 let go of it: its interface eth0 has no link",
    "web2: 3995 ms lasting web1>? web1 held it and was unfit: its interface eth0 has no link",
    "web3: 3995 ms lasting web1>? web1 held it and was unfit: its interface eth0 has no link",
  ]);
});

test("in a pause, programs that ended with their agent were away since it ended, and not only while they start again", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  bench.command("web2", { kind: "pause" });
  bench.input(bench.member("web1"), { kind: "stop-requested" });
  bench.pass(3_000);
  bench.programs.killAll("web1");
  bench.start("web1");
  bench.pass(1_000);
  assert.deepEqual(outagesBy(bench), [
    "web1: 3020 ms web1>web1 the agent on web1 ended in a pause, and its programs were not running when it was back",
    "web2: 3020 ms web1>web1 the agent on web1 ended in a pause, and its programs were not running when it was back",
  ]);
});

/** Where the services' one program takes a while to start and to end: its moves are outages. */
function slowly(cluster: Cluster): ScenarioBench {
  const bench = new ScenarioBench(cluster);
  bench.programs.manners.set("db", { startMs: 400, stopMs: 300 });
  bench.start(...cluster.nodes.map(({ name }) => name));
  bench.pass(3_000);
  return bench;
}

const lastOf = (bench: ScenarioBench, service: string): readonly string[] => {
  const ends = new Map(
    outagesOf(bench)
      .filter(({ outage }) => outage.service === service && outage.to === "web1")
      .map(({ node, outage: { untilMs, fromMs, cause } }) => [node, `${node}: ${untilMs - fromMs} ms ${cause.kind}`]),
  );
  return [...ends.values()];
};

test("a move for the sake of other services, to a node that has just started, is short and ordered by nobody", () => {
  const nodes = ["web1", "web2", "web3"];
  const preferred = { placement: { ...ORDINARY, priority: 100 }, ...programsConfig([programConfig("db")]) };
  const cluster = clusterOf(nodes, {
    big: { nodes: [nodeName("web1"), nodeName("web2")], ...preferred },
    small: { nodes: [nodeName("web3"), nodeName("web2")] },
  });
  const bench = slowly({
    ...cluster,
    nodes: cluster.nodes.map((node) => ({ ...node, room: { capacity: { slots: 1 }, weight: 1 } })),
  });
  bench.crash("web1");
  bench.pass(3_000);
  bench.crash("web3");
  bench.pass(3_000);
  bench.start("web1");
  bench.pass(6_000);
  assert.deepEqual(lastOf(bench, "big"), ["web1: 700 ms node-unfit", "web2: 700 ms node-unfit"]);
});

test("a failback is an outage of its own, and not one by order", () => {
  const failback = { kind: "after", delay: seconds(5) } as const;
  const bench = slowly(clusterOf(["web1", "web2"], { shop: { failback, ...programsConfig([programConfig("db")]) } }));
  bench.crash("web1");
  bench.pass(3_000);
  bench.start("web1");
  bench.pass(30_000);
  assert.deepEqual(lastOf(bench, "shop"), ["web1: 700 ms failback", "web2: 700 ms failback"]);
});
