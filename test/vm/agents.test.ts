import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { Trial } from "../../src/main/trial/trial.js";
import type { Host } from "../../lab/host.js";
import type { StatusDocument } from "../../src/model/status-document.js";
import { runIpBatch } from "../../lab/tool.js";
import { assertNothingMoved, eventually, presentEvents, rolesOf, untilAgreed, untilOn } from "../lab/fixture.js";

const ADDRESS = "192.168.5.1";
/** Long enough for a virtual machine without help of the processor. What is tested is what happens, not how soon. */
const DETECTION = "{ interval: 200ms, timeout: 3s }";
const SERVICES = `  shop:
    addresses: [{ address: ${ADDRESS}/24, interface: bond0.5 }]
    nodes: [web1, web2]
`;
/** Within which an agent has started there. */
const SETTLE_MS_MAX = 240_000;
const LOSS_MS = 30_000;

/** A bond of the cable to the clients, with a VLAN on it. */
const nodeInterfaces = (number: number): readonly string[] => [
  "link add bond0 type bond mode active-backup miimon 50",
  "link set eth0 down",
  "link set eth0 master bond0",
  "link set bond0 up",
  "link add link bond0 name bond0.5 type vlan id 5",
  "link set bond0.5 up",
  `address add 192.168.5.${10 + number}/24 dev bond0.5`,
];

const CLIENT_INTERFACES: readonly string[] = [
  "link add link eth0 name eth0.5 type vlan id 5",
  "link set eth0.5 up",
  "address add 192.168.5.100/24 dev eth0.5",
];

describe("two agents whose service address is on a VLAN of a bond", () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, detection: DETECTION, services: SERVICES, settleMsMax: SETTLE_MS_MAX });
    await runIpBatch(CLIENT_INTERFACES, trial.host("client").namespace);
    for (const [index, node] of trial.nodes.entries()) {
      await runIpBatch(nodeInterfaces(index + 1), trial.host(node).namespace);
    }
    await trial.startAgents();
    await untilSound();
  });
  after(async () => trial.close());

  it("serve it on that interface to clients in the VLAN", async () => {
    const { holder } = await rolesOf(trial);
    await untilOn(trial, ADDRESS, [holder]);
    assert.match(await trial.host(holder).run(["ip", "address", "show", "dev", "bond0.5"]), /192\.168\.5\.1\/24/);
    await untilServedBy(holder);
  });

  it("move it when the agent of its holder is killed, and clients go to the other one", async () => {
    const { holder, other } = await rolesOf(trial);
    trial.killAgent(holder);
    await trial.untilHeldBy("shop", other);
    await untilOn(trial, ADDRESS, [other]);
    await untilServedBy(other);
    await trial.startAgent(holder);
    await untilSound();
  });

  it("move nothing while a fifth of their heartbeats is lost and the others are late", async () => {
    await rolesOf(trial);
    const before = await presentEvents(trial);
    for (const node of trial.nodes) await impair(trial.host(node), "delay 50ms 40ms loss 20%");
    await pause(LOSS_MS);
    for (const node of trial.nodes) assert.ok((await lostBy(trial.host(node))) > 0, `${node} has lost packets`);
    await assertNothingMoved(trial, before);
    await untilAgreed(trial);
  });

  it("move it when all heartbeats of the holder are lost, and agree when they are not", async () => {
    const { holder, other } = await rolesOf(trial);
    await impair(trial.host(holder), "loss 100%");
    await trial.untilHeldBy("shop", other);
    await untilOn(trial, ADDRESS, [other]);
    await impair(trial.host(holder), "loss 0%");
    await untilSound();
    await untilOn(trial, ADDRESS, [other]);
  });

  /** Waits until each node hears the other and knows who serves. */
  async function untilSound(): Promise<void> {
    const isSound = ({ nodes, services: { shop } }: StatusDocument): boolean =>
      Object.values(nodes).every(({ state }) => state === "up") && shop?.state === "active";
    await Promise.all(trial.nodes.map((node) => trial.until(node, isSound)));
  }

  /** The client's own knowledge of who has the address, and an answer from there. */
  async function untilServedBy(node: string): Promise<void> {
    const client = trial.host("client");
    const mac = (await trial.host(node).run(["cat", "/sys/class/net/bond0.5/address"])).trim();
    let neighbour = "";
    await eventually(
      async () => {
        await client.run(["ping", "-c", "1", "-W", "5", ADDRESS]);
        neighbour = await client.run(["ip", "neighbour", "show", ADDRESS]);
        return neighbour.includes(mac);
      },
      () => `the client shall find ${ADDRESS} at ${mac} of ${node}, and finds ${neighbour}`,
    );
  }
});

const HEARTBEAT_INTERFACES: readonly string[] = ["eth1", "eth2"];

/** What becomes of the packets that a host sends to the other nodes, in the words of `tc-netem`. */
async function impair(host: Host, how: string): Promise<void> {
  for (const name of HEARTBEAT_INTERFACES) {
    await host.run(["tc", "qdisc", "replace", "dev", name, "root", "netem", ...how.split(" ")]);
  }
}

async function lostBy(host: Host): Promise<number> {
  const counts = HEARTBEAT_INTERFACES.map(async (name) => {
    const text = await host.run(["tc", "-statistics", "-json", "qdisc", "show", "dev", name]);
    return (JSON.parse(text) as { drops: number }[]).reduce((sum, { drops }) => sum + drops, 0);
  });
  return (await Promise.all(counts)).reduce((sum, drops) => sum + drops, 0);
}
