import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type NodeName, nodeName } from "../../model/names.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { type CandidateFacts, place } from "./place.js";

const UNPREPARED: UnfitReason = { code: "program-not-ready" };
const REASONS: readonly UnfitReason[] = [{ code: "banned" }, UNPREPARED, { code: "node-down" }, { code: "drained" }];
const facts: fc.Arbitrary<readonly CandidateFacts[]> = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 0 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.subarray([...REASONS]).map((reasons) => ({ node: nodeName(name), reasons })))),
  );

const isPossible = (each: CandidateFacts): boolean =>
  each.reasons.every((reason) => reason.code === "banned" || reason === UNPREPARED);

/** The same rule, said in another way: score every node, take the least. */
function dumbBest(all: readonly CandidateFacts[], holder: NodeName | undefined): NodeName | undefined {
  const score = (each: CandidateFacts, index: number): number => {
    if (!isPossible(each)) return Number.POSITIVE_INFINITY;
    if (each.node === holder) return -1;
    return index + (each.reasons.length > 0 ? 1_000 : 0) + (each.reasons.includes(UNPREPARED) ? 1_000 : 0);
  };
  const scored = all.map((each, index) => ({ node: each.node, score: score(each, index) }));
  const least = scored.toSorted((a, b) => a.score - b.score)[0];
  return least === undefined || least.score === Number.POSITIVE_INFINITY ? undefined : least.node;
}

test("the best node is the one that a plain scoring finds, with and without a holder", () => {
  fc.assert(
    fc.property(facts, fc.constantFrom(undefined, nodeName("a"), nodeName("c")), (all, holder) => {
      assert.equal(place(all, holder).best, dumbBest(all, holder));
    }),
  );
});

test("the order has every possible node once and nobody else", () => {
  fc.assert(
    fc.property(facts, (all) => {
      const { order, candidates } = place(all, undefined);
      const possible = all.filter(isPossible).map((each) => each.node);
      assert.deepEqual(order.toSorted(), possible.toSorted());
      assert.deepEqual(
        candidates.filter((each) => each.eligible).map((each) => each.node),
        possible,
      );
    }),
  );
});

test("a node is never moved to a later place by being the holder", () => {
  fc.assert(
    fc.property(facts, (all) => {
      const { order } = place(all, undefined);
      for (const holder of order) assert.equal(place(all, holder).best, holder);
    }),
  );
});
