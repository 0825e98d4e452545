/*
 * What works in one direction only between two nodes, for minutes: all networks, or just the service's own, while nothing is
 * heard on the others. In each case the service comes to one holder that keeps it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "../../src/core/node.js";
import type { Observer } from "../../src/sim/observer.js";
import type { Plan, SitePlan } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";
import { withHash } from "../../src/sim/site-workload.js";
import { PROGRAM_SITE, SMALL_SITE, staying } from "./small-site.js";

const SECOND = 1_000_000;
const CUT_AT = 5 * SECOND;
const CUT_FOR = 300 * SECOND;

/** Which host is not heard by which, in a segment. */
type Cut = readonly [segment: number, from: number, to: number];

const [FIRST, SECOND_HOST] = [0, 1];
const [HEARTBEATS, WIRE] = [0, 1];
const everywhere = (from: number, to: number): readonly Cut[] => [
  [HEARTBEATS, from, to],
  [WIRE, from, to],
];
const onWire = (from: number, to: number): readonly Cut[] => [
  [HEARTBEATS, from, to],
  [HEARTBEATS, to, from],
  [WIRE, from, to],
];

/** No heartbeats are sent on the network of the service. */
function apart(site: SitePlan): SitePlan {
  const { networks, nodes, ...rest } = site.cluster;
  const cluster = withHash({
    ...rest,
    networks: networks.slice(0, 1),
    nodes: nodes.map((node) => ({ ...node, networks: node.networks.slice(0, 1) })),
  });
  return { ...site, cluster };
}

const worldOf = (site: SitePlan, cuts: readonly Cut[]): Plan => ({
  seed: 1,
  site: staying(site),
  faults: cuts.map(([segment, from, to]) => ({
    moment: { kind: "at", time: CUT_AT },
    befallsSpeaker: false,
    trouble: { kind: "direction-cut", segment, from, to, for: CUT_FOR },
  })),
  healAt: CUT_AT + CUT_FOR + 10 * SECOND,
  isCalm: false,
});

/** Who took the service and let go of it, until the cut ended. */
function movesIn(plan: Plan): readonly string[] {
  const moves: string[] = [];
  const observer: Observer = {
    handled: ({ name, site: { world } }, _now, _input, effects) => {
      if (world.now >= CUT_AT + CUT_FOR) return;
      for (const effect of effects) {
        if (effect.kind !== "note") continue;
        if (effect.note.code === "service.claimed") moves.push(`${name} takes`);
        if (effect.note.code === "service.released") moves.push(`${name} leaves: ${effect.note.why.kind}`);
      }
    },
  };
  const makeCore = (...[now, options]: ConstructorParameters<typeof Node>): Node => new Node(now, options);
  const { violation } = run(plan, { makeCore, observers: [observer] });
  assert.equal(violation, undefined, `${violation?.rule}: ${violation?.message}`);
  return moves;
}

const [STAYS, TAKEN] = [["first takes"], ["first takes", "second takes", "first leaves: outranked"]] as const;

for (const [what, site] of Object.entries({ addresses: SMALL_SITE, programs: PROGRAM_SITE })) {
  test(`a service of ${what} is taken once from a holder that is not heard, and hears`, () => {
    assert.deepEqual(movesIn(worldOf(site, everywhere(FIRST, SECOND_HOST))), TAKEN);
  });

  test(`a service of ${what} stays with a holder that is heard, and does not hear`, () => {
    assert.deepEqual(movesIn(worldOf(site, everywhere(SECOND_HOST, FIRST))), STAYS);
  });

  test(`a service of ${what} is left for good to a preferred holder that is heard to announce it, and does not hear`, () => {
    const left = "second leaves: outranked-on-wire";
    const expected = ["first takes", "second takes", left, "second takes", left];
    assert.deepEqual(movesIn(worldOf(apart(site), onWire(SECOND_HOST, FIRST))), expected);
  });
}
