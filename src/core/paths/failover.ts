/**
 * A failover plan that is being carried out, one step at a time.
 *
 *     recorded ──> step out ──done──> next step … last ──> struck out: moved
 *                    │  ^  
 *              refused  │ once more
 *                    v  │
 *         refused again ┴─> it can do without: left out
 *                        │   (what goes back for that to the interface that is left, and is refused there too, is on record)
 *                        ├─> routes and neighbours: looked up what is there; the rest is on record, to be tried again
 *                        ├─> part of a batch: tried in halves, until the part that is refused is alone and stays
 *                        └─> otherwise: recorded as to be undone, undo steps … last ──> struck out: undone
 *                               │                                                └─> the rest is on record: undone in part
 *                         refused twice: looked up what is still there
 *                               └─> put off, and with it whatever would put the same on the other interface
 *
 * The plan is on record before its first step and until its last, and every step may be done twice. So an agent that
 * died at any point goes through the recorded plan again, from its beginning.
 *
 * What is on record of an earlier change is tried again once, as the batches that it was in, and quietly: whoever has it
 * tried says what came of it. Of a batch that is refused then, it is looked up what has been taken all the same.
 *
 * With `forced`, the interface that is left cannot carry the traffic: then a part that is refused is no reason to go
 * back to it, and only what cannot be done without is. Undoing goes on whatever is refused; but what can't be taken off
 * one interface is not put on the other, and what was put off stays on record as a plan of its own, to be tried again.
 */
import { assert, known } from "../../base/assert.js";
import { type Instant, between } from "../../base/time.js";
import type { ConfiguredRoute, InterfaceChange, InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import type { Note } from "../../model/note.js";
import type { StepRemedy } from "../../model/path-note.js";
import type { FailoverPlan, SwitchProblem, UnmovedAddress } from "../../model/path.js";
import { INTERFACE_GONE } from "../interface-gone.js";
import { filtered, namesIn, replacedNames, routeName } from "./configured-items.js";
import type { PathEffects } from "./path-effects.js";
import { halves, itemsOf, namesOf, parted, rejoined, wayBack } from "./step-items.js";
import {
  isBearable,
  isDependent,
  isPassing,
  isSpared,
  isSweeping,
  putsCarriersOn,
  putsLinkPartsOn,
  putsOn,
  takesOff,
} from "./step-traits.js";

/** How often a step is ordered before its refusal counts. */
const TRIES = 2;

export type FailoverOutcome =
  /** `rest`: what could not be taken along, or be undone, yet, as the plan that is on record now. */
  | { readonly kind: "moved"; readonly unmoved: readonly UnmovedAddress[]; readonly rest?: FailoverPlan }
  | {
      readonly kind: "undone";
      readonly problem: SwitchProblem;
      readonly rest?: FailoverPlan;
      /** Of what was owed, what has no place any more. */
      readonly dropped: readonly InterfaceChange[];
      /** Interfaces that something is owed to and that are not there, but for paths of a configured group. */
      readonly missing: readonly string[];
    };

export interface FailoverTerms {
  /** The interface that is left cannot carry the traffic. */
  readonly forced: boolean;
  /** What is owed to one of the two interfaces is owed on while that is gone: a configured group has it as its path. */
  readonly awaitsPaths: boolean;
  /** Of what the other interface refused, the part that is owed to the one that it came from, should that refuse it too. */
  readonly owedBack: (change: InterfaceChange) => InterfaceChange | undefined;
  /** Writes the plan down; undefined strikes it out. */
  readonly record: (plan: FailoverPlan | undefined, effects: PathEffects) => void;
}

/** A step that waits; its part of a batch that was refused is tried once only. */
interface Step {
  readonly change: InterfaceChange;
  readonly isPart: boolean;
  /** It puts back what the other interface refused. */
  readonly isBack: boolean;
  readonly tries: number;
}

interface Order {
  readonly id: number;
  readonly step: Step;
  readonly since: Instant;
  /** How the interface is configured is asked for: before the step, or because it was refused. */
  readonly look: "before" | "after" | undefined;
}

export class Failover {
  #plan: FailoverPlan;
  readonly #terms: FailoverTerms;
  #steps: readonly Step[];
  #out: Order | undefined;
  #unmoved: readonly UnmovedAddress[] = [];
  #problem: SwitchProblem | undefined;
  #putOff: readonly InterfaceChange[] = [];
  /** What neither interface takes: it belongs on the one that was left. */
  #owedBack: readonly InterfaceChange[] = [];
  #dropped: readonly InterfaceChange[] = [];
  readonly #missing = new Set<string>();

  /** @param plan as it was made, or as it was found on record */
  constructor(plan: FailoverPlan, terms: FailoverTerms) {
    this.#plan = plan;
    this.#terms = terms;
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
    this.#terms.record(this.#plan, effects);
    this.#proceed(now, effects);
  }

  /** The kernel's answer to the step that is out; the outcome, once there is one. */
  answer(now: Instant, problem: StepProblem | undefined, effects: PathEffects): FailoverOutcome | undefined {
    const { step, since, look } = known(this.#out, "only a step that is out is answered");
    const { kind: change, interface: name } = step.change;
    this.#out = undefined;
    if (look === "after") this.#putOff = [...this.#putOff, step.change];
    else if (problem === undefined || this.#isMoot(step, problem)) {
      const took = between(since, now);
      this.#note({ code: "path.step-done", group: this.#plan.group, change, interface: name, took }, effects);
    } else {
      const remedy = this.#remedy(step, problem);
      const { message, code } = problem;
      if (INTERFACE_GONE.has(code) && !this.#isAwaited(name)) this.#missing.add(name);
      const refused = { code: "path.step-refused", change, interface: name, problem: message, remedy } as const;
      this.#note({ ...refused, group: this.#plan.group }, effects);
      this.#apply(remedy, step, message, effects);
      if (remedy === "looked-up") return this.#lookAt(now, step, "after", effects);
    }
    return this.#proceed(now, effects);
  }

  #note(note: Note, effects: PathEffects): void {
    if (!isOwed(this.#plan)) effects.note(note);
  }

  /**
   * How the interface is configured that refused to let go of something, or to take something: what is not there needs no
   * removing, and what is there no adding.
   */
  captured(now: Instant, found: InterfaceConfiguration, effects: PathEffects): FailoverOutcome | undefined {
    const { step, look } = known(this.#out, "only what was asked for is answered");
    this.#out = undefined;
    const there = new Set(namesIn(found));
    const isRemoval = takesOff(step.change);
    const [open] = parted(step.change, (name) => there.has(name) === isRemoval);
    const kept = open === undefined ? undefined : this.#withoutReplaced(open, found);
    if (kept === undefined) return this.#proceed(now, effects);
    if (look === "before") return this.#order(now, { ...step, change: kept }, effects);
    this.#putOff = [...this.#putOff, kept];
    return this.#proceed(now, effects);
  }

  /** Without routes over other interfaces that somebody has put others in the place of since. */
  #withoutReplaced(change: InterfaceChange, { routes }: InterfaceConfiguration): InterfaceChange | undefined {
    if (!this.#isOwedElsewhere(change)) return change;
    const own = new Set(routesOver(change.interface, this.#plan).map(routeName));
    const others = routes.filter((route) => !own.has(routeName(route)));
    const replaced = replacedNames(change.routes, others);
    const [dropped, kept] = parted(change, (name) => replaced.has(name));
    if (dropped !== undefined) this.#dropped = [...this.#dropped, dropped];
    return kept;
  }

  /** The kernel would take such routes beside others to the same destination. */
  #isOwedElsewhere(change: InterfaceChange): change is RoutesChange {
    return isOwed(this.#plan) && change.kind === "add-routes" && this.#isElsewhere(change);
  }

  #lookAt(now: Instant, step: Step, look: "before" | "after", effects: PathEffects): undefined {
    this.#out = { id: effects.nextStep(), step, since: now, look };
    effects.push({ kind: "capture-interface", step: this.#out.id, interface: step.change.interface });
  }

  #proceed(now: Instant, effects: PathEffects): FailoverOutcome | undefined {
    const step = this.#nextStep();
    if (step === undefined) return this.#end(effects);
    if (this.#isOwedElsewhere(step.change)) return this.#lookAt(now, step, "before", effects);
    return this.#order(now, step, effects);
  }

  #order(now: Instant, step: Step, effects: PathEffects): undefined {
    this.#out = { id: effects.nextStep(), step, since: now, look: undefined };
    effects.push({ kind: "change-interface", step: this.#out.id, change: step.change });
  }

  /** Without what was put off, and what depends on that is put off as well. */
  #nextStep(): Step | undefined {
    const names = new Set(this.#putOff.flatMap(namesOf));
    for (;;) {
      const [step, ...rest] = this.#steps;
      this.#steps = rest;
      if (step === undefined || names.size === 0 || !isDependent(step.change)) return step;
      const [later, now] = parted(step.change, (name) => names.has(name));
      if (later !== undefined) this.#putOff = [...this.#putOff, later];
      if (now !== undefined) return { ...step, change: now };
    }
  }

  #end(effects: PathEffects): FailoverOutcome {
    const { direction } = this.#plan;
    const stranded = [...this.#putOff, ...this.#owedBack];
    const rest = direction === "forward" ? strandedOf(this.#plan, stranded) : restOf(this.#plan, this.#putOff);
    this.#terms.record(rest, effects);
    const owed = rest === undefined ? {} : { rest };
    if (direction === "forward") return { kind: "moved", unmoved: this.#unmoved, ...owed };
    const problem = this.#problem ?? { kind: "interrupted" };
    return { kind: "undone", problem, dropped: this.#dropped, missing: [...this.#missing], ...owed };
  }

  /** Refused because the interface that the traffic leaves is gone. */
  #isMoot({ change, isBack }: Step, { code }: StepProblem): boolean {
    const isLeft = change.interface === this.#plan.from && this.#plan.direction === "forward";
    return isLeft && INTERFACE_GONE.has(code) && !isBack;
  }

  #remedy({ change, isPart, isBack, tries }: Step, { code }: StepProblem): StepRemedy {
    const isNowhere = isBack && putsOn(change) && (INTERFACE_GONE.has(code) || tries >= TRIES);
    if (isNowhere) return this.#terms.owedBack(change) === undefined ? "left-out" : "put-off";
    if (tries < TRIES && !isPart && !isOwed(this.#plan)) return "tried-again";
    if (this.#plan.direction === "undo") {
      if (INTERFACE_GONE.has(code)) return isOwed(this.#plan) && putsOn(change) ? "put-off" : "left-out";
      return undoRemedy(change, isOwed(this.#plan));
    }
    if (this.#isDispensable(change) || (this.#isElsewhere(change) && INTERFACE_GONE.has(code))) return "left-out";
    if (this.#isElsewhere(change)) return "looked-up";
    if (!this.#terms.forced || !isBearable(change)) return "undone";
    if (putsCarriersOn(change)) return this.#carrierRemedy(change);
    return putsLinkPartsOn(change) && change.interface === this.#plan.to ? "looked-up" : "left-out";
  }

  /** Each address that can move does. */
  #carrierRemedy(change: InterfaceChange): StepRemedy {
    if (itemsOf(change) > 1) return "split";
    return this.#isLastHope(change) ? "undone" : "left-out";
  }

  /** Traffic flows without it, if not as well. */
  #isDispensable(change: InterfaceChange): boolean {
    return this.#isElsewhere(change) ? takesOff(change) : isSpared(change, change.interface === this.#plan.from);
  }

  /** A path, which is waited for however long it is gone: the snapshot, from which it is restored, was read without what is owed. */
  #isAwaited(name: string): boolean {
    return this.#terms.awaitsPaths && !this.#isElsewhere({ interface: name });
  }

  /** On an interface that is no path of the group; it says nothing of them. */
  #isElsewhere({ interface: name }: Pick<InterfaceChange, "interface">): boolean {
    return name !== this.#plan.from && name !== this.#plan.to;
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
      case "put-off":
        if (step.isBack) this.#oweBack(change);
        else this.#putOff = [...this.#putOff, change];
        return;
      case "undone":
        this.#problem = { kind: "step-refused", change: change.kind, problem };
        this.#plan = { ...this.#plan, direction: "undo" };
        this.#steps = whole(this.#plan.undo);
        this.#terms.record(this.#plan, effects);
        return;
      case "looked-up":
    }
  }

  #oweBack(change: InterfaceChange): void {
    const owed = this.#terms.owedBack(change);
    if (owed !== undefined) this.#owedBack = [...this.#owedBack, ...withAnnouncement(owed)];
  }

  /** What the interface refuses goes back to where it was; it may have been taken before, as part of a larger batch. */
  #leaveOut(change: InterfaceChange, problem: string): void {
    const { from } = this.#plan;
    const back = wayBack(change, from);
    if (back === undefined) return;
    this.#steps = [...whole(back.changes).map((each) => ({ ...each, isBack: true })), ...this.#steps];
    const unmoved = back.addresses.map((address) => ({ address, interface: from, against: [], problem }));
    this.#unmoved = [...this.#unmoved, ...unmoved];
  }
}

/** Whoever had it in mind by another MAC is told, once it is there. */
function withAnnouncement(change: InterfaceChange): readonly InterfaceChange[] {
  const { interface: name } = change;
  const announced = { kind: "announce-addresses", interface: name } as const;
  if (change.kind === "add-addresses") return [change, { ...announced, addresses: change.addresses, vlans: [] }];
  return change.kind === "create-vlans" ? [change, { ...announced, addresses: [], vlans: change.vlans }] : [change];
}

type RoutesChange = Extract<InterfaceChange, { readonly kind: "add-routes" | "remove-routes" }>;

const whole = (changes: readonly InterfaceChange[]): readonly Step[] =>
  changes.map((change) => ({ change, isPart: false, isBack: false, tries: 1 }));
const parts = (changes: readonly InterfaceChange[]): readonly Step[] =>
  changes.map((change) => ({ change, isPart: true, isBack: false, tries: 1 }));

/**
 * Nothing that a change has made of the interfaces must stay so for ever once it is undone. What is on one that is gone comes
 * back with it, from the snapshot. Of a batch of addresses that is owed, each is on the interface or is not; of a VLAN, a part
 * may be.
 */
function undoRemedy(change: InterfaceChange, isOwed: boolean): StepRemedy {
  if (takesOff(change) || putsLinkPartsOn(change)) return "looked-up";
  if (isPassing(change)) return "left-out";
  if (itemsOf(change) === 1) return "put-off";
  if (!isOwed) return "split";
  return change.kind === "create-vlans" ? "put-off" : "looked-up";
}

/** It is what is left of an earlier change. */
export const isOwed = ({ direction, steps }: FailoverPlan): boolean => direction === "undo" && steps.length === 0;

/** The plan's own routes over an interface that is no path of the group; there may be several to one destination. */
const routesOver = (name: string, { moved: { sourced = [] }, undo }: FailoverPlan): readonly ConfiguredRoute[] =>
  [...sourced, ...undo].flatMap((each) => (each.interface === name && "routes" in each ? each.routes : []));

/** What is left of a plan that was undone but for these changes. */
function restOf(plan: FailoverPlan, putOff: readonly InterfaceChange[]): FailoverPlan | undefined {
  if (putOff.length === 0) return undefined;
  const names = new Set(putOff.flatMap(namesOf));
  const moved = filtered(plan.moved, (name) => names.has(name));
  return { ...plan, moved, steps: [], undo: withRepetition(plan, rejoined(putOff)) };
}

/**
 * What is on neither interface, since the one that the traffic is on now refused it: as if it were left of a change that was
 * undone to there. That is so where an interface has returned too: it was gone, and the traffic is on it, not on the other.
 */
function strandedOf(plan: FailoverPlan, putOff: readonly InterfaceChange[]): FailoverPlan | undefined {
  const { from: to, to: from } = plan;
  const reason = plan.reason.kind === "interface-returned" ? ({ kind: "interface-gone" } as const) : plan.reason;
  return restOf({ ...plan, from, to, reason, direction: "undo" }, putOff);
}

/** What is put on an interface before it is what it should be has to be put there once more, and announced. */
function withRepetition({ undo }: FailoverPlan, putOff: readonly InterfaceChange[]): readonly InterfaceChange[] {
  const late = putOff.filter(isSweeping);
  const isAgain = (step: InterfaceChange, at: number): boolean =>
    late.some((each) => each.interface === step.interface && undo.findIndex((first) => isAlike(first, each)) <= at);
  const again = undo.filter(isAgain);
  return [...putOff.filter((change) => !again.some((each) => isAlike(each, change))), ...again];
}

const isAlike = (a: InterfaceChange, b: InterfaceChange): boolean => a.kind === b.kind && a.interface === b.interface;
