import { familyOf } from "../../base/ip-address.js";
import type { Cluster, ServiceAddress, ServiceConfig } from "../../model/cluster.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { Instant } from "../../base/time.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { isPresent } from "./truth.js";

/**
 * Routes to service addresses: only to those for which the file has them, on record before they are there, and none is left
 * when the agent has ended, in order or not.
 */
export class HostRouteRules implements Observer {
  readonly #verdict: Verdict;
  /** Every address for which any version of the cluster file had routes. */
  readonly #routed = new Set<string>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    this.#learn(host.cluster);
  }

  handled(_host: SimHost, _now: Instant, input: NodeInput): void {
    if (input.kind === "configuration-changed") this.#learn(input.cluster);
  }

  performed(host: SimHost, effect: NodeEffect): void {
    if (effect.kind !== "add-route") return;
    const { address } = effect.route;
    if (!this.#routed.has(address)) this.#verdict.broken("route-foreign", `${host.name} has a route to ${address}`);
    if (!host.routesOnRecord.includes(address)) {
      this.#verdict.broken("route-record", `${host.name} has a route to ${address}, which is not on record`);
    }
  }

  agentEnded(host: SimHost, how: "exit" | "crash" | "power"): void {
    if (how === "exit") this.#checkGone(host, "its agent ended in order");
  }

  guardFired(host: SimHost): void {
    if (host.agent === undefined) this.#checkGone(host, "its guard had cleared up after its agent");
  }

  #checkGone(host: SimHost, when: string): void {
    const [left] = host.kernel.ownRoutes.all;
    if (left !== undefined)
      this.#verdict.broken("route-left", `${host.name} has a route to ${left.address} when ${when}`);
  }

  #learn({ services }: Cluster): void {
    for (const { hostRoutes, addresses } of services) {
      if (hostRoutes === true) for (const { address } of addresses) this.#routed.add(address);
    }
  }
}

/** What is wrong with the routes of a machine in a world without faults; undefined: nothing. */
export function routeProblem(site: Site, host: SimHost): string | undefined {
  const wrong = site.cluster.services.flatMap((service) =>
    service.addresses.filter((address) => !isRouted(site, host, service, address)),
  );
  const [first] = wrong;
  if (first === undefined) return undefined;
  const gateways = routesTo(host, first).map(({ gateway }) => gateway);
  return `${host.name} reaches ${first.address} by ${gateways.length === 0 ? "no route" : gateways.join(" and ")}`;
}

function isRouted(site: Site, host: SimHost, service: ServiceConfig, address: ServiceAddress): boolean {
  const routes = routesTo(host, address);
  const holder = site.hosts.find((each) => isPresent(each, address.address));
  if (service.hostRoutes !== true || holder === undefined || holder === host) return routes.length === 0;
  const own = networksOf(site.cluster, host);
  const gateways = networksOf(site.cluster, holder)
    .filter((each) => familyOf(each.address) === address.family)
    .filter((each) => own.some(({ network }) => network === each.network));
  if (gateways.length === 0) return routes.length === 0;
  const [route, ...others] = routes;
  if (route === undefined || others.length > 0) return false;
  return gateways.some((each) => each.address === route.gateway) && host.kernel.isWorking(route.interface);
}

const routesTo = ({ kernel }: SimHost, { address }: ServiceAddress) =>
  kernel.ownRoutes.all.filter((each) => each.address === address);

const networksOf = ({ nodes }: Cluster, { name }: SimHost) => nodes.find((node) => node.name === name)?.networks ?? [];
