/*
 * No node can hold a service, for the same cause, and the cause ends for all of them some milliseconds apart or at the same
 * moment: one node takes the service, as fast as nodes hear of each other's fitness.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "../../src/core/node.js";
import type { Observer } from "../../src/sim/observer.js";
import type { Plan } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";
import { freed, PROGRAM_SITE, SMALL_SITE } from "./small-site.js";

const MS = 1_000;
const SECOND = 1_000_000;
const FREE_AT = 4 * SECOND;

interface Claim {
  readonly by: string;
  readonly at: number;
}

function claimsIn(plan: Plan): readonly Claim[] {
  const claims: Claim[] = [];
  const observer: Observer = {
    handled: ({ name, site: { world } }, _now, _input, effects) => {
      for (const effect of effects) {
        if (effect.kind === "note" && effect.note.code === "service.claimed") claims.push({ by: name, at: world.now });
      }
    },
  };
  const makeCore = (...[now, options]: ConstructorParameters<typeof Node>): Node => new Node(now, options);
  const { violation } = run(plan, { makeCore, observers: [observer] });
  assert.equal(violation, undefined, `seed ${plan.seed}: ${violation?.rule}: ${violation?.message}`);
  return claims;
}

/** In milliseconds: from what is heard sooner or later by chance, to what is over before the others are free. */
const APART = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 5, 10, 25, 50, 75, 95, 99, 100, 101, 105, 150, 200];
/** Whoever is free so much later has heard that the service is taken, or is due to be. */
const TIMEOUT_MS = 100;

for (const [what, site] of Object.entries({ addresses: SMALL_SITE, programs: PROGRAM_SITE })) {
  for (const earlier of [0, 1]) {
    test(`a service of ${what} that nobody could hold is taken once, where the ${["preferred", "other"][earlier]} node is free first`, () => {
      for (const [nth, apart] of APART.entries()) {
        const delays = earlier === 0 ? [0, apart * MS] : [apart * MS, 0];
        const claims = claimsIn(freed(nth + 1, site, ...delays));
        assert.equal(claims.length, 1, `${apart} ms apart: ${JSON.stringify(claims)}`);
        const [claim] = claims;
        if (earlier === 0 || apart < TIMEOUT_MS - 5) assert.equal(claim?.by, "first", `${apart} ms apart`);
        assert.ok(claim !== undefined && claim.at - FREE_AT < (2 * TIMEOUT_MS + 10) * MS, JSON.stringify(claim));
      }
    });
  }
}
