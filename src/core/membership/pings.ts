/**
 * What the ping targets of the networks tell: whether this node, rather than the others, is the one that is cut off.
 *
 * A target that a live peer cannot reach either is gone itself and tells nothing, until it answers again.
 */
import type { Cluster } from "../../model/cluster.js";
import type { NetworkName, NodeName } from "../../model/names.js";
import type { PingTargets } from "../../model/node-io.js";
import type { Membership } from "./membership.js";
import type { Roster } from "./roster.js";

export class Pings {
  readonly targets: readonly PingTargets[];
  readonly #membership: Membership;
  readonly #reachable = new Map<NetworkName, boolean>();
  readonly #worthless = new Set<NetworkName>();

  /** @param before the verdicts of a former configuration, which stay in force until there are new ones */
  constructor(cluster: Cluster, self: NodeName, roster: Roster, membership: Membership, before?: Pings) {
    this.#membership = membership;
    for (const [network, reachable] of before === undefined ? [] : before.#reachable) {
      this.#reachable.set(network, reachable);
    }
    this.targets = cluster.networks
      .filter((network) => network.ping.length > 0 && roster.isOn(self, network.name))
      .map((network) => ({ network: network.name, addresses: network.ping }));
  }

  judged(network: NetworkName, reachable: boolean): void {
    this.#reachable.set(network, reachable);
    if (reachable) this.#worthless.delete(network);
  }

  /** Looks whether the peers have lost the same targets. */
  compare(): void {
    for (const { network } of this.targets) {
      const peersLost = this.#membership
        .livePeers()
        .some((peer) => peer.state?.pings.some((ping) => ping.network === network && !ping.reachable));
      if (this.#reachable.get(network) === false && peersLost) this.#worthless.add(network);
    }
  }

  /** Whether this node, as far as the network's targets tell, is off that network. */
  isLost(network: NetworkName): boolean {
    return this.#reachable.get(network) === false && !this.#worthless.has(network);
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
