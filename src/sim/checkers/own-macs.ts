import { type Duration, seconds } from "../../base/time.js";
import type { KernelLink, PlacedAddress } from "../../model/kernel.js";
import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";

/** What an order takes from its decision to the kernel, also one that was refused and is given again. */
const DONE_WITHIN: Duration = seconds(3);

/**
 * A MAC of a service's own is in one place of each network: on one of two paths, and of one node, where the service's
 * addresses are on record; nowhere once the agent has ended in order or its guard has fired. That no two hold a service, and
 * that what is released is gone, are rules of their own.
 */
export class OwnMacs implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  /** Since when something has been so that must not stay so, in words. */
  #wrongSince: ReadonlyMap<string, WorldTime> = new Map();

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  guardFired(host: SimHost, removed: readonly PlacedAddress[]): void {
    for (const { interface: name } of removed) {
      const left = madeOn(host).find((link) => link.name === name && addressesOf(host, link).length === 0);
      if (left !== undefined) this.#verdict.broken("own-mac", `the guard of ${host.name} left ${left.mac} on ${name}`);
    }
  }

  agentEnded(host: SimHost, how: "exit" | "crash" | "power"): void {
    const [left] = how === "exit" && host.ledger.length === 0 ? madeOn(host) : [];
    if (left !== undefined) this.#verdict.broken("own-mac", `${host.name} ended, and left ${left.mac} on ${left.name}`);
  }

  looked(): void {
    const { now } = this.#site.world;
    const wrong = this.#site.hosts.flatMap((host) => this.#wrongOn(host));
    this.#wrongSince = new Map(wrong.map((what) => [what, this.#wrongSince.get(what) ?? now]));
    for (const [what, since] of this.#wrongSince) {
      if (now - since > DONE_WITHIN) this.#verdict.broken("own-mac", what);
    }
  }

  #wrongOn(host: SimHost): readonly string[] {
    const made = madeOn(host);
    const isExcused = !host.isRunning || host.isLosingEvents || host.isRefusing || host.agent?.isBehind === true;
    if (made.length === 0 || isExcused) return [];
    return host.cluster.services.flatMap(({ name, identity }) => {
      const links = identity?.kind === "mac" ? made.filter(({ mac }) => mac === identity.mac) : [];
      const lowers = links.map((link) => host.kernel.lowerOf(link.name));
      if (!areApart(host, lowers)) return [`${host.name} has the MAC of ${name} on ${lowers.join(" and ")}`];
      const stray = links.find((link) => !host.ledger.some((entry) => entry.interface === link.name));
      return stray === undefined ? [] : [`${host.name} has the MAC of ${name} on ${stray.name}, and not on record`];
    });
  }
}

/** Addresses of one service may be in several networks. */
function areApart({ plan }: SimHost, names: readonly string[]): boolean {
  const segments = names.map((name) => plan.interfaces.find((each) => each.name === name)?.segment);
  return new Set(segments).size === names.length;
}

const madeOn = ({ isOn, kernel }: SimHost): readonly KernelLink[] =>
  isOn ? kernel.links.filter(({ kind }) => kind === "macvlan") : [];

const addressesOf = ({ kernel }: SimHost, { index }: KernelLink): readonly string[] =>
  kernel.addresses.filter(({ linkIndex }) => linkIndex === index).map(({ address }) => address);
