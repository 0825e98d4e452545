import type { Duration, Instant } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { RuleConfig, RuleName } from "../../model/rule.js";
import { type WorldTime, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Fault, Trouble } from "../plan.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";

interface Move {
  readonly service: ServiceName;
  /** Undefined: the node that took it does not know whose order that was. */
  readonly by: RuleName | undefined;
  readonly at: WorldTime;
}

/**
 * Rules move a service no more often than their limits say, wherever they acted, before and after they were suspended: each
 * by itself, and all together. Where nodes were lost, or did not hear each other, each counts what it did itself, and an
 * agent that has just started begins to count.
 */
export class RuleMoves implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  #moves: Move[] = [];
  readonly #starts: WorldTime[] = [];
  #disturbedAt: WorldTime = worldTime(0);

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  agentStarted(): void {
    this.#starts.push(this.#site.world.now);
    this.#disturbed();
  }

  agentEnded(): void {
    this.#disturbed();
  }

  /** An order changes nothing of who counts what. */
  faultBegan(_fault: Fault, { kind }: Trouble): void {
    if (kind !== "commanded") this.#disturbed();
  }

  faultEnded(): void {
    this.#disturbed();
  }

  guardFired(): void {
    this.#disturbed();
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      // A rule that is otherwise than before begins to count.
      if (effect.kind === "use-configuration") this.#moves = [];
      if (effect.kind !== "note" || effect.note.code !== "service.claimed") continue;
      const { service, reason } = effect.note;
      if (reason.kind !== "rule") continue;
      this.#moves.push({ service, by: reason.by, at: this.#site.world.now });
      const movers = (host.cluster.rules ?? []).filter((rule) => moves(rule, service));
      const isOf = (each: Move): boolean => each.service === service;
      this.#check(host, service, movers, isOf);
      const by = movers.filter(({ name }) => name === reason.by);
      if (by.length > 0) this.#check(host, service, by, (each) => isOf(each) && each.by === reason.by);
    }
  }

  #check(host: SimHost, service: ServiceName, movers: readonly RuleConfig[], counts: (move: Move) => boolean): void {
    const within = Math.min(...movers.map(({ limit }) => limit.within)) as Duration;
    const from = this.#site.world.now - within;
    const recent = this.#moves.filter((each) => each.at > from && counts(each));
    const [first] = recent;
    const isCalm = first === undefined || this.#disturbedAt < first.at;
    const counters = isCalm ? 1 : this.#site.hosts.length + this.#starts.filter((at) => at > from).length;
    const times = movers.reduce((sum, rule) => sum + rule.limit.times * subjects(rule, host, service), 0);
    if (recent.length <= times * counters) return;
    const names = movers.map(({ name }) => name).join(" and ");
    this.#verdict.broken(
      "rule-moves",
      `${names} moved ${service} ${recent.length} times within ${within / 1_000_000} s, the last time to ${host.name}`,
    );
  }

  #disturbed(): void {
    this.#disturbedAt = this.#site.world.now;
  }
}

const moves = ({ each, actions }: RuleConfig, service: ServiceName): boolean =>
  actions.some(
    (action) =>
      action.kind === "move" && (action.service === service || (action.service === undefined && each === "service")),
  );

/** How many things a rule looks at by itself, and counts for, that have it move the service. */
function subjects({ each, actions }: RuleConfig, { cluster }: SimHost, service: ServiceName): number {
  if (each === "cluster") return 1;
  if (each === "node") return cluster.nodes.length;
  const isNamed = actions.some((action) => action.kind === "move" && action.service === service);
  return isNamed ? cluster.services.length : 1;
}
