import { type Duration, microseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { NodeEffect } from "../../model/node-io.js";
import type { NodeView, ServiceView } from "../../model/status.js";
import { later, type WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { isPresent } from "./truth.js";

/** How long bans, back-offs and memories of past troubles may last after everything was put right. */
export const SETTLE_MAX: Duration = seconds(75);
/** By then every service has a holder that serves it, though perhaps not yet the preferred one. */
const SERVE_MAX: Duration = seconds(45);
/** How long the world is then watched for not moving any more. */
export const WATCH: Duration = seconds(8);

/**
 * Once faults stop, the world converges: every service on exactly one fit node, all views the same, no findings, and
 * nobody says anything new.
 */
export class Convergence implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  #healedAt: WorldTime | undefined;
  #wasServed = false;
  #wasSettled = false;

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  healed(): void {
    this.#healedAt = this.#site.world.now;
  }

  looked(): void {
    if (this.#healedAt === undefined) return;
    const { now } = this.#site.world;
    if (!this.#wasServed && now >= later(this.#healedAt, SERVE_MAX)) {
      this.#wasServed = true;
      this.#checkHolders();
    }
    if (this.#wasSettled || now < later(this.#healedAt, SETTLE_MAX)) return;
    this.#wasSettled = true;
    this.#checkHolders();
    this.#checkViews();
    this.#checkLedgers();
    this.#checkCaches();
  }

  performed(host: SimHost, effect: NodeEffect): void {
    if (!this.#wasSettled || (effect.kind !== "publish-bulletin" && effect.kind !== "publish-state")) return;
    this.#verdict.broken("quiet", `${host.name} still has news long after everything was put right`);
  }

  #checkHolders(): void {
    for (const service of this.#site.cluster.services) {
      for (const { address } of service.addresses) this.#checkAddress(service, address);
    }
  }

  #checkAddress(service: ServiceConfig, address: string): void {
    const on = this.#site.hosts.filter((host) => isPresent(host, address)).map(({ name }) => name);
    if (on.length === 1 && on[0] !== undefined && service.nodes.some((node) => node === on[0])) return;
    const where = on.length === 0 ? "no node" : on.join(" and ");
    this.#verdict.broken("converge", `${address} of ${service.name} is on ${where} after everything was put right`);
  }

  #checkViews(): void {
    const views = this.#site.hosts.map((host) => host.agent?.core.view(host.clock.now()));
    const [first] = views;
    for (const [index, view] of views.entries()) {
      const { name } = this.#site.host(index);
      if (view === undefined || first === undefined) this.#verdict.broken("converge", `no agent runs on ${name}`);
      else this.#checkView(name, view, first);
    }
  }

  #checkView(name: string, view: NodeView, first: NodeView): void {
    for (const { finding } of view.findings) {
      this.#verdict.broken("findings", `${name} still finds ${JSON.stringify(finding)}`);
    }
    for (const node of view.nodes) {
      if (node.state !== "up") this.#verdict.broken("views", `${name} takes ${node.name} for ${node.state}`);
    }
    const [a, b] = [JSON.stringify(view.services.map(essence)), JSON.stringify(first.services.map(essence))];
    if (a !== b) this.#verdict.broken("views", `${name} and ${first.node} disagree: ${a} and ${b}`);
  }

  /** What is on record is what is there. */
  #checkLedgers(): void {
    for (const host of this.#site.hosts) {
      const recorded = host.ledger.map(({ address }) => address).sort();
      const there = this.#site.cluster.services
        .flatMap(({ addresses }) => addresses.map(({ address }) => address))
        .filter((address) => isPresent(host, address))
        .sort();
      if (recorded.join() !== there.join()) {
        this.#verdict.broken("ledger", `${host.name} has ${there.join()} and its ledger says ${recorded.join()}`);
      }
    }
  }

  /** Clients beyond the cluster talk to the holder, not to who held the address before. */
  #checkCaches(): void {
    for (const [segment, cache] of this.#site.clientCaches.entries()) {
      for (const [address, mac] of cache) {
        const holder = this.#site.hosts.find((host) => isPresent(host, address));
        const own = holder?.interfaceOn(segment)?.mac;
        const isHere = own !== undefined && holder?.kernel.interfacesWith(address).includes(`eth${segment}`) === true;
        if (isHere && own !== mac) {
          this.#verdict.broken("caches", `clients take ${address} to be at ${mac}, but ${holder?.name} has it`);
        }
      }
    }
  }
}

/** What all views must agree on. */
const essence = ({ name, holder, epoch, state }: ServiceView): unknown => ({ name, holder, epoch, state });

/** How long a world is watched after it was healed. */
export const AFTERMATH: Duration = microseconds(SETTLE_MAX + WATCH);
