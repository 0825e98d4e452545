import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, seconds } from "../../base/time.js";
import type { ProcessLoad } from "../../os/linux/process-load.js";
import { HostPulse, type Pulse } from "./host-pulse.js";

/** What one second gave the host. */
interface Second {
  readonly state?: string;
  readonly ranMs?: number;
  readonly waitedMs?: number;
  /** How long it was until it was asked for again. */
  readonly lastsMs?: number;
  readonly heard?: boolean;
  /** The kernel does not count. */
  readonly unknown?: boolean;
}

/** The host is silent from the first second on, and each is like this. */
function after(count: number, second: Second): Pulse {
  const pulse = new HostPulse(instant(0), { interval: seconds(1), patience: seconds(10) });
  let [at, ran, waited] = [0, 0, 0];
  let felt: Pulse = "lives";
  for (let index = 0; index < count; index += 1) {
    at += second.lastsMs ?? 1_000;
    ran += second.ranMs ?? 0;
    waited += second.waitedMs ?? 0;
    if (second.heard === true) pulse.heard();
    const load: ProcessLoad = { state: second.state ?? "S", ran: milliseconds(ran), waited: milliseconds(waited) };
    felt = pulse.feel(instant(at * 1_000), () => (second.unknown === true ? undefined : load));
  }
  return felt;
}

test("a host that could answer, and does not for ten seconds, hangs", () => {
  for (const second of [{}, { state: "T" }, { state: "R", ranMs: 1_000 }, { unknown: true }]) {
    assert.deepEqual([after(9, second), after(10, second)], ["lives", "hangs"], JSON.stringify(second));
  }
});

test("one that answers does not, however long it takes", () => {
  assert.equal(after(100, { heard: true }), "lives");
});

test("one that waits for a processor or a disk does not hang, and is told of", () => {
  for (const second of [
    { state: "R", ranMs: 10, waitedMs: 980 },
    { state: "R" },
    { state: "D", ranMs: 100, waitedMs: 200 },
  ]) {
    assert.deepEqual([after(9, second), after(60, second)], ["lives", "starved"], JSON.stringify(second));
  }
});

test("one whose disk does not answer at all hangs after half a minute", () => {
  const stuck = { state: "D" };
  assert.deepEqual([after(29, stuck), after(30, stuck)], ["starved", "hangs"]);
});

test("one that has half of a processor hangs after twice the time", () => {
  const half = { state: "R", ranMs: 500, waitedMs: 500 };
  assert.deepEqual([after(18, half), after(20, half)], ["starved", "hangs"]);
});

test("time in which nobody could hear it does not count", () => {
  assert.deepEqual([after(1, { lastsMs: 60_000 }), after(9, { lastsMs: 30_000 })], ["lives", "lives"]);
});
