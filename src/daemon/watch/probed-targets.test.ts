import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, type Instant } from "../../base/time.js";
import { ProbedTargets, type Prober } from "./probed-targets.js";

const at = (ms: number): Instant => instant(ms * 1_000);

/** Targets that answer at once, or do not. */
class Bench implements Prober {
  readonly fds: readonly number[] = [];
  readonly probed: ProbedTargets;
  targets: readonly string[] = ["10.0.0.2"];
  answering = true;
  asked = 0;
  #waiting: string[] = [];

  constructor() {
    const times = { timeout: milliseconds(60), interval: milliseconds(20) };
    this.probed = new ProbedTargets({ targets: this.targets, need: "any", ...times, prober: this }, at(0));
  }

  ask(): readonly string[] {
    this.asked += 1;
    if (this.answering) this.#waiting.push(...this.targets);
    return this.targets;
  }

  drain(): readonly string[] {
    return this.#waiting.splice(0);
  }

  close(): void {}

  /** Runs whenever it asks to be run. Answers with the verdicts and their times. */
  until(from: number, end: number): readonly string[] {
    const verdicts: string[] = [];
    for (let now = Math.max(at(from), this.probed.deadline()); now <= at(end); now = this.probed.deadline()) {
      const { reachable: verdict } = this.probed.run(instant(now));
      if (verdict !== undefined) verdicts.push(`${verdict} at ${now / 1_000}`);
    }
    return verdicts;
  }
}

test("answered rounds make it reachable, silence for the timeout not", () => {
  const bench = new Bench();
  assert.deepEqual(bench.until(0, 100), ["true at 60"]);
  bench.answering = false;
  assert.deepEqual(bench.until(100, 400), ["false at 180"]);
  assert.deepEqual(bench.probed.silent(at(400)), ["10.0.0.2"]);
  bench.answering = true;
  assert.deepEqual(bench.until(400, 600), ["true at 480"]);
});

test("without anybody to ask nothing speaks against it, once that is known", () => {
  const bench = new Bench();
  bench.targets = [];
  assert.deepEqual(bench.until(0, 100), ["true at 20"]);
});

test("a thread that was late itself accuses nobody: not even when nothing was heard at all", () => {
  const bench = new Bench();
  bench.until(0, 100);
  assert.equal(bench.probed.run(at(5_000)).reachable, undefined, "it slept for five seconds");
  assert.deepEqual(bench.until(5_000, 5_200), []);
});

test("silence before and after an own stall adds up", () => {
  const bench = new Bench();
  bench.until(0, 100);
  bench.answering = false;
  bench.until(101, 140);
  assert.equal(bench.probed.run(at(1_000)).reachable, undefined);
  const [verdict] = bench.until(1_000, 2_000);
  assert.match(verdict ?? "", /^false at 10[0-6]\d$/);
});

test("what waits is read before anybody is judged", () => {
  const bench = new Bench();
  bench.until(0, 100);
  // The answers of the last round lie there when the timeout runs out, and no timer was late.
  assert.equal(bench.probed.run(at(104)).reachable, undefined);
});
