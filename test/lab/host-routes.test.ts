/**
 * Programs on a node that reach a service by its own address although the node's way to the subnet is gone: by host routes,
 * over a takeover and over the failure of a network. Real agents, a real kernel, an ordinary client.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { startTcpEcho } from "../../lab/measure.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { Served } from "../support/service-client.js";
import { eventually, skip, untilAgreed } from "./fixture.js";

const CLIENT = fileURLToPath(new URL("../support/service-client.js", import.meta.url));
const UDP_PORT = 7_000;
const TCP_PORT = 7_001;

const routesOf = async (trial: Trial, node: string): Promise<string> =>
  (await trial.host(node).run(["ip", "route", "show", "proto", "0x4c"])).trim();

describe("host routes", { skip }, () => {
  let trial: Trial;
  let served: readonly Served[] = [];

  before(async () => {
    trial = await Trial.open({
      nodes: 3,
      services: `  shop: { addresses: [${SHOP_ADDRESS}/24], nodes: [web1, web2], hostRoutes: true }\n`,
    });
    for (const node of ["web1", "web2"]) await startTcpEcho(trial.host(node), TCP_PORT);
    await trial.startAgents();
    await untilAgreed(trial);
    await trial.settle("shop", "web1");
    trial.lab.cut("web3", "lan");
    const command = [process.execPath, CLIENT, SHOP_ADDRESS, String(UDP_PORT), String(TCP_PORT)];
    await trial.host("web3").spawn(command, { onLine: (line) => (served = [...served, JSON.parse(line) as Served]) });
  });
  after(() => trial.close());

  /** Waits until both a datagram and a connection that begin from now on are answered by this server. */
  async function untilServedBy(server: string): Promise<void> {
    const begun = served.length + 1;
    await eventually(
      () => served.slice(begun).some(({ udp, tcp }) => udp === server && tcp === server),
      () => `${server} shall answer, and it is ${JSON.stringify(served.at(-1))}; ${trial.agent("web3").tail()}`,
    );
  }

  /** Waits until web3 leads to the service this way: by the preferred network, once it has heard enough there. */
  async function untilRoute(way: string): Promise<void> {
    let routes = "";
    await eventually(
      async () => (routes = await routesOf(trial, "web3")).startsWith(`${SHOP_ADDRESS} ${way} `),
      () => `web3 shall lead ${way}, and has ${routes}`,
    );
  }

  async function untilNoRoute(node: string): Promise<void> {
    let routes = "";
    await eventually(
      async () => (routes = await routesOf(trial, node)) === "",
      () => `${node} shall have no route, and has ${routes}`,
    );
  }

  it("lead to the holder by its own address on a network", async () => {
    await untilServedBy("web1");
    await untilRoute("via 10.1.1.1 dev eth1");
    await untilNoRoute("web1");
    await trial.until("web3", ({ services }) => services["shop"]?.reach[0]?.use === SHOP_ADDRESS);
  });

  it("lead by the other network when one fails, with a carrier or without, and back", async () => {
    trial.lab.hang("a");
    await untilServedBy("web1");
    await untilRoute("via 20.1.1.1 dev eth2");
    trial.lab.unhang("a");
    await untilRoute("via 10.1.1.1 dev eth1");
    trial.lab.cut("web3", "a");
    await untilServedBy("web1");
    trial.lab.restore("web3", "a");
  });

  it("follow a takeover", async () => {
    trial.lab.powerOff("web1");
    await untilServedBy("web2");
    await untilRoute("via 10.1.1.2 dev eth1");
    await untilNoRoute("web2");
  });

  it("are put back when another program removes them, and leave the routes of others alone", async () => {
    const strangers = ["ip", "route", "add", SHOP_ADDRESS, "via", "20.1.1.2", "metric", "30000", "proto", "static"];
    await trial.host("web3").run(strangers);
    await trial.host("web3").run(["ip", "route", "del", SHOP_ADDRESS, "proto", "0x4c"]);
    await untilRoute("via 10.1.1.2 dev eth1");
  });

  it("go with the agent, in order or not, and with nothing of others", async () => {
    trial.killAgent("web3");
    await untilNoRoute("web3");
    await trial.startAgent("web3");
    await untilRoute("via 10.1.1.2 dev eth1");
    trial.stopAgent("web3");
    await trial.agent("web3").exited;
    assert.equal(await routesOf(trial, "web3"), "");
    assert.match(await trial.host("web3").run(["ip", "route", "show", SHOP_ADDRESS]), /via 20\.1\.1\.2 .*proto static/);
  });
});
