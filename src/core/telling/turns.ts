/**
 * What one hook is to be told of by this node, where every node has the same to tell and one of them is to (`from: one`).
 *
 * The node whose turn it is (common-notes.ts) tells at once, and says to the others that it did. Each later one waits one
 * more grace for that word, and then tells by itself: the first may be gone, its way to the receiver may be cut, or it may
 * not have seen what this node saw. A word may come before this node has noticed the same. Better twice than never.
 *
 *     web1:  notice ── tell ── "told" ─┐
 *     web2:     notice ────────────────┴─ forgotten
 *     web3:     notice ── no word came ──── one grace, two graces: tell
 */
import { type Duration, type Instant, after, between, earliest, seconds } from "../../base/time.js";
import { type Cluster, settlingTime } from "../../model/cluster.js";
import type { HookConfig } from "../../model/hook.js";
import type { NodeName } from "../../model/names.js";
import type { Note } from "../../model/note.js";
import { commonKey, nodesBefore } from "./common-notes.js";

/** Words and notices that are kept; of more, notices are told at once, and the oldest words are forgotten. */
export const KEPT_MAX = 1_000;

/** What a word may take on its way here besides the telling itself. */
const WORD_DELAY: Duration = seconds(1);

/** In this time the node whose turn it is has noticed the same, told the hook of it and said so. */
export const graceOf = ({ timeout }: Pick<HookConfig, "timeout">, cluster: Pick<Cluster, "detection">): Duration =>
  (timeout + settlingTime(cluster) + WORD_DELAY) as Duration;

interface Notice<Item> {
  readonly key: string;
  readonly note: Note;
  readonly item: Item;
  readonly at: Instant;
}

export class Turns<Item> {
  readonly #self: NodeName;
  readonly #grace: Duration;
  #notices: readonly Notice<Item>[] = [];
  /** What others told and this node has not noticed yet. */
  #words: readonly { readonly key: string; readonly at: Instant }[] = [];

  constructor(self: NodeName, grace: Duration) {
    this.#self = self;
    this.#grace = grace;
  }

  get isWaiting(): boolean {
    return this.#notices.length > 0;
  }

  /**
   * @param living nodes that live and have the hook, in the order of the file
   * @returns whether it is to be told at once
   */
  notice(now: Instant, note: Note, item: Item, living: readonly NodeName[]): boolean {
    const key = commonKey(note);
    if (key === undefined) return true;
    this.#words = this.#words.filter(({ at }) => between(at, now) < this.#grace);
    const word = this.#words.findIndex((each) => each.key === key);
    if (word >= 0) {
      this.#words = this.#words.toSpliced(word, 1);
      return false;
    }
    const isFull = this.#notices.length >= KEPT_MAX;
    if (isFull || nodesBefore(note, this.#self, living) === 0) return true;
    this.#notices = [...this.#notices, { key, note, item, at: now }];
    return false;
  }

  /** Another node says that it told. */
  heard(now: Instant, key: string): void {
    const at = this.#notices.findIndex((each) => each.key === key);
    if (at >= 0) this.#notices = this.#notices.toSpliced(at, 1);
    else this.#words = [...this.#words.slice(1 - KEPT_MAX), { key, at: now }];
  }

  /** What nobody told in time, in the order in which it was noticed; it is this node's to tell now. */
  take(now: Instant, living: readonly NodeName[]): readonly Item[] {
    const due = this.#notices.filter((each) => this.#dueAt(each, living) <= now);
    if (due.length > 0) this.#notices = this.#notices.filter((each) => !due.includes(each));
    return due.map(({ item }) => item);
  }

  /** All that waits, for one who goes on in its place. */
  takeAll(): readonly Item[] {
    const all = this.#notices.map(({ item }) => item);
    this.#notices = [];
    return all;
  }

  /** When the next of what waits is due, unless a word comes or a node goes before that. */
  nextAt(living: readonly NodeName[]): Instant | undefined {
    const times = this.#notices.map((each) => this.#dueAt(each, living));
    return times.length === 0 ? undefined : times.reduce((a, b) => earliest(a, b));
  }

  #dueAt({ note, at }: Notice<Item>, living: readonly NodeName[]): Instant {
    return after(at, (this.#grace * nodesBefore(note, this.#self, living)) as Duration);
  }
}
