/**
 * A plan on record of a group that the configuration no longer has, or has with other interfaces: it must not stay half
 * done. It is finished if the interface that it leads to has a carrier, else undone; what becomes of it is noted.
 */
import { type Instant, between } from "../../base/time.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import type { FailoverPlan, PathGroupName } from "../../model/path.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import { Failover } from "./failover.js";
import type { PathEffects } from "./path-effects.js";
import { type PathMove, moveDone, moveUndone } from "./path-move.js";
import type { PathRegister } from "./path-register.js";
import { addressCount } from "./path-switch.js";

export class OrphanPlan {
  readonly #since: Instant;
  readonly #failover: Failover;
  readonly #moved: InterfaceConfiguration;
  isDone = false;
  /** What it moved, once it is done. */
  move: PathMove | undefined;

  constructor(now: Instant, plan: FailoverPlan, kernel: KernelTable, register: PathRegister) {
    const works = (name: string): boolean => kernel.linkNamed(name)?.carrier === true;
    const direction = works(plan.to) || !works(plan.from) ? plan.direction : "undo";
    this.#since = now;
    this.#moved = plan.moved;
    this.#failover = new Failover({ ...plan, direction }, !works(plan.from), (written, effects) =>
      register.writePlan(plan.group, written, effects),
    );
  }

  get group(): PathGroupName {
    return this.#failover.plan.group;
  }

  begin(now: Instant, effects: PathEffects): void {
    const { group, from, to, direction } = this.#failover.plan;
    effects.note({ code: "path.plan-resumed", group, from, to, direction });
    this.#failover.begin(now, effects);
  }

  owns(step: number): boolean {
    return this.#failover.owns(step);
  }

  answered(now: Instant, problem: StepProblem | undefined, effects: PathEffects): void {
    const outcome = this.#failover.answer(now, problem, effects);
    if (outcome === undefined) return;
    this.isDone = true;
    const { plan } = this.#failover;
    this.move = outcome.kind === "undone" ? moveUndone(plan) : moveDone(plan, outcome.unmoved);
    const { group, from, to, reason } = plan;
    const about = { group, from, to, took: between(this.#since, now) };
    if (outcome.kind === "undone") effects.note({ code: "path.switch-undone", ...about, problem: outcome.problem });
    else effects.note({ code: "path.switched", ...about, reason, addresses: addressCount(this.#moved) });
  }
}
