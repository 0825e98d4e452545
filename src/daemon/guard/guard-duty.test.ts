import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { GuardDuty, type GuardHands } from "./guard-duty.js";

const ADDRESS: PlacedAddress = { interface: "eth0", address: "192.0.2.1", family: 4, prefixLength: 24 };
const GOODBYE = { from: "10.0.0.1", to: "10.0.0.2", port: 1, base64: "" };
const LEASE = milliseconds(100);
const ms = (count: number) => instant(count * 1_000);

/** Hands that write down what they do. */
class FakeHands implements GuardHands {
  readonly deeds: string[] = [];
  programs = false;
  #addresses: readonly PlacedAddress[] = [];
  #goodbyes = 0;
  #routes: readonly string[] = [];

  now = ms(0);

  clock() {
    return this.now;
  }
  guard(addresses: readonly PlacedAddress[]) {
    this.#addresses = addresses;
  }
  removeAll() {
    const removed = this.#addresses.map(({ address }) => address);
    this.deeds.push(`remove ${removed.join(" ")}`);
    return { removed, failed: [] };
  }
  hasPrograms() {
    return this.programs;
  }
  endPrograms() {
    if (this.programs) this.deeds.push("end programs");
    return this.programs ? ["db of shop"] : [];
  }
  prepareGoodbyes(goodbyes: readonly unknown[]) {
    this.#goodbyes = goodbyes.length;
  }
  sendGoodbyes() {
    this.deeds.push("goodbye");
    return this.#goodbyes;
  }
  clearIdentities() {
    this.deeds.push("clear");
  }
  guardRoutes(addresses: readonly string[]) {
    this.#routes = addresses;
  }
  clearRoutes() {
    if (this.#routes.length > 0) this.deeds.push(`clear routes to ${this.#routes.join(" ")}`);
  }
}

function guarding(): { duty: GuardDuty; hands: FakeHands } {
  const hands = new FakeHands();
  const duty = new GuardDuty(hands, (arming) => hands.deeds.push(`arming ${arming}`));
  duty.obey({ kind: "guard", arming: 0, guarded: true, addresses: [ADDRESS] });
  duty.obey({ kind: "prepare-goodbyes", arming: 0, goodbyes: [GOODBYE] });
  return { duty, hands };
}

test("the agent is told first, addresses go before the goodbye, and what was received for others after it", () => {
  const { duty, hands } = guarding();
  const fired = duty.agentGone(ms(1));
  assert.deepEqual(hands.deeds, ["arming 1", "remove 192.0.2.1", "goodbye", "clear"]);
  assert.deepEqual([fired?.why, fired?.removed, fired?.goodbyesSent], ["agent-gone", ["192.0.2.1"], 1]);
});

test("programs are ended before the goodbye, and a lease is judged for them alone", () => {
  const { duty, hands } = guarding();
  hands.programs = true;
  duty.obey({ kind: "guard", arming: 0, guarded: true, addresses: [] });
  duty.renew(ms(0), LEASE);
  assert.equal(duty.deadline(), ms(100));
  const fired = duty.judge(ms(100), ms(100));
  assert.deepEqual([fired?.why, fired?.left], ["lease-expired", ["db of shop"]]);
  assert.deepEqual(hands.deeds, ["arming 1", "remove ", "clear", "end programs", "goodbye"]);
});

test("the goodbye is said even where programs can't be ended: the addresses are off", () => {
  const { duty, hands } = guarding();
  hands.programs = true;
  hands.endPrograms = () => {
    throw new Error("no list of groups");
  };
  assert.throws(() => duty.agentGone(ms(1)), /no list of groups/);
  assert.deepEqual(hands.deeds, ["arming 1", "remove 192.0.2.1", "goodbye"]);
});

test("it does nothing for an agent that disarmed it, is in maintenance, or never gave an order", () => {
  const { duty, hands } = guarding();
  duty.obey({ kind: "disarm" });
  duty.obey({ kind: "guard", arming: 0, guarded: true, addresses: [ADDRESS] });
  assert.equal(duty.agentGone(ms(1)), undefined);
  const paused = guarding();
  paused.duty.obey({ kind: "guard", arming: 0, guarded: false, addresses: [ADDRESS] });
  assert.equal(paused.duty.agentGone(ms(1)), undefined);
  assert.equal(new GuardDuty(new FakeHands(), () => undefined).agentGone(ms(1)), undefined);
  assert.deepEqual([...hands.deeds, ...paused.hands.deeds], []);
});

test("a lease is judged only while there is an address to take off", () => {
  const { duty } = guarding();
  duty.renew(ms(0), LEASE);
  assert.equal(duty.deadline(), ms(100));
  duty.obey({ kind: "guard", arming: 0, guarded: true, addresses: [] });
  assert.equal(duty.deadline(), undefined);
  assert.equal(duty.judge(ms(500), undefined), undefined);
});

test("after a firing, orders of the old arming count for nothing, and the next arming works as the first", () => {
  const { duty, hands } = guarding();
  duty.renew(ms(0), LEASE);
  assert.equal(duty.judge(ms(100), ms(100))?.arming, 1);
  duty.obey({ kind: "guard", arming: 0, guarded: true, addresses: [ADDRESS] });
  duty.renew(ms(200), LEASE);
  assert.equal(duty.judge(ms(900), ms(900)), undefined);
  duty.obey({ kind: "guard", arming: 1, guarded: true, addresses: [ADDRESS] });
  assert.equal(duty.judge(ms(900), ms(900))?.arming, 2);
  assert.equal(hands.deeds.length, 8);
});

test("what a thawed agent may have put back goes when that agent ends without having known", () => {
  const { duty, hands } = guarding();
  duty.renew(ms(0), LEASE);
  duty.judge(ms(100), ms(100));
  assert.equal(duty.agentGone(ms(200))?.why, "agent-gone");
  const expired = ["arming 1", "remove 192.0.2.1", "clear", "goodbye"];
  assert.deepEqual(hands.deeds, [...expired, "arming 2", "remove 192.0.2.1", "goodbye", "clear"]);
});

test("a lease that was over fires once: an agent that arms anew has the whole of another", () => {
  const { duty, hands } = guarding();
  duty.renew(ms(0), LEASE);
  duty.judge(ms(100), ms(100));
  hands.now = ms(5_000);
  duty.obey({ kind: "guard", arming: 1, guarded: true, addresses: [ADDRESS] });
  assert.equal(duty.deadline(), ms(5_100));
  assert.equal(duty.judge(ms(5_000), undefined), undefined);
  // What it said before it was out tells nothing.
  duty.renew(ms(50), LEASE);
  assert.equal(duty.judge(ms(5_100), ms(5_100))?.why, "lease-expired");
});
