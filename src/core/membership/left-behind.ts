/**
 * Services whose addresses are on a machine without an agent that answers for them: it was stopped, or fell silent,
 * while the cluster was paused, and a pause lets nobody take anything off.
 *
 * Each node records what it saw itself and tells its peers, so that one that was away learns it. On disk it keeps, as
 * long as the pause lasts, what its living peers hold as well: they may all stop while it is stopped itself. What an agent
 * found on its machine, and let be, it tells as its own. A record ends when the node has said again what it has, and when the
 * pause ends.
 */
import { type NodeName, byName } from "../../model/names.js";
import type { KeptService } from "../../model/node-state.js";
import type { Membership, Peer } from "./membership.js";
import type { Roster } from "./roster.js";

export class LeftBehind {
  readonly #seen = new Map<NodeName, readonly KeptService[]>();

  constructor(saved: readonly KeptService[]) {
    for (const { node } of saved)
      this.#seen.set(
        node,
        saved.filter((each) => each.node === node),
      );
  }

  /** What this node knows by itself. */
  get seen(): readonly KeptService[] {
    return [...this.#seen.values()].flat();
  }

  /** A peer is gone in a pause. Of one that never said what it has, everything that was known stays. */
  gone(peer: Peer, roster: Roster): void {
    const before = peer.state === undefined ? (this.#seen.get(peer.name) ?? []) : [];
    this.#seen.set(peer.name, firstOfEach([...keptBy(peer, roster), ...before]));
  }

  /** It said what it has. */
  answered(node: NodeName): void {
    this.#seen.delete(node);
  }

  clear(): void {
    this.#seen.clear();
  }

  /**
   * What this node and its living peers know of nodes that are gone still, or have not said what they have since they are
   * back, in the order of services and nodes.
   */
  all(membership: Membership, roster: Roster): readonly KeptService[] {
    const peers = membership.livePeers();
    const told = peers.flatMap(({ state }) => state?.leftBehind ?? []);
    const back = peers.filter(({ state }) => state === undefined).flatMap((peer) => keptBy(peer, roster));
    const isUnanswered = ({ node }: KeptService): boolean => {
      const peer = membership.peer(node);
      return peer !== undefined && (peer.condition !== "up" || peer.state === undefined);
    };
    const latest = new Map<string, KeptService>();
    for (const each of [...this.seen, ...told, ...back].filter(isUnanswered)) {
      const before = latest.get(`${each.service} ${each.node}`);
      if (before === undefined || before.epoch < each.epoch) latest.set(`${each.service} ${each.node}`, each);
    }
    return [...latest].sort(([a], [b]) => byName(a, b)).map(([, each]) => each);
  }

  /** What must outlive this run of the agent. */
  toSave(membership: Membership, roster: Roster): readonly KeptService[] {
    return [...this.seen, ...membership.livePeers().flatMap((peer) => keptBy(peer, roster))];
  }
}

/** What stays on its machine, or would if it stopped now: an agent that was started anew has what the one before had. */
function keptBy({ name: node, claims, state, former }: Peer, roster: Roster): readonly KeptService[] {
  const runs = [{ claims, state }, ...(former === undefined ? [] : [former])];
  return firstOfEach(
    runs.flatMap((run) => [
      ...heldBy(node, run.claims, roster),
      ...(run.state?.leftBehind ?? []).filter((each) => each.node === node),
    ]),
  );
}

/** One record of each service of a node: what is known of later runs comes first. */
const firstOfEach = (records: readonly KeptService[]): readonly KeptService[] =>
  records.filter(({ service }, index) => records.findIndex((each) => each.service === service) === index);

const heldBy = (node: NodeName, claims: Peer["claims"], roster: Roster): readonly KeptService[] =>
  [...claims.values()].flatMap(({ service: id, state, epoch }) => {
    const service = roster.service(id);
    return service === undefined || (state !== "holding" && state !== "offering") ? [] : [{ node, service, epoch }];
  });
