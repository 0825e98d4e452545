/*
 * Whole clusters on a virtual network, each drawn from a seed: none breaks a rule, and together they reach the rare
 * branches. Runs on all cores; `npm run sim` shows a failing seed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { REQUIRED_MARKS } from "./required-marks.js";

const SEEDS = 200;
const MINUTES = 2;

interface Tally {
  readonly done: number;
  readonly failures: readonly { readonly seed: number; readonly rule: string; readonly message: string }[];
  readonly marks: Readonly<Record<string, number>>;
}

function runSeeds(): Tally {
  const tool = fileURLToPath(new URL("../../tools/sim.js", import.meta.url));
  const args = [tool, "--seeds", String(SEEDS), "--minutes", String(MINUTES), "--keep-going", "--json"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Tally;
}

test(`${SEEDS} seeds of ${MINUTES} virtual minutes of faults and their aftermath`, async (t) => {
  const tally = runSeeds();
  await t.test("no rule is broken", () => {
    const broken = tally.failures.map(({ seed, rule, message }) => `seed ${seed}: ${rule}: ${message}`);
    assert.deepEqual(broken, [], `see: npm run sim -- --minutes ${MINUTES} --seed SEED --trace --shrink`);
    assert.equal(tally.done, SEEDS);
  });
  await t.test("rare branches are reached", () => {
    const missed = REQUIRED_MARKS.filter((mark) => (tally.marks[mark] ?? 0) === 0);
    assert.deepEqual(missed, []);
  });
});
