/** Orders that take as long as a program takes to end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../../src/base/time.js";
import type { CommandOutcome } from "../../src/model/command.js";
import { nodeName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { running } from "./running.js";

const web1 = nodeName("web1");

/** What the drain of web1, given at one node, is answered with, and after how many seconds. */
function drained(at: string, stopSeconds: number, stopMs: number): readonly [number, CommandOutcome | undefined] {
  const db = programConfig("db", { stop: { signal: "SIGTERM", timeout: seconds(stopSeconds) } });
  const bench = running(["web1", "web2"], programsConfig([db]));
  bench.programs.manners.set("db", { stopMs });
  const before = bench.outcomes.size;
  bench.command(at, { kind: "drain", node: web1 });
  let passed = 0;
  for (; passed < 60 && bench.outcomes.size === before; passed += 1) bench.pass(1_000);
  return [passed, [...bench.outcomes.values()].at(-1)];
}

for (const at of ["web1", "web2"]) {
  test(`a drain that waits for a program to end is answered when it has, given at ${at}`, () => {
    const [passed, outcome] = drained(at, 10, 8_000);
    assert.deepEqual([passed, outcome], [8, { ok: true, message: "web1 is drained: it holds nothing" }]);
  });

  test(`one that takes longer than who asks can wait says what it waits for, given at ${at}`, () => {
    const [passed, outcome] = drained(at, 100, 90_000);
    assert.ok(passed >= 25 && passed < 30 && outcome?.ok === false, JSON.stringify(outcome));
    assert.equal(outcome.code, "timed-out");
    assert.match(
      outcome.message,
      /^`locum drain web1` goes on: still waiting for db of shop to end on web1, 2\d(\.\d+)? s of 1 min 40 s$/,
    );
  });
}
