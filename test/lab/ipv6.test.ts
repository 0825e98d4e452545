/*
 * A pair whose nodes know each other by IPv6 addresses alone, and whose service has an address of each family: what a client
 * of the IPv6 one sees of cut cables, a dead agent and a planned move, and what it is told on the wire.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { UdpProbe } from "../../lab/measure.js";
import { SWITCHES, eventually, rolesOf, skip, takeover, unnoticed, untilAgreed, untilOn } from "./fixture.js";
import { type GratuitousWord, gratuitousWordIn, WireTap } from "./wire-tap.js";

const ADDRESS = "fd00:1::1";
const ADDRESSES = [ADDRESS, SHOP_ADDRESS];
/** At once, after 20, 100 and 500 ms, and after 2 s; then once a minute. */
const ANNOUNCED = 5;
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
    // Which of the two keeps it depends on the cable by which they hear each other first.
    for (const name of SWITCHES) trial.lab.restore(holder, name);
    await untilServed((await rolesOf(trial)).holder);
  });

  it("move them when its agent is killed, whose guard takes both off, and announce each five times", async () => {
    const { holder, other } = await rolesOf(trial);
    const mac = await macOf(other);
    // The former holder may have been announcing until then.
    const isFrom = (address: string) => (word: GratuitousWord) => word.address === address && word.mac === mac;
    const taps = [0, 1].map(() => new WireTap(trial.lab.id, "client", gratuitousWordIn));
    const heard = [taps[0]?.take(2 * ANNOUNCED, isFrom(SHOP_ADDRESS)), taps[1]?.take(ANNOUNCED, isFrom(ADDRESS))];
    await takeover(probe, other, () => trial.killAgent(holder));
    const [arp, advertisements] = await Promise.all(heard);
    for (const tap of taps) tap.close();
    const rounds = Array.from({ length: ANNOUNCED });
    assert.deepEqual(
      arp?.map(({ form }) => form),
      rounds.flatMap(() => ["request", "reply"]),
    );
    assert.deepEqual(
      advertisements?.map(({ form }) => form),
      rounds.map(() => "advertisement"),
    );
    await trial.agent(holder).exited;
    await untilServed(other);
    await trial.startAgent(holder);
    await untilAgreed(trial);
  });

  it("move them by hand", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.untilFit(other, holder);
    await unnoticed(probe, async () => {
      const at = await trial.moveByHand("shop", other);
      await probe.servedBy(other, at);
      await untilServed(other);
    });
    await untilAgreed(trial);
  });

  /** Waits until one node alone has both addresses, and the client knows that it has the IPv6 one. */
  async function untilServed(holder: string): Promise<void> {
    for (const address of ADDRESSES) await untilOn(trial, address, [holder]);
    await untilNeighbour(holder);
  }

  /** Waits until the client sends what is for the address to the MAC of a node. */
  async function untilNeighbour(node: string): Promise<void> {
    const mac = await macOf(node);
    let known: string | undefined;
    await eventually(
      async () => {
        const entries = await json<{ lladdr?: string }>("client", "-6", "neigh", "show", ADDRESS, "dev", "eth0");
        known = entries[0]?.lladdr;
        return known === mac;
      },
      () => `the client shall know ${ADDRESS} at ${node}, ${mac}, and knows it at ${known}`,
    );
  }

  async function macOf(node: string): Promise<string> {
    const [link] = await json<{ address: string }>(node, "link", "show", "dev", "eth0");
    return link?.address ?? assert.fail(`${node} has eth0`);
  }

  async function json<Row>(host: string, ...command: readonly string[]): Promise<readonly Row[]> {
    return JSON.parse((await trial.host(host).run(["ip", "-json", ...command])) || "[]") as readonly Row[];
  }
});
