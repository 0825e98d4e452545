import { inMilliseconds, type Duration, type Instant } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { NodeName } from "../../model/names.js";
import type { NodeInput, PingTargets } from "../../model/node-io.js";
import type { PathWatch } from "../../model/path.js";
import type { Configuration } from "../configuration-source.js";
import type { Impairments } from "../impairments.js";
import type { WatchPort } from "../performer.js";
import { RELAPSE, ThreadRestarts } from "../thread-restarts.js";
import { WatchLink } from "./watch-link.js";
import type { WatchOrder } from "./watch-protocol.js";

export interface WatchOptions {
  readonly configuration: Configuration;
  readonly clock: () => Instant;
  readonly impairments: Impairments;
  readonly onInput: (input: NodeInput) => void;
  /** Events may have been missed: the whole kernel must be read again. */
  readonly onGap: () => void;
  /** The thread died again and again. */
  readonly onDeath: (problem: string) => void;
}

/** What the kernel and the network do unasked, from a thread that is replaced when it dies. */
export class Watch implements WatchPort {
  readonly #options: WatchOptions;
  readonly #restarts = new ThreadRestarts();
  #configuration: Configuration;
  #link: WatchLink;
  #pingOrder: WatchOrder | undefined;
  #pathOrder: WatchOrder | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#configuration = options.configuration;
    this.#link = this.#start();
  }

  /** When no change is missed any more. @throws when the thread could not start. */
  async watching(): Promise<void> {
    await this.#link.watching;
  }

  monitor(targets: readonly PingTargets[], interval: Duration, timeout: Duration): void {
    const own = ownAddresses(this.#configuration.cluster, this.#configuration.self);
    const reachable = targets.flatMap((target) => {
      const from = own.get(target.network);
      return from === undefined ? [] : [{ ...target, from }];
    });
    this.#pingOrder = { kind: "monitor-pings", targets: reachable, interval, timeout };
    this.#link.order(this.#pingOrder);
  }

  /** Watches these paths from now on, in place of all earlier ones; one that stays as it is goes on undisturbed. */
  monitorPaths(paths: readonly PathWatch[]): void {
    this.#pathOrder = { kind: "monitor-paths", paths };
    this.#link.order(this.#pathOrder);
  }

  /** To be called before the decisions learn of it: they order pings by it. */
  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
    for (const order of this.#standingOrders()) this.#link.order(order);
  }

  async end(): Promise<void> {
    await this.#link.end();
  }

  #start(): WatchLink {
    const { onInput } = this.#options;
    const link = new WatchLink({ onInput, onDeath: (problem) => this.#died(problem) });
    for (const order of this.#standingOrders()) link.order(order);
    if (this.#pingOrder !== undefined) link.order(this.#pingOrder);
    if (this.#pathOrder !== undefined) link.order(this.#pathOrder);
    return link;
  }

  #standingOrders(): readonly WatchOrder[] {
    const { cluster, self } = this.#configuration;
    const services = cluster.services.flatMap((service) => service.addresses.map(({ address }) => address));
    const peers = cluster.nodes
      .filter(({ name }) => name !== self)
      .flatMap(({ networks }) => networks.map(({ address }) => address));
    return [
      { kind: "listen-for", addresses: services },
      { kind: "expect-peers", addresses: peers },
    ];
  }

  #died(problem: string): void {
    const { clock, impairments, onDeath, onGap } = this.#options;
    if (this.#restarts.died(clock()) === "give-up") {
      onDeath(problem);
      return;
    }
    impairments.raise("watch thread", `it died and was started again: ${problem}`);
    setTimeout(() => impairments.clear("watch thread"), inMilliseconds(RELAPSE)).unref();
    this.#link = this.#start();
    // A thread that does not even start reports its death in its own way.
    this.#link.watching.then(onGap, () => undefined);
  }
}

const ownAddresses = ({ nodes }: Cluster, self: NodeName): ReadonlyMap<string, string> =>
  new Map(nodes.find(({ name }) => name === self)?.networks.map(({ network, address }) => [network, address]));
