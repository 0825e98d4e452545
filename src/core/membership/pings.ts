/**
 * What the ping targets of the networks tell: whether this node, rather than the others, is the one that is cut off.
 *
 *                 lost by this node            doubt time over, a peer reaches it or none says anything
 *   answers ───────────────────────▶ doubted ───────────────────────────────────────────▶ lost
 *      ▲ answers this node (from any)  │ ▲ answers a peer                                   │
 *      │                               ▼ │                                                  │
 *      └───────────────────────────── dead ◀─── peers have lost it, none reaches it ────────┘
 *
 * Answers that stay out for a few rounds are no loss yet; but who hears no peer either waits for what becomes of them
 * before it takes anything, because it may be the one that is cut off.
 *
 * A dead target tells nothing, even when those who lost it with this node are gone. Since nodes lose a target, and reach
 * it again, within moments of each other, they get that time to say so before anything is moved.
 */
import { type Duration, type Instant, after } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { NetworkName, NodeName } from "../../model/names.js";
import type { PingTargets } from "../../model/node-io.js";
import type { Membership, Peer } from "./membership.js";
import type { Roster } from "./roster.js";

export class Pings {
  readonly targets: readonly PingTargets[];
  readonly #membership: Membership;
  readonly #patience: Duration;
  readonly #reachable = new Map<NetworkName, boolean>();
  /** When a loss is believed that no peer shares until then. */
  readonly #doubted = new Map<NetworkName, Instant>();
  readonly #dead = new Set<NetworkName>();
  /** Networks whose targets do not answer lately. */
  readonly #quiet = new Set<NetworkName>();

  /** @param before what was found out under a former configuration, which stays in force until there is news */
  constructor(cluster: Cluster, self: NodeName, roster: Roster, membership: Membership, before?: Pings) {
    this.#membership = membership;
    this.#patience = cluster.detection.timeout;
    this.targets = cluster.networks
      .filter((network) => network.ping.length > 0 && roster.isOn(self, network.name))
      .map((network) => ({ network: network.name, addresses: network.ping }));
    if (before !== undefined) for (const { network } of this.targets) this.#inherit(before, network);
  }

  #inherit(before: Pings, network: NetworkName): void {
    const reachable = before.#reachable.get(network);
    const until = before.#doubted.get(network);
    if (reachable !== undefined) this.#reachable.set(network, reachable);
    if (until !== undefined) this.#doubted.set(network, until);
    if (before.#dead.has(network)) this.#dead.add(network);
    if (before.#quiet.has(network)) this.#quiet.add(network);
  }

  judged(now: Instant, network: NetworkName, reachable: boolean): void {
    // It may be of targets that the configuration had a moment ago.
    if (!this.targets.some((target) => target.network === network)) return;
    this.#reachable.set(network, reachable);
    this.#doubted.delete(network);
    if (reachable) this.#dead.delete(network);
    else this.#doubted.set(network, after(now, this.#patience));
  }

  answersChanged(network: NetworkName, answering: boolean): void {
    if (answering) this.#quiet.delete(network);
    else if (this.targets.some((target) => target.network === network)) this.#quiet.add(network);
  }

  /** Looks whether the peers have lost the same targets. @returns whether a loss came to be believed. */
  compare(now: Instant): boolean {
    const peers = this.#membership.livePeers();
    let believed = false;
    for (const { network } of this.targets) {
      if (this.#reachable.get(network) === false) this.#weigh(now, network, readingsOf(peers, network));
      const until = this.#doubted.get(network);
      if (until === undefined || (now < until && peers.length > 0)) continue;
      this.#doubted.delete(network);
      believed = true;
    }
    return believed;
  }

  /** What the peers' readings say of a target that this node lost. */
  #weigh(now: Instant, network: NetworkName, readings: readonly boolean[]): void {
    if (readings.includes(true)) {
      if (this.#dead.delete(network)) this.#doubted.set(network, after(now, this.#patience));
    } else if (readings.length > 0) {
      this.#dead.add(network);
      this.#doubted.delete(network);
    }
  }

  /** When to compare although nothing was heard. */
  get doubtedUntil(): Instant | undefined {
    const [first, ...others] = this.#doubted.values();
    return first === undefined ? undefined : (Math.min(first, ...others) as Instant);
  }

  /** Whether this node, as far as the network's targets tell, is off that network. */
  isLost(network: NetworkName): boolean {
    if (this.#doubted.has(network) || this.#dead.has(network)) return false;
    return this.#reachable.get(network) === false;
  }

  /** Whether every network that has targets is lost; false where there are none. */
  get allLost(): boolean {
    return this.targets.length > 0 && this.targets.every(({ network }) => this.isLost(network));
  }

  /** Whether every network that has targets may be found lost at any moment. */
  get allInDoubt(): boolean {
    return (
      this.targets.length > 0 && this.targets.every(({ network }) => this.isLost(network) || this.#isInDoubt(network))
    );
  }

  #isInDoubt(network: NetworkName): boolean {
    return this.#quiet.has(network) && !this.#dead.has(network);
  }

  /** As measured, for the peers; without what was not measured yet. */
  readings(): readonly { readonly network: NetworkName; readonly reachable: boolean }[] {
    return this.targets.flatMap(({ network }) => {
      const reachable = this.#reachable.get(network);
      return reachable === undefined ? [] : [{ network, reachable }];
    });
  }
}

/** Whether each live peer that knows reaches a network's targets. */
const readingsOf = (peers: readonly Peer[], network: NetworkName): readonly boolean[] =>
  peers.flatMap((peer) =>
    (peer.state?.pings ?? []).filter((ping) => ping.network === network).map(({ reachable }) => reachable),
  );
