import { type Duration, microseconds, milliseconds, seconds } from "../../base/time.js";
import { isShared } from "../../core/placement/shared-placement.js";
import type { Cluster, ServiceConfig } from "../../model/cluster.js";
import type { NodeEffect } from "../../model/node-io.js";
import type { Finding } from "../../model/note.js";
import type { NodeView, ServiceView } from "../../model/status.js";
import { later, type WorldTime, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { routeProblem } from "./host-routes.js";
import { programProblem } from "./program-service.js";
import { isFreeOn } from "./room.js";
import { isPresent } from "./truth.js";

/** How long bans, back-offs and memories of past troubles may last after everything was put right. */
const SETTLE_MAX: Duration = seconds(75);
/** By then every service has a holder that serves it, though perhaps not yet the preferred one. */
const SERVE_MAX: Duration = seconds(45);
/** A world that had no news for so long has settled: longer than any failback waits. */
const QUIET: Duration = seconds(9);
/** Orders that end maintenance are given first. */
const FIRST_LOOK: Duration = seconds(5);
const LOOK_AGAIN: Duration = milliseconds(200);

/** How long a world is watched after it was healed, at most. */
export const AFTERMATH: Duration = microseconds(SETTLE_MAX + QUIET + LOOK_AGAIN);

/**
 * Once faults stop, the world converges: every service on exactly one fit node, all views the same, no findings, and
 * nobody says anything new. It is looked at again and again until that has been so for a while, or its time is over.
 */
export class Convergence implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  #healedAt: WorldTime | undefined;
  #quietSince: WorldTime | undefined;
  #lookedAt: WorldTime = worldTime(0);
  #problem: { readonly rule: string; readonly message: string } | undefined;

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  /** It has settled, and stayed so. */
  get isReached(): boolean {
    return this.#quietSince !== undefined && this.#site.world.now >= later(this.#quietSince, QUIET);
  }

  healed(): void {
    this.#healedAt = this.#site.world.now;
  }

  performed(host: SimHost, effect: NodeEffect): void {
    if (effect.kind !== "publish-bulletin" && effect.kind !== "publish-state") return;
    this.#quietSince = undefined;
    if (this.#healedAt === undefined || this.#site.world.now < later(this.#healedAt, SETTLE_MAX)) return;
    this.#verdict.broken("quiet", `${host.name} still has news long after everything was put right`);
  }

  looked(): void {
    const { now } = this.#site.world;
    if (this.#healedAt === undefined || now < later(this.#healedAt, FIRST_LOOK)) return;
    if (now < later(this.#lookedAt, LOOK_AGAIN)) return;
    this.#lookedAt = now;
    this.#problem = undefined;
    this.#checkHolders();
    const bound = this.#problem === undefined ? SETTLE_MAX : SERVE_MAX;
    if (this.#problem === undefined) this.#checkRest();
    this.#conclude(later(this.#healedAt, bound));
  }

  #checkRest(): void {
    this.#checkViews();
    this.#checkLedgers();
    this.#checkCaches();
    this.#checkRoutes();
  }

  #conclude(due: WorldTime): void {
    const { now } = this.#site.world;
    if (this.#problem === undefined) {
      this.#quietSince ??= now;
      return;
    }
    this.#quietSince = undefined;
    if (now >= due) this.#verdict.broken(this.#problem.rule, this.#problem.message);
  }

  #wrong(rule: string, message: string): void {
    this.#problem ??= { rule, message };
  }

  #checkHolders(): void {
    for (const service of this.#site.cluster.services) {
      for (const { address } of service.addresses) this.#checkAddress(service, address);
      const problem = programProblem(this.#site, service);
      if (problem !== undefined) this.#wrong("programs", `${problem} after everything was put right`);
    }
  }

  #checkAddress(service: ServiceConfig, address: string): void {
    const on = this.#site.hosts.filter((host) => isPresent(host, address)).map(({ name }) => name);
    if (on.length === 0 && !this.#site.hosts.some((host) => isFreeOn(this.#site, host, service))) return;
    if (on.length === 1 && on[0] !== undefined && service.nodes.some((node) => node === on[0])) return;
    const where = on.length === 0 ? "no node" : on.join(" and ");
    this.#wrong("converge", `${address} of ${service.name} is on ${where} after everything was put right`);
  }

  #checkViews(): void {
    const views = this.#site.hosts.map((host) => host.agent?.core.view(host.clock.now()));
    const [first] = views;
    for (const [index, view] of views.entries()) {
      const { name } = this.#site.host(index);
      if (view === undefined || first === undefined) this.#wrong("converge", `no agent runs on ${name}`);
      else this.#checkView(name, view, first);
    }
  }

  #checkView(name: string, view: NodeView, first: NodeView): void {
    for (const { finding } of view.findings) {
      if (LASTING.has(finding.kind) || isOfCrowd(finding, this.#site.cluster)) continue;
      this.#wrong("findings", `${name} still finds ${JSON.stringify(finding)}`);
    }
    for (const node of view.nodes) {
      if (node.state !== "up") this.#wrong("views", `${name} takes ${node.name} for ${node.state}`);
    }
    const [a, b] = [JSON.stringify(view.services.map(essence)), JSON.stringify(first.services.map(essence))];
    if (a !== b) this.#wrong("views", `${name} and ${first.node} disagree: ${a} and ${b}`);
  }

  /** What is on record is what is there. */
  #checkLedgers(): void {
    for (const host of this.#site.hosts) {
      // In a path group, both paths are on record.
      const recorded = [...new Set(host.ledger.map(({ address }) => address))].sort();
      const there = this.#site.cluster.services
        .flatMap(({ addresses }) => addresses.map(({ address }) => address))
        .filter((address) => isPresent(host, address))
        .sort();
      if (recorded.join() !== there.join()) {
        this.#wrong("ledger", `${host.name} has ${there.join()} and its ledger says ${recorded.join()}`);
      }
    }
  }

  #checkRoutes(): void {
    for (const host of this.#site.hosts) {
      const problem = routeProblem(this.#site, host);
      if (problem !== undefined) this.#wrong("routes", `${problem} after everything was put right`);
    }
  }

  #isOfService(address: string): boolean {
    return this.#site.cluster.services.some(({ addresses }) => addresses.some((each) => each.address === address));
  }

  /** Clients beyond the cluster talk to the holder, not to who held the address before. */
  #checkCaches(): void {
    for (const [segment, cache] of this.#site.clientCaches.entries()) {
      for (const [address, mac] of cache) {
        const holder = this.#site.hosts.find((host) => isPresent(host, address));
        const wire = holder?.interfacesOn(segment).map(({ name }) => name);
        const places = holder?.kernel.interfacesWith(address) ?? [];
        const place = places.find((name) => wire?.includes(holder?.kernel.lowerOf(name) ?? name) === true);
        const own = place === undefined ? undefined : holder?.kernel.link(place)?.mac;
        if (own !== undefined && own !== mac && this.#isOfService(address)) {
          this.#wrong("caches", `clients take ${address} to be at ${mac}, but ${holder?.name} has it`);
        }
      }
    }
  }
}

/** Where nodes have room for so much only, some services wait, or would have to. */
const isOfCrowd = ({ kind }: Finding, cluster: Cluster): boolean =>
  isShared(cluster) && (kind === "service-waiting" || kind === "no-standby");

/**
 * That there were many changes of paths, or that a rule acted too often, is remembered for longer than a world is watched;
 * what a path refused to take is for an operator to move.
 */
const LASTING: ReadonlySet<string> = new Set(["path-group-flapping", "address-unmoved", "rule-suspended"]);

/** What all views must agree on. */
const essence = ({ name, holder, epoch, state }: ServiceView): unknown => ({ name, holder, epoch, state });
