import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, seconds } from "../../base/time.js";
import { nodeName } from "../../model/names.js";
import { Cancellations } from "./cancellations.js";

const [web1, web2, victim] = [nodeName("web1"), nodeName("web2"), nodeName("web3")];
const at = (second: number) => instant(second * 1_000_000);
const told = (count: number, lasted: number) => [{ node: victim, count, lasted: seconds(lasted) }];

test("a state that comes late takes back no order that was given after the cancellation", () => {
  const cancellations = new Cancellations(at(0), [], undefined);
  cancellations.hear(web1, at(10), told(1, 0));
  // Made 4 s after it, and read 5 s later than that.
  cancellations.hear(web1, at(19), told(1, 4));
  assert.equal(cancellations.covers(victim, at(10)), true);
  assert.equal(cancellations.covers(victim, at(12)), false);
});

test("a second cancellation counts, of the same node, of another, and of an agent that began anew", () => {
  const cancellations = new Cancellations(at(0), [], undefined);
  cancellations.hear(web1, at(10), told(1, 0));
  cancellations.hear(web1, at(20), told(2, 0));
  assert.equal(cancellations.covers(victim, at(20)), true);
  cancellations.hear(web2, at(30), told(1, 0));
  assert.equal(cancellations.covers(victim, at(30)), true);
  cancellations.hear(web1, at(40), []);
  assert.equal(cancellations.covers(victim, at(30)), true);
  cancellations.hear(web1, at(50), told(2, 0));
  assert.equal(cancellations.covers(victim, at(50)), true);
});

test("the next agent tells of it as often as the one before; of one in an earlier boot nobody knows how long it is past", () => {
  const before = new Cancellations(at(0), [], "a");
  before.add(at(5), victim);
  before.add(at(10), victim);
  const saved = before.toSave(at(20));
  assert.deepEqual(saved, [{ node: victim, at: at(10), count: 2, boot: "a" }]);
  assert.deepEqual(new Cancellations(at(30), saved, "a").briefs(at(30)), told(2, 20));
  assert.deepEqual(new Cancellations(at(1), saved, "b").briefs(at(3)), told(2, 2));
  assert.deepEqual(before.toSave(at(4_000)), []);
});
