import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { type Instant, after, instant, milliseconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { nodeName, serviceName } from "../../model/names.js";
import { type ProgramConfig, programName } from "../../model/program.js";
import { Effects } from "../effects.js";
import { ServicePrograms } from "./service-programs.js";

const DAMPING = { failures: 3, within: milliseconds(1), ban: milliseconds(1), banMax: milliseconds(1) };
const now: Instant = instant(0);

const serviceOf = (...programs: readonly ProgramConfig[]): ServiceConfig => ({
  name: serviceName("shop"),
  addresses: [],
  nodes: [nodeName("web1")],
  failback: { kind: "never" },
  ...programsConfig(programs),
});

/** Programs of a holder, and what they order of the program host. */
function held(config: ServiceConfig) {
  const effects = new Effects();
  const programs = new ServicePrograms(now, config, () => DAMPING);
  programs.want(now, "holder");
  const ordered = (): readonly string[] => {
    programs.review(now, true, effects);
    return effects.take().flatMap(({ kind }) => (kind.endsWith("-program") ? [kind] : []));
  };
  return { programs, effects, ordered };
}

test("a program that was taken out of the file and comes back begins when nothing of it is left", () => {
  const { programs, effects, ordered } = held(serviceOf(programConfig("db")));
  assert.deepEqual(ordered(), ["start-program"]);
  programs.reconfigure(now, serviceOf(), effects);
  assert.deepEqual(ordered(), ["stop-program"]);
  programs.reconfigure(now, serviceOf(programConfig("db")), effects);
  assert.deepEqual(ordered(), [], "the run before it has not ended");
  programs.take(now, { kind: "program-gone", run: 1 }, effects);
  // Its end is all that is heard: nothing else would have it looked at again.
  assert.deepEqual(ordered().at(-1), "start-program");
});

test("a program that waits for its next run is told with the role that this is to begin in", () => {
  const { programs, effects, ordered } = held(serviceOf(programConfig("db")));
  ordered();
  programs.take(now, { kind: "program-ready", run: 1 }, effects);
  programs.take(now, { kind: "program-exited", run: 1, exit: { kind: "status", status: 1 } }, effects);
  programs.take(now, { kind: "program-gone", run: 1 }, effects);
  assert.deepEqual(
    programs.briefs(now).map(({ role, state }) => [role, state]),
    [["holder", "waiting"]],
  );
});

test("a program that left the file and cannot be ended says nothing against the node: the others serve", () => {
  const { programs, effects, ordered } = held(serviceOf(programConfig("db")));
  ordered();
  programs.reconfigure(now, serviceOf(), effects);
  const { timeout } = programConfig("db").stop;
  for (const at of [now, after(now, timeout), after(now, milliseconds(60_000))]) programs.review(at, true, effects);
  assert.deepEqual(programs.briefs(now)[0]?.state, "stuck");
  assert.deepEqual([programs.unfit(now), programs.holdsOn], [[], true]);
});

test("a long account of why a program cannot be started is cut: peers refuse states with longer texts", () => {
  const { programs, effects, ordered } = held(serviceOf(programConfig("db")));
  ordered();
  programs.take(now, { kind: "program-not-started", run: 1, problem: "/".repeat(4_095) }, effects);
  assert.ok((programs.briefs(now)[0]?.words ?? "").length <= 200);
});

/** What comes after another, and beside it. */
const STACK = ["db", "web", "log"].map((name) =>
  programConfig(name, name === "web" ? { after: [programName("db")] } : {}),
);

/** A stack that is up, and what is ordered of its programs by name. */
function stack(list: readonly ProgramConfig[] = STACK) {
  const effects = new Effects();
  const programs = new ServicePrograms(now, serviceOf(...list), () => DAMPING);
  const runs = new Map<string, number>();
  programs.want(now, "holder");
  const ordered = (): readonly string[] => {
    programs.review(now, true, effects);
    return effects.take().flatMap((effect) => {
      if (effect.kind === "start-program") {
        runs.set(effect.start.config.name, effect.start.run);
        return [`start ${effect.start.config.name}`];
      }
      const named = [...runs].find(([, run]) => effect.kind === "stop-program" && run === effect.run);
      return named === undefined ? [] : [`stop ${named[0]}`];
    });
  };
  const ready = (name: string): readonly string[] => {
    programs.take(now, { kind: "program-ready", run: runs.get(name) ?? 0 }, effects);
    return ordered();
  };
  const gone = (name: string): readonly string[] => {
    programs.take(now, { kind: "program-gone", run: runs.get(name) ?? 0 }, effects);
    return ordered();
  };
  ordered();
  for (const { name } of list) ready(name);
  return { programs, effects, ordered, ready, gone };
}

test("programs that an operator restarts end in order, and begin in order", () => {
  const { programs, effects, ordered, ready, gone } = stack();
  programs.restart(now, undefined, effects);
  assert.deepEqual(ordered(), ["stop web", "stop log"]);
  assert.deepEqual(gone("log"), ["start log"]);
  assert.deepEqual(gone("web"), ["stop db"]);
  assert.deepEqual(gone("db"), ["start db"]);
  assert.deepEqual(ready("db"), ["start web"]);
});

test("what was restarted does not begin beside what is to end yet", () => {
  const { programs, effects, ordered, gone } = stack([...STACK, programConfig("api", { after: [programName("db")] })]);
  programs.restart(now, undefined, effects);
  assert.deepEqual(ordered(), ["stop web", "stop log", "stop api"]);
  assert.deepEqual(gone("web"), [], "db waits for api");
  assert.deepEqual(gone("api"), ["stop db"]);
});

test("one that an operator restarts alone does so at once, whatever comes after it", () => {
  const { programs, effects, ordered } = stack();
  programs.restart(now, programName("db"), effects);
  assert.deepEqual(ordered(), ["stop db"]);
});

test("a restart does not wait for what had ended before, nor for what cannot be ended", () => {
  const ended = stack();
  const exit = { kind: "status", status: 1 } as const;
  ended.programs.take(now, { kind: "program-exited", run: 3, exit }, ended.effects);
  ended.programs.take(now, { kind: "program-gone", run: 3 }, ended.effects);
  ended.effects.take();
  ended.programs.restart(now, undefined, ended.effects);
  assert.deepEqual([...ended.ordered()].sort(), ["stop db", "stop log"]);
  const stuck = stack();
  stuck.programs.restart(now, undefined, stuck.effects);
  stuck.ordered();
  const later = [1, 2].map((time) => after(now, milliseconds(time * 60_000)));
  for (const at of later) stuck.programs.review(at, true, stuck.effects);
  assert.deepEqual(
    stuck.programs.briefs(now).map(({ program, state }) => [program, state]),
    [
      ["db", "stopping"],
      ["web", "stuck"],
      ["log", "stuck"],
    ],
  );
});

test("programs that a changed file has begin anew end in order too, and wait for no other", () => {
  const { programs, effects, ordered, gone } = stack();
  const changed = STACK.map((each) =>
    each.name === "log" ? each : { ...each, settings: { ...each.settings, environment: { A: "b" } } },
  );
  programs.reconfigure(now, serviceOf(...changed), effects);
  assert.deepEqual(ordered(), ["stop web"]);
  assert.deepEqual(gone("web"), ["stop db"]);
  const [db = programConfig("db")] = STACK;
  const onlyDb = { ...db, settings: { ...db.settings, environment: { A: "b" } } };
  const other = stack();
  other.programs.reconfigure(now, serviceOf(onlyDb, ...STACK.slice(1)), other.effects);
  assert.deepEqual(other.ordered(), ["stop db"]);
});
