/*
 * The agent is killed before each of its effects, in every situation that has several of them: its start, a takeover,
 * a hand-over by an operator or by a rule, an orderly stop, a pause, a change of paths. The guard takes over, or is dead
 * too; then the agent starts anew with what was on record. No rule is broken, and the world converges.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../../src/base/assert.js";
import { Node } from "../../src/core/node.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { pathGroupName } from "../../src/model/path.js";
import type { Fault, Moment, Plan, SitePlan, Trouble } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";
import { PAIRED_SITE, PAIRED_SITE_WITH_MAC, PROGRAM_SITE, RULED, SMALL_SITE } from "./small-site.js";

const MS = 1_000;
const SECOND = 1_000_000;
/** The first effects of a situation, in which its turn is taken. Up to 70 were tried by hand, and broke no rule; they cost too much here. */
const POINTS = 24;

const at = (time: number, trouble: Trouble): Fault => ({
  moment: { kind: "at", time },
  befallsSpeaker: false,
  trouble,
});

const [first, second] = [nodeName("first"), nodeName("second")];
const shop = serviceName("shop");

const SWITCH: Trouble = {
  kind: "commanded",
  host: 0,
  command: { kind: "path-switch", node: first, group: pathGroupName("mether0"), to: "spare1" },
};

interface Situation {
  /** The small one, if no other. */
  readonly site?: SitePlan;
  readonly host: number;
  readonly faults: readonly Fault[];
  /** From when on the effects are counted, if not from just before everything begins. */
  readonly armed?: Moment;
}

/** What begins the situation, and which host is killed in it. */
const SITUATIONS: Readonly<Record<string, Situation>> = {
  "its own start": {
    host: 0,
    faults: [at(3 * SECOND, { kind: "powered-off", host: 0, for: SECOND })],
    // The first two starts are those of the beginning.
    armed: { kind: "after-note", code: "agent.started", nth: 3, wait: 0 },
  },
  "a takeover": { host: 1, faults: [at(4 * SECOND, { kind: "powered-off", host: 0, for: 4 * SECOND })] },
  "a hand-over, as the giver": {
    host: 0,
    faults: [at(4 * SECOND, { kind: "commanded", host: 0, command: { kind: "move", service: shop, to: second } })],
  },
  "a hand-over, as the taker": {
    host: 1,
    faults: [at(4 * SECOND, { kind: "commanded", host: 1, command: { kind: "move", service: shop, to: second } })],
  },
  "a drain": {
    host: 0,
    faults: [at(4 * SECOND, { kind: "commanded", host: 0, command: { kind: "drain", node: first } })],
  },
  "a pause": { host: 0, faults: [at(4 * SECOND, { kind: "commanded", host: 0, command: { kind: "pause" } })] },
  "an orderly stop": { host: 0, faults: [at(4 * SECOND, { kind: "agent-stopped", host: 0, for: 3 * SECOND })] },
  "the loss of its link": {
    host: 0,
    faults: [at(4 * SECOND, { kind: "cable-pulled", host: 0, segment: 1, for: 2 * SECOND })],
  },
  "the loss of a path": {
    site: PAIRED_SITE,
    host: 0,
    faults: [at(4 * SECOND, { kind: "cable-pulled", host: 0, segment: 1, interface: "eth1", for: 2 * SECOND })],
  },
  "a start of programs": {
    site: PROGRAM_SITE,
    host: 1,
    faults: [at(4 * SECOND, { kind: "powered-off", host: 0, for: 4 * SECOND })],
  },
  "a hand-over with programs, as the giver": {
    site: PROGRAM_SITE,
    host: 0,
    faults: [at(4 * SECOND, { kind: "commanded", host: 0, command: { kind: "move", service: shop, to: second } })],
  },
  "a restart of a program": {
    site: PROGRAM_SITE,
    host: 0,
    faults: [at(4 * SECOND, { kind: "program-ended", host: 0, nth: 0, exit: { kind: "status", status: 1 } })],
  },
  "a move that its own rule orders": {
    site: RULED.site,
    host: 0,
    faults: [],
    armed: { kind: "after-note", code: "rule.fired", nth: 1, wait: 0 },
  },
  "a change of paths that was ordered": { site: PAIRED_SITE, host: 0, faults: [at(4 * SECOND, SWITCH)] },
  "a change of paths below a MAC of the service's own": {
    site: PAIRED_SITE_WITH_MAC,
    host: 0,
    faults: [at(4 * SECOND, SWITCH)],
  },
  "a takeover with a MAC of the service's own": {
    site: PAIRED_SITE_WITH_MAC,
    host: 1,
    faults: [at(4 * SECOND, { kind: "powered-off", host: 0, for: 4 * SECOND })],
  },
};

function plan(situation: string, afterEffects: number, guardToo: boolean): Plan {
  const { host, faults, armed, site = SMALL_SITE } = known(SITUATIONS[situation], "situations are tested by name");
  const trouble = { kind: "agent-crashed", host, afterEffects, guardToo, for: 5 * SECOND } as const;
  const moment = armed ?? { kind: "at", time: 4 * SECOND - MS };
  const crash: Fault = { moment, befallsSpeaker: false, trouble };
  return { seed: afterEffects, site, faults: [crash, ...faults], healAt: 12 * SECOND, isCalm: false };
}

for (const situation of Object.keys(SITUATIONS)) {
  for (const guardToo of [false, true]) {
    test(`killed in ${situation}${guardToo ? ", the guard too" : ""}`, () => {
      let crashed = 0;
      for (let point = 0; point < POINTS; point += 1) {
        const { violation, marks } = run(plan(situation, point, guardToo), {
          makeCore: (now, options) => new Node(now, options),
        });
        assert.equal(violation, undefined, `before effect ${point}: ${violation?.rule}: ${violation?.message}`);
        if ((marks.get("agent ended: crash") ?? 0) > 0) crashed += 1;
      }
      assert.ok(crashed > 2, `killed only at ${crashed} of ${POINTS} points`);
    });
  }
}
