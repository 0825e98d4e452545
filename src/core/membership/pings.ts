/**
 * What the ping targets of the networks tell: whether this node, rather than the others, is the one that is cut off.
 *
 * A target that a live peer cannot reach either is gone itself and tells nothing, until it answers again. Since nodes
 * lose a target within moments of each other, the peers get that time to say so before anything is moved.
 */
import { type Duration, type Instant, after } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { NetworkName, NodeName } from "../../model/names.js";
import type { PingTargets } from "../../model/node-io.js";
import type { Membership } from "./membership.js";
import type { Roster } from "./roster.js";

export class Pings {
  readonly targets: readonly PingTargets[];
  readonly #membership: Membership;
  readonly #patience: Duration;
  readonly #reachable = new Map<NetworkName, boolean>();
  /** When a loss is believed that no peer shares until then. */
  readonly #doubted = new Map<NetworkName, Instant>();
  readonly #worthless = new Set<NetworkName>();

  /** @param before the verdicts of a former configuration, which stay in force until there are new ones */
  constructor(cluster: Cluster, self: NodeName, roster: Roster, membership: Membership, before?: Pings) {
    this.#membership = membership;
    this.#patience = cluster.detection.timeout;
    for (const [network, reachable] of before === undefined ? [] : before.#reachable) {
      this.#reachable.set(network, reachable);
    }
    this.targets = cluster.networks
      .filter((network) => network.ping.length > 0 && roster.isOn(self, network.name))
      .map((network) => ({ network: network.name, addresses: network.ping }));
  }

  judged(now: Instant, network: NetworkName, reachable: boolean): void {
    this.#reachable.set(network, reachable);
    this.#doubted.delete(network);
    if (reachable) this.#worthless.delete(network);
    else this.#doubted.set(network, after(now, this.#patience));
  }

  /** Looks whether the peers have lost the same targets. @returns whether a loss came to be believed. */
  compare(now: Instant): boolean {
    const peers = this.#membership.livePeers();
    let believed = false;
    for (const { network } of this.targets) {
      const peersLost = peers.some((peer) =>
        peer.state?.pings.some((ping) => ping.network === network && !ping.reachable),
      );
      if (this.#reachable.get(network) === false && peersLost) this.#worthless.add(network);
      const until = this.#doubted.get(network);
      if (until === undefined || (now < until && peers.length > 0)) continue;
      this.#doubted.delete(network);
      believed = true;
    }
    return believed;
  }

  /** When to compare although nothing was heard. */
  get doubtedUntil(): Instant | undefined {
    const [first, ...others] = this.#doubted.values();
    return first === undefined ? undefined : (Math.min(first, ...others) as Instant);
  }

  /** Whether this node, as far as the network's targets tell, is off that network. */
  isLost(network: NetworkName): boolean {
    if (this.#doubted.has(network) || this.#worthless.has(network)) return false;
    return this.#reachable.get(network) === false;
  }

  /** Whether every network that has targets is lost; false where there are none. */
  get allLost(): boolean {
    return this.targets.length > 0 && this.targets.every(({ network }) => this.isLost(network));
  }

  /** As measured, for the peers. */
  readings(): readonly { readonly network: NetworkName; readonly reachable: boolean }[] {
    return this.targets.map(({ network }) => ({ network, reachable: this.#reachable.get(network) !== false }));
  }
}
