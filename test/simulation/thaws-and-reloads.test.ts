/*
 * What a draw of worlds comes to only now and then is gone through here step by step: the preferred holder stands still for
 * some seconds and goes on, and a cluster file with a new service reaches the nodes some milliseconds apart. One node holds
 * each service, and nobody takes it twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../../src/base/assert.js";
import { Node } from "../../src/core/node.js";
import { serviceName } from "../../src/model/names.js";
import type { Note } from "../../src/model/note.js";
import type { Observer } from "../../src/sim/observer.js";
import type { Plan, SitePlan, Trouble } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";
import { withHash } from "../../src/sim/site-workload.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { PROGRAM_SITE, SMALL_SITE } from "./small-site.js";

const MS = 1_000;
const SECOND = 1_000_000;
/** Between the times of one node's reload. */
const STEP = 4 * MS;
const APART_MAX = 80 * MS;
const LATE = serviceName("late");

const worldOf = (seed: number, site: SitePlan, trouble: Trouble): Plan => ({
  seed,
  site,
  faults: [{ moment: { kind: "at", time: 4 * SECOND }, befallsSpeaker: false, trouble }],
  healAt: 14 * SECOND,
  isCalm: false,
});

/** Every claim in a world, in order, once no rule is broken. */
function claimsIn(plan: Plan): readonly string[] {
  const notes: Note[] = [];
  const observer: Observer = {
    handled: (_host, _now, _input, effects) => {
      for (const effect of effects) if (effect.kind === "note") notes.push(effect.note);
    },
  };
  const makeCore = (...[now, options]: ConstructorParameters<typeof Node>): Node => new Node(now, options);
  const { violation } = run(plan, { makeCore, observers: [observer] });
  assert.equal(violation, undefined, `seed ${plan.seed}: ${violation?.rule}: ${violation?.message}`);
  return notes.flatMap((note) => (note.code === "service.claimed" ? [`${note.service} ${note.epoch}`] : []));
}

/** Its services stay where they are. */
const staying = (site: SitePlan): SitePlan => {
  const services = site.cluster.services.map((each) => ({ ...each, failback: { kind: "never" } as const }));
  return { ...site, cluster: withHash({ ...site.cluster, services }) };
};

for (const [what, site] of Object.entries({ addresses: SMALL_SITE, programs: PROGRAM_SITE })) {
  test(`a service of ${what} stays with the node that took it from a preferred one that stood still`, () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const trouble = { kind: "frozen", host: 0, scope: "machine", for: 2 * SECOND + seed * 300 * MS } as const;
      assert.deepEqual(claimsIn(worldOf(seed, staying(site), trouble)), ["shop 1", "shop 2"], `seed ${seed}`);
    }
  });
}

const shop = known(SMALL_SITE.cluster.services[0], "the small site has one service");
const late = {
  ...shop,
  ...programsConfig([programConfig("store")]),
  name: LATE,
  addresses: [{ address: "10.1.0.110", family: 4, prefixLength: 24 }],
} as const;
const extended = withHash({ ...SMALL_SITE.cluster, services: [shop, late] });

for (const earlier of [0, 1]) {
  test(`a service that a new file brings to the ${["preferred", "other"][earlier]} node first is taken by one node`, () => {
    for (let apart = 0; apart <= APART_MAX; apart += STEP) {
      const delays = earlier === 0 ? [0, apart] : [apart, 0];
      const trouble = { kind: "reconfigured", cluster: extended, delays } as const;
      assert.deepEqual(claimsIn(worldOf(apart, SMALL_SITE, trouble)), ["shop 1", "late 1"], `${apart} us apart`);
    }
  });
}
