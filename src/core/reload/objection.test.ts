import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { networkName, nodeName } from "../../model/names.js";
import { objectionTo, type ReloadFacts } from "./objection.js";

const [web1, web2, web3] = [nodeName("web1"), nodeName("web2"), nodeName("web3")];
const [a, b] = [networkName("a"), networkName("b")];
const node = (name: typeof web1, last: number): Cluster["nodes"][number] => ({
  name,
  paths: [],
  networks: [
    { network: a, address: `10.1.1.${last}` },
    { network: b, address: `20.1.1.${last}` },
  ],
});

const BEFORE: Cluster = {
  name: "shop",
  secretFile: "/etc/locum/secret",
  port: 4_994,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: milliseconds(1), ban: milliseconds(1), banMax: milliseconds(1) },
  networks: [a, b].map((name) => ({ name, ping: [] })),
  nodes: [node(web1, 1), node(web2, 2), node(web3, 3)],
  services: [],
  hash: "0".repeat(64),
};

/** What web1 has against a file, while it hears web2 on both networks and web3 does not run. */
function objection(changes: Partial<Cluster>, facts: Partial<ReloadFacts> = {}): string {
  const refusal = objectionTo({
    self: web1,
    before: BEFORE,
    next: { ...BEFORE, ...changes },
    paused: false,
    alive: [web2],
    holding: [],
    hears: (peer) => peer === web2,
    apart: [],
    ...facts,
  });
  if (refusal === undefined) return "none";
  if (refusal.kind === "through-others") return `through-others ${refusal.nodes.join()}`;
  return refusal.kind === "parting" ? `${refusal.change} ${refusal.peers.join()}` : `${refusal.kind} ${refusal.node}`;
}

/** The nodes of the file with another address for one of them. */
const renumbered = (name: string, ...networks: readonly string[]): readonly Cluster["nodes"][number][] =>
  BEFORE.nodes.map((each) => ({
    ...each,
    networks: each.networks.map((own) =>
      each.name === name && networks.includes(own.network) ? { ...own, address: `${own.address}9` } : own,
    ),
  }));

const networksOnly = (name: string): Partial<Cluster> => ({
  networks: BEFORE.networks.filter((each) => each.name === name),
  nodes: BEFORE.nodes.map((each) => ({ ...each, networks: each.networks.filter(({ network }) => network === name) })),
});

test("what changes services, keys and damping parts nobody", () => {
  const services = [{ name: "shop", addresses: [], nodes: [web2], failback: { kind: "never" } }] as never;
  assert.equal(objection({ services, damping: { ...BEFORE.damping, failures: 9 }, secretFile: "/other" }), "none");
});

test("another port or cluster name parts from everybody who is alive, and from nobody else", () => {
  assert.equal(objection({ port: 1 }), "port web2");
  assert.equal(objection({ name: "shop2" }), "cluster web2");
  assert.equal(objection({ port: 1, name: "shop2" }, { alive: [] }), "none");
});

test("times with which one takes the other for dead part; others do not", () => {
  const times = (interval: number, timeout: number): Partial<Cluster> => ({
    detection: { interval: milliseconds(interval), timeout: milliseconds(timeout) },
  });
  assert.equal(objection(times(250, 1_500)), "detection web2");
  assert.equal(objection(times(10, 30)), "detection web2");
  assert.equal(objection(times(10, 50)), "none");
  assert.equal(objection(times(50, 200)), "none");
});

test("addresses part where no network is left that both have alike", () => {
  assert.equal(objection({ nodes: renumbered("web1", "a") }), "none");
  assert.equal(objection({ nodes: renumbered("web1", "a", "b") }), "addresses web2");
  assert.equal(objection({ nodes: renumbered("web2", "a", "b") }), "addresses web2");
  assert.equal(objection({ nodes: renumbered("web3", "a", "b") }), "none", "it does not run");
});

test("a network that does not work now is none that is left", () => {
  const hears: ReloadFacts["hears"] = (peer, network) => peer === web2 && network === "b";
  assert.equal(objection({ nodes: renumbered("web1", "a") }, { hears }), "none");
  assert.equal(objection({ nodes: renumbered("web1", "b") }, { hears }), "addresses web2");
  assert.equal(objection({ nodes: renumbered("web1", "a", "b") }, { hears: () => false }), "none", "heard by others");
});

test("networks may come and go as long as one that works stays", () => {
  assert.equal(objection(networksOnly("a")), "none");
  assert.equal(objection(networksOnly("a"), { hears: (_peer, network) => network === "b" }), "addresses web2");
  assert.equal(objection({}, { before: { ...BEFORE, ...networksOnly("b") } }), "none");
});

test("nodes and networks stay while nodes hear of each other through others only; the rest may change", () => {
  const apart = { alive: [web2, web3], apart: [web1, web3] };
  const web4 = nodeName("web4");
  const added = { nodes: [...BEFORE.nodes, node(web4, 4)] };
  assert.equal(objection(added), "none");
  assert.equal(objection(added, apart), "through-others web1,web3");
  assert.equal(objection(networksOnly("a"), apart), "through-others web1,web3");
  assert.equal(objection(added, { ...apart, paused: true }), "none");
  assert.equal(objection({ services: [{ name: "shop" }] as never, nodes: [...BEFORE.nodes].reverse() }, apart), "none");
});

test("a node that is alive is not left out; one that is not may be", () => {
  assert.equal(objection({ nodes: BEFORE.nodes.slice(0, 1) }), "node-alive web2");
  assert.equal(objection({ nodes: BEFORE.nodes.slice(0, 2) }), "none");
});

test("a file without this node is no more than its end, whatever else it lacks", () => {
  const nodes = BEFORE.nodes.slice(2);
  assert.equal(objection({ nodes, port: 1 }), "none");
  assert.equal(objection({ nodes }, { paused: true }), "none");
  assert.equal(objection({ nodes }, { paused: true, holding: [web1] }), "node-holding web1");
});

test("in a pause all may change but the nodes that hold something", () => {
  const paused = { paused: true, holding: [web2] };
  assert.equal(objection({ port: 1, name: "shop2", nodes: renumbered("web2", "a", "b") }, paused), "none");
  assert.equal(objection({ nodes: BEFORE.nodes.slice(0, 1) }, paused), "node-holding web2");
  assert.equal(objection({ nodes: BEFORE.nodes.slice(0, 1) }, { paused: true }), "none");
});
