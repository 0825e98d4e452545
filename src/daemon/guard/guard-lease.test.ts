import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import { Lease } from "./guard-lease.js";

const ms = (count: number) => instant(count * 1_000);
const LENGTH = milliseconds(100);

test("nothing is judged before the first renewal, nor with a lease of 0", () => {
  const lease = new Lease();
  assert.equal(lease.deadline(), undefined);
  assert.equal(lease.expired(ms(5_000), undefined), false);
  lease.renew(ms(10), milliseconds(0));
  assert.equal(lease.expired(ms(5_000), ms(5_000)), false);
});

test("a lease is over when its length has passed since the newest renewal, whatever the order they are read in", () => {
  const lease = new Lease();
  lease.renew(ms(30), LENGTH);
  lease.renew(ms(10), LENGTH);
  assert.equal(lease.deadline(), ms(130));
  assert.equal(lease.expired(ms(129), ms(130)), false);
  assert.equal(lease.expired(ms(130), ms(130)), true);
});

test("a guard that woke late gives the agent one grace, and no second one", () => {
  const lease = new Lease();
  lease.renew(ms(0), LENGTH);
  assert.equal(lease.expired(ms(180), ms(100)), false);
  assert.equal(lease.deadline(), ms(205));
  assert.equal(lease.expired(ms(300), ms(205)), true);
});

test("a renewal within the grace ends it", () => {
  const lease = new Lease();
  lease.renew(ms(0), LENGTH);
  assert.equal(lease.expired(ms(180), ms(100)), false);
  lease.renew(ms(181), LENGTH);
  assert.equal(lease.deadline(), ms(281));
  assert.equal(lease.expired(ms(281), ms(281)), true);
});
