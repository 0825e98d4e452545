/**
 * Which MACs of others this node answers for (TK-4, TK-5), so that clients are served that go on sending to a node that
 * failed: their cache entry is static, or nothing refreshes it.
 *
 * While this node holds a service whose identity is `listen`, it receives what is sent to the MACs of each other node of
 * the service that is away, for the service's addresses and nothing else. That is more than the MAC of the holder before:
 * who has known the first of three holders for good must be served by the third as well. It costs nothing, since nobody
 * sends to a service at a node that never held it.
 *
 * Away is who is not heard, by anybody; of who is heard, an interface that has no link by its own account. Who is heard
 * again uses its MAC itself: listening ends with its first sign of life. Frames with the MAC as their sender, from which
 * switches learn that it is here, are sent only in place of a holder that fell silent on all networks. Who crashed, left or
 * lost a link may be up and send from there at any time; where its port is dead, switches flood what is sent to it.
 *
 * A node that lets go of such a service shows its own MAC to the switches, which may know it at another's port.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import type { Instant } from "../../base/time.js";
import type { StationMac } from "../../model/kernel.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import type { CarrierMac, PeerCarriers } from "../../model/node-state.js";
import type { Finding } from "../../model/note.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import type { Effects } from "../effects.js";
import type { Membership, Peer } from "../membership/membership.js";
import type { Service } from "../services/service.js";
import { KnownMacs } from "./known-macs.js";
import { type Identity, StandIn } from "./stand-in.js";

/** Beyond so many MACs at once, further ones are left out: each is a filter of an interface. */
const STAND_INS_MAX = 512;

export interface StandInFacts {
  readonly membership: Membership;
  readonly kernel: KernelTable;
}

export class StandIns {
  readonly #facts: StandInFacts;
  readonly #known: KnownMacs;
  #all: ReadonlyMap<string, StandIn> = new Map();
  #leftOut: readonly Identity[] = [];
  /** Steps that end one, until they are answered. */
  readonly #endings = new Map<number, StationMac>();
  /** The interfaces that carry services whose identity is `listen`, by service. */
  #carriers: ReadonlyMap<ServiceName, readonly string[]> = new Map();

  constructor(facts: StandInFacts, saved: readonly PeerCarriers[]) {
    this.#facts = facts;
    this.#known = new KnownMacs(saved);
  }

  /** Takes up and gives back what the services' present state asks for. */
  review(now: Instant, all: readonly Service[], effects: Effects): void {
    const services = all.filter(({ config }) => config.identity?.kind === "listen");
    if (services.length === 0 && this.#all.size === 0 && this.#carriers.size === 0) return;
    this.#known.keep(services.map(({ config }) => config));
    this.#known.learn(this.#facts.membership.peers());
    const wanted = this.#wanted(services);
    for (const [key, each] of this.#all) if (!wanted.has(key)) this.#end(each, services, effects);
    const next = [...wanted].map(([key, identity]): [string, StandIn] => {
      const before = this.#all.get(key);
      before?.renew(now, identity, effects);
      return [key, before ?? new StandIn(identity, effects)];
    });
    this.#all = new Map(next);
    this.#showOwn(services, effects);
  }

  /** The kernel's answer; false when the step was another's. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): boolean {
    const ended = this.#endings.get(step);
    this.#endings.delete(step);
    if (ended !== undefined && problem !== undefined) {
      effects.note({ code: "identity.kept", ...ended, problem: problem.message });
    }
    return ended !== undefined || [...this.#all.values()].some((each) => each.answer(now, step, problem, effects));
  }

  deadline(): Deadline | undefined {
    return [...this.#all.values()].map((each) => dueAt(each.deadline(), "identity")).reduce(soonest, undefined);
  }

  findings(): readonly Finding[] {
    const refused = [...this.#all.values()].flatMap(({ identity, problem }) =>
      problem === undefined ? [] : [refusedFinding(identity, problem.message)],
    );
    const [first] = this.#leftOut;
    const full = `it receives what is sent to ${STAND_INS_MAX} other MACs already`;
    return first === undefined ? refused : [...refused, refusedFinding(first, full)];
  }

  /** The identities that this node has beside its own because of a service. */
  of(service: ServiceName): readonly Identity[] {
    const listening = [...this.#all.values()].filter(({ isListening }) => isListening);
    return listening.map(({ identity }) => identity).filter(({ services }) => services.includes(service));
  }

  toSave(): readonly PeerCarriers[] {
    return this.#known.toSave();
  }

  #end(each: StandIn, services: readonly Service[], effects: Effects): void {
    const { services: served, interface: name, mac } = each.identity;
    const isServed = services.some(({ config, holding }) => holding !== undefined && served.includes(config.name));
    const step = each.end(isServed, effects);
    if (step !== undefined) this.#endings.set(step, { interface: name, mac });
  }

  #wanted(services: readonly Service[]): ReadonlyMap<string, Identity> {
    const wanted = new Map<string, Identity>();
    const own = new Set([...this.#facts.kernel.links()].map(({ mac }) => mac));
    const users = this.#users();
    for (const identity of services.flatMap((service) => this.#wantedFor(service))) {
      const { node, mac } = identity;
      const isAnothers = users.get(mac)?.some((name) => name !== node) === true;
      const key = `${this.#facts.kernel.linkNamed(identity.interface)?.index} ${identity.interface} ${mac}`;
      if (!own.has(mac) && !isAnothers) wanted.set(key, joined(wanted.get(key), identity));
    }
    this.#leftOut = [...wanted.values()].slice(STAND_INS_MAX);
    return new Map([...wanted].slice(0, STAND_INS_MAX));
  }

  /** The living nodes by the MACs that they have: an interface may have been moved to a third one. */
  #users(): ReadonlyMap<string, readonly NodeName[]> {
    const users = new Map<string, readonly NodeName[]>();
    for (const { name, condition, state } of this.#facts.membership.peers()) {
      if (condition !== "up") continue;
      for (const { mac } of state?.interfaces ?? []) users.set(mac, [...(users.get(mac) ?? []), name]);
    }
    return users;
  }

  #wantedFor({ config, holding, addresses }: Service): readonly Identity[] {
    if (holding === undefined) return [];
    const placed = addresses.present();
    return config.nodes.flatMap((node) => {
      const fell = holding.reason.kind === "holder-silent" && holding.reason.from === node;
      const isVacant = fell && isSilent(this.#facts.membership.peer(node));
      return this.#unusedMacs(node, config.name).flatMap(({ address, mac }): readonly Identity[] => {
        const place = placed.find((each) => each.address === address);
        if (place === undefined) return [];
        const identity = { node, services: [config.name], isVacant };
        return [{ ...identity, interface: place.interface, mac, addresses: [address] }];
      });
    });
  }

  /** The MACs by which clients may know a node, and which it does not use itself now. */
  #unusedMacs(node: NodeName, service: ServiceName): readonly CarrierMac[] {
    const { membership } = this.#facts;
    const peer = membership.peer(node);
    if (peer === undefined || peer.unanswered || peer.condition === "unknown") return [];
    if (peer.condition !== "up") return this.#known.of(node, service);
    if (peer.state === undefined || membership.isStateOld(node)) return [];
    // Of an interface that it does not name any more, such as one whose path was left, nobody knows whether it has a link.
    const carriers = peer.state.fitness.find((each) => each.service === service)?.carriers ?? [];
    const used = new Set(carriers.filter(({ link }) => link).map(({ mac }) => mac));
    return carriers.filter(({ mac }) => !used.has(mac));
  }

  #showOwn(services: readonly Service[], effects: Effects): void {
    const { kernel } = this.#facts;
    const held = services.filter(({ holding }) => holding !== undefined);
    const carriers = new Map(
      held.map(({ config, addresses }) => [config.name, addresses.present().map((each) => each.interface)]),
    );
    const left = [...this.#carriers].flatMap(([service, names]) => (carriers.has(service) ? [] : names));
    this.#carriers = carriers;
    for (const name of new Set(left)) {
      const mac = kernel.linkNamed(name)?.mac ?? "";
      if (mac !== "") effects.push({ kind: "show-mac", station: { interface: name, mac } });
    }
  }
}

const refusedFinding = ({ node, services, interface: name }: Identity, problem: string): Finding => ({
  kind: "identity-refused",
  node,
  services,
  interface: name,
  problem,
});

/** No sign of life, on any network, and no word of why. */
const isSilent = (peer: Peer | undefined): boolean => peer?.condition === "down" && !peer.crashed;

/** Several services of one node have clients that know it by the same MAC. */
const joined = (before: Identity | undefined, more: Identity): Identity => {
  if (before === undefined) return more;
  return {
    ...before,
    services: [...new Set([...before.services, ...more.services])],
    addresses: [...new Set([...before.addresses, ...more.addresses])],
    isVacant: before.isVacant || more.isVacant,
  };
};
