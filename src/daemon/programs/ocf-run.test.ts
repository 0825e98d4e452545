import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import {
  BENCH_NODE,
  benchGroups,
  benchMaker,
  controlGroupsMissing,
  ProgramBench,
  SIMPLE,
} from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";
import { milliseconds, seconds } from "../../base/time.js";
import type { ProgramConfig, ProgramInput } from "../../model/program.js";
import type { HostOptions } from "./program-protocol.js";

const missing = controlGroupsMissing();
const openBench = benchMaker();

/** As the agents of the resource-agents package are made: its state is a file. What it is told beside its parameters is in others. */
const AGENT = `#!/bin/sh
state="$OCF_RESKEY_state"
say() { echo "$1 $OCF_RESOURCE_INSTANCE" >>"$state.calls"; }
[ "$state" ] && env | grep OCF_RESKEY_CRM_meta_ | sort >"$state.$1"
case "$1" in
meta-data) cat <<END
<?xml version="1.0"?><resource-agent name="keeper" version="1.1"><version>1.1</version>
<parameters><parameter name="state" required="1"><content type="string"/></parameter></parameters>
<actions><action name="start" timeout="240s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="30s" interval="1s"/><action name="promote" timeout="300s"/>
<action name="demote" timeout="10s"/></actions></resource-agent>
END
;;
start) grep -qs promoted "$state" && exit 8; say start; sleep "\${OCF_RESKEY_startup:-0}"
  [ "$OCF_RESKEY_broken" ] && { echo "no disk" >&2; exit 5; }; echo standby >"$state";;
promote) say promote; sleep "\${OCF_RESKEY_slowness:-0}"; echo promoted >"$state";;
demote) say demote; sleep "\${OCF_RESKEY_slowness:-0}"; echo standby >"$state";;
stop) grep -qs promoted "$state" && exit 8; say stop; [ -e "$state.busy" ] && { echo "device busy" >&2; exit 1; }
  [ -e "$state.suicidal" ] && { rm "$state.suicidal"; kill -9 $$; }
  [ -e "$state.stubborn" ] && { rm "$state.stubborn"; sleep 100; }; rm -f "$state";;
monitor) echo >>"$state.monitors"; sleep "$(cat "$state.delay" 2>/dev/null || echo 0)"
  [ -e "$state.missing" ] && { echo "no server" >&2; exit 5; }; [ -e "$state" ] || exit 7; read -r now <"$state"
  case "$now" in promoted) exit 8;; sick) echo "it is sick" >&2; exit 1;; *) exit 0;; esac;;
*) exit 3;;
esac
`;

function bench(options: Partial<HostOptions> = {}): {
  on: ProgramBench;
  state: string;
  config: (more?: Record<string, string>) => Partial<ProgramConfig>;
} {
  const root = join(process.env["TMPDIR"] ?? "/tmp", `locum-ocf-${process.pid}`);
  mkdirSync(join(root, "resource.d/test"), { recursive: true });
  writeFileSync(join(root, "resource.d/test/keeper"), AGENT, { mode: 0o755 });
  const on = openBench({ ...options, ocfRoot: root });
  const state = join(on.directory, "state");
  const config = (more: Record<string, string> = { state }): Partial<ProgramConfig> => ({
    source: { kind: "ocf", provider: "test", type: "keeper", parameters: more },
    standby: true,
    awaitsRole: true,
    copies: 2,
    monitor: { interval: milliseconds(50), fail: 2 },
    ready: { kind: "started" },
  });
  return { on, state, config };
}

const calls = (state: string): readonly string[] =>
  existsSync(`${state}.calls`) ? readFileSync(`${state}.calls`, "utf8").trim().split("\n") : [];

test("a resource's life: started, promoted, monitored, demoted, stopped", { skip: missing }, async (t) => {
  const { on, state, config } = bench();
  t.after(() => rmSync(join(process.env["TMPDIR"] ?? "/tmp", `locum-ocf-${process.pid}`), { recursive: true }));
  const run = on.start(config());
  await on.heard("program-ready", run);
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  on.link.perform({ kind: "tell-role", run, role: "standby" });
  assert.equal((await on.heard("role-told", run)).problem, undefined);
  writeFileSync(state, "sick");
  const failing = await on.heard("program-judged", run, ({ health }) => health === "failing");
  assert.equal(failing.problem, "monitor answers with status 1 (failure) it is sick");
  on.stop(run);
  await on.heard("program-gone", run);
  assert.deepEqual(
    calls(state),
    ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`),
  );
});

test("one that is promoted is demoted before it is stopped", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config());
  await on.heard("program-ready", run);
  on.stop(run);
  await on.heard("program-gone", run);
  const life = ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`);
  assert.deepEqual(calls(state), life);
  const next = on.start(config());
  await on.heard("program-ready", next);
  on.kill(next);
  await on.heard("program-gone", next);
  assert.deepEqual(calls(state), [...life, ...life]);
});

/** As whoever tidies up a machine's control groups does, which may be while they are empty. */
function removeGroups(groups: readonly string[]): void {
  for (const path of groups.flatMap((group) => [group, dirname(group)])) rmdirSync(path);
}

test("one whose control group somebody removed goes on, and ends as it should", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start({ ...config(), monitor: { interval: seconds(0.5), fail: 1 } });
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  const groups = benchGroups();
  removeGroups(groups);
  writeFileSync(state, "sick");
  const { problem } = await on.heard("program-judged", run, ({ health }) => health === "failing");
  assert.equal(problem, "monitor answers with status 1 (failure) it is sick");
  assert.deepEqual(benchGroups(), groups);
  removeGroups(groups);
  on.stop(run);
  await on.heard("program-gone", run);
  assert.deepEqual(
    calls(state),
    ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`),
  );
});

test("one that a dead host left promoted is demoted before it is stopped", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config());
  await on.heard("program-ready", run);
  process.kill(known(on.link.pid, "it runs a program"), "SIGKILL");
  await on.heard("program-host-lost", undefined);
  await eventually(() => !existsSync(state), "it is stopped");
  assert.deepEqual(
    calls(state),
    ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`),
  );
});

test(
  "nobody waits for a resource that a dead host left to hear of other programs, and what begins meanwhile goes on",
  { skip: missing },
  async () => {
    const { on, config } = bench();
    await on.heard("program-ready", on.start(config()));
    await on.heard("program-ready", on.start(SIMPLE));
    process.kill(known(on.link.pid, "it runs programs"), "SIGKILL");
    const { left, until } = await on.heard("program-host-lost", undefined);
    assert.deepEqual([left, until, on.recoveries], [[{ run: -1, service: "shop", program: "p" }], 2, 0]);
    // To the run that stood for the resource; the next host has numbers of its own.
    on.kill(-1);
    const next = on.start(SIMPLE);
    await on.heard("program-ready", next);
    const told = on.facts.flatMap((fact) => (fact.kind === "program-host-lost" ? [fact.until] : []));
    assert.deepEqual([told, on.recoveries], [[2, 2], 1]);
    assert.ok(!on.kindsOf(next).includes("program-gone"));
  },
);

test("one that is found not running has ended, and is tidied up", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config(), "standby");
  await on.heard("program-ready", run);
  rmSync(state);
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "not-running" });
  await on.heard("program-gone", run);
  assert.deepEqual(
    calls(state),
    ["start", "stop"].map((action) => `${action} shop-p`),
  );
});

test("a start that fails says why in words, and a parameter that is missing is named", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const broken = on.start(config({ state, broken: "1" }));
  assert.equal(
    (await on.heard("program-not-started", broken)).problem,
    "start answers with status 5 (something that it needs is not installed) no disk",
  );
  await on.heard("program-gone", broken);
  const lacking = on.start(config({}));
  assert.equal((await on.heard("program-not-started", lacking)).problem, "it needs the parameter state");
  await on.heard("program-gone", lacking);
});

/** What the agent was told of the resource when it last did this. */
const told = (state: string, action: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readFileSync(`${state}.${action}`, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.replace("OCF_RESKEY_CRM_meta_", "").split("=") as [string, string]),
  );

test("an agent is told what it keeps, in the words of Pacemaker", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config());
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  const clone = { clone_max: "2", clone_node_max: "1", globally_unique: "false", notify: "false" };
  const roles = {
    promotable: "true",
    promoted_max: "1",
    promoted_node_max: "1",
    master_max: "1",
    master_node_max: "1",
  };
  const here = { on_node: BENCH_NODE, ...clone, ...roles };
  assert.deepEqual(told(state, "start"), { ...here, name: "start", timeout: "240000", interval: "0" });
  assert.deepEqual(told(state, "promote"), { ...here, name: "promote", timeout: "300000", interval: "0" });
  assert.deepEqual(told(state, "monitor"), { ...here, name: "monitor", timeout: "30000", interval: "50" });
  on.stop(run);
  await on.heard("program-gone", run);
  assert.deepEqual(told(state, "stop"), { ...here, name: "stop", timeout: "20000", interval: "0" });
});

test("one that runs on the holder only has no role, and is no clone", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start({ ...config(), standby: false });
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  const monitor = { on_node: BENCH_NODE, name: "monitor", timeout: "30000", interval: "50" };
  assert.deepEqual(told(state, "monitor"), monitor);
  assert.deepEqual(calls(state), ["start shop-p"]);
});

test("the times of the file come before those that the agent advises", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const times = { ready: { kind: "started", timeout: seconds(600) }, roleTimeout: seconds(7) } as const;
  const run = on.start({ ...config(), ...times, monitor: { interval: milliseconds(50), timeout: seconds(3) } });
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  const timeouts = ["start", "promote", "monitor"].map((action) => told(state, action)["timeout"]);
  assert.deepEqual(timeouts, ["600000", "7000", "3000"]);
  assert.deepEqual(advised(on, run), [], "who waits for it knows from the file");
});

/** How long it said that what is under way takes. */
const advised = (on: ProgramBench, run: number): readonly number[] =>
  on.facts.flatMap((fact) =>
    fact.kind === "program-said" && fact.run === run && fact.saying.kind === "extending" ? [fact.saying.by] : [],
  );

test("who waits for a start or a role hears how long the agent advises for it", { skip: missing }, async () => {
  const { on, config } = bench();
  const run = on.start(config(), "standby");
  await on.heard("program-ready", run);
  on.link.perform({ kind: "tell-role", run, role: "holder" });
  await on.heard("role-told", run);
  const asHolder = on.start(config(), "holder");
  await on.heard("program-ready", asHolder);
  // It is asked first whether it runs; later a monitor may be under way, and the agent is asked one thing at a time.
  assert.deepEqual(advised(on, run), [seconds(30 + 240 + 5), seconds(30 + 300 + 5)]);
  assert.deepEqual(advised(on, asHolder), [seconds(30 + 240 + 300 + 5)]);
});

test("a change of role has its time of the file beside that of a monitor under way", { skip: missing }, async () => {
  const { on, config } = bench();
  const monitor = { interval: milliseconds(50), timeout: seconds(3) };
  const run = on.start({ ...config(), roleTimeout: seconds(7), monitor }, "standby");
  await on.heard("program-ready", run);
  on.link.perform({ kind: "tell-role", run, role: "holder" });
  await on.heard("role-told", run);
  assert.deepEqual(advised(on, run), [seconds(3 + 240 + 5), seconds(3 + 7 + 5)]);
});

test("a resource that lost its role is failing, and so is one that took it by itself", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config());
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  writeFileSync(state, "standby\n");
  const lost = await on.heard("program-judged", run, ({ health }) => health === "failing");
  assert.equal(lost.problem, "it was promoted, and is so no more");
  on.stop(run);
  await on.heard("program-gone", run);
  const other = on.start(config(), "standby");
  await on.heard("program-judged", other, ({ health }) => health === "healthy");
  writeFileSync(state, "promoted\n");
  const taken = await on.heard("program-judged", other, ({ health }) => health === "failing");
  assert.equal(taken.problem, "it is promoted, and was not to be");
  // Nobody but its agent can end it, which goes on after the host's end for one that it is asked to end only then.
  writeFileSync(state, "standby\n");
  on.stop(other);
  await on.heard("program-gone", other);
});

test("a monitor beside a change of role finds nothing wrong", { skip: missing }, async () => {
  const { on, config, state } = bench();
  const monitor = { interval: milliseconds(1), fail: 1 };
  const run = on.start({ ...config({ state, slowness: "0.1" }), monitor }, "standby");
  await on.heard("program-ready", run);
  for (const role of ["holder", "standby", "holder"] as const) {
    const since = on.facts.length;
    on.link.perform({ kind: "tell-role", run, role });
    await eventually(
      () => on.facts.slice(since).some((fact) => fact.kind === "role-told" && fact.run === run),
      `it shall be ${role}`,
    );
  }
  on.stop(run);
  await on.heard("program-gone", run);
  const failing = on.facts.filter((fact) => fact.kind === "program-judged" && fact.health === "failing");
  assert.deepEqual(failing, []);
});

const actions = (state: string): readonly string[] => calls(state).map((call) => call.split(" ")[0] ?? "");

for (const ungrouped of [false, true]) {
  const where = ungrouped ? "without control groups" : "in control groups";
  const skip = ungrouped ? false : missing;

  test(`what is to end while it starts as the holder's is not promoted, ${where}`, { skip }, async () => {
    const { on, state, config } = bench({ ungrouped });
    const run = on.start(config({ state, startup: "0.3" }));
    await eventually(() => actions(state).includes("start"), "it starts");
    on.stop(run);
    await on.heard("program-gone", run);
    const next = on.start(config({ state, startup: "0.3" }), "standby");
    await on.heard("program-ready", next);
    on.stop(next);
    await on.heard("program-gone", next);
    assert.deepEqual(actions(state), ["start", "stop", "start", "stop"]);
    assert.deepEqual(on.kindsOf(run).slice(-3), ["program-started", "program-exited", "program-gone"]);
  });
}

/** Lives on, and is asked so often meanwhile that a stop which comes after the end of another run would show. */
async function outlives(on: ProgramBench, run: number, state: string): Promise<void> {
  await on.heard("program-ready", run);
  const monitors = (): number => (existsSync(`${state}.monitors`) ? readFileSync(`${state}.monitors`).length : 0);
  const before = monitors();
  await eventually(() => monitors() > before + MONITORS, "it is monitored");
  assert.equal(on.kindsOf(run).includes("program-exited"), false);
}

/** They take twice as long as a resource that does not let go is given until it is asked again. */
const MONITORS = 40;

test("what keeps a resource from letting go is said, and that it is tried again", async () => {
  const { on, state, config } = bench({ ungrouped: true });
  const run = on.start(config(), "standby");
  await on.heard("program-ready", run);
  writeFileSync(`${state}.busy`, "");
  on.stop(run);
  assert.match(await statusOf(on, run), /^stop answers with .*1.* device busy; it is tried again/);
  rmSync(`${state}.busy`);
  await on.heard("program-gone", run);
});

test("one that takes its role again while it still lets go of it is demoted before it is stopped", async () => {
  const { on, state, config } = bench({ ungrouped: true });
  const run = on.start(config({ state, slowness: "0.3" }));
  await on.heard("program-ready", run);
  for (const role of ["standby", "holder"] as const) on.link.perform({ kind: "tell-role", run, role });
  await on.heard("role-told", run, ({ role }) => role === "holder");
  on.stop(run);
  await on.heard("program-gone", run);
  assert.deepEqual(actions(state), ["start", "promote", "demote", "promote", "demote", "stop"]);
});

const statusOf = async (on: ProgramBench, run: number): Promise<string> => {
  const { saying } = await on.heard("program-said", run, (fact) => fact.saying.kind === "status");
  return saying.kind === "status" ? saying.text : "";
};

test("of a stop that was ended is said by whom and why", async () => {
  const { on, state, config } = bench({ ungrouped: true });
  const killed = on.start(config(), "standby");
  await on.heard("program-ready", killed);
  writeFileSync(`${state}.stubborn`, "");
  on.stop(killed);
  await eventually(() => actions(state).includes("stop"), "it is stopped");
  on.kill(killed);
  assert.match(await statusOf(on, killed), /^stop was ended: the resource has no more time to end; it is tried again/);
  await on.heard("program-gone", killed);
  const shot = on.start(config(), "standby");
  await on.heard("program-ready", shot);
  writeFileSync(`${state}.suicidal`, "");
  on.stop(shot);
  assert.match(await statusOf(on, shot), /^stop was killed by SIGKILL \(by an administrator.*; it is tried again/);
  await on.heard("program-gone", shot);
});

test("of an action that took too long is said how long it had", async () => {
  const { on, state, config } = bench({ ungrouped: true });
  writeFileSync(`${state}.delay`, "100");
  const monitor = { interval: milliseconds(50), timeout: milliseconds(200), fail: 1 };
  const run = on.start({ ...config(), monitor, standby: false }, "holder");
  const { problem } = await on.heard("program-judged", run, ({ health }) => health === "failing");
  assert.equal(problem, "monitor took longer than 200 ms and was ended");
});

test("one that is killed while it starts is stopped once", async () => {
  const { on, state, config } = bench({ ungrouped: true });
  const run = on.start(config({ state, startup: "100" }), "standby");
  await eventually(() => actions(state).includes("start"), "it starts");
  on.kill(run);
  await on.heard("program-gone", run);
  await outlives(on, on.start(config(), "standby"), state);
  assert.deepEqual(actions(state), ["start", "stop", "start"]);
});

test("one that ended and is killed while it is stopped is left alone when it is gone", async () => {
  const { on, state, config } = bench({ ungrouped: true });
  const run = on.start(config(), "standby");
  await on.heard("program-ready", run);
  writeFileSync(`${state}.stubborn`, "");
  rmSync(state);
  await on.heard("program-exited", run);
  await eventually(() => actions(state).includes("stop"), "it is stopped");
  on.kill(run);
  await on.heard("program-gone", run);
  await outlives(on, on.start(config(), "standby"), state);
  assert.deepEqual(actions(state), ["start", "stop", "stop", "start"]);
});

test(
  "a resource that nobody started here is asked for as a probe is, and ended with what its end takes",
  { skip: missing },
  async () => {
    const { on, state, config } = bench();
    assert.deepEqual(await on.probe(config()), { kind: "not-running" });
    assert.match(readFileSync(`${state}.monitor`, "utf8"), /CRM_meta_interval=0$/m);
    writeFileSync(state, "standby");
    assert.deepEqual(await on.probe(config()), { kind: "runs", isPromoted: false });
    writeFileSync(state, "promoted");
    assert.deepEqual(await on.probe(config()), { kind: "runs", isPromoted: true });
    const run = on.endStray(config(), true);
    await on.heard("program-gone", run);
    assert.equal(existsSync(state), false);
    assert.deepEqual(
      calls(state),
      ["demote", "stop"].map((action) => `${action} shop-p`),
    );
    assert.deepEqual(await on.probe(config()), { kind: "not-running" });
  },
);

test("what keeps an answer from making sense is told", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const none = { source: { kind: "ocf", provider: "test", type: "nothing", parameters: {} } } as const;
  assert.equal((await on.probe({ ...config(), ...none })).kind, "unusable");
  writeFileSync(`${state}.missing`, "");
  const unusable = await on.probe(config());
  assert.deepEqual(unusable, {
    kind: "unusable",
    problem: "monitor answers with status 5 (something that it needs is not installed)",
  });
  rmSync(`${state}.missing`);
  writeFileSync(state, "sick");
  assert.deepEqual(await on.probe(config()), { kind: "unknown", problem: "monitor answers with status 1 (failure)" });
  writeFileSync(`${state}.delay`, "100");
  const late = { ...config(), monitor: { timeout: milliseconds(200) } };
  assert.deepEqual(await on.probe(late), { kind: "unknown", problem: "monitor did not answer in time" });
});

test("a monitor that the file has otherwise now is asked so, and the resource stays", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start({ ...config(), monitor: { interval: seconds(3_600), fail: 1_000 } });
  await on.heard("program-ready", run);
  const watched = { ...SIMPLE, ...config(), monitor: { interval: milliseconds(50), fail: 1 } };
  on.link.perform({ kind: "watch-program", run, config: watched });
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  writeFileSync(state, "sick");
  await on.heard("program-judged", run, ({ health }) => health === "failing");
  on.link.perform({ kind: "watch-program", run, config: { ...watched, monitor: { interval: milliseconds(20) } } });
  writeFileSync(state, "promoted");
  await eventually(() => on.facts.at(-1)?.kind === "program-judged" && isHealthy(on.facts.at(-1)), "it is well again");
  assert.deepEqual(calls(state), ["start shop-p", "promote shop-p"]);
});

const isHealthy = (fact: ProgramInput | undefined): boolean =>
  fact?.kind === "program-judged" && fact.health === "healthy";

test("a start waits for no probe: that is given up, and not answered", { skip: missing }, async () => {
  const { on, state, config } = bench();
  writeFileSync(`${state}.delay`, "100");
  void on.probe({ ...config(), monitor: { timeout: seconds(30) } });
  await eventually(() => existsSync(`${state}.monitors`), "it is asked");
  rmSync(`${state}.delay`);
  const run = on.start(config());
  await on.heard("program-ready", run);
  on.stop(run);
  await on.heard("program-gone", run);
  assert.ok(!on.facts.some(({ kind }) => kind === "program-probed"));
});

test("one that is started as a standby, and was promoted by somebody else, is demoted", { skip: missing }, async () => {
  const { on, state, config } = bench();
  writeFileSync(state, "promoted");
  const run = on.start(config(), "standby");
  await on.heard("program-ready", run);
  assert.deepEqual(calls(state), ["demote shop-p"]);
  on.stop(run);
  await on.heard("program-gone", run);
});

test(
  "one that is started for the holder, and was promoted by somebody else, goes on as it is",
  { skip: missing },
  async () => {
    const { on, state, config } = bench();
    writeFileSync(state, "promoted");
    const run = on.start(config());
    await on.heard("program-ready", run);
    on.stop(run);
    await on.heard("program-gone", run);
    assert.deepEqual(
      calls(state),
      ["demote", "stop"].map((action) => `${action} shop-p`),
    );
  },
);

test(
  "a stray that does not let go at once is asked again, whatever is killed meanwhile",
  { skip: missing },
  async () => {
    const { on, state, config } = bench();
    writeFileSync(state, "standby");
    writeFileSync(`${state}.stubborn`, "");
    const run = on.endStray(config(), false);
    on.kill(run);
    await eventually(() => existsSync(`${state}.stop`) && !existsSync(`${state}.stubborn`), "it is asked to stop");
    on.kill(run);
    await on.heard("program-gone", run);
    assert.equal(existsSync(state), false);
  },
);
