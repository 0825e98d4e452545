import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, seconds } from "../../base/time.js";
import { nodeName } from "../../model/names.js";
import { FlapDamping } from "./flap-damping.js";

const damping = { failures: 3, within: seconds(600), ban: seconds(60), banMax: seconds(200) };
const web1 = nodeName("web1");
const at = (s: number): Instant => instant(s * 1_000_000);

test("failures that are close together bring a ban that doubles up to its limit", () => {
  const flaps = new FlapDamping(damping);
  const lengths: number[] = [];
  for (let second = 0; second < 9; second += 1) {
    const ban = flaps.failed(at(second), web1);
    if (ban !== undefined) lengths.push(ban.length / 1_000_000);
  }
  assert.deepEqual(lengths, [60, 120, 200]);
  assert.equal(flaps.bannedUntil(web1), at(208));
});

test("failures that are far apart bring none", () => {
  const flaps = new FlapDamping(damping);
  for (let round = 0; round < 10; round += 1) assert.equal(flaps.failed(at(round * 400), web1), undefined);
});

test("a ban ends once, by time or by an operator's word", () => {
  const flaps = new FlapDamping(damping);
  for (let second = 0; second < 3; second += 1) flaps.failed(at(second), web1);
  assert.deepEqual(flaps.expire(at(61)), []);
  assert.equal(flaps.nextExpiry(), at(62));
  assert.deepEqual(flaps.expire(at(62)), [web1]);
  assert.deepEqual(flaps.expire(at(63)), []);
  for (let second = 100; second < 103; second += 1) flaps.failed(at(second), web1);
  flaps.forgive(web1);
  assert.equal(flaps.bannedUntil(web1), undefined);
});

test("after a long time without failures the first ban is short again", () => {
  const flaps = new FlapDamping(damping);
  for (let second = 0; second < 6; second += 1) flaps.failed(at(second), web1);
  assert.equal(flaps.bannedUntil(web1), at(125));
  flaps.expire(at(125));
  const bans = [326, 327, 328].map((second) => flaps.failed(at(second), web1));
  assert.equal(bans[2]?.length, damping.ban);
});

test("other numbers hold from the moment they are configured", () => {
  const flaps = new FlapDamping(damping);
  flaps.failed(at(0), web1);
  flaps.reconfigure({ ...damping, failures: 2, ban: seconds(7) });
  assert.equal(flaps.failed(at(1), web1)?.length, seconds(7));
});
