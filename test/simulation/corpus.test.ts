/* Plans that once broke a rule, shrunk to what it took: none does any more. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Node } from "../../src/core/node.js";
import type { Plan } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";

/** A kept plan, and what it found at the time. */
interface Kept {
  readonly found: string;
  readonly plan: Plan;
}

const folder = new URL("../../../test/simulation/corpus/", import.meta.url);

for (const file of readdirSync(folder)
  .sort()
  .filter((name) => name.endsWith(".json"))) {
  const { found, plan } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Kept;
  test(`${file}: ${found}`, () => {
    const { violation } = run(plan, { makeCore: (now, options) => new Node(now, options) });
    assert.equal(violation, undefined, `${violation?.rule}: ${violation?.message}`);
  });
}
