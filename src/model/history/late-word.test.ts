/** Outages that are known to be ones only a while after they began. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import type { MoveReason } from "../node-state.js";
import type { Note } from "../note.js";
import {
  active,
  begins,
  claimed,
  db,
  down,
  type Moment,
  moved,
  outages,
  served,
  service,
  type Unserved,
  unserved,
  web1,
  web2,
  web3,
} from "../../../test/support/told-history.js";

test("one that begins for the first time and does not become ready is not served since it began, whatever is tried", () => {
  const start: MoveReason = { kind: "cluster-start" };
  const late = "program-failed: it did not become ready on web1";
  const first: readonly Moment[] = [
    [10, moved()],
    [11, begins(web1, start)],
  ];
  const turned: readonly Moment[] = [
    [10, begins(web1, start)],
    [11, moved()],
  ];
  for (const story of [first, turned]) {
    assert.deepEqual(
      outages(...story, [15_000, served()]).map((each) => each.replace(/^1[01]-/, "10-")),
      [`10-15000 ?>web1 ${late}`],
    );
    assert.deepEqual(
      outages(
        ...story,
        [3_000, moved(web3, web1)],
        [3_001, begins(web3, { kind: "holder-unfit", from: web1, reasons: [] })],
      ).map((each) => each.replace(/^1[01]-/, "10-")),
      [`10-9000 lasting ?>? ${late}`],
    );
  }
  assert.deepEqual(outages(...first), [], "it may be starting yet");
  assert.deepEqual(outages(...first, [3_000, unserved("failed")], [3_500, unserved("starting")]), [
    "10-9000 lasting ?>? program-failed: a program of it was down on web1",
  ]);
  assert.deepEqual(outages([10, { ...begins(web1, start), condition: "failed" }], [11, moved()]), [
    "10-9000 lasting ?>? program-failed: a program of it was down on web1",
  ]);
  assert.deepEqual(outages(...first, [3_000, down]), ["10-9000 lasting ?>? node-down: web1 fell silent"]);
});

test("so it is in the record of the node that has it", () => {
  const taken: Note = { ...claimed, reason: { kind: "cluster-start" } } as Note;
  const released: Note = {
    code: "service.released",
    service,
    epoch: 2,
    why: { kind: "unfit", reasons: [{ code: "program-failed", detail: "db" }] },
  };
  assert.deepEqual(outages([10, taken], [400, active()]), []);
  assert.deepEqual(outages([10, taken], [15_000, active()]), [
    "10-15000 ?>web2 program-failed: it did not become ready on web2",
  ]);
  assert.deepEqual(outages([10, taken], [3_000, released], [3_100, moved()], [3_101, begins(web1)]), [
    "10-9000 lasting ?>? program-failed: web2 let go of it: db was down or in trouble on it",
  ]);
  const outranked: Note = { ...released, why: { kind: "outranked", by: web1, epoch: 3 } } as Note;
  assert.deepEqual(outages([10, taken], [3_000, outranked], [3_000, moved()]), [], "another serves it already");
});

test("what went with the process that watches programs was away since then, not since that was known", () => {
  const lost: Note = { code: "program.host-lost", ...db, next: { kind: "start-again" }, ago: milliseconds(2_000) };
  const late: Unserved = { ...unserved("starting", web2), noticedAfter: milliseconds(2_000) };
  const cause = "program-failed: the program host died, and db with it";
  assert.deepEqual(outages([10, active()], [5_000, lost], [5_001, late], [5_040, served(web2)]), [
    `3001-5040 web2>web2 ${cause}`,
  ]);
  assert.deepEqual(outages([10, moved()], [5_001, { ...late, node: web1 }], [5_040, served()]), [
    "3001-5040 web1>web1 program-failed: a program of it was down on web1",
  ]);
  assert.deepEqual(outages([4_000, active()], [5_000, lost], [5_001, late], [5_040, served(web2)]), [
    `4000-5040 web2>web2 ${cause}`,
  ]);
  const released: Note = {
    code: "service.released",
    service,
    epoch: 2,
    why: { kind: "unfit", reasons: [{ code: "program-failed", detail: "db" }] },
  };
  const letGo = "program-failed: web2 let go of it: db was down or in trouble on it";
  assert.deepEqual(outages([10, active()], [5_000, lost], [5_000, released], [5_040, moved(web1, web2)]), [
    `3000-5040 web2>web1 ${letGo}`,
  ]);
  assert.deepEqual(outages([10, active()], [5_000, lost], [8_000, released], [8_040, moved(web1, web2)]), [
    `8000-8040 web2>web1 ${letGo}`,
  ]);
});
