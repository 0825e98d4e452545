import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Instant, instant, seconds } from "../../base/time.js";
import { nodeName } from "../../model/names.js";
import type { Presence } from "./actor.js";
import { type Rhythm, RuleWatch } from "./rule-watch.js";

const RHYTHM: Rhythm = {
  holdFor: seconds(0),
  every: undefined,
  holdOff: seconds(0),
  limit: { times: 3, within: seconds(60), suspend: seconds(600) },
};

const web1 = nodeName("web1");
const web2 = nodeName("web2");
const web3 = nodeName("web3");
const PATIENCE = seconds(2);

/** What web1 knows of web2 and of web3. */
const presences = (second: Presence, third: Presence = "there"): ReadonlyMap<string | undefined, Presence> =>
  new Map([
    [web1, "there"],
    [web2, second],
    [web3, third],
  ]);

const at = (count: number): Instant => instant(count * 1_000_000);

/** Seconds at which a watch acts, of moments at which it was judged. */
function acts(rhythm: Partial<Rhythm>, moments: readonly (readonly [second: number, holds: boolean])[]): number[] {
  const watch = new RuleWatch({ ...RHYTHM, ...rhythm }, web1);
  return moments.flatMap(([second, holds]) => (watch.judged(at(second), holds, web1) ? [second] : []));
}

test("it acts once when the condition comes true, and again when it comes true again", () => {
  assert.deepEqual(
    acts({}, [
      [1, false],
      [2, true],
      [3, true],
      [4, false],
      [5, true],
    ]),
    [2, 5],
  );
});

test("the condition must have been true for so long without a break", () => {
  const moments = [
    [0, true],
    [4, true],
    [5, false],
    [6, true],
    [10, true],
    [11, true],
  ] as const;
  assert.deepEqual(acts({ holdFor: seconds(5) }, moments), [11]);
});

test("while it stays true it acts again after so long, and never sooner than the hold-off", () => {
  const always = Array.from({ length: 40 }, (_, second) => [second, true] as const);
  const limit = { ...RHYTHM.limit, times: 100 };
  assert.deepEqual(acts({ every: seconds(10), limit }, always), [0, 10, 20, 30]);
  const flapping = Array.from({ length: 40 }, (_, second) => [second, second % 2 === 0] as const);
  assert.deepEqual(acts({ holdOff: seconds(15), limit }, flapping), [0, 16, 32]);
});

test("too often: it is suspended, and acts again when that is over", () => {
  const flapping = Array.from({ length: 1_400 }, (_, half) => [half / 2, half % 2 === 0] as const);
  const watch = new RuleWatch(RHYTHM, web1);
  const acted = flapping.filter(([second, holds]) => watch.judged(at(second), holds, web1));
  assert.deepEqual(
    acted.map(([second]) => second),
    [0, 1, 2, 603, 604, 605],
  );
});

test("another node acts: the time is kept here too, so that it goes on where that was", () => {
  const watch = new RuleWatch({ ...RHYTHM, every: seconds(10) }, web1);
  assert.equal(watch.judged(at(0), true, web2), false);
  assert.equal(watch.judged(at(5), true, web1), false);
  assert.equal(watch.deadline(at(5)), at(10));
  assert.equal(watch.judged(at(10), true, web1), true);
});

test("what others are known to have done counts for the limit too", () => {
  const watch = new RuleWatch(RHYTHM, web1);
  const acted = Array.from({ length: 12 }, (_, second) => second).filter((second) => {
    // It moves the service away in each fourth second, which is seen in the next, and web2 moves it back two seconds later.
    watch.sawEpoch(at(second), 7 + Math.floor((second + 3) / 4) + Math.floor((second + 1) / 4), second > 0);
    return watch.judged(at(second), second % 4 === 0, web1);
  });
  assert.deepEqual(acted, [0, 4]);
  assert.equal(watch.suspendedUntil(at(11)), at(608));
});

test("how the service had come to its holder before is not counted, and nothing twice", () => {
  const watch = new RuleWatch({ ...RHYTHM, limit: { ...RHYTHM.limit, times: 2 } }, web1);
  for (const epoch of [3, 3, 3, 4, 4, 4]) watch.sawEpoch(at(0), epoch, true);
  assert.equal(watch.judged(at(1), true, web1), true);
  watch.sawEpoch(at(2), 5, true);
  watch.judged(at(2), false, web1);
  assert.equal(watch.judged(at(3), true, web1), false);
});

test("a move of its own counts once, though it is seen by the service's epoch too", () => {
  const watch = new RuleWatch({ ...RHYTHM, limit: { ...RHYTHM.limit, times: 2 } }, web1);
  const acted = Array.from({ length: 6 }, (_, second) => second).filter((second) => {
    watch.sawEpoch(at(second), 3 + Math.ceil(second / 2), second > 0);
    return watch.judged(at(second), second % 2 === 0, web1);
  });
  assert.deepEqual(acted, [0, 2]);
});

test("that this node acted too often is no reason to take another node's turn for its own afterwards", () => {
  for (const isSuspendedBefore of [false, true]) {
    const watch = new RuleWatch(RHYTHM, web1);
    const last = isSuspendedBefore ? 6 : 4;
    for (let second = 0; second <= last; second += 1) watch.judged(at(second), second % 2 === 0, web1);
    assert.equal(watch.suspendedUntil(at(last)) !== undefined, isSuspendedBefore);
    watch.judged(at(7), false, web2);
    assert.equal(watch.judged(at(8), true, web2), false);
    assert.equal(watch.suspendedUntil(at(8)) !== undefined, isSuspendedBefore);
    for (const second of [9, 700]) assert.equal(watch.judged(at(second), true, web1), false, `${second}`);
  }
});

test("what fell to a node just before it died is the next one's to do, and what fell to it earlier is done", () => {
  for (const [second, acts] of [
    [11, true],
    [13, false],
  ] as const) {
    const watch = new RuleWatch({ ...RHYTHM, holdFor: seconds(10), holdOff: seconds(60) }, web1);
    watch.judged(at(0), true, web2);
    watch.judged(at(10), true, web2);
    watch.takeBack(at(second), presences("lost"), PATIENCE);
    assert.equal(watch.judged(at(second), true, web1), acts, `${second}`);
    assert.equal(watch.judged(at(second), true, web1), false, "and once");
  }
});

test("what fell to a node that is there is not taken back, nor what was done here", () => {
  const watch = new RuleWatch(RHYTHM, web1);
  watch.judged(at(0), true, web2);
  watch.takeBack(at(1), presences("there"), PATIENCE);
  assert.equal(watch.judged(at(1), true, web1), false);
  watch.judged(at(2), false, web1);
  assert.equal(watch.judged(at(3), true, web1), true);
  watch.takeBack(at(4), presences("lost"), PATIENCE);
  assert.equal(watch.judged(at(4), true, web1), false);
});

test("what fell to a node that said that it leaves is done, also when it is lost afterwards", () => {
  const watch = new RuleWatch(RHYTHM, web1);
  watch.judged(at(0), true, web2);
  for (const presence of ["left", "lost"] as const) {
    watch.takeBack(at(1), presences(presence), PATIENCE);
    assert.equal(watch.judged(at(1), true, web1), false, presence);
  }
});

test("a turn is taken back once while the condition stays true, and once more when it has come true again", () => {
  const watch = new RuleWatch(RHYTHM, web1);
  for (const second of [0, 10]) {
    watch.judged(at(second), true, web2);
    watch.takeBack(at(second + 1), presences("lost"), PATIENCE);
    assert.equal(watch.judged(at(second + 1), true, web3), false, "the turn is web3's");
    watch.takeBack(at(second + 2), presences("lost", "lost"), PATIENCE);
    assert.equal(watch.judged(at(second + 2), true, web1), false, `${second}: both are taken for having acted`);
    watch.judged(at(second + 3), false, web1);
  }
  watch.judged(at(20), true, web2);
  watch.takeBack(at(21), presences("lost"), PATIENCE);
  assert.equal(watch.judged(at(21), true, web1), true);
});

test("of a turn before the condition came true again only the hold-off is taken back, and the next turn may be too", () => {
  const watch = new RuleWatch({ ...RHYTHM, holdFor: seconds(1), holdOff: seconds(60) }, web1);
  for (const [second, holds] of [
    [0, true],
    [1, true],
    [2, false],
    [2, true],
  ] as const)
    watch.judged(at(second), holds, web2);
  watch.takeBack(at(3), presences("lost"), PATIENCE);
  assert.equal(watch.judged(at(3), true, web3), false, "the turn is web3's");
  watch.takeBack(at(4), presences("lost", "lost"), PATIENCE);
  assert.equal(watch.judged(at(4), true, web1), true);
});

const rhythms = fc.record({
  holdFor: fc.integer({ min: 0, max: 5 }),
  every: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  holdOff: fc.integer({ min: 0, max: 10 }),
  times: fc.integer({ min: 1, max: 4 }),
  within: fc.integer({ min: 1, max: 60 }),
  suspend: fc.integer({ min: 1, max: 60 }),
});
const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 7 }), holds: fc.boolean() }), { maxLength: 300 });

test("whatever the condition does, it acts no more often than the limit, and only while it is true for long enough", () => {
  fc.assert(
    fc.property(rhythms, steps, ({ holdFor, every, holdOff, times, within, suspend }, moments) => {
      const watch = new RuleWatch(
        {
          holdFor: seconds(holdFor),
          every: every === undefined ? undefined : seconds(every),
          holdOff: seconds(holdOff),
          limit: { times, within: seconds(within), suspend: seconds(suspend) },
        },
        web1,
      );
      let now = 0;
      let trueSince: number | undefined;
      const acted: number[] = [];
      for (const { wait, holds } of moments) {
        now += wait;
        trueSince = holds ? (trueSince ?? now) : undefined;
        if (!watch.judged(at(now), holds, web1)) continue;
        assert.ok(trueSince !== undefined && now - trueSince >= holdFor);
        const last = acted.at(-1);
        assert.ok(last === undefined || now - last >= holdOff);
        acted.push(now);
        assert.ok(acted.filter((each) => now - each < within).length <= times, "within the limit");
      }
    }),
  );
});

test("what is due is named before, so that nobody needs to look in between", () => {
  fc.assert(
    fc.property(rhythms, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }), (numbers, waits) => {
      const { holdFor, every, holdOff, times, within, suspend } = numbers;
      const make = (): RuleWatch =>
        new RuleWatch(
          {
            holdFor: seconds(holdFor),
            every: every === undefined ? undefined : seconds(every),
            holdOff: seconds(holdOff),
            limit: { times, within: seconds(within), suspend: seconds(suspend) },
          },
          web1,
        );
      const end = waits.reduce((sum, wait) => sum + wait, 0);
      const [byDeadline, eachSecond] = [make(), make()];
      const moments: Instant[] = [at(0)];
      for (let now: Instant | undefined = at(0); now !== undefined && now <= at(end);) {
        byDeadline.judged(now, true, web1);
        const next: Instant | undefined = byDeadline.deadline(now);
        assert.ok(next === undefined || next > now, "a deadline lies ahead");
        now = next;
        if (now !== undefined && now <= at(end)) moments.push(now);
      }
      const due = new Set<number>(moments);
      for (let second = 0; second <= end; second += 1) {
        if (eachSecond.judged(at(second), true, web1)) assert.ok(due.has(at(second)), `${second} was named`);
      }
    }),
  );
});

test("a node dies whenever it likes: what is true until that is noticed has been acted on by one of two", () => {
  const moments = fc.record({ cameTrue: fc.integer({ min: 0, max: 50 }), dies: fc.integer({ min: 0, max: 100 }) });
  fc.assert(
    fc.property(rhythms, moments, fc.integer({ min: 0, max: 2 }), ({ holdFor }, { cameTrue, dies }, unnoticed) => {
      const rhythm = { ...RHYTHM, holdFor: seconds(holdFor) };
      const [first, second] = [new RuleWatch(rhythm, web2), new RuleWatch(rhythm, web1)];
      let acted = 0;
      for (let now = 0; now <= 120; now += 1) {
        const isNoticed = now >= dies + unnoticed;
        if (now < dies && first.judged(at(now), now >= cameTrue, web2)) acted += 1;
        second.takeBack(at(now), presences(isNoticed ? "lost" : "there"), PATIENCE);
        if (second.judged(at(now), now >= cameTrue, isNoticed ? web1 : web2)) acted += 1;
      }
      const isNearDeath = Math.abs(cameTrue + holdFor - dies) <= PATIENCE / 1_000_000;
      assert.ok(acted === 1 || (acted === 2 && isNearDeath), `${acted} times`);
    }),
  );
});
