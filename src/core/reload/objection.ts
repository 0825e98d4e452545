/**
 * Whether a node may go on with another cluster file now, for `Node`, before anything of the file is used.
 *
 * Files reach the nodes one after the other. Most changes may: nodes whose files differ hear each other all the same.
 * Two kinds may not. Some part the nodes that have the new file from those that do not, and then both sides serve. And
 * a node that the file lacks, and that is alive, goes on serving while nobody knows of it. While the cluster is paused,
 * nobody takes anything, so parting is harmless, and only a node that holds something may not be forgotten.
 *
 * Who still goes by the old file sends to the old address and port of this node, and listens at its own old ones. So
 * the two hear each other where both addresses, the port and the cluster's name stay as they are, and where neither
 * takes the pause between two packets of the other for its death. Networks that are added do not help, since only one
 * of the two knows of them; networks on which the two do not hear each other now do not help either.
 *
 * And two that hear each other on no network live by the word of a third, which has to go by nodes and networks like theirs.
 *
 * It does not judge whether the file is good: that is done before it gets here.
 */
import type { Cluster, Detection } from "../../model/cluster.js";
import type { NetworkName, NodeName } from "../../model/names.js";
import type { Parting, PeersRefusal } from "../../model/reload.js";

/** As the cluster file asks of one node's own timeout: one lost packet is no death. */
const PACKETS_PER_TIMEOUT_MIN = 2;

export interface ReloadFacts {
  readonly self: NodeName;
  readonly before: Cluster;
  readonly next: Cluster;
  readonly paused: boolean;
  /** Peers that are alive. */
  readonly alive: readonly NodeName[];
  /** Nodes, this one among them, that hold a service now or whose machines keep one's addresses in a pause. */
  readonly holding: readonly NodeName[];
  readonly hears: (peer: NodeName, network: NetworkName) => boolean;
  /** Living nodes, perhaps this one too, of which two or more hear each other on no network. */
  readonly apart: readonly NodeName[];
}

/** Why not; undefined when nothing speaks against the file. */
export function objectionTo(facts: ReloadFacts): PeersRefusal | undefined {
  const { self, next, paused, alive, holding } = facts;
  if (!has(next, self)) return paused && holding.includes(self) ? { kind: "node-holding", node: self } : undefined;
  if (paused) return forgotten(next, holding, "node-holding");
  return forgotten(next, alive, "node-alive") ?? parting(facts) ?? silencing(facts);
}

const has = ({ nodes }: Cluster, node: NodeName): boolean => nodes.some(({ name }) => name === node);

function forgotten(
  next: Cluster,
  nodes: readonly NodeName[],
  kind: "node-alive" | "node-holding",
): PeersRefusal | undefined {
  const node = nodes.find((each) => !has(next, each));
  return node === undefined ? undefined : { kind, node };
}

function parting(facts: ReloadFacts): PeersRefusal | undefined {
  const change = changeForAll(facts);
  const peers = change === undefined ? facts.alive.filter((peer) => losesAllNetworks(peer, facts)) : facts.alive;
  return peers.length === 0 ? undefined : { kind: "parting", change: change ?? "addresses", peers };
}

/**
 * What a node says of whom it hears is in the order of nodes and networks of its file, and counts for no one whose file
 * has others.
 */
function silencing({ before, next, apart }: ReloadFacts): PeersRefusal | undefined {
  return apart.length === 0 || topologyOf(before) === topologyOf(next)
    ? undefined
    : { kind: "through-others", nodes: apart };
}

const topologyOf = ({ nodes, networks }: Cluster): string =>
  JSON.stringify([nodes, networks].map((named) => named.map(({ name }) => name).sort()));

/** A change that parts from every peer, whatever the networks are. */
function changeForAll({ before, next }: ReloadFacts): Parting | undefined {
  if (next.name !== before.name) return "cluster";
  if (next.port !== before.port) return "port";
  return fits(before.detection, next.detection) && fits(next.detection, before.detection) ? undefined : "detection";
}

/** Whether a node with the first timing is not taken for dead by one with the second. */
const fits = ({ interval }: Detection, { timeout }: Detection): boolean =>
  timeout >= interval * PACKETS_PER_TIMEOUT_MIN;

/** A peer that is alive by the word of others only is not lost by another address. */
function losesAllNetworks(peer: NodeName, { self, before, next, hears }: ReloadFacts): boolean {
  const networks = before.networks.map(({ name }) => name).filter((network) => hears(peer, network));
  const stays = (node: NodeName, network: NetworkName): boolean =>
    addressOf(next, node, network) === addressOf(before, node, network);
  return networks.length > 0 && !networks.some((network) => stays(self, network) && stays(peer, network));
}

const addressOf = ({ nodes }: Cluster, node: NodeName, network: NetworkName): string | undefined =>
  nodes.find(({ name }) => name === node)?.networks.find((each) => each.network === network)?.address;
