import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkedNode } from "../../test/support/networked-node.js";

const addressOf = (node: NetworkedNode, name: string): string | undefined =>
  node.view().nodes.find((each) => each.name === name)?.address;

/** What web3 should use for the service. */
const use = (node: NetworkedNode): string | undefined => node.view().services[0]?.reach[0]?.use;

test("a peer is reached on the first network of the file that works both ways, and by none when it is silent", () => {
  const node = new NetworkedNode();
  assert.equal(addressOf(node, "web1"), "10.1.1.1");
  node.hearing("web1", "web3", "a", false);
  assert.equal(addressOf(node, "web1"), "20.1.1.1", "web1 does not hear this node on a any more");
  assert.equal(addressOf(node, "web2"), "10.1.1.2", "to web2, a works still");
  node.hear("web1", "a", true);
  assert.equal(addressOf(node, "web1"), "10.1.1.1");
  node.silence("web1");
  assert.equal(addressOf(node, "web1"), undefined);
});

test("a node that only others hear has no address that works here", () => {
  const node = new NetworkedNode();
  for (const network of ["a", "b"]) node.hear("web1", network, false);
  assert.equal(addressOf(node, "web1"), undefined);
});

test("the node itself is reached by the networks that it has a link to", () => {
  const node = new NetworkedNode();
  assert.equal(addressOf(node, "web3"), "10.1.1.3");
  node.carrier("a", false);
  assert.equal(addressOf(node, "web3"), "20.1.1.3");
});

test("a service is reached by its own address where a link leads to its subnet", () => {
  const node = new NetworkedNode();
  assert.equal(use(node), undefined, "nobody holds it");
  node.claim("web1", 1);
  assert.equal(use(node), "192.168.1.1");
  node.carrier("lan", false);
  assert.equal(use(node), "10.1.1.1", "the link is gone");
  node.hear("web1", "a", false);
  assert.equal(use(node), "20.1.1.1", "and the network that stood in for it");
});

test("without a link to its subnet, a service is reached by its holder, whoever that is", () => {
  const node = new NetworkedNode({ lan: false });
  node.claim("web1", 1);
  assert.equal(use(node), "10.1.1.1");
  node.claim("web2", 2);
  assert.equal(use(node), "10.1.1.2");
  node.silence("web2");
  assert.notEqual(use(node), "10.1.1.2");
});

test("where a host route leads to a service, its own address works without a link to its subnet", () => {
  const node = new NetworkedNode({ lan: false, service: { hostRoutes: true } });
  node.claim("web1", 1);
  assert.equal(use(node), "192.168.1.1");
  node.refusal = { code: "EPERM", message: "no" };
  node.claim("web2", 2);
  assert.equal(use(node), "10.1.1.2");
});

test("an address in the subnet of a network is not reached there when that network does not lead to the holder", () => {
  const addresses = [{ address: "10.1.1.100", family: 4, prefixLength: 24 }] as const;
  const node = new NetworkedNode({ service: { addresses } });
  node.claim("web1", 1);
  assert.equal(use(node), "10.1.1.100");
  node.hear("web1", "a", false);
  assert.equal(use(node), "20.1.1.1", "although the link of web3 to a is up");
});
