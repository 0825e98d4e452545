import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "../../src/core/node.js";
import { nodeName } from "../../src/model/names.js";
import { run } from "../../src/sim/run.js";
import { at, FAILS_BESIDE_STRAY, FAILS_BESIDE_UNLOOKED, SILENT_BESIDE_STRAY, STARTED_BESIDE } from "./small-site.js";

const makeCore = (...parts: ConstructorParameters<typeof Node>): Node => new Node(...parts);

test("a unit that somebody starts beside the holder's is found and ended when the agent there starts", () => {
  const { violation, marks } = run(STARTED_BESIDE, { makeCore });
  assert.equal(violation, undefined);
  assert.equal(marks.get("note program.stray"), 1);
});

test("one that somebody starts where the service has been, while nobody else can hold it, goes on there", () => {
  const away = { kind: "powered-off", host: 1, for: 20_000_000 } as const;
  const begun = { kind: "unit-begun", host: 0, nth: 0, for: 3_000_000 } as const;
  const { violation, marks } = run(
    { ...STARTED_BESIDE, faults: [at(3_000_000, away), at(4_000_000, begun)] },
    { makeCore },
  );
  assert.equal(violation, undefined);
  assert.equal(marks.get("note program.stray"), undefined);
});

test("where the holder's ends beside one that no signal ends, it begins anew only when that is gone", () => {
  const { violation, marks } = run(FAILS_BESIDE_STRAY, { makeCore });
  assert.equal(violation, undefined);
  assert.equal(marks.get("finding.raised: program-waiting"), 2);
});

test("a holder whose addresses wait for the end of such a one is not amiss", () => {
  const how = { kind: "unkillable" } as const;
  const { violation, marks } = run(
    {
      ...STARTED_BESIDE,
      faults: [
        at(3_500_000, { kind: "program-misbehaves", host: 1, nth: 0, how, for: 17_000_000 }),
        ...STARTED_BESIDE.faults,
        at(8_000_000, { kind: "commanded", host: 1, command: { kind: "drain", node: nodeName("second") } }),
        at(9_000_000, { kind: "powered-off", host: 0, for: 1_000_000 }),
      ],
      healAt: 40_000_000,
    },
    { makeCore },
  );
  assert.equal(violation, undefined);
  assert.equal(marks.get("finding.raised: program-waiting"), 2);
});

test("nor does it begin anew before a new agent there could find out whether that still runs", () => {
  const { violation, marks } = run(FAILS_BESIDE_UNLOOKED, { makeCore });
  assert.equal(violation, undefined);
  assert.equal(marks.get("note program.unprobed"), 1);
});

test("where its node fell silent and can be fenced, the holder begins once it has been; else at once", () => {
  const { violation, marks } = run(SILENT_BESIDE_STRAY, { makeCore });
  assert.equal(violation, undefined);
  assert.equal(marks.get("note fence.done"), 1);
  const other = run({ ...SILENT_BESIDE_STRAY, site: FAILS_BESIDE_STRAY.site }, { makeCore });
  assert.equal(other.violation, undefined);
  assert.equal(other.marks.get("note fence.done"), undefined);
});

test("while systemd does not answer, nobody knows of it, and it is found when that is asked again", () => {
  const trouble = { kind: "units-unanswered", host: 1, for: 10_000_000 } as const;
  const { violation, marks } = run(
    {
      ...STARTED_BESIDE,
      faults: [at(3_000_000, trouble), ...STARTED_BESIDE.faults],
      healAt: 40_000_000,
    },
    { makeCore },
  );
  assert.equal(violation, undefined);
  assert.equal(marks.get("note program.unprobed"), 1);
  assert.equal(marks.get("note program.stray"), 1);
});
