/*
 * More services than a node has room for (HS-8, N+1): three nodes of which one dies, then another, and one comes back. The
 * services that matter most, and those that they need, are served on what is left; the least one waits and says why.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Trial } from "../../src/main/trial/trial.js";
import { addressesOf, eventually, skip, untilAgreed, untilFinding } from "./fixture.js";

const ADDRESSES = { bank: "192.168.1.1", shop: "192.168.1.2", mail: "192.168.1.3" } as const;
type Service = keyof typeof ADDRESSES;
/** Who shall hold which service; null: it waits. */
type Places = Readonly<Record<Service, string | null>>;

const SERVICES = `
  bank: { addresses: [${ADDRESSES.bank}/24], nodes: [web1, web2, web3], priority: 20, apart: [mail] }
  shop: { addresses: [${ADDRESSES.shop}/24], nodes: [web2, web3, web1], priority: 10, needs: [bank] }
  mail: { addresses: [${ADDRESSES.mail}/24], nodes: [web3, web1, web2] }
`;

describe("three nodes with room for two services each", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 3, services: SERVICES, capacity: "{ slots: 2 }" });
    // Who is up first takes what it has room for, and what is held stays.
    await trial.startAgent("web1");
    await trial.untilHeldBy("bank", "web1");
    await Promise.all(["web2", "web3"].map((node) => trial.startAgent(node)));
    const { services } = await untilAgreed(trial);
    for (const [service, node] of [
      ["shop", "web2"],
      ["mail", "web3"],
    ] as const) {
      if (services[service]?.holder !== node) await trial.moveByHand(service, node);
    }
  });
  after(async () => trial.close());

  /** Waits until these nodes say alike who holds what, and the kernels have the addresses so. */
  async function untilPlaced(places: Places, nodes: readonly string[]): Promise<void> {
    let said: readonly string[] = [];
    await eventually(
      async () => {
        const statuses = await Promise.all(nodes.map((node) => trial.client(node).status()));
        said = statuses.map(({ services }) => {
          const holders = Object.keys(places).map((name) => [name, services[name]?.holder]);
          const waiting = Object.values(services).some(({ state, holder }) => holder !== null && state !== "active");
          return `${JSON.stringify(Object.fromEntries(holders))}${waiting ? " not yet active" : ""}`;
        });
        return said.every((each) => each === JSON.stringify(places));
      },
      () => `${nodes.join()} shall say ${JSON.stringify(places)}, and say ${said.join()}`,
    );
    for (const node of nodes) await untilAddresses(node, places);
  }

  /** Waits until a node's kernel has the addresses of what it holds, and no other's. That of a dead node keeps them. */
  async function untilAddresses(node: string, places: Places): Promise<void> {
    const wanted = Object.entries(ADDRESSES).flatMap(([service, address]) =>
      places[service as Service] === node ? address : [],
    );
    const all: readonly string[] = Object.values(ADDRESSES);
    let found: readonly string[] = [];
    await eventually(
      async () => {
        found = (await addressesOf(trial, node)).filter((address) => all.includes(address));
        return found.toSorted().join() === wanted.toSorted().join();
      },
      () => `${node} shall have ${wanted.join()}, and has ${found.join()}`,
    );
  }

  it("serve each on a node of its own while all are up", async () => {
    await untilPlaced({ bank: "web1", shop: "web2", mail: "web3" }, trial.nodes);
  });

  it("take what a dead node held where there is room, and moves nothing else", async () => {
    trial.lab.powerOff("web1");
    await untilPlaced({ bank: "web2", shop: "web2", mail: "web3" }, ["web2", "web3"]);
  });

  it("stop the least service for those of higher priority when the next one dies, and say why it waits", async () => {
    trial.lab.powerOff("web2");
    await untilPlaced({ bank: "web3", shop: "web3", mail: null }, ["web3"]);
    const text = await untilFinding(trial, "web3", { kind: "service-waiting" });
    assert.match(text, /mail/);
    const { services } = await trial.client("web3").status();
    assert.equal(services["mail"]?.state, "blocked");
    assert.match(await trial.locum("web3", "explain", "mail"), /it is for bank, from which the service is to be apart/);
  });

  it("serve it again on a node that came back, and leave the others where they are", async () => {
    await trial.powerOn("web1");
    await untilPlaced({ bank: "web3", shop: "web3", mail: "web1" }, ["web1", "web3"]);
  });
});
