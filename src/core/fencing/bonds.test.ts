import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { clusterOf } from "../../../test/scenarios/cluster.js";
import { seconds } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { MachineBrief, NodeState } from "../../model/node-state.js";
import { type ProgramState, programName } from "../../model/program.js";
import { Bonds, type Hold } from "./bonds.js";
import { nodeState } from "../../../test/support/node-state.js";

const [web1, shop, db] = [nodeName("web1"), serviceName("shop"), programName("db")];
const { services } = clusterOf(["web1", "web2"], { shop: programsConfig([programConfig("db")]) });
const LEFT = [{ service: shop, program: db }];

interface Said {
  readonly incarnation?: number;
  /** Absent: it does not hold the service. */
  readonly epoch?: number;
  readonly db?: ProgramState;
  readonly machine?: MachineBrief;
}

/** What web1 says of itself. */
const said = ({ incarnation = 1, epoch, db: state, machine }: Said): NodeState =>
  nodeState(web1, {
    incarnation,
    tenures:
      epoch === undefined ? [] : [{ service: shop, epoch, heldFor: seconds(1), reason: { kind: "cluster-start" } }],
    programs:
      state === undefined
        ? []
        : [{ service: shop, program: db, state, role: "holder", lasted: seconds(1), restarts: 0 }],
    ...(machine === undefined ? {} : { machine }),
  });

/** What binds the service after web1 was stuck and then said this. */
function boundAfter(next: Said, before: Said = { machine: { boot: "a", remains: [] } }): readonly number[] {
  const bonds = new Bonds([]);
  const hold = (epoch: number) => (): Hold => ({ epoch, last: { node: web1, epoch } });
  bonds.heard(said({ epoch: 3, db: "stuck", ...before }), services, hold(3));
  assert.equal(bonds.on(shop).length, 1);
  bonds.heard(said(next), services, hold(3));
  bonds.review([web1], hold(next.epoch ?? 3), () => false);
  return bonds.on(shop).map(({ incarnation }) => incarnation);
}

test("another run of the agent on the same boot ends it only by proof that nothing of the program is left", () => {
  const at = (machine: Partial<MachineBrief>, more: Said = {}): readonly number[] =>
    boundAfter({ incarnation: 2, machine: { boot: "a", ...machine }, ...more });
  assert.deepEqual(at({}), [2], "it has not said yet what is left");
  assert.deepEqual(at({ remains: LEFT }), [2]);
  assert.deepEqual(at({ remains: LEFT }, { epoch: 4 }), [2], "it took its service again");
  assert.deepEqual(
    at({ remains: [] }, { db: "stuck" }),
    [2],
    "the guard took its addresses off, and the agent went on",
  );
  assert.deepEqual(at({ remains: [] }), []);
  assert.deepEqual(at({ remains: [] }, { db: "ready", epoch: 4 }), []);
  assert.deepEqual(at({ remains: [{ service: shop, program: programName("other") }] }), [2], "another one is left");
});

test("it ends with the machine's other boot, and in the same run with its own word", () => {
  assert.deepEqual(boundAfter({ incarnation: 2, machine: { boot: "b" } }), []);
  assert.deepEqual(boundAfter({ machine: { boot: "a", remains: [] } }), []);
});

test("of a node of an older version, another run of the agent is all that can be known", () => {
  assert.deepEqual(boundAfter({ incarnation: 2 }, {}), []);
  assert.deepEqual(boundAfter({ incarnation: 2 }), [], "it went back to the older version");
  const isNewer = { incarnation: 2, machine: { boot: "a", remains: LEFT } };
  assert.deepEqual(boundAfter(isNewer, {}), [2], "its agent was brought up to date");
});

test("it ends when another node has held the service since, and not when its own node has, or nobody knows who", () => {
  const web2 = nodeName("web2");
  for (const [last, left] of [
    [{ node: web1, epoch: 4 }, 1],
    [{ node: web2, epoch: 4 }, 0],
    [{ node: web2, epoch: 2 }, 1],
    [undefined, 1],
  ] as const) {
    const bonds = new Bonds([]);
    bonds.heard(said({ epoch: 3, db: "stuck" }), services, () => undefined);
    bonds.review(
      [web1],
      () => ({ epoch: 4, last }),
      () => false,
    );
    assert.equal(bonds.on(shop).length, left, JSON.stringify(last));
  }
});

test("it is one with the latest hold of its node, whichever run of the agent began that", () => {
  const bonds = new Bonds([]);
  bonds.heard(said({ epoch: 3, db: "stuck", machine: { boot: "a", remains: [] } }), services, () => undefined);
  bonds.heard(said({ incarnation: 2, epoch: 5, machine: { boot: "a" } }), services, () => undefined);
  assert.deepEqual(
    bonds.all().map(({ epoch }) => epoch),
    [5],
  );
});

test("what is left on a node that does not hold the service binds it as well, until the node is silent and another takes it", () => {
  const web2 = nodeName("web2");
  const heldBy2 = (epoch: number) => (): Hold => ({ epoch, last: { node: web2, epoch } });
  for (const left of [{ machine: { boot: "a", remains: LEFT } }, { db: "stuck", machine: { boot: "a" } }] as const) {
    const bonds = new Bonds([]);
    bonds.heard(said(left), services, heldBy2(4));
    bonds.review([web1], heldBy2(5), () => true);
    bonds.review([web1], heldBy2(5), () => false);
    assert.deepEqual(
      bonds.all().map(({ program, epoch }) => [program, epoch]),
      [[db, 5]],
    );
    bonds.review([web1], heldBy2(6), () => false);
    assert.deepEqual(bonds.all(), []);
  }
});

test("of two words on a bond, the later one is kept: of a later run, or of a later epoch of the same", () => {
  const kept = (known: readonly [number, number], told: readonly [number, number]): readonly number[] => {
    const [own, other] = [known, told].map(([incarnation, epoch]) => ({
      node: web1,
      service: shop,
      program: db,
      incarnation,
      epoch,
    }));
    const bonds = new Bonds(own === undefined ? [] : [own]);
    if (other !== undefined) bonds.adopt(other);
    return bonds.on(shop).flatMap(({ incarnation, epoch }) => [incarnation, epoch]);
  };
  assert.deepEqual(kept([2, 3], [2, 5]), [2, 5]);
  assert.deepEqual(kept([2, 5], [2, 3]), [2, 5]);
  assert.deepEqual(kept([2, 5], [3, 1]), [3, 1]);
  assert.deepEqual(kept([3, 1], [2, 5]), [3, 1]);
});
