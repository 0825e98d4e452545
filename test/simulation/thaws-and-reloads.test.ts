/*
 * What a draw of worlds comes to only now and then is gone through here step by step: the preferred holder stands still for
 * some seconds and goes on, and a cluster file with a new service reaches the nodes some milliseconds apart. One node holds
 * each service, and nobody takes it twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "../../src/core/node.js";
import type { Observer } from "../../src/sim/observer.js";
import type { Plan, SitePlan, Trouble } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";
import { extended, PROGRAM_SITE, SMALL_SITE, staying } from "./small-site.js";

const MS = 1_000;
const SECOND = 1_000_000;

const worldOf = (seed: number, site: SitePlan, trouble: Trouble): Plan => ({
  seed,
  site,
  faults: [{ moment: { kind: "at", time: 4 * SECOND }, befallsSpeaker: false, trouble }],
  healAt: 14 * SECOND,
  isCalm: false,
});

/** Every claim in a world, in order, once no rule is broken. */
function claimsIn(plan: Plan): readonly string[] {
  const claims: string[] = [];
  const observer: Observer = {
    handled: ({ name }, _now, _input, effects) => {
      for (const effect of effects) {
        if (effect.kind !== "note" || effect.note.code !== "service.claimed") continue;
        claims.push(`${name}: ${effect.note.service} ${effect.note.epoch}`);
      }
    },
  };
  const makeCore = (...[now, options]: ConstructorParameters<typeof Node>): Node => new Node(now, options);
  const { violation } = run(plan, { makeCore, observers: [observer] });
  assert.equal(violation, undefined, `seed ${plan.seed}: ${violation?.rule}: ${violation?.message}`);
  return claims;
}

for (const [what, site] of Object.entries({ addresses: SMALL_SITE, programs: PROGRAM_SITE })) {
  test(`a service of ${what} stays with the node that took it from a preferred one that stood still`, () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const trouble = { kind: "frozen", host: 0, scope: "machine", for: 2 * SECOND + seed * 300 * MS } as const;
      assert.deepEqual(
        claimsIn(worldOf(seed, staying(site), trouble)),
        ["first: shop 1", "second: shop 2"],
        `seed ${seed}`,
      );
    }
  });
}

/** Closer together than a stream is made anew, and further apart than anybody waits. */
const APART_MS = [
  ...Array.from({ length: 21 }, (_, step) => step * 4),
  150,
  300,
  600,
  900,
  980,
  1_000,
  1_020,
  1_100,
  2_000,
];
/** Within this time the preferred one has it, whichever read of it first. */
const WAITED_FOR_MS = 900;

for (const earlier of [0, 1]) {
  test(`a service that a new file brings to the ${["preferred", "other"][earlier]} node first is taken by one node`, () => {
    for (const apart of APART_MS) {
      const claims = claimsIn(earlier === 0 ? extended(0, apart * MS) : extended(apart * MS, 0));
      assert.match(claims.join(), /^first: shop 1,(first|second): late 1$/, `${apart} ms apart`);
      if (apart <= WAITED_FOR_MS) assert.deepEqual(claims[1], "first: late 1", `${apart} ms apart`);
    }
  });
}
