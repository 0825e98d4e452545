/**
 * The routes of this node to the service addresses that others hold, for programs that do not ask which address works: each
 * leads through an address of the holder on a network that works, and to another one when that network fails or the service
 * moves. Services have them where the file says so.
 *
 * It decides nothing about services, and comes after them: what it does never delays a takeover.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { familyOf } from "../../base/ip-address.js";
import type { Instant } from "../../base/time.js";
import type { ServiceAddress } from "../../model/cluster.js";
import type { HostRoute } from "../../model/kernel.js";
import { byName, type ServiceName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import type { Finding } from "../../model/note.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { type Way, waysTo } from "../reach.js";
import type { Service } from "../services/service.js";
import { KeptRoute } from "./host-route.js";

interface Wish {
  readonly service: ServiceName;
  readonly address: string;
  readonly route: HostRoute | undefined;
}

export class HostRoutes {
  readonly #routes = new Map<string, KeptRoute>();
  #recorded = "";

  /** Everything of ours is out of the kernel. */
  get idle(): boolean {
    return [...this.#routes.values()].every((each) => each.idle);
  }

  /** Whether the route to an address is in the kernel as it shall be. */
  leadTo(address: string): boolean {
    return this.#routes.get(address)?.isInPlace === true;
  }

  /** @param stopping no route is wanted any more */
  review(now: Instant, services: readonly Service[], knowledge: Knowledge, stopping: boolean, effects: Effects): void {
    const routed = services.filter(({ config }) => config.hostRoutes === true);
    if (routed.length === 0 && this.#routes.size === 0) return;
    const wishes = stopping ? [] : routed.flatMap((service) => wishesFor(service, knowledge));
    this.#wish(wishes);
    this.#record(effects);
    for (const each of this.#routes.values()) {
      each.keepOnly((name) => knowledge.kernel.linkNamed(name)?.up === true);
      each.advance(now, effects);
    }
    const kept = new Set(wishes.map(({ address }) => address));
    for (const [address, each] of this.#routes) if (each.idle && !kept.has(address)) this.#routes.delete(address);
  }

  /** The kernel's answer; false when the step was another's. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): boolean {
    return [...this.#routes.values()].some((each) => each.answer(now, step, problem, effects));
  }

  /** The guard has removed all. */
  fenced(now: Instant): void {
    for (const each of this.#routes.values()) each.fenced(now);
  }

  deadline(): Deadline | undefined {
    return [...this.#routes.values()].map((each) => dueAt(each.deadline(), "host route")).reduce(soonest, undefined);
  }

  findings(): readonly Finding[] {
    return [...this.#routes.values()].flatMap(({ service, address, problem }): readonly Finding[] =>
      problem === undefined ? [] : [{ kind: "route-refused", service, address, problem: problem.message }],
    );
  }

  #wish(wishes: readonly Wish[]): void {
    const wanted = new Map(wishes.map(({ address, route }) => [address, route]));
    for (const { service, address } of wishes) {
      const each = this.#routes.get(address) ?? new KeptRoute(service, address);
      // An address that went to another service keeps the route that it has.
      each.service = service;
      this.#routes.set(address, each);
    }
    for (const [address, each] of this.#routes) each.want(wanted.get(address));
  }

  /** For the guard, and for the next run of the agent: to which addresses there may be routes of ours. */
  #record(effects: Effects): void {
    const addresses = [...this.#routes.keys()].sort(byName);
    const text = addresses.join(" ");
    if (text === this.#recorded) return;
    this.#recorded = text;
    effects.push({ kind: "record-routes", addresses });
  }
}

function wishesFor(service: Service, knowledge: Knowledge): readonly Wish[] {
  const holder = knowledge.holderOf(service);
  const ways = holder === undefined || holder === knowledge.self ? [] : waysTo(holder, knowledge);
  return service.config.addresses.map((address) => ({
    service: service.config.name,
    address: address.address,
    route: routeBy(ways, address, knowledge),
  }));
}

/** The first way that a route can lead by; of those that cannot, the first one, for the kernel to say why. */
function routeBy(ways: readonly Way[], address: ServiceAddress, knowledge: Knowledge): HostRoute | undefined {
  const routes = ways.flatMap((way): readonly HostRoute[] => {
    const name = knowledge.interfaceOn(knowledge.self, way.network);
    const isSameFamily = familyOf(way.address) === address.family;
    if (name === undefined || !isSameFamily) return [];
    return [{ address: address.address, family: address.family, gateway: way.address, interface: name }];
  });
  return routes.find((route) => isOnLink(route, knowledge)) ?? routes[0];
}

/** A gateway beyond another router is none. */
const isOnLink = ({ interface: name, gateway }: HostRoute, { kernel }: Knowledge): boolean =>
  kernel.linkSubnetsOf(gateway).some(({ link }) => link.name === name);
