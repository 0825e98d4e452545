import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import { type Attendance, UnservedWatch } from "./unserved-watch.js";

const service = serviceName("shop");
const served: Attendance = { service, isServed: true, isStaffed: true };
const starting: Attendance = { service, isServed: false, isStaffed: true };
const deserted: Attendance = { service, isServed: false, isStaffed: false };

/** Since when it is not served, after each moment. */
function course(...attendance: readonly (Attendance | undefined)[]): readonly (number | undefined)[] {
  const watch = new UnservedWatch();
  return attendance.map((each, at) => {
    watch.update(instant(at), each === undefined ? [] : [each]);
    return watch.since(service);
  });
}

test("a service is not served since it stopped being so, however often it is begun anew", () => {
  assert.deepEqual(course(served, starting, deserted, starting, served), [undefined, 1, 1, 1, undefined]);
  assert.deepEqual(course(served, deserted, starting), [undefined, 1, 1], "its only node fell silent");
});

test("one that never was served is not since there is a node to serve it", () => {
  assert.deepEqual(course(deserted, deserted, starting, deserted, starting), [undefined, undefined, 2, 2, 2]);
});

test("what leaves the configuration and comes back begins anew", () => {
  assert.deepEqual(course(served, starting, undefined, deserted, starting), [undefined, 1, undefined, undefined, 4]);
});
