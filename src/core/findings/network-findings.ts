/**
 * What is wrong with nodes and networks now: the map of who hears whom, compared to the configuration (HS-1).
 *
 * A network on which nobody hears anybody, or has a carrier, is down; a node that is alone silent and deaf on it has a
 * broken link; one direction missing is one-way; a pair that misses each other, while both are heard by others, is cut.
 */
import type { Cluster } from "../../model/cluster.js";
import type { NetworkName, NodeName } from "../../model/names.js";
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

export interface NetworkFacts {
  readonly cluster: Cluster;
  readonly roster: Roster;
  readonly membership: Membership;
  readonly carrier: Carrier;
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
    roster.isOn(node, network),
  );
  if (members.length < 2) return [];
  const unplugged = members.filter((node) => facts.carrier(node, network) === false);
  const linkDown = (node: NodeName): Finding => ({ kind: "link-down", node, network });
  if (unplugged.length === members.length) return [{ kind: "network-down", network }];
  const plugged = members.filter((node) => !unplugged.includes(node));
  const isAlone = (node: NodeName): boolean =>
    plugged.every((other) => other === node || !hearsEither(node, other, network, membership));
  const lonely = plugged.filter(isAlone);
  const broken = unplugged.map(linkDown);
  if (plugged.length < 2) return broken;
  if (lonely.length === plugged.length) return [...broken, { kind: "network-down", network }];
  const joined = plugged.filter((node) => !lonely.includes(node));
  return [...broken, ...lonely.map(linkDown), ...pairFindings(joined, network, facts)];
}

function pairFindings(nodes: readonly NodeName[], network: NetworkName, facts: NetworkFacts): readonly Finding[] {
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
