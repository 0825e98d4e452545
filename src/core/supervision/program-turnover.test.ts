import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { type Instant, after, instant, milliseconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { ProgramConfig } from "../../model/program.js";
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
