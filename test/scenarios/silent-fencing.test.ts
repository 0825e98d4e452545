/** Whatever happens to nodes, agents and cables: where silent nodes are fenced, no program of a holder runs twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seconds } from "../../src/base/time.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf, hashOf } from "./cluster.js";
import { fenceConfig, restartAgent } from "./fence-bench.js";

const NAMES = ["web1", "web2", "web3"] as const;
const shop = serviceName("shop");

const event = fc.record({
  what: fc.constantFrom("cut", "heal", "crash", "start", "restart", "stop", "move"),
  at: fc.constantFrom(...NAMES),
  other: fc.constantFrom(...NAMES),
  /** Tenths of a second until the next one. */
  wait: fc.integer({ min: 1, max: 60 }),
});
type Event = typeof event extends fc.Arbitrary<infer Each> ? Each : never;

function happen(bench: ScenarioBench, { what, at, other }: Event): void {
  const { alive } = bench.member(at);
  if (what === "start" && !alive) bench.start(at);
  if (!alive) return;
  const isPair = at !== other && bench.member(other).alive;
  if ((what === "cut" || what === "heal") && isPair) bench.partition(at, other, what === "cut");
  if (what === "crash") bench.crash(at);
  if (what === "restart") restartAgent(bench, at);
  if (what === "stop") bench.input(bench.member(at), { kind: "stop-requested" });
  if (what === "move") bench.command(at, { kind: "move", service: shop, to: nodeName(other) });
}

const runners = (bench: ScenarioBench): readonly string[] =>
  NAMES.filter((name) => bench.programs.on(name).includes("db"));

function live(events: readonly Event[]): ScenarioBench {
  const program = programConfig("db", { stop: { signal: "SIGTERM", timeout: seconds(1) } });
  const plain = clusterOf(NAMES, { shop: programsConfig([program]) });
  const config = fenceConfig(["pdu"], { when: ["stuck", "silent"] });
  const cluster = { ...plain, nodes: plain.nodes.map((node) => ({ ...node, fence: config })) };
  const bench = new ScenarioBench({ ...cluster, hash: hashOf(cluster) });
  bench.fencing.devices.set("pdu", { ms: 1_000, does: "cuts" });
  bench.start(...NAMES);
  bench.pass(1_000);
  for (const each of events) {
    happen(bench, each);
    for (let tenth = 0; tenth < each.wait; tenth += 1) {
      assert.ok(runners(bench).length < 2, `${runners(bench).join()} run it:\n${bench.transcript.join("\n")}`);
      bench.pass(100);
    }
  }
  return bench;
}

test("no two nodes run it", () => {
  let fenced = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const bench = live(events);
      fenced += bench.transcript.filter((line) => line.includes("runs pdu against")).length;
    }),
    { numRuns: Number(process.env["SILENT_RUNS"] ?? 60), seed: 1 },
  );
  assert.ok(fenced > 10, `nodes were fenced ${fenced} times`);
});
