/**
 * What the assignment of all services means for each of them, as one node sees it: `Knowledge` asks for what speaks
 * against a node for the sake of other services, and `Service` for when its turn to take a vacant service began, and
 * whether it must let go of one for others.
 *
 * The assignment is made anew only when what it rests on has changed, and not at all where no service depends on others.
 * It is a wish: every claim is the claiming node's own, and rests on what that node holds at that very moment, so that
 * views that differ for a while make nobody hold more than it has room for, nor two services that are to be apart. A
 * holder acts on the wish to give a service away only after it has lasted for so long that all nodes know the same.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after } from "../../base/time.js";
import { amountText, shareText } from "../../model/amount-text.js";
import { type Cluster, ORDINARY, type ServiceConfig, settlingTime } from "../../model/cluster.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { type Assignment, type Obstacle, assign } from "./assign.js";
import type { NodeOffer, ServiceDemand } from "./demand.js";
import type { Shortage } from "./layout.js";
import { type CandidateFacts, place } from "./place.js";
import { amountOf } from "./unit.js";

/** Settling times that a holder waits for a node to take what it must give up, before it stops it. */
const HOLD_OUT = 10;

/** One service as the node sees it at a moment. */
export interface SharedService {
  readonly config: ServiceConfig;
  readonly holder: NodeName | undefined;
  /** Served, as far as this node can tell. */
  readonly active: boolean;
  /** What speaks against each of its nodes, apart from other services. */
  readonly facts: () => readonly CandidateFacts[];
}

/** A wish, and since when it is the same. */
interface Lasting {
  readonly wish: string;
  readonly since: Instant;
}

export class SharedPlacement {
  readonly #self: NodeName;
  #cluster: Cluster;
  #services: ReadonlyMap<ServiceName, SharedService> = new Map();
  #basis = "";
  #reviewedAt: Instant | undefined;
  #assignment: Assignment | undefined;
  /** Vacant services that somebody could take now, and who should first. */
  readonly #turns = new Map<ServiceName, Lasting>();
  /** Services that this node holds and should not. */
  readonly #leavings = new Map<ServiceName, Lasting>();

  constructor(self: NodeName, cluster: Cluster) {
    this.#self = self;
    this.#cluster = cluster;
  }

  reconfigure(cluster: Cluster): void {
    this.#cluster = cluster;
    this.#basis = "";
  }

  /** @param services read now and, as to who holds what, again at each question */
  review(now: Instant, services: readonly SharedService[]): void {
    if (!isShared(this.#cluster)) {
      this.#assignment = undefined;
      return;
    }
    this.#reviewedAt = now;
    this.#services = new Map(services.map((each) => [each.config.name, each]));
    const demands = services.map(demandOf);
    const basis = JSON.stringify(
      demands.map(({ name, candidates, lastChoices, holder }) => [name, candidates, lastChoices, holder ?? null]),
    );
    if (basis !== this.#basis || this.#assignment === undefined) {
      this.#assignment = assign({ nodes: offersOf(this.#cluster), services: demands });
    }
    this.#basis = basis;
    for (const service of services) this.#follow(now, service, this.#assignment);
    for (const kept of [this.#turns, this.#leavings]) {
      for (const name of kept.keys()) if (!this.#services.has(name)) kept.delete(name);
    }
  }

  /** When a holder may act on what the assignment wants of it. */
  deadline(): Deadline | undefined {
    const now = this.#reviewedAt;
    return [...this.#leavings.values()]
      .flatMap(({ since }) => [after(since, this.#settle), after(since, this.#holdOut)])
      .map((at) => (now !== undefined && at > now ? dueAt(at, "placement") : undefined))
      .reduce<Deadline | undefined>(soonest, undefined);
  }

  /** The facts, with what other services have against each node. */
  facts(service: ServiceName, facts: readonly CandidateFacts[]): readonly CandidateFacts[] {
    if (this.#assignment === undefined || !this.#services.has(service)) return facts;
    return facts.map(({ node, reasons }) => ({ node, reasons: [...reasons, ...this.#against(service, node)] }));
  }

  /**
   * The same for decisions, the node where the service belongs first. Who is to be with another goes where that one
   * goes, and nowhere alone.
   */
  factsToActOn(now: Instant, service: ServiceName, facts: readonly CandidateFacts[]): readonly CandidateFacts[] {
    const shared = this.#services.get(service);
    const assignment = this.#assignment;
    if (assignment === undefined || shared === undefined) return facts;
    const home = assignment.nodeOf(service);
    const judged = this.facts(service, facts).map(({ node, reasons }, index) => {
      if (node === shared.holder && node === this.#self && !this.#isSettled(now, service))
        return facts[index] ?? { node, reasons };
      const leader = node === home || node === shared.holder ? undefined : assignment.leaderOf(service);
      return { node, reasons: leader === undefined ? reasons : [...reasons, withReason(leader)] };
    });
    return [...judged.filter(({ node }) => node === home), ...judged.filter(({ node }) => node !== home)];
  }

  /** Since when the same node should take the vacant service; undefined: there is none, or all are alike. */
  turnSince(service: ServiceName): Instant | undefined {
    return this.#turns.get(service)?.since;
  }

  /** Whether the holder, which is this node, must let go of the service although nobody takes it. */
  mustStop(now: Instant, service: ServiceName): boolean {
    if (this.#assignment === undefined || !this.#isSettled(now, service)) return false;
    if (this.#assignment.nodeOf(service) === undefined) return true;
    const obstacle = this.#assignment.obstacle(service, this.#self);
    const yields = obstacle !== undefined && "yields" in obstacle && obstacle.yields;
    return yields && this.#isSettled(now, service, this.#holdOut);
  }

  #follow(now: Instant, { config: { name }, holder }: SharedService, assignment: Assignment): void {
    const home = assignment.nodeOf(name);
    const taker =
      holder === undefined && home !== undefined && this.#against(name, home).length === 0 ? home : undefined;
    keep(this.#turns, { now, service: name, wish: taker });
    const leaves = holder === this.#self && home !== this.#self;
    keep(this.#leavings, { now, service: name, wish: leaves ? (home ?? "") : undefined });
  }

  #isSettled(now: Instant, service: ServiceName, time = this.#settle): boolean {
    const leaving = this.#leavings.get(service);
    return leaving !== undefined && after(leaving.since, time) <= now;
  }

  get #holdOut(): Duration {
    return (this.#settle * HOLD_OUT) as Duration;
  }

  get #settle(): Duration {
    return settlingTime(this.#cluster);
  }

  /** What other services have against a node: as all shall be in the end, and as they are now. */
  #against(name: ServiceName, node: NodeName): readonly UnfitReason[] {
    const service = this.#services.get(name);
    const assignment = this.#assignment;
    if (service === undefined || assignment === undefined) return [];
    const obstacle = assignment.obstacle(name, node);
    if (obstacle !== undefined) return [reasonOf(obstacle)];
    if (service.holder === node) {
      const leader = assignment.nodeOf(name) === node ? undefined : assignment.leaderOf(name);
      return leader === undefined ? [] : [withReason(leader)];
    }
    const missing = service.holder === undefined ? this.#missingNeed(service) : undefined;
    if (missing !== undefined) return [{ code: "needs", detail: missing }];
    return this.#obstacleNow(service.config, node);
  }

  #missingNeed({ config }: SharedService): ServiceName | undefined {
    return config.placement?.needs.find((need) => this.#services.get(need)?.active === false);
  }

  #obstacleNow(config: ServiceConfig, node: NodeName): readonly UnfitReason[] {
    const held = [...this.#services.values()].filter(
      (each) => each.holder === node && each.config.name !== config.name,
    );
    const rival = held.find((each) => areApart(each.config, config));
    if (rival !== undefined) return [{ code: "apart", detail: rival.config.name }];
    const capacity = this.#cluster.nodes.find(({ name }) => name === node)?.room?.capacity ?? {};
    for (const [resource, most] of Object.entries(capacity)) {
      const taken = held.reduce((sum, each) => sum + sizeOf(each.config, resource), 0);
      const wanted = sizeOf(config, resource);
      if (wanted > 0 && taken + wanted > most)
        return [{ code: "no-room", detail: roomText({ resource, wanted, taken, capacity: most }) }];
    }
    return [];
  }
}

/** Whether the place of any service depends on others. */
export const isShared = ({ nodes, services }: Cluster): boolean =>
  nodes.some(({ room }) => room !== undefined) || services.some(({ placement }) => placement !== undefined);

export const offersOf = ({ nodes }: Cluster): readonly NodeOffer[] =>
  nodes.map(({ name, room }) => ({ name, capacity: room?.capacity ?? {}, weight: room?.weight ?? 1 }));

/** Remembers since when a wish is the same; forgets it when there is none. */
function keep(
  kept: Map<ServiceName, Lasting>,
  { now, service, wish }: { readonly now: Instant; readonly service: ServiceName; readonly wish: string | undefined },
): void {
  if (wish === undefined) kept.delete(service);
  else if (kept.get(service)?.wish !== wish) kept.set(service, { wish, since: now });
}

function demandOf({ config, holder, facts }: SharedService): ServiceDemand {
  const { order: candidates, lastChoices } = place(facts(), undefined);
  return { name: config.name, placement: config.placement ?? ORDINARY, candidates, lastChoices, holder };
}

const sizeOf = ({ placement }: ServiceConfig, resource: string): number =>
  amountOf((placement ?? ORDINARY).size, resource);

const areApart = (a: ServiceConfig, b: ServiceConfig): boolean =>
  a.placement?.apart.includes(b.name) === true || b.placement?.apart.includes(a.name) === true;

const withReason = (leader: ServiceName): UnfitReason => ({ code: "with", detail: leader });

const roomText = ({ resource, wanted, taken, capacity }: Shortage): string =>
  `${shareText(resource, taken, capacity)} taken, ${amountText(resource, wanted)} wanted`;

export function reasonOf(obstacle: Obstacle): UnfitReason {
  switch (obstacle.kind) {
    case "no-room": {
      const code = obstacle.outranked ? "outranked" : obstacle.displaces ? "displaces" : "no-room";
      return { code, detail: roomText(obstacle) };
    }
    case "too-small":
      return { code: "too-small", detail: shareText(obstacle.resource, obstacle.wanted, obstacle.capacity) };
    case "apart":
      return { code: "apart", detail: obstacle.from };
    case "with":
      return withReason(obstacle.service);
    case "makes-room":
    case "with-unfit":
    case "needs":
      return { code: obstacle.kind, detail: obstacle.service };
  }
}
