/**
 * A plan on record of a group that the configuration no longer has, or has with other interfaces: it must not stay half
 * done. It is finished if the interface that it leads to has a carrier, else undone; what becomes of it is noted. What can't be
 * undone yet is tried again.
 */
import { known } from "../../base/assert.js";
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Instant, between } from "../../base/time.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import type { PathFinding, FailoverPlan, PathGroupName } from "../../model/path.js";
import { Failover, type FailoverOutcome } from "./failover.js";
import type { PathEffects } from "./path-effects.js";
import { hostsPart } from "./own-addresses.js";
import { OwedChanges } from "./owed-changes.js";
import { type PathMove, moveDone, movesUndone } from "./path-move.js";
import { addressCount, planNow, type SwitchParts } from "./path-switch.js";
import { type First, Turn } from "./turn.js";

export class OrphanPlan {
  readonly group: PathGroupName;
  readonly #since: Instant;
  readonly #parts: SwitchParts;
  readonly #owed: OwedChanges;
  #failover: Failover | undefined;
  #moves: readonly PathMove[] = [];
  #isRetry = false;
  /** While it is being carried out, or waits for that. */
  turn: Turn | undefined;
  isDone = false;

  constructor(now: Instant, group: PathGroupName, parts: SwitchParts) {
    this.group = group;
    this.#since = now;
    this.#parts = parts;
    this.#owed = new OwedChanges(group, parts.register);
  }

  begin(now: Instant, effects: PathEffects): void {
    this.#await(
      now,
      (at, later) => {
        const plan = this.#plan();
        const direction = this.#works(plan.to) || !this.#works(plan.from) ? plan.direction : "undo";
        const { group, from, to } = plan;
        later.note({ code: "path.plan-resumed", group, from, to, direction });
        this.#carryOut(at, { ...plan, direction }, later);
      },
      effects,
    );
  }

  get isSwitching(): boolean {
    return this.turn !== undefined;
  }

  owns(step: number): boolean {
    return this.#failover?.owns(step) === true;
  }

  answered(now: Instant, problem: StepProblem | undefined, effects: PathEffects): void {
    this.#conclude(now, this.#failover?.answer(now, problem, effects), effects);
  }

  captured(now: Instant, configuration: InterfaceConfiguration, effects: PathEffects): void {
    this.#conclude(now, this.#failover?.captured(now, configuration, effects), effects);
  }

  #conclude(now: Instant, outcome: FailoverOutcome | undefined, effects: PathEffects): void {
    if (outcome === undefined) return;
    this.turn = undefined;
    const { plan } = known(this.#failover, "what was not begun has no outcome");
    const { group, from, to, reason } = plan;
    const about = { group, from, to, took: between(this.#since, now) };
    if (outcome.kind === "moved") {
      this.#moves = [moveDone(plan, outcome.unmoved)];
      effects.note({ code: "path.switched", ...about, reason, addresses: addressCount(plan.moved) });
      this.#owed.moved(now, outcome.rest, effects);
    } else {
      this.#moves = movesUndone(plan, outcome.rest);
      if (!this.#isRetry) effects.note({ code: "path.switch-undone", ...about, problem: outcome.problem });
      this.#owed.undone(now, plan, outcome, effects);
    }
    this.isDone = this.#owed.plan === undefined;
  }

  /** What it moved, once. */
  takeMoves(): readonly PathMove[] {
    const moves = this.#moves;
    this.#moves = [];
    return moves;
  }

  deadline(): Deadline | undefined {
    return this.isSwitching ? undefined : dueAt(this.#owed.due, `${this.group}: what a change of paths owes`);
  }

  /** Tries again what could not be undone, when it is time. */
  tick(now: Instant, effects: PathEffects): void {
    if (this.isSwitching || this.#owed.planDue(now) === undefined) return;
    this.#isRetry = true;
    this.#await(now, (at, later) => this.#carryOut(at, this.#plan(), later), effects);
  }

  findings(): readonly PathFinding[] {
    return this.isSwitching && !this.#isRetry ? [] : this.#owed.findings();
  }

  #await(now: Instant, first: First, effects: PathEffects): void {
    this.turn = new Turn(this.#parts.around.isFree);
    this.turn.await(now, first, effects);
  }

  #plan(): FailoverPlan {
    return known(planNow(this.group, this.#parts), "its own change alone strikes it out");
  }

  #carryOut(now: Instant, plan: FailoverPlan, effects: PathEffects): void {
    const { register, eligibility } = this.#parts;
    this.#failover = new Failover(plan, {
      forced: !this.#works(plan.from),
      awaitsPaths: false,
      owedBack: (change) => hostsPart(change, eligibility),
      record: (written, to) => register.writePlan(plan.group, written, to),
    });
    this.#failover.begin(now, effects);
  }

  #works(name: string): boolean {
    return this.#parts.eligibility.kernel.linkNamed(name)?.carrier === true;
  }
}
