/*
 * A pair whose nodes know each other by IPv6 addresses alone, and whose service has an address of each family: what clients
 * of the IPv6 one see of a dead machine's cables, a dead agent and a planned move.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { UdpProbe } from "../../lab/measure.js";
import { eventually, rolesOf, skip, SWITCHES, takeover, unnoticed, untilAgreed, untilOn } from "./fixture.js";

const ADDRESS = "fd00:1::1";
const SERVICES = `  shop: { addresses: ["${ADDRESS}/64", ${SHOP_ADDRESS}/24], nodes: [web1, web2] }\n`;

describe("two agents that hear each other over IPv6 only", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2, family: "IPv6", services: SERVICES });
    await trial.startAgents();
    const { holder } = await rolesOf(trial);
    probe = await trial.startProbe(ADDRESS);
    await probe.servedBy(holder);
  });
  after(async () => trial.close());

  it("move both addresses of a service when all cables of its holder are cut", async () => {
    const { holder, other } = await rolesOf(trial);
    await takeover(probe, other, () => SWITCHES.forEach((name) => trial.lab.cut(holder, name)));
    await untilNeighbour(other);
    for (const name of SWITCHES) trial.lab.restore(holder, name);
    await untilAgreed(trial);
    await untilServed(other);
  });

  it("move them when its agent is killed, whose guard takes both off", async () => {
    const { holder, other } = await rolesOf(trial);
    await takeover(probe, other, () => trial.killAgent(holder));
    await trial.agent(holder).exited;
    await untilServed(other);
    await trial.startAgent(holder);
    await untilAgreed(trial);
  });

  it("move them by hand without the loss of a request", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.untilFit(other, holder);
    await unnoticed(probe, async () => {
      await trial.moveByHand("shop", other);
      await untilServed(other);
    });
    await untilAgreed(trial);
  });

  /** Waits until one node alone has both addresses, and the client knows that it has the IPv6 one. */
  async function untilServed(holder: string): Promise<void> {
    for (const address of [ADDRESS, SHOP_ADDRESS]) await untilOn(trial, address, [holder]);
    await untilNeighbour(holder);
  }

  /** Waits until the client sends what is for the address to the MAC of a node. */
  async function untilNeighbour(node: string): Promise<void> {
    const [link] = await json<{ address: string }>(node, "link", "show", "dev", "eth0");
    assert.ok(link !== undefined);
    let known: string | undefined;
    await eventually(
      async () => {
        const entries = await json<{ lladdr?: string }>("client", "-6", "neigh", "show", ADDRESS, "dev", "eth0");
        known = entries[0]?.lladdr;
        return known === link.address;
      },
      () => `the client shall know ${ADDRESS} at ${node}, ${link.address}, and knows it at ${known}`,
    );
  }

  async function json<Row>(host: string, ...command: readonly string[]): Promise<readonly Row[]> {
    return JSON.parse((await trial.host(host).run(["ip", "-json", ...command])) || "[]") as readonly Row[];
  }
});
