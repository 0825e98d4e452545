/**
 * When a rule acts on one thing: its condition must have been true for long enough; then it acts once, or again and
 * again while that lasts. One that would act too often is suspended: it acts on what it causes itself.
 *
 * Every node keeps this for every thing, though only one acts: when another one comes to act, it goes on where that was.
 * That the other one acted is taken for granted, unless it was lost so soon after that it may have been dead before: then
 * it is the next one's turn, rather twice than never, but only once while the condition stays true: what a rule does may
 * be what ends the node that does it, and would end one after another. For the same reason a node that said that it leaves
 * has acted.
 *
 * A service that a rule moves has another node act for it each time. Those moves are known to all nodes, and all count
 * them for the limit; how often else a node acted, it alone knows, so that it holds back only its own turns,
 * over a restart of its agent and of the machine as well (rule-firings.ts).
 */
import { type Duration, type Instant, after, between, earliest, latest } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { RuleConfig } from "../../model/rule.js";
import type { RuleTurn, RuleWait } from "../../model/rule-standing.js";
import type { Presence } from "./actor.js";
import { RuleLimit } from "./rule-limit.js";

export type Rhythm = Pick<RuleConfig, "holdFor" | "every" | "holdOff" | "limit">;

/** A turn that fell to another node, with what was known before it. */
interface OthersTurn {
  /** Undefined: there was none to act. */
  readonly node: string | undefined;
  readonly at: Instant;
  readonly dueBefore: Instant | undefined;
  readonly lastBefore: RuleTurn | undefined;
}

export class RuleWatch {
  readonly #rhythm: Rhythm;
  readonly #self: NodeName;
  #trueSince: Instant | undefined;
  /** When it was due last since the condition came true. */
  #dueSince: Instant | undefined;
  #lastTurn: RuleTurn | undefined;
  /** Undefined: the latest turn was this node's, or is no more to be taken back. */
  #othersTurn: OthersTurn | undefined;
  /** Whether a turn was taken back since the condition came true. */
  #tookBack = false;
  /** Whether it was this node's turn when it was judged last. */
  #isOurs = false;
  /** What this node did. */
  readonly #own: RuleLimit;
  /** Moves of the service by the rule, on whichever node it acted. */
  readonly #moves: RuleLimit;
  /** With which the service was last moved by this rule, or seen first. */
  #epoch: number | undefined;

  /** @param acted when this node did before, for the limit; oldest first */
  constructor(rhythm: Rhythm, self: NodeName, acted: readonly Instant[] = []) {
    this.#rhythm = rhythm;
    this.#self = self;
    this.#own = new RuleLimit(rhythm.limit);
    for (const at of acted) this.#own.count(at);
    this.#moves = new RuleLimit(rhythm.limit);
  }

  /** The condition as it is now; whether this node is to act. @param actor the node whose turn it is, if it is due */
  judged(now: Instant, holds: boolean, actor: string | undefined): boolean {
    if (!holds) {
      this.rest();
      return false;
    }
    this.#trueSince ??= now;
    this.#isOurs = actor === this.#self;
    const due = this.#nextDue()?.until;
    if (due === undefined || now < due || !this.#mayAct(now)) return false;
    const before = { dueBefore: this.#dueSince, lastBefore: this.#lastTurn };
    this.#othersTurn = this.#isOurs ? undefined : { node: actor, at: now, ...before };
    this.#dueSince = now;
    this.#lastTurn = { at: now, ...(actor === undefined ? {} : { node: actor }) };
    if (this.#isOurs) this.#own.count(now);
    return this.#isOurs;
  }

  /**
   * Looks whether the node whose turn it was is still there; if it was lost, it is due again.
   * @param patience how long it may have been dead before that was noticed
   */
  takeBack(now: Instant, presences: ReadonlyMap<string | undefined, Presence>, patience: Duration): void {
    const turn = this.#othersTurn;
    const presence = turn === undefined ? undefined : presences.get(turn.node);
    if (turn === undefined || presence === "there") return;
    this.#othersTurn = undefined;
    if (presence !== "lost" || this.#tookBack || between(turn.at, now) > patience) return;
    this.#lastTurn = turn.lastBefore;
    if (this.#dueSince !== turn.at) return;
    this.#dueSince = turn.dueBefore;
    this.#tookBack = true;
  }

  /** The service's holder as it is known. @param byRule whether it is the holder since this rule moved the service */
  sawEpoch(now: Instant, epoch: number, byRule: boolean): void {
    if (byRule && this.#epoch !== undefined && epoch > this.#epoch) this.#moves.count(now);
    if (byRule || this.#epoch === undefined) this.#epoch = epoch;
  }

  /** The condition is not true, or nothing is to be made of it now. */
  rest(): void {
    this.#trueSince = undefined;
    this.#dueSince = undefined;
    this.#tookBack = false;
  }

  /** Whose turn it was last. */
  get lastTurn(): RuleTurn | undefined {
    return this.#lastTurn;
  }

  /** Until when it waits while its condition is true, and what for; undefined: until the condition was false. */
  wait(now: Instant): RuleWait | undefined {
    const wait = this.#nextDue();
    return wait === undefined || wait.until <= now ? undefined : wait;
  }

  /** Until when it is left out; undefined: it is not. */
  suspendedUntil(now: Instant): Instant | undefined {
    const until = this.#suspension(true);
    return until !== undefined && now < until ? until : undefined;
  }

  /** When to look at it again though nothing has changed. */
  deadline(now: Instant): Instant | undefined {
    const [due, until] = [this.#nextDue()?.until, this.suspendedUntil(now)];
    return due === undefined || until === undefined ? (due ?? until) : earliest(due, until);
  }

  /** The later end of those that hold the turn back; it may be over. */
  #suspension(isOurs: boolean): Instant | undefined {
    const [own, moves] = [isOurs ? this.#own.suspendedUntil : undefined, this.#moves.suspendedUntil];
    return own === undefined || moves === undefined ? (own ?? moves) : latest(own, moves);
  }

  #mayAct(now: Instant): boolean {
    return (!this.#isOurs || this.#own.mayAct(now)) && this.#moves.mayAct(now);
  }

  #nextDue(): RuleWait | undefined {
    const { holdFor, every, holdOff } = this.#rhythm;
    if (this.#trueSince === undefined) return undefined;
    if (this.#dueSince !== undefined && every === undefined) return undefined;
    const begin: RuleWait =
      this.#dueSince === undefined || every === undefined
        ? { until: after(this.#trueSince, holdFor), by: "for" }
        : { until: after(this.#dueSince, every), by: "every" };
    const rest = this.#lastTurn === undefined ? undefined : after(this.#lastTurn.at, holdOff);
    return later(later(begin, "holdOff", rest), "limit", this.#suspension(this.#isOurs));
  }
}

const later = (wait: RuleWait, by: RuleWait["by"], until: Instant | undefined): RuleWait =>
  until !== undefined && until > wait.until ? { until, by } : wait;
