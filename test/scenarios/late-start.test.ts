/** A holder whose programs do not come up leaves the service to a node where they stand by, ready. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../../src/base/time.js";
import type { ServiceConfig } from "../../src/model/cluster.js";
import { nodeName } from "../../src/model/names.js";
import type { ProgramConfig } from "../../src/model/program.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import type { ScenarioBench } from "./bench.js";
import { SHOP, running, shop } from "./running.js";

const WARM = {
  standby: true,
  awaitsRole: true,
  ready: { kind: "notify", timeout: seconds(3_600) },
} as const satisfies Partial<ProgramConfig>;
const ASKED = {
  caughtUp: { probe: { kind: "exec", command: ["/caught-up"] }, interval: seconds(1), timeout: seconds(1) },
} as const;
const HANGS = { startMs: 10 * 60_000 };

const db = (changes: Partial<ProgramConfig> = {}): ProgramConfig =>
  programConfig("db", { ...WARM, ...ASKED, ...changes });

function catchesUp(bench: ScenarioBench, node: string): void {
  bench.programs.tell(node, "db", (run) => ({ kind: "program-caught-up", run, problem: undefined }));
  bench.pass(1_000);
}

/** What web2 took while its own db still starts, and will not come up; web1, which died, is back, with one that starts so. */
function taken(changes: Partial<ServiceConfig>, manners = {}): ScenarioBench {
  const bench = running(["web1", "web2"], changes);
  bench.crash("web2");
  bench.pass(1_000);
  bench.programs.manners.set("db", HANGS);
  bench.start("web2");
  bench.pass(2_000);
  bench.crash("web1");
  bench.pass(20_000);
  assert.equal(bench.member("web2").node.view(bench.now).services[0]?.holder, "web2");
  bench.programs.manners.set("db", manners);
  bench.start("web1");
  return bench;
}

/** What web1 took hangs on it as well before it serves, and web2 is back and has caught up. */
function hangsToo(bench: ScenarioBench): void {
  bench.programs.manners.set("db", HANGS);
  bench.programs.end("web1", "db", { kind: "signal", signal: "SIGKILL" });
  bench.pass(1_000);
  bench.programs.manners.set("db", {});
  bench.crash("web2");
  bench.pass(1_000);
  bench.start("web2");
  bench.pass(2_000);
  catchesUp(bench, "web2");
}

const stateOf = (bench: ScenarioBench): string => {
  const view = bench.member("web1").node.view(bench.now).services[0];
  return `${view?.holder} ${view?.state}`;
};

test("at once, where it has had the time to", () => {
  const bench = taken(programsConfig([db()]));
  bench.pass(2_000);
  catchesUp(bench, "web1");
  assert.deepEqual([bench.holders(SHOP), stateOf(bench)], [["web1"], "web1 active"]);
  bench.pass(60_000);
  assert.equal(stateOf(bench), "web1 active");
  const reason = "because web2 could not hold it any longer: db is not ready on it yet";
  assert.equal(bench.transcript.filter((line) => line.includes(reason)).length, 1, bench.transcript.join("\n"));
});

test("not before: most programs need a while", () => {
  const bench = running(["web1", "web2"], programsConfig([db()]));
  bench.programs.manners.set("db", { startMs: 8_000 });
  bench.programs.end("web2", "db", { kind: "signal", signal: "SIGKILL" });
  bench.crash("web1");
  bench.pass(3_000);
  bench.programs.manners.set("db", {});
  bench.start("web1");
  bench.pass(12_000);
  assert.deepEqual([bench.holders(SHOP), stateOf(bench)], [["web2"], "web2 active"]);
});

test("to none that has not caught up, or that nobody asks: what has the least to load is ready first", () => {
  const bench = taken(programsConfig([db()]));
  bench.pass(20_000);
  assert.equal(stateOf(bench), "web2 starting");
  catchesUp(bench, "web1");
  assert.equal(stateOf(bench), "web1 active");

  const unasked = taken(programsConfig([programConfig("db", WARM)]));
  unasked.pass(60_000);
  assert.equal(stateOf(unasked), "web2 starting");
});

test("not to and fro where a promotion begins it anew, which takes long on each node", () => {
  const bench = taken(programsConfig([db()]), { roleMs: 5_000 });
  bench.pass(2_000);
  catchesUp(bench, "web1");
  assert.match(stateOf(bench), /^web1 /);
  hangsToo(bench);
  bench.pass(60_000);
  assert.equal(stateOf(bench), "web1 starting");
});

test("nor where the one before is banned as well", () => {
  const bench = running(["web1", "web2", "web3"], programsConfig([db()]));
  bench.command("web3", { kind: "drain", node: nodeName("web3") });
  for (let failure = 0; failure < 3; failure += 1) {
    bench.crash("web2");
    bench.pass(500);
    bench.programs.manners.set("db", HANGS);
    bench.start("web2");
    bench.pass(1_500);
  }
  bench.crash("web1");
  bench.pass(20_000);
  bench.programs.manners.set("db", { roleMs: 5_000 });
  bench.start("web1");
  bench.pass(2_000);
  catchesUp(bench, "web1");
  const reason = "because web2 could not hold it any longer: db is not ready on it yet";
  assert.ok(
    bench.transcript.some((line) => line.endsWith(`web1: web1 takes shop (epoch 3), ${reason}`)),
    bench.transcript.join("\n"),
  );
  hangsToo(bench);
  bench.pass(30_000);
  assert.equal(stateOf(bench), "web1 starting");
});

test("nor back to a preferred node on which it did not come up, until that is ordered", () => {
  const failback = { kind: "after", delay: seconds(1) } as const;
  const bench = running(["web1", "web2"], { ...programsConfig([db()]), failback });
  bench.crash("web1");
  bench.pass(2_000);
  bench.programs.manners.set("db", { roleMs: 5_000 });
  bench.start("web1");
  bench.pass(2_000);
  catchesUp(bench, "web1");
  bench.pass(8_000);
  assert.equal(stateOf(bench), "web1 starting");
  catchesUp(bench, "web2");
  bench.programs.manners.set("db", HANGS);
  bench.programs.end("web1", "db", { kind: "signal", signal: "SIGKILL" });
  bench.pass(1_000);
  bench.programs.manners.set("db", {});
  bench.pass(10_000);
  assert.equal(stateOf(bench), "web2 active");
  catchesUp(bench, "web1");
  bench.pass(60_000);
  assert.equal(stateOf(bench), "web2 active", bench.transcript.join("\n"));
  bench.command("web1", { kind: "move", service: shop, to: nodeName("web1") });
  bench.pass(1_000);
  assert.equal(stateOf(bench), "web1 active");
});

test("to none whose own does not come up either, and not to and fro between two", () => {
  const bench = taken(programsConfig([db()]), HANGS);
  bench.pass(120_000);
  assert.equal(stateOf(bench), "web2 starting");
});

test("not for a program that runs on the holder only, nor where one of those would have to end", () => {
  const alone = programConfig("db", { ready: WARM.ready });
  const bench = running(["web1", "web2"], programsConfig([alone]));
  bench.programs.manners.set("db", HANGS);
  bench.crash("web1");
  bench.pass(2_000);
  bench.start("web1");
  bench.pass(60_000);
  assert.equal(stateOf(bench), "web2 starting");

  const other = taken(programsConfig([db(), programConfig("monitor")]));
  other.pass(2_000);
  catchesUp(other, "web1");
  other.pass(60_000);
  assert.equal(stateOf(other), "web2 starting");
});

test("where one of those waits for it, it comes up on the other node", () => {
  const bench = taken(programsConfig([db(), programConfig("web", { after: [db().name] })]));
  bench.pass(2_000);
  catchesUp(bench, "web1");
  assert.equal(stateOf(bench), "web1 active");
  assert.deepEqual(bench.programs.on("web1"), ["db", "web"]);
});

test("not in a pause, nor for a minute where an operator ordered it there", () => {
  const paused = taken(programsConfig([db()]));
  paused.command("web2", { kind: "pause" });
  paused.pass(2_000);
  catchesUp(paused, "web1");
  paused.pass(60_000);
  assert.equal(stateOf(paused), "web2 starting");

  const bench = running(["web1", "web2"], programsConfig([db()]));
  catchesUp(bench, "web2");
  bench.command("web1", { kind: "move", service: shop, to: nodeName("web2") });
  for (let waited = 0; stateOf(bench) !== "web2 starting" && waited < 100; waited += 1) bench.pass(1);
  bench.programs.manners.set("db", HANGS);
  bench.programs.end("web2", "db", { kind: "signal", signal: "SIGKILL" });
  catchesUp(bench, "web1");
  bench.pass(54_000);
  assert.equal(stateOf(bench), "web2 starting");
  bench.pass(10_000);
  assert.equal(stateOf(bench), "web1 active");
});
