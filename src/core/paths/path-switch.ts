/**
 * One change of a group's paths, from the decision to its end: how both interfaces are configured is read, each address is
 * looked at (AF-3), and the plan is made and carried out.
 *
 *     begin ──> both read ──> addresses looked at ──> plan carried out (failover.ts) ──> moved | undone
 *                  └─ cannot be read: the snapshot ┘         └─ nothing may move: undone
 *
 * What an interface lost by going down, by itself or by an operator's word, is taken from the snapshot
 * (lost-configuration.ts).
 */
import { known } from "../../base/assert.js";
import { type Duration, type Instant, between } from "../../base/time.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import type {
  FailoverPlan,
  PathGroupConfig,
  PathGroupName,
  PathHealth,
  PathSwitchReason,
  SwitchProblem,
  UnmovedAddress,
} from "../../model/path.js";
import type { EligibilityFacts } from "../addresses/eligibility.js";
import { planFailover, switchesOff } from "./failover-plan.js";
import { Failover, type FailoverOutcome, isOwed } from "./failover.js";
import { completed } from "./lost-configuration.js";
import { type MovingAddress, moveEligibility, moveObjections } from "./move-eligibility.js";
import { hostsPart, ownConfiguration, ownPlan } from "./own-addresses.js";
import { owedAlong, withOwed, withOwedElsewhere, withoutReplaced } from "./owed-configuration.js";
import type { PathEffects } from "./path-effects.js";
import type { PathRegister } from "./path-register.js";
import { isDown, isUsable } from "./path.js";
import { placedPlan, placedRoutes } from "./recorded-names.js";
import { type First, type PathsAround, Turn } from "./turn.js";

export interface SwitchOrder {
  readonly group: PathGroupConfig;
  readonly reason: PathSwitchReason;
  readonly from: string;
  readonly to: string;
  readonly healthOfFrom: PathHealth;
  readonly healthOfTo: PathHealth;
  /** The interface that is left was gone for a while, and what it carried with it. */
  readonly stripped: boolean;
  /** The MTU that the interface that is left has while it stands by, where that is another. */
  readonly standbyMtu: number | undefined;
}

export interface SwitchParts {
  readonly register: PathRegister;
  readonly eligibility: EligibilityFacts;
  readonly around: PathsAround;
}

export type SwitchOutcome = { readonly took: Duration } & (
  | {
      readonly kind: "moved";
      readonly plan: FailoverPlan;
      readonly unmoved: readonly UnmovedAddress[];
      /** What is owed to the interface that the traffic is on now, on record. */
      readonly rest?: FailoverPlan;
    }
  /** Without a plan: nothing was begun. */
  | {
      readonly kind: "undone";
      readonly problem: SwitchProblem;
      readonly plan?: FailoverPlan;
      /** What is owed of undoing it, on record, and what of that has no place any more. */
      readonly rest?: FailoverPlan;
      readonly dropped?: readonly InterfaceChange[];
      /** Interfaces that something is owed to and that are not there. */
      readonly missing?: readonly string[];
    }
);

type Capture = { readonly step: number } | { readonly configuration: InterfaceConfiguration | undefined };

export class PathSwitch {
  readonly turn: Turn;
  isRetry = false;
  readonly #group: PathGroupName;
  readonly #orderNow: () => SwitchOrder;
  readonly #parts: SwitchParts;
  #order: SwitchOrder | undefined;
  readonly #since: Instant;
  #from: Capture = { configuration: undefined };
  #to: Capture = { configuration: undefined };
  #failover: Failover | undefined;
  #unmoved: readonly UnmovedAddress[] = [];

  /** @param orderNow what it is to do, by what is known when its turn comes */
  constructor(now: Instant, group: PathGroupName, orderNow: () => SwitchOrder, parts: SwitchParts) {
    this.#group = group;
    this.#orderNow = orderNow;
    this.#parts = parts;
    this.#since = now;
    this.turn = new Turn(parts.around.isFree);
  }

  /** From its turn on. */
  get order(): SwitchOrder {
    return known(this.#order, "nobody asks for the order of a change that waits");
  }

  begin(now: Instant, effects: PathEffects): void {
    this.#await(now, (_at, later) => this.#read(later), effects);
  }

  #await(now: Instant, first: First, effects: PathEffects): void {
    const ordered: First = (at, later) => {
      this.#order = this.#orderNow();
      first(at, later);
    };
    this.turn.await(now, ordered, effects);
  }

  /** Asks how both interfaces are configured; the one that returned is asked alone. */
  #read(effects: PathEffects): void {
    const { group, from, to, reason } = this.order;
    effects.note({ code: "path.switching", group: group.name, from, to, reason });
    if (isRestoring(this.order)) this.#from = { configuration: this.#recorded(to) };
    else this.#from = capture(from, effects);
    this.#to = capture(to, effects);
  }

  /** Goes on with the plan that an earlier run of the agent left; undoes it where it leads to a path that does not work. */
  resume(now: Instant, effects: PathEffects): void {
    this.#await(
      now,
      (at, later) => {
        const plan = this.#planOnRecord();
        const { healthOfFrom, healthOfTo } = this.order;
        const direction = isDown(healthOfFrom) || isUsable(healthOfTo) ? plan.direction : "undo";
        const { group, from, to } = plan;
        later.note({ code: "path.plan-resumed", group, from, to, direction });
        this.#carryOut(at, { ...plan, direction }, later);
      },
      effects,
    );
  }

  /** Tries again what is on record because it could not be done before. */
  retry(now: Instant, effects: PathEffects): void {
    this.isRetry = true;
    this.#await(now, (at, later) => this.#carryOut(at, this.#planOnRecord(), later), effects);
  }

  owns(step: number): boolean {
    return this.#isOut(this.#from, step) || this.#isOut(this.#to, step) || this.#failover?.owns(step) === true;
  }

  captured(
    now: Instant,
    step: number,
    configuration: InterfaceConfiguration,
    effects: PathEffects,
  ): SwitchOutcome | undefined {
    if (this.#failover?.owns(step) === true) {
      return this.#finished(now, this.#failover, this.#failover.captured(now, configuration, effects));
    }
    if (this.#isOut(this.#from, step)) this.#from = { configuration: this.#completed(configuration) };
    else this.#to = { configuration };
    return this.#proceed(now, effects);
  }

  answer(
    now: Instant,
    step: number,
    problem: StepProblem | undefined,
    effects: PathEffects,
  ): SwitchOutcome | undefined {
    if (this.#failover?.owns(step) === true) {
      return this.#finished(now, this.#failover, this.#failover.answer(now, problem, effects));
    }
    const message = problem?.message ?? "no answer";
    if (this.#isOut(this.#to, step))
      return this.#undone(now, { kind: "not-captured", interface: this.order.to, problem: message });
    this.#from = { configuration: this.#fallBack(message, effects) };
    return this.#proceed(now, effects);
  }

  #isOut(what: Capture, step: number): boolean {
    return "step" in what && what.step === step;
  }

  #proceed(now: Instant, effects: PathEffects): SwitchOutcome | undefined {
    if ("step" in this.#from || "step" in this.#to) return undefined;
    const { order } = this;
    const captured = known(this.#to.configuration, "what could not be read has ended the switch");
    if (this.#from.configuration === undefined)
      return this.#undone(now, { kind: "not-captured", interface: order.from, problem: "nothing is on record" });
    const owed = this.#owed();
    const { from, to } = withOwed({ from: this.#from.configuration, to: captured }, owed);
    this.#unmoved = unmovedOf(from, order, this.#parts.eligibility);
    const stays = new Set(this.#unmoved.map(({ address }) => address));
    const problem = this.#objection(from, to, stays);
    if (problem !== undefined) return this.#undone(now, problem);
    const { group, reason, standbyMtu } = order;
    const plan = planFailover({ group, reason, from, to, stays, standbyMtu });
    return this.#carryOut(now, withOwedElsewhere(plan, owed), effects);
  }

  /** What is left to do of undoing an earlier change. */
  #owed(): readonly InterfaceChange[] {
    return owedAlong(planNow(this.#group, this.#parts)?.undo ?? [], this.order);
  }

  #planOnRecord(): FailoverPlan {
    return known(planNow(this.#group, this.#parts), "only its own change strikes out the plan of a group");
  }

  #objection(
    from: InterfaceConfiguration,
    to: InterfaceConfiguration,
    stays: ReadonlySet<string>,
  ): SwitchProblem | undefined {
    const [first] = this.#unmoved;
    if (first === undefined) return undefined;
    const why = {
      addresses: [...stays],
      against: { address: first.address, against: first.against, to: to.interface },
    };
    if (addressesOf(from).every(({ address }) => stays.has(address))) return { kind: "none-eligible", ...why };
    const isCut = !isForced(this.order) && switchesOff({ group: this.order.group, from, to });
    return isCut ? { kind: "would-cut-off", ...why } : undefined;
  }

  #carryOut(now: Instant, plan: FailoverPlan, effects: PathEffects): undefined {
    const { register, eligibility } = this.#parts;
    this.#failover = new Failover(plan, {
      forced: isForced(this.order),
      awaitsPaths: true,
      owedBack: (change) => hostsPart(change, eligibility),
      record: (written, to) => register.writePlan(plan.group, written, to),
    });
    this.#failover.begin(now, effects);
  }

  #finished(now: Instant, { plan }: Failover, outcome: FailoverOutcome | undefined): SwitchOutcome | undefined {
    if (outcome === undefined) return undefined;
    if (outcome.kind === "undone") return { ...outcome, took: between(this.#since, now), plan };
    const unmoved = [...this.#unmoved, ...outcome.unmoved];
    return { ...outcome, plan, took: between(this.#since, now), unmoved };
  }

  #undone(now: Instant, problem: SwitchProblem): SwitchOutcome {
    return { kind: "undone", took: between(this.#since, now), problem };
  }

  /** The snapshot of an interface that can't be read (HN-12). */
  #fallBack(problem: string, effects: PathEffects): InterfaceConfiguration | undefined {
    const { group, from } = this.order;
    const recorded = this.#recorded(from);
    const fallback = recorded === undefined ? "none" : "snapshot";
    effects.note({ code: "path.capture-failed", group: group.name, interface: from, problem, fallback });
    return recorded;
  }

  /** As the interface that is left would have it. */
  #recorded(interfaceName: string): InterfaceConfiguration | undefined {
    const snapshot = this.#snapshotOf(interfaceName);
    return snapshot === undefined ? undefined : { ...snapshot, interface: this.order.from };
  }

  #snapshotOf(interfaceName: string): InterfaceConfiguration | undefined {
    const { register, eligibility, around } = this.#parts;
    const snapshot = register.snapshot(interfaceName);
    return snapshot === undefined ? undefined : placedRoutes(ownConfiguration(snapshot, eligibility), around.placeOf);
  }

  /** What the interface has, and what it had before it went down or was gone. */
  #completed(captured: InterfaceConfiguration): InterfaceConfiguration {
    const snapshot = this.#snapshotOf(captured.interface);
    return snapshot === undefined ? captured : completed(captured, { snapshot, isStripped: this.order.stripped });
  }
}

function capture(name: string, effects: PathEffects): Capture {
  const step = effects.nextStep();
  effects.push({ kind: "capture-interface", step, interface: name });
  return { step };
}

/** The plan on record of a group, as it may be carried out now. */
export function planNow(
  group: PathGroupName,
  { register, eligibility, around }: SwitchParts,
): FailoverPlan | undefined {
  const recorded = register.plan(group);
  if (recorded === undefined) return undefined;
  const plan = ownPlan(placedPlan(recorded, around.placeOf), eligibility);
  const { kernel } = eligibility;
  return isOwed(plan) ? withoutReplaced(plan, (name, address) => kernel.carries(name, address)) : plan;
}

/** The path that is left cannot carry the traffic. */
const isForced = (order: SwitchOrder): boolean => isRestoring(order) || isDown(order.healthOfFrom);

/** The configuration goes back to where it was, on an interface that is there again. */
export const isRestoring = ({ reason }: Pick<SwitchOrder, "reason">): boolean => reason.kind === "interface-returned";

/** Somebody said so, which says nothing of the paths. */
export const isOrdered = ({ reason }: Pick<SwitchOrder, "reason">): boolean =>
  reason.kind === "operator" || reason.kind === "detached";

/** What may not move, and what speaks against it. */
function unmovedOf(
  from: InterfaceConfiguration,
  order: SwitchOrder,
  facts: EligibilityFacts,
): readonly UnmovedAddress[] {
  return moveEligibility(addressesOf(from), order, facts)
    .map((each) => ({ address: each.address, interface: order.from, against: moveObjections(each) }))
    .filter(({ against }) => against.length > 0);
}

/** How many addresses an interface and its VLANs carry. */
export const addressCount = (configuration: InterfaceConfiguration): number => addressesOf(configuration).length;

const addressesOf = (from: InterfaceConfiguration): readonly MovingAddress[] => [
  ...from.addresses,
  ...from.vlans.flatMap(({ id, configuration }) =>
    configuration.addresses.map(({ address }) => ({ address, vlanId: id })),
  ),
];
