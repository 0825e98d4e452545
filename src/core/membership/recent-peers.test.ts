import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../base/time.js";
import { nodeName } from "../../model/names.js";
import { RecentPeers } from "./recent-peers.js";

const [n1, n2] = [nodeName("n1"), nodeName("n2")];

test("a peer counts from the first notice until it is too long ago", () => {
  const peers = new RecentPeers();
  assert.equal(peers.notice(n1, instant(10)), true);
  assert.equal(peers.notice(n1, instant(12)), false);
  assert.deepEqual([peers.names, peers.nextExpiry], [[n1], instant(12)]);
  assert.equal(peers.expire(instant(11)), false);
  assert.equal(peers.expire(instant(12)), true);
  assert.deepEqual([peers.names, peers.nextExpiry], [[], undefined]);
});

test("where it takes two, one is forgotten as if it had not been", () => {
  const peers = new RecentPeers(2);
  assert.equal(peers.notice(n1, instant(10)), false);
  assert.equal(peers.expire(instant(10)), false);
  peers.notice(n1, instant(20));
  assert.deepEqual(peers.names, []);
  assert.equal(peers.notice(n1, instant(30)), true);
  assert.deepEqual(peers.names, [n1]);
});

test("peers that are none any more, and those that it is no longer so of, are forgotten", () => {
  const peers = new RecentPeers();
  peers.notice(n1, instant(10));
  peers.notice(n2, instant(10));
  peers.keep([n2]);
  assert.deepEqual(peers.names, [n2]);
  assert.equal(peers.forget(n2), true);
  assert.equal(peers.forget(n2), false);
});
