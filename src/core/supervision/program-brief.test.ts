/** What a node tells its peers of how a program ended, what it says and what it is for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { type Instant, instant, milliseconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { ProgramBrief, ProgramConfig, ProgramInput } from "../../model/program.js";
import { Effects } from "../effects.js";
import { ServicePrograms } from "./service-programs.js";

const DAMPING = { failures: 3, within: milliseconds(1), ban: milliseconds(1), banMax: milliseconds(1) };
const now: Instant = instant(0);

const serviceOf = (changes: Partial<ProgramConfig> = {}): ServiceConfig => ({
  name: serviceName("shop"),
  addresses: [],
  nodes: [nodeName("web1")],
  failback: { kind: "never" },
  ...programsConfig([programConfig("db", changes)]),
});

/** One that ended with status 78 and runs again. */
function restarted() {
  const effects = new Effects();
  const programs = new ServicePrograms(now, serviceOf(), () => DAMPING);
  const take = (input: ProgramInput): void => {
    programs.take(now, input, effects);
    programs.review(now, true, effects);
  };
  programs.want(now, "holder");
  programs.review(now, true, effects);
  take({ kind: "program-ready", run: 1 });
  take({ kind: "program-exited", run: 1, exit: { kind: "status", status: 78 } });
  take({ kind: "program-gone", run: 1 });
  take({ kind: "program-ready", run: 2 });
  const brief = (): ProgramBrief | undefined => programs.briefs(now)[0];
  assert.deepEqual(brief()?.lastExit, { kind: "status", status: 78 });
  return { programs, effects, take, brief };
}

test("how a run ended by itself is told until a later one is ended for a trouble or by an order", () => {
  const { take, brief } = restarted();
  take({ kind: "program-judged", run: 2, health: "failing", problem: "status 500" });
  assert.deepEqual([brief()?.lastExit, brief()?.words], [undefined, "its health check failed: status 500"]);
});

test("how a run ended is not told of one that is made from something else", () => {
  const { programs, effects, brief } = restarted();
  programs.reconfigure(now, serviceOf({ source: { kind: "command", command: ["/usr/bin/other"] } }), effects);
  assert.equal(brief()?.lastExit, undefined);
});

test("what a program said of itself is over with it", () => {
  const { programs, effects, take, brief } = restarted();
  take({ kind: "program-said", run: 2, saying: { kind: "status", text: "all good" } });
  assert.equal(brief()?.words, "all good");
  programs.want(now, undefined);
  programs.review(now, false, effects);
  take({ kind: "program-gone", run: 2 });
  assert.deepEqual([brief()?.state, brief()?.words], ["stopped", undefined]);
  assert.equal(brief()?.role, "holder", "it runs on no standby");
});
