/**
 * A failover plan that is being carried out, one step at a time.
 *
 *     recorded ──> step out ──done──> next step … last ──> struck out: moved
 *                    │  ^  
 *              refused  │ once more
 *                    v  │
 *         refused again ┴─> it can do without: left out
 *                        ├─> part of a batch: tried in halves, until the part that is refused is alone and stays
 *                        └─> otherwise: recorded as to be undone, undo steps … last ──> struck out: undone
 *
 * The plan is on record before its first step and until its last, and every step may be done twice. So an agent that
 * died at any point goes through the recorded plan again, from its beginning.
 *
 * With `forced`, the interface that is left cannot carry the traffic: then a part that is refused is no reason to go
 * back to it, and only what cannot be done without is. Undoing goes on whatever is refused.
 */
import { assert, known } from "../../base/assert.js";
import { type Instant, between } from "../../base/time.js";
import type { InterfaceChange } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import type { StepRemedy } from "../../model/path-note.js";
import type { FailoverPlan, SwitchProblem, UnmovedAddress } from "../../model/path.js";
import type { PathEffects } from "./path-effects.js";
import { halves, itemsOf, wayBack } from "./step-items.js";

/** What the kernel answers about an interface that is gone: what was to be taken off it is off. */
const GONE: ReadonlySet<string> = new Set(["ENODEV", "ENXIO", "no-interface"]);
/** How often a step is ordered before its refusal counts. */
const TRIES = 2;

export type FailoverOutcome =
  | { readonly kind: "moved"; readonly unmoved: readonly UnmovedAddress[] }
  | { readonly kind: "undone"; readonly problem: SwitchProblem };

/** A step that waits; its part of a batch that was refused is tried once only. */
interface Step {
  readonly change: InterfaceChange;
  readonly isPart: boolean;
  readonly tries: number;
}

export class Failover {
  #plan: FailoverPlan;
  readonly #forced: boolean;
  readonly #record: (plan: FailoverPlan | undefined, effects: PathEffects) => void;
  #steps: readonly Step[];
  #out: { readonly id: number; readonly step: Step; readonly since: Instant } | undefined;
  #unmoved: readonly UnmovedAddress[] = [];
  #problem: SwitchProblem | undefined;

  /**
   * @param plan as it was made, or as it was found on record
   * @param record writes the plan down; undefined strikes it out
   */
  constructor(
    plan: FailoverPlan,
    forced: boolean,
    record: (plan: FailoverPlan | undefined, effects: PathEffects) => void,
  ) {
    this.#plan = plan;
    this.#forced = forced;
    this.#record = record;
    this.#steps = whole(plan.direction === "forward" ? plan.steps : plan.undo);
  }

  get plan(): FailoverPlan {
    return this.#plan;
  }

  owns(step: number): boolean {
    return this.#out?.id === step;
  }

  /** Records the plan and orders the first step. */
  begin(now: Instant, effects: PathEffects): void {
    assert(this.#out === undefined, "a failover begins once");
    this.#record(this.#plan, effects);
    this.#order(now, effects);
  }

  /** The kernel's answer to the step that is out; the outcome, once there is one. */
  answer(now: Instant, problem: StepProblem | undefined, effects: PathEffects): FailoverOutcome | undefined {
    const { step, since } = known(this.#out, "only a step that is out is answered");
    const { kind: change, interface: name } = step.change;
    this.#out = undefined;
    if (problem === undefined || this.#isMoot(step.change, problem)) {
      const took = between(since, now);
      effects.note({ code: "path.step-done", group: this.#plan.group, change, interface: name, took });
    } else {
      const remedy = this.#remedy(step);
      const { message } = problem;
      effects.note({
        code: "path.step-refused",
        group: this.#plan.group,
        change,
        interface: name,
        problem: message,
        remedy,
      });
      this.#apply(remedy, step, message, effects);
    }
    return this.#steps.length > 0 ? this.#order(now, effects) : this.#end(effects);
  }

  #order(now: Instant, effects: PathEffects): undefined {
    const [step, ...rest] = this.#steps;
    assert(step !== undefined, "a plan has steps");
    this.#steps = rest;
    this.#out = { id: effects.nextStep(), step, since: now };
    effects.push({ kind: "change-interface", step: this.#out.id, change: step.change });
  }

  #end(effects: PathEffects): FailoverOutcome {
    this.#record(undefined, effects);
    if (this.#plan.direction === "forward") return { kind: "moved", unmoved: this.#unmoved };
    return { kind: "undone", problem: this.#problem ?? { kind: "interrupted" } };
  }

  /** Refused because the interface that the traffic leaves is gone. */
  #isMoot({ interface: name }: InterfaceChange, { code }: StepProblem): boolean {
    return name === this.#plan.from && this.#plan.direction === "forward" && GONE.has(code);
  }

  #remedy({ change, isPart, tries }: Step): StepRemedy {
    if (tries < TRIES && !isPart) return "tried-again";
    if (this.#plan.direction === "undo" || this.#isDispensable(change)) return "left-out";
    if (!this.#forced || !DIVISIBLE.has(change.kind)) return "undone";
    if (itemsOf(change) > 1) return "split";
    return this.#isLastHope(change) ? "undone" : "left-out";
  }

  /** Traffic flows without it, if not as well. */
  #isDispensable({ kind, interface: name }: InterfaceChange): boolean {
    return DISPENSABLE.has(kind) || (name === this.#plan.from && PUTS_ON.has(kind));
  }

  /** All other addresses were refused before: there is nothing left to move for. */
  #isLastHope(change: InterfaceChange): boolean {
    return change.kind === "add-addresses" && this.#unmoved.length + 1 >= this.#plan.moved.addresses.length;
  }

  #apply(remedy: StepRemedy, step: Step, problem: string, effects: PathEffects): void {
    const { change } = step;
    switch (remedy) {
      case "tried-again":
        this.#steps = [{ ...step, tries: step.tries + 1 }, ...this.#steps];
        return;
      case "split":
        this.#steps = [...parts(halves(change)), ...this.#steps];
        return;
      case "left-out":
        if (this.#plan.direction === "forward" && change.interface === this.#plan.to) this.#leaveOut(change, problem);
        return;
      case "undone":
        this.#problem = { kind: "step-refused", change: change.kind, problem };
        this.#plan = { ...this.#plan, direction: "undo" };
        this.#steps = whole(this.#plan.undo);
        this.#record(this.#plan, effects);
    }
  }

  /** What the interface refuses goes back to where it was; it may have been taken before, as part of a larger batch. */
  #leaveOut(change: InterfaceChange, problem: string): void {
    const { from } = this.#plan;
    const back = wayBack(change, from);
    if (back === undefined) return;
    this.#steps = [...whole(back.changes), ...this.#steps];
    const unmoved = back.addresses.map((address) => ({ address, interface: from, against: [], problem }));
    this.#unmoved = [...this.#unmoved, ...unmoved];
  }
}

const whole = (changes: readonly InterfaceChange[]): readonly Step[] =>
  changes.map((change) => ({ change, isPart: false, tries: 1 }));
const parts = (changes: readonly InterfaceChange[]): readonly Step[] =>
  changes.map((change) => ({ change, isPart: true, tries: 1 }));

const DISPENSABLE: ReadonlySet<InterfaceChange["kind"]> = new Set([
  "set-mtu",
  "forget-neighbours",
  "announce-addresses",
]);

/** What equips the interface that the traffic leaves. */
const PUTS_ON: ReadonlySet<InterfaceChange["kind"]> = new Set(["enable", "add-addresses", "create-vlans"]);

/** A forced change goes on without what is refused of them. */
const DIVISIBLE: ReadonlySet<InterfaceChange["kind"]> = new Set([
  "add-addresses",
  "create-vlans",
  "add-routes",
  "add-neighbours",
  "remove-routes",
  "remove-neighbours",
]);
