/**
 * When a rule acts on one thing: its condition must have been true for long enough; then it acts once, or again and
 * again while that lasts. One that would act too often is suspended: it acts on what it causes itself.
 *
 * Every node keeps this for every thing, though only one acts: when another one comes to act, it goes on where that was.
 * That the other one acted is taken for granted, unless it died so soon after that it may have been dead before: then it
 * is the next one's turn, rather twice than never. A service that a rule moves has another node act for it each time: what
 * is known of those moves counts for the limit.
 */
import { type Duration, type Instant, after, between, latest } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { RuleConfig } from "../../model/rule.js";

export type Rhythm = Pick<RuleConfig, "holdFor" | "every" | "holdOff" | "limit">;

/** A turn that fell to another node, with what was known before it. */
interface OthersTurn {
  /** Undefined: there was none to act. */
  readonly node: string | undefined;
  readonly at: Instant;
  readonly dueBefore: Instant | undefined;
  readonly lastBefore: Instant | undefined;
}

export class RuleWatch {
  readonly #rhythm: Rhythm;
  readonly #self: NodeName;
  #trueSince: Instant | undefined;
  /** When it was due last since the condition came true. */
  #dueSince: Instant | undefined;
  #lastDue: Instant | undefined;
  /** Undefined: the latest turn was this node's, or was taken back. */
  #othersTurn: OthersTurn | undefined;
  /** Times at which this node acted, or another one is known to have, oldest first; at most as many as the limit. */
  readonly #acted: Instant[] = [];
  #suspendedUntil: Instant | undefined;
  /** With which the service was last moved by this rule, or seen first. */
  #epoch: number | undefined;

  constructor(rhythm: Rhythm, self: NodeName) {
    this.#rhythm = rhythm;
    this.#self = self;
  }

  /** The condition as it is now; whether this node is to act. @param actor the node whose turn it is, if it is due */
  judged(now: Instant, holds: boolean, actor: string | undefined): boolean {
    if (!holds) {
      this.rest();
      return false;
    }
    this.#trueSince ??= now;
    const due = this.#nextDue();
    if (due === undefined || now < due || !this.#mayAct(now)) return false;
    const isOurs = actor === this.#self;
    const before = { dueBefore: this.#dueSince, lastBefore: this.#lastDue };
    this.#othersTurn = isOurs ? undefined : { node: actor, at: now, ...before };
    this.#dueSince = now;
    this.#lastDue = now;
    if (isOurs) this.#count(now);
    return isOurs;
  }

  /**
   * Looks whether the node whose turn it was is still there; if not, it is due again.
   * @param patience how long it may have been dead before that was noticed
   */
  takeBack(now: Instant, living: ReadonlySet<string | undefined>, patience: Duration): void {
    const turn = this.#othersTurn;
    if (turn === undefined || living.has(turn.node)) return;
    this.#othersTurn = undefined;
    if (between(turn.at, now) > patience) return;
    if (this.#dueSince === turn.at) this.#dueSince = turn.dueBefore;
    this.#lastDue = turn.lastBefore;
  }

  /** The service's holder as it is known. @param byOther whether it is the holder since this rule acted at another node */
  sawEpoch(now: Instant, epoch: number, byOther: boolean): void {
    if (byOther && this.#epoch !== undefined && epoch > this.#epoch) this.#count(now);
    if (byOther || this.#epoch === undefined) this.#epoch = epoch;
  }

  /** The condition is not true, or nothing is to be made of it now. */
  rest(): void {
    this.#trueSince = undefined;
    this.#dueSince = undefined;
  }

  /** Until when it is left out; undefined: it is not. */
  suspendedUntil(now: Instant): Instant | undefined {
    return this.#suspendedUntil !== undefined && now < this.#suspendedUntil ? this.#suspendedUntil : undefined;
  }

  /** When to look at it again though nothing has changed. */
  deadline(now: Instant): Instant | undefined {
    return this.#nextDue() ?? this.suspendedUntil(now);
  }

  #count(now: Instant): void {
    this.#acted.push(now);
    if (this.#acted.length > this.#rhythm.limit.times) this.#acted.shift();
  }

  #mayAct(now: Instant): boolean {
    const { times, within, suspend } = this.#rhythm.limit;
    while (this.#acted[0] !== undefined && between(this.#acted[0], now) >= within) this.#acted.shift();
    if (this.#acted.length < times) return true;
    this.#suspendedUntil = after(now, suspend);
    return false;
  }

  #nextDue(): Instant | undefined {
    const { holdFor, every, holdOff } = this.#rhythm;
    if (this.#trueSince === undefined) return undefined;
    if (this.#dueSince !== undefined && every === undefined) return undefined;
    const begin =
      this.#dueSince === undefined || every === undefined
        ? after(this.#trueSince, holdFor)
        : after(this.#dueSince, every);
    const rested = this.#lastDue === undefined ? begin : latest(begin, after(this.#lastDue, holdOff));
    return this.#suspendedUntil === undefined ? rested : latest(rested, this.#suspendedUntil);
  }
}
