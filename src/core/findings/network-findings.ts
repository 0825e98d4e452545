/**
 * What is wrong with nodes and networks now: the map of who hears whom, compared to the configuration (HS-1).
 *
 * A network on which nobody hears anybody, or has a carrier, is down; a node that is alone silent and deaf on it has a
 * broken link; one direction missing is one-way; a pair that misses each other, while both are heard by others, is cut.
 */
import type { Cluster } from "../../model/cluster.js";
import type { NetworkName, NodeName, ServiceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import type { Membership, Peer } from "../membership/membership.js";
import type { Roster } from "../membership/roster.js";

/** Protocol versions that this program speaks. */
export interface Versions {
  readonly min: number;
  readonly max: number;
}

/** Whether the interface of a node's own address on a network has a carrier; undefined: not known. */
export type Carrier = (node: NodeName, network: NetworkName) => boolean | undefined;

/** Whether a node is on a network, in its own judgement where that is known. */
export type Attachment = (node: NodeName, network: NetworkName) => boolean;

export interface NetworkFacts {
  readonly cluster: Cluster;
  readonly roster: Roster;
  readonly membership: Membership;
  readonly carrier: Carrier;
  readonly isOn: Attachment;
  /** Services whose clients are on a network. */
  readonly servicesOn: (network: NetworkName) => readonly ServiceName[];
  readonly versions: Versions;
}

export function networkFindings(facts: NetworkFacts): readonly Finding[] {
  const peers = [...facts.membership.peers()].flatMap((peer) => peerFindings(peer, facts));
  return [...peers, ...facts.roster.networks.flatMap((network) => findingsOn(network, facts))];
}

function peerFindings(peer: Peer, facts: NetworkFacts): readonly Finding[] {
  const node = peer.name;
  if (peer.condition === "down") return [{ kind: "node-down", node }];
  const findings: Finding[] = [];
  if (peer.unanswered) findings.push({ kind: "node-unanswered", node });
  if (peer.condition !== "up") return findings;
  const own = facts.roster.configDigest;
  const digest = facts.membership.configDigestOf(peer);
  if (digest !== undefined && digest !== own) findings.push({ kind: "configuration-differs", node });
  const { versions } = peer;
  if (versions !== undefined && (versions.min > facts.versions.max || versions.max < facts.versions.min)) {
    findings.push({ kind: "version-differs", node, ...versions });
  }
  return findings;
}

function findingsOn(network: NetworkName, facts: NetworkFacts): readonly Finding[] {
  const { membership, roster } = facts;
  const members = [roster.self, ...membership.livePeers().map((peer) => peer.name)].filter((node) =>
    facts.isOn(node, network),
  );
  const unplugged = members.filter((node) => isUnplugged(node, members, network, facts));
  const broken = unplugged.map((node): Finding => ({ kind: "link-down", node, network }));
  if (members.length < 2) return broken;
  if (unplugged.length === members.length)
    return [{ kind: "network-down", network, services: facts.servicesOn(network) }];
  const plugged = members.filter((node) => !unplugged.includes(node));
  return plugged.length < 2 ? broken : [...broken, ...hearingFindings(plugged, network, facts)];
}

/** A node that is heard on a network has a link there, whatever it said before; of its own link, a node knows best. */
function isUnplugged(
  node: NodeName,
  members: readonly NodeName[],
  network: NetworkName,
  { carrier, membership, roster }: NetworkFacts,
): boolean {
  if (carrier(node, network) !== false) return false;
  if (node === roster.self) return true;
  return !members.some((observer) => {
    const isTrusted = observer === roster.self || (observer !== node && membership.hears(observer));
    return isTrusted && membership.map.hears({ observer, subject: node, network });
  });
}

/** Of nodes with a link to the network. */
function hearingFindings(nodes: readonly NodeName[], network: NetworkName, facts: NetworkFacts): readonly Finding[] {
  const { membership } = facts;
  const isAlone = (node: NodeName): boolean =>
    nodes.every((other) => other === node || !hearsEither(node, other, network, membership));
  const lonely = nodes.filter(isAlone);
  const joined = nodes.filter((node) => !lonely.includes(node));
  const pairs = pairFindings(joined, network, facts);
  // It may be that one of them has no link, and has not been able to say so.
  if (lonely.some((node) => membership.isStateOld(node))) return pairs;
  if (joined.length === 0) return [{ kind: "network-down", network, services: facts.servicesOn(network) }];
  return [...lonely.map((node): Finding => ({ kind: "link-down", node, network })), ...pairs];
}

/** Of nodes that all are heard by some other: what is wrong between them. */
function pairFindings(nodes: readonly NodeName[], network: NetworkName, facts: NetworkFacts): readonly Finding[] {
  const parts = partsOf(nodes, (a, b) => hearsEither(a, b, network, facts.membership));
  const split: readonly Finding[] = parts.length > 1 ? [{ kind: "network-split", network, parts }] : [];
  const within = parts.flatMap((part) => findingsWithin(part, network, facts));
  const cut = within.filter((each) => each.kind === "pair-cut");
  if (cut.length <= PAIRS_TOLD) return [...split, ...within];
  const cutsOf = (node: NodeName): number => cut.filter((each) => each.nodes.includes(node)).length;
  const node = nodes.reduce((most, each) => (cutsOf(each) > cutsOf(most) ? each : most));
  return [
    ...split,
    { kind: "pairs-cut", network, pairs: cut.length, node },
    ...within.filter((each) => each.kind !== "pair-cut"),
  ];
}

/** Of more, as of a switch in trouble or of many nodes that starve, only the number is told. */
const PAIRS_TOLD = 8;

function findingsWithin(nodes: readonly NodeName[], network: NetworkName, facts: NetworkFacts): readonly Finding[] {
  const { membership, roster } = facts;
  const findings: Finding[] = [];
  // Of what it hears, a node that is known only through others has told nothing.
  const hasSpoken = (node: NodeName): boolean => node === roster.self || membership.hears(node);
  for (const [index, a] of nodes.entries()) {
    for (const b of nodes.slice(index + 1)) {
      const aHearsB = membership.map.hears({ observer: a, subject: b, network });
      const bHearsA = membership.map.hears({ observer: b, subject: a, network });
      if (!aHearsB && !bHearsA) findings.push({ kind: "pair-cut", network, nodes: [a, b] });
      else if (!bHearsA && hasSpoken(b)) findings.push({ kind: "one-way", network, from: b, to: a });
      else if (!aHearsB && hasSpoken(a)) findings.push({ kind: "one-way", network, from: a, to: b });
    }
  }
  return findings;
}

const hearsEither = (a: NodeName, b: NodeName, network: NetworkName, membership: Membership): boolean =>
  membership.map.hears({ observer: a, subject: b, network }) ||
  membership.map.hears({ observer: b, subject: a, network });

/** The nodes, in their order, as groups within which each is joined with each, if only through others. */
function partsOf(
  nodes: readonly NodeName[],
  isJoined: (a: NodeName, b: NodeName) => boolean,
): readonly (readonly NodeName[])[] {
  const parts: NodeName[][] = [];
  const rest = new Set(nodes);
  for (const first of nodes) {
    if (!rest.delete(first)) continue;
    const part = [first];
    for (const node of part) {
      for (const other of rest) {
        if (!isJoined(node, other)) continue;
        rest.delete(other);
        part.push(other);
      }
    }
    parts.push(nodes.filter((node) => part.includes(node)));
  }
  return parts;
}
