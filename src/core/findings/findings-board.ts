/**
 * The findings in force: each is raised once it has lasted, and cleared as soon as it is gone.
 *
 * Nodes notice one and the same fault at slightly different times; a finding that lasts less than the settling time is
 * only a trace of that. One that is withheld (explained.ts) is neither raised nor cleared by that: it is not shown. Nor is
 * one that goes on in other words (finding-identity.ts): the record has a word of that, and nobody is woken again.
 */
import { type Deadline, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, between, earliest } from "../../base/time.js";
import { settleTime } from "../../model/finding-kinds.js";
import type { Finding } from "../../model/note.js";
import type { FindingView } from "../../model/status.js";
import type { Effects } from "../effects.js";
import type { Findings } from "./explained.js";
import { keyOf, subjectsOf, without } from "./finding-identity.js";
import { UnservedWatch } from "./unserved-watch.js";

interface Entry {
  /** In its latest wording: the services that share it may change while it lasts. */
  finding: Finding;
  /** As long as it was never told, that it is withheld does not count. */
  since: Instant;
  raised: boolean;
  withheld: boolean;
  /** Where it was raised in other words: those that the record has, as long as it has not these. */
  recordedAs: readonly Finding[];
}

export class FindingsBoard {
  /** How long a finding must last to be raised. */
  settle: Duration;
  readonly unserved: UnservedWatch = new UnservedWatch();
  readonly #entries = new Map<string, Entry>();

  constructor(settle: Duration) {
    this.settle = settle;
  }

  /** Compares what is wrong now with what was. */
  update(now: Instant, { told, withheld, attendance }: Findings, effects: Effects): void {
    if (attendance !== undefined) this.unserved.update(now, attendance);
    const current = new Map(
      [...told, ...withheld].map((finding, at) => [keyOf(finding), { finding, withheld: at >= told.length }]),
    );
    const earlier = this.#raisedBySubject();
    const gone = [...this.#entries].filter(([key]) => !current.has(key));
    for (const [key] of gone) this.#entries.delete(key);
    const fresh = this.#takeOver(now, current);
    this.#goOn(earlier, fresh);
    const lasting = new Set([...current.values()].flatMap(({ finding }) => subjectsOf(finding)));
    for (const [, entry] of gone) if (entry.raised) noteEnd(entry, lasting, effects);
    for (const entry of this.#entries.values()) {
      this.#raiseIfDue(now, entry, effects);
      noteWording(entry, effects);
    }
  }

  /** As they are now. */
  #raisedBySubject(): ReadonlyMap<string, Entry> {
    const raised = [...this.#entries.values()].filter((entry) => entry.raised).map((entry) => ({ ...entry }));
    return new Map(raised.flatMap((entry) => subjectsOf(entry.finding).map((each) => [each, entry] as const)));
  }

  /** @returns those that were not there before */
  #takeOver(now: Instant, current: ReadonlyMap<string, Pick<Entry, "finding" | "withheld">>): ReadonlySet<Entry> {
    const fresh = new Set<Entry>();
    for (const [key, found] of current) {
      const known = this.#entries.get(key);
      if (known === undefined) {
        const entry: Entry = { ...found, since: now, raised: false, recordedAs: [] };
        fresh.add(entry);
        this.#entries.set(key, entry);
      } else {
        if (known.withheld && !known.raised) known.since = now;
        Object.assign(known, found);
      }
    }
    return fresh;
  }

  /** What is about the same as an earlier one, which is gone or was divided, has been there and was told for as long. */
  #goOn(earlier: ReadonlyMap<string, Entry>, fresh: ReadonlySet<Entry>): void {
    for (const entry of this.#entries.values()) {
      const before = new Set(subjectsOf(entry.finding).flatMap((each) => earlier.get(each) ?? []));
      for (const each of before) if (fresh.has(entry) || !this.#entries.has(keyOf(each.finding))) follow(entry, each);
    }
  }

  deadline(): Deadline | undefined {
    return [...this.#entries.values()]
      .filter((entry) => !entry.raised && !entry.withheld)
      .map((entry): Deadline => ({ at: this.#dueAt(entry), why: "finding" }))
      .reduce<Deadline | undefined>(soonest, undefined);
  }

  raised(): readonly FindingView[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.raised && !entry.withheld)
      .map(({ finding, since }) => ({ finding, since }));
  }

  #dueAt(entry: Entry): Instant {
    return after(entry.since, settleTime(entry.finding, this.settle));
  }

  #raiseIfDue(now: Instant, entry: Entry, effects: Effects): void {
    if (entry.raised || entry.withheld || now < this.#dueAt(entry)) return;
    entry.raised = true;
    const lasted = between(entry.since, now);
    effects.note({ code: "finding.raised", finding: entry.finding, ...(lasted === 0 ? {} : { lasted }) });
  }
}

function follow(entry: Entry, earlier: Entry): void {
  entry.since = earliest(entry.since, earlier.since);
  entry.raised = true;
  const recorded = earlier.recordedAs.length === 0 ? [earlier.finding] : earlier.recordedAs;
  entry.recordedAs = [...entry.recordedAs, ...recorded].filter((each) => keyOf(each) !== keyOf(entry.finding));
}

/** It is over but for what others go on with. */
function noteEnd({ finding, recordedAs }: Entry, lasting: ReadonlySet<string>, effects: Effects): void {
  for (const each of recordedAs.length === 0 ? [finding] : recordedAs) {
    const over = without(each, lasting);
    if (over !== undefined) effects.note({ code: "finding.cleared", finding: over });
  }
}

function noteWording(entry: Entry, effects: Effects): void {
  if (!entry.raised || entry.withheld) return;
  for (const before of entry.recordedAs) effects.note({ code: "finding.changed", finding: entry.finding, before });
  entry.recordedAs = [];
}
