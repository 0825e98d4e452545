import { type Duration, seconds } from "../../base/time.js";
import type { PeerMac } from "../../model/kernel.js";
import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Acquaintances } from "./acquaintances.js";
import { tellingMax } from "./truth.js";

/** Until a node has noticed that an address is gone, and given back what it received for it. */
const NOTICED_WITHIN: Duration = seconds(2);

/**
 * What a machine receives in place of others: not for long from a node that it hears and whose link works, nor for an
 * address that it does not have, and nothing once its guard has fired.
 */
export class Identities implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #acquaintances: Acquaintances;
  /** Since when something has been so that must not stay so, by what it is, in words. */
  #wrongSince: ReadonlyMap<string, WorldTime> = new Map();

  constructor(site: Site, verdict: Verdict, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#acquaintances = acquaintances;
  }

  guardFired(host: SimHost): void {
    if (host.kernel.macFilters.rules().length === 0) return;
    this.#verdict.broken("identity", `the guard of ${host.name} left rules for others' MACs`);
  }

  looked(): void {
    const { now } = this.#site.world;
    const wrong = new Map(this.#site.hosts.flatMap((host) => this.#wrongOn(host)));
    this.#wrongSince = new Map([...wrong.keys()].map((what) => [what, this.#wrongSince.get(what) ?? now]));
    for (const [what, since] of this.#wrongSince) {
      if (now - since > (wrong.get(what) ?? 0)) this.#verdict.broken("identity", what);
    }
  }

  /** What is not as it should be, and how long it may stay so. */
  #wrongOn(host: SimHost): readonly (readonly [string, Duration])[] {
    if (!host.isRunning || host.isLosingEvents || host.agent?.isBehind === true) return [];
    return host.kernel.macFilters
      .rules()
      .flatMap((peer) => [...this.#heardOwner(host, peer), ...absentAddress(host, peer)]);
  }

  #heardOwner(host: SimHost, { interface: where, mac }: PeerMac): readonly (readonly [string, Duration])[] {
    // A change of paths may have moved it to another interface.
    const interfaceOf = (other: SimHost): string | undefined =>
      other.kernel.links.find((link) => link.mac === mac)?.name;
    const owner = this.#site.hosts.find((other) => other !== host && interfaceOf(other) !== undefined);
    const pair = this.#acquaintances.pairs.find(
      ({ a, b }) => (a === host && b === owner) || (b === host && a === owner),
    );
    const name = (owner === undefined ? undefined : interfaceOf(owner)) ?? "";
    const isUsed = pair?.heardSince !== undefined && owner?.kernel.isWorking(name) === true && !owner.isLosingEvents;
    if (!isUsed) return [];
    return [
      [`${host.name} listens on ${where} for ${mac}, and hears ${owner.name}, which has it`, tellingMax(this.#site)],
    ];
  }
}

const absentAddress = (host: SimHost, peer: PeerMac): readonly (readonly [string, Duration])[] =>
  peer.addresses
    .filter((address) => !host.kernel.interfacesWith(address).includes(peer.interface))
    .map((address) => [`${host.name} listens for ${peer.mac} for ${address}, which it does not have`, NOTICED_WITHIN]);
