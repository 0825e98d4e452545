/**
 * What peers said of the MACs by which clients know them, kept for the time when they can say nothing: also when their
 * interface is gone by then, and over a restart of this agent.
 */
import type { ServiceConfig } from "../../model/cluster.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { CarrierMac, PeerCarriers } from "../../model/node-state.js";
import type { Peer } from "../membership/membership.js";

/** Of a peer that names more for one service, the others are left out: it has several interfaces for each address at most. */
const CARRIERS_MAX = 512;

export class KnownMacs {
  readonly #carriers = new Map<string, PeerCarriers>();

  constructor(saved: readonly PeerCarriers[]) {
    for (const each of saved) this.#carriers.set(keyOf(each.node, each.service), each);
  }

  /** Takes in what the peers say now; of an interface that vanished, the MAC stays known. */
  learn(peers: Iterable<Peer>): void {
    for (const { name, state } of peers) {
      for (const { service, carriers } of state?.fitness ?? []) {
        if (carriers === undefined || carriers.length === 0) continue;
        const known = carriers.slice(0, CARRIERS_MAX);
        this.#carriers.set(keyOf(name, service), { node: name, service, carriers: known });
      }
    }
  }

  of(node: NodeName, service: ServiceName): readonly CarrierMac[] {
    return this.#carriers.get(keyOf(node, service))?.carriers ?? [];
  }

  /** Forgets whom the services do not name as one of their nodes. */
  keep(services: readonly ServiceConfig[]): void {
    const kept = new Set(services.flatMap(({ name, nodes }) => nodes.map((node) => keyOf(node, name))));
    for (const key of this.#carriers.keys()) if (!kept.has(key)) this.#carriers.delete(key);
  }

  toSave(): readonly PeerCarriers[] {
    return [...this.#carriers.values()].filter(({ carriers }) => carriers.length > 0);
  }
}

const keyOf = (node: NodeName, service: ServiceName): string => `${service} ${node}`;
