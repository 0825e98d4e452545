/**
 * A plan on record of a group that the configuration no longer has, or has with other interfaces: it must not stay half
 * done. It is finished if the interface that it leads to has a carrier, else undone; what becomes of it is noted. What can't be
 * undone yet is tried again.
 */
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Instant, between } from "../../base/time.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import type { PathFinding, FailoverPlan, PathGroupName } from "../../model/path.js";
import type { EligibilityFacts } from "../addresses/eligibility.js";
import { Failover, type FailoverOutcome, type FailoverTerms } from "./failover.js";
import type { PathEffects } from "./path-effects.js";
import { ownPlan } from "./own-addresses.js";
import { OwedChanges } from "./owed-changes.js";
import { type PathMove, moveDone, movesUndone } from "./path-move.js";
import { addressCount, type SwitchParts } from "./path-switch.js";
import { placedPlan } from "./recorded-names.js";
import { type PathsAround, Turn } from "./turn.js";

export class OrphanPlan {
  readonly #since: Instant;
  readonly #moved: InterfaceConfiguration;
  readonly #terms: FailoverTerms;
  readonly #owed: OwedChanges;
  #failover: Failover;
  #moves: readonly PathMove[] = [];
  readonly #facts: EligibilityFacts;
  readonly #around: PathsAround;
  #isRetry = false;
  /** While it is being carried out, or waits for that. */
  turn: Turn | undefined;
  isDone = false;

  constructor(now: Instant, recorded: FailoverPlan, { eligibility: facts, register, around }: SwitchParts) {
    const plan = ownPlan(recorded, facts);
    const works = (name: string): boolean => facts.kernel.linkNamed(name)?.carrier === true;
    const direction = works(plan.to) || !works(plan.from) ? plan.direction : "undo";
    this.#since = now;
    this.#facts = facts;
    this.#around = around;
    this.#moved = plan.moved;
    this.#terms = {
      forced: !works(plan.from),
      awaitsPaths: false,
      record: (written, effects) => register.writePlan(plan.group, written, effects),
    };
    this.#failover = new Failover({ ...plan, direction }, this.#terms);
    this.#owed = new OwedChanges(plan.group, register);
  }

  get group(): PathGroupName {
    return this.#failover.plan.group;
  }

  begin(now: Instant, effects: PathEffects): void {
    const { group, from, to, direction } = this.#failover.plan;
    effects.note({ code: "path.plan-resumed", group, from, to, direction });
    this.#start(now, effects);
  }

  get isSwitching(): boolean {
    return this.turn !== undefined;
  }

  owns(step: number): boolean {
    return this.#failover.owns(step);
  }

  answered(now: Instant, problem: StepProblem | undefined, effects: PathEffects): void {
    this.#conclude(now, this.#failover.answer(now, problem, effects), effects);
  }

  captured(now: Instant, configuration: InterfaceConfiguration, effects: PathEffects): void {
    this.#conclude(now, this.#failover.captured(now, configuration, effects), effects);
  }

  #conclude(now: Instant, outcome: FailoverOutcome | undefined, effects: PathEffects): void {
    if (outcome === undefined) return;
    this.turn = undefined;
    const { plan } = this.#failover;
    const { group, from, to, reason } = plan;
    const about = { group, from, to, took: between(this.#since, now) };
    if (outcome.kind === "moved") {
      this.isDone = outcome.rest === undefined;
      this.#moves = [moveDone(plan, outcome.unmoved)];
      effects.note({ code: "path.switched", ...about, reason, addresses: addressCount(this.#moved) });
      this.#owed.moved(now, outcome.rest, effects);
      return;
    }
    this.isDone = outcome.rest === undefined;
    this.#moves = movesUndone(plan, outcome.rest);
    if (!this.#isRetry) effects.note({ code: "path.switch-undone", ...about, problem: outcome.problem });
    this.#owed.undone(now, plan, outcome, effects);
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
    const plan = this.isSwitching ? undefined : this.#owed.planDue(now);
    if (plan === undefined) return;
    this.#isRetry = true;
    this.#failover = new Failover(ownPlan(plan, this.#facts), this.#terms);
    this.#start(now, effects);
  }

  findings(): readonly PathFinding[] {
    return this.isSwitching && !this.#isRetry ? [] : this.#owed.findings();
  }

  #start(now: Instant, effects: PathEffects): void {
    this.turn = new Turn(this.#around.isFree);
    this.turn.await(
      now,
      (at, later) => {
        this.#failover = new Failover(placedPlan(this.#failover.plan, this.#around.placeOf), this.#terms);
        this.#failover.begin(at, later);
      },
      effects,
    );
  }
}
