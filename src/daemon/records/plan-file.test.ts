import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { EVERY_CHANGE, FULL_INTERFACE, FULL_PLAN } from "../../../test/support/failover-plan.js";
import { instant } from "../../base/time.js";
import { Impairments } from "../impairments.js";
import { PlanFile } from "./plan-file.js";
import { SnapshotFile } from "./snapshot-file.js";
import { isJsonObject } from "./stored-json.js";
import { readPlan } from "./stored-plan.js";

const quiet = (): Impairments =>
  new Impairments(
    () => instant(0),
    () => {},
  );

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "locum-plans-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("the next run reads the plans that the last one wrote, with everything in them", (t) => {
  const path = join(directory(t), "agent.sock.plans");
  const impairments = quiet();
  const file = new PlanFile(path, impairments);
  assert.deepEqual(file.read(), []);
  file.write([FULL_PLAN]);
  assert.deepEqual(new PlanFile(path, impairments).read(), [FULL_PLAN]);
  file.write([]);
  assert.deepEqual(new PlanFile(path, impairments).read(), []);
  assert.deepEqual(impairments.findings(), []);
});

test("a damaged plan is ignored and reported, until one is written", (t) => {
  const path = join(directory(t), "agent.sock.plans");
  const impairments = quiet();
  const file = new PlanFile(path, impairments);
  const [first] = EVERY_CHANGE;
  for (const damaged of [
    { ...FULL_PLAN, direction: "sideways" },
    { ...FULL_PLAN, reason: { kind: "toString" } },
    { ...FULL_PLAN, steps: [{ ...first, kind: "format-disk" }] },
    { ...FULL_PLAN, steps: [{ kind: "set-mac", interface: "eth0", mac: "none" }] },
    { ...FULL_PLAN, moved: { ...FULL_INTERFACE, addresses: [{ ...FULL_INTERFACE.addresses[0], family: 6 }] } },
    { ...FULL_PLAN, moved: { ...FULL_INTERFACE, addresses: [{ ...FULL_INTERFACE.addresses[0], prefixLength: 33 }] } },
    { ...FULL_PLAN, moved: { ...FULL_INTERFACE, routes: [{ ...FULL_INTERFACE.routes[0], description: "AAAA" }] } },
    { ...FULL_PLAN, moved: { ...FULL_INTERFACE, sourced: [{ interface: "eth2", routes: [{ source: "x" }] }] } },
    { ...FULL_PLAN, moved: { ...FULL_INTERFACE, vlans: [{ ...FULL_INTERFACE.vlans[0], protocol: "802.3" }] } },
  ]) {
    writeFileSync(path, JSON.stringify([damaged]));
    assert.deepEqual(file.read(), []);
    assert.equal(impairments.findings().length, 1);
  }
  writeFileSync(path, JSON.stringify([FULL_PLAN]).slice(0, -20));
  assert.deepEqual(file.read(), []);
  file.write([FULL_PLAN]);
  assert.deepEqual(impairments.findings(), []);
});

test("whatever becomes of a plan's text, reading it never throws, and what is read can be written again", () => {
  const text = JSON.stringify(FULL_PLAN);
  const values = fc.constantFrom("null", "-1", '"x"', "[]", "{}", "true", "1e99", '""');
  const places = [...text.matchAll(/(?<=:)("[^"]*"|\d+|true|false)/g)];
  fc.assert(
    fc.property(fc.constantFrom(...places), values, (place, value) => {
      const changed = text.slice(0, place.index) + value + text.slice(place.index + place[0].length);
      const item: unknown = JSON.parse(changed);
      assert.ok(isJsonObject(item));
      const plan = readPlan(item);
      if (plan !== undefined) assert.deepEqual(readPlan(JSON.parse(JSON.stringify(plan))), plan);
    }),
    { numRuns: 1_000 },
  );
});

test("a snapshot is read as it was saved, at the next start", async (t) => {
  const path = directory(t);
  const impairments = quiet();
  const file = new SnapshotFile(path, impairments);
  assert.deepEqual(file.read(), []);
  file.save([]);
  file.save([FULL_INTERFACE]);
  await file.close();
  assert.deepEqual(new SnapshotFile(path, impairments).read(), [FULL_INTERFACE]);
  assert.deepEqual(impairments.findings(), []);
});

test("a damaged snapshot is ignored and reported; one that can't be written is reported too", async (t) => {
  const path = directory(t);
  const impairments = quiet();
  const file = new SnapshotFile(path, impairments);
  for (const text of ["", "{", '{"format":2,"interfaces":[]}', '{"format":1,"interfaces":[{}]}']) {
    writeFileSync(join(path, "interfaces.json"), text);
    assert.deepEqual(file.read(), []);
    assert.equal(impairments.findings().length, 1);
  }
  file.save([FULL_INTERFACE]);
  await file.close();
  assert.deepEqual(impairments.findings(), []);
  assert.match(readFileSync(join(path, "interfaces.json"), "utf8"), /"format":1/);
  const nowhere = new SnapshotFile(join(path, "missing"), impairments);
  nowhere.save([FULL_INTERFACE]);
  await nowhere.close();
  assert.equal(impairments.findings().length, 1);
});
