import { type Duration, microseconds, seconds } from "../base/time.js";
import type { NodeInput } from "../model/node-io.js";
import type { NodeEffect } from "../model/node-io.js";
import type { Instant } from "../base/time.js";
import { worldTime } from "./clock.js";
import type { SimHost } from "./host.js";
import type { Observer } from "./observer.js";
import { tidyPaths } from "./own-configuration.js";
import type { Fault, Trouble } from "./plan.js";
import { hasPrograms } from "./program-workload.js";
import { hasRules } from "./rule-workload.js";
import type { Site } from "./site.js";
import { begin } from "./trouble.js";

/** Time for agents that were just started to find each other before the operator speaks. */
export const ORDERS_AFTER: Duration = seconds(3);

/** How soon an order is given again that was refused. */
const ORDER_AGAIN: Duration = seconds(1);

/** How soon the operator looks again at what rules have done meanwhile. */
const RULES_AGAIN: Duration = seconds(4);

interface Awaited {
  readonly fault: Fault;
  readonly code: string;
  readonly wait: Duration;
  timesToGo: number;
}

/**
 * Carries out a plan's faults: each at its time or after the note that it waits for, each ended after its time. At the
 * end of the faults' time everything still wrong is put right at once.
 */
export class Fate implements Observer {
  readonly #site: Site;
  readonly #awaited: Awaited[] = [];
  /** How to end what goes on now. */
  readonly #ongoing = new Map<Fault, () => void>();
  #healed = false;

  constructor(site: Site, faults: readonly Fault[], healAt: number) {
    this.#site = site;
    for (const fault of faults) this.#await(fault);
    site.world.plan(worldTime(healAt), { happen: () => this.#heal() });
  }

  /** Faults are over, and everything was put right. */
  get isHealed(): boolean {
    return this.#healed;
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    if (this.#awaited.length === 0) return;
    for (const effect of effects) if (effect.kind === "note") this.#heard(host, effect.note.code);
  }

  #await(fault: Fault): void {
    const { moment } = fault;
    if (moment.kind === "at") {
      this.#site.world.plan(worldTime(moment.time), { happen: () => this.#begin(fault, fault.trouble) });
    } else {
      const { code, nth, wait } = moment;
      this.#awaited.push({ fault, code, wait: microseconds(wait), timesToGo: nth });
    }
  }

  #heard(speaker: SimHost, code: string): void {
    const concerned = this.#awaited.filter((awaited) => awaited.code === code);
    for (const awaited of concerned) {
      awaited.timesToGo -= 1;
      if (awaited.timesToGo > 0) continue;
      this.#awaited.splice(this.#awaited.indexOf(awaited), 1);
      const { fault, wait } = awaited;
      const trouble = fault.befallsSpeaker ? aimedAt(fault.trouble, speaker.index) : fault.trouble;
      this.#site.world.planIn(wait, () => this.#begin(fault, trouble));
    }
  }

  #begin(fault: Fault, trouble: Trouble): void {
    if (this.#healed) return;
    for (const observer of this.#site.observers) observer.faultBegan?.(fault, trouble);
    const remedy = begin(this.#site, trouble);
    if (remedy === undefined) return;
    this.#ongoing.set(fault, remedy);
    this.#site.world.planIn(microseconds("for" in trouble ? trouble.for : 0), () => this.#end(fault));
  }

  #end(fault: Fault): void {
    const remedy = this.#ongoing.get(fault);
    this.#ongoing.delete(fault);
    if (remedy === undefined) return;
    remedy();
    for (const observer of this.#site.observers) observer.faultEnded?.(fault);
  }

  #heal(): void {
    this.#healed = true;
    const ongoing = [...this.#ongoing.keys()];
    for (const fault of ongoing) this.#end(fault);
    for (const host of this.#site.hosts) {
      host.putRight();
      if (host.cluster !== this.#site.cluster) host.readConfiguration(this.#site.cluster);
    }
    this.#site.world.planIn(ORDERS_AFTER, () => this.#undoOrders());
    for (const observer of this.#site.observers) observer.healed?.();
  }

  /** Refused while a node is not heard again that was gone in the pause. */
  #unpause(): void {
    const isPaused = this.#site.hosts.some(({ agent }) => agent?.state?.pause.paused === true);
    if (!isPaused) return;
    this.#site.command(0, { kind: "unpause" });
    this.#site.world.planIn(ORDER_AGAIN, () => this.#unpause());
  }

  /**
   * The operator ends maintenance and puts every node back into service, each at the node itself. He starts what he stopped,
   * and has nodes that programs failed on tried again; what has done its work he leaves.
   */
  #undoOrders(): void {
    this.#unpause();
    if (hasPrograms(this.#site.plan.cluster)) {
      for (const { name } of this.#site.cluster.services)
        this.#site.command(0, { kind: "start-service", service: name });
    }
    if (hasRules(this.#site.plan.cluster)) this.#undoRules();
    for (const host of this.#site.hosts) {
      this.#site.command(host.index, { kind: "resume", node: host.plan.name });
      this.#undoPathOrders(host);
    }
  }

  /** What rules did, and what they go by. They may do it again as often as they may act: whoever sees that undoes it again. */
  #undoRules(): void {
    for (const { name: service } of this.#site.cluster.services) {
      const isHalted = this.#site.hosts.some(({ agent }) =>
        agent?.state?.halts?.some((each) => each.service === service && each.halted),
      );
      if (isHalted) this.#site.command(0, { kind: "start-service", service });
    }
    for (const { index, plan, agent } of this.#site.hosts) {
      for (const { name } of agent?.state?.attributes ?? []) {
        this.#site.command(index, { kind: "unset-attribute", node: plan.name, name });
      }
      if (agent?.state?.drained === true) this.#site.command(index, { kind: "resume", node: plan.name });
    }
    this.#site.world.planIn(RULES_AGAIN, () => this.#undoRules());
  }

  #undoPathOrders(host: SimHost): void {
    const { index } = host;
    const node = host.plan.name;
    for (const { name: group, primary, secondary } of host.pathGroups) {
      this.#site.command(index, { kind: "path-resume", node, group });
      for (const { interface: name } of [primary, secondary]) {
        if (name !== undefined) this.#site.command(index, { kind: "path-attach", node, interface: name });
      }
    }
    this.#tidy(host);
  }

  /** Once no change of paths is under way. */
  #tidy(host: SimHost): void {
    if (host.plans.length === 0) tidyPaths(host);
    else this.#site.world.planIn(ORDER_AGAIN, () => this.#tidy(host));
  }
}

const aimedAt = (trouble: Trouble, host: number): Trouble => ("host" in trouble ? { ...trouble, host } : trouble);
