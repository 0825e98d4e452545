/**
 * A node with two interfaces to the clients' network, as one path group: what fails is borne within the node, with real
 * agents, a real kernel and a client that asks once a millisecond.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, afterEach, before, describe, it } from "node:test";
import { seconds, type Instant } from "../../src/base/time.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { SHOP_ADDRESS, Trial, type TrialOptions } from "../../src/main/trial/trial.js";
import { gapAfter } from "../../lab/client/probe-report.js";
import type { TcpReport } from "../../lab/client/tcp-report.js";
import { type Probe, startTcpClient, startTcpEcho, type UdpProbe } from "../../lab/measure.js";
import {
  addressesOn,
  eventsOf,
  eventually,
  GAP_MAX,
  latestEvent,
  rolesOf,
  skip,
  untilAgreed,
  untilEvent,
  untilFinding,
  untilOn,
} from "./fixture.js";

const DYING_AGENT: string = fileURLToPath(new URL("../support/dying-agent.js", import.meta.url));
const TCP_PORT = 7_001;
const CLIENT_ADDRESS = "192.168.1.100";
const MONITOR = `monitor: { ping: [${CLIENT_ADDRESS}], interval: 20ms, downFor: 300ms, upFor: 100ms }`;
const PATHS = `{ mether0: { primary: eth0, secondary: eth3, addressesMax: 3, settleDelay: 0s, ${MONITOR} } }`;
/** The node's own address stays on the interface that lost its link: answers must not take the route that it makes. */
const FOLLOW_CARRIERS = "net.ipv4.conf.all.ignore_routes_with_linkdown=1";

/** Waits until a node, or `seenBy`, says that the group's traffic is there. */
async function untilActive(trial: Trial, node: string, name: string, seenBy = node): Promise<void> {
  await trial.until(seenBy, ({ nodes }) => {
    const group = nodes[node]?.paths["mether0"];
    return group?.interface === name && group.state !== "switching";
  });
}

async function untilState(trial: Trial, node: string, state: string, seenBy = node): Promise<void> {
  await trial.until(seenBy, ({ nodes }) => nodes[node]?.paths["mether0"]?.state === state);
}

/** Waits until the address of the service is on one interface of a node and not on another. */
const untilThere = (trial: Trial, node: string, name: string, other: string): Promise<void> =>
  eventually(
    async () =>
      (await addressesOn(trial, node, name)).includes(SHOP_ADDRESS) &&
      !(await addressesOn(trial, node, other)).includes(SHOP_ADDRESS),
    () => `the address is on ${name} alone`,
  );

function restoreCables(trial: Trial): void {
  trial.lab.heal();
  for (const node of trial.nodes) {
    trial.lab.restore(`${node}:eth0`, "lan");
    trial.lab.restore(`${node}:eth3`, "spare");
  }
}

/** What a client saw of an act, and what became of its connection. */
class Clients {
  readonly #udp: UdpProbe;
  readonly #tcp: Probe<TcpReport>;

  private constructor(udp: UdpProbe, tcp: Probe<TcpReport>) {
    this.#udp = udp;
    this.#tcp = tcp;
  }

  static async start(trial: Trial, holder: string): Promise<Clients> {
    for (const node of trial.nodes) await startTcpEcho(trial.host(node), TCP_PORT);
    const udp = await trial.startProbe();
    await udp.servedBy(holder);
    const tcp = await startTcpClient(trial.host("client"), { address: SHOP_ADDRESS, port: TCP_PORT });
    await tcp.servedBy(holder);
    return new Clients(udp, tcp);
  }

  /** The client's gap; its connection must outlast the act. */
  async gapOf(act: () => Instant, isOver: () => Promise<unknown>): Promise<number> {
    await Promise.all([this.#udp.report(), this.#tcp.report()]);
    const at = act();
    await isOver();
    await this.#connectionGoesOn(at);
    return gapAfter(await this.#udp.report(), at, seconds(10))?.duration ?? 0;
  }

  async #connectionGoesOn(since: Instant): Promise<void> {
    await eventually(
      async () => {
        const { connections, answers } = await this.#tcp.report();
        assert.ok(
          connections.every(({ openedAt, endedAt }) => openedAt < since && endedAt === undefined),
          `the connection goes on: ${JSON.stringify(connections)}`,
        );
        return answers > 0;
      },
      () => "the connection carries answers again",
    );
  }

  async servedBy(node: string, since: Instant): Promise<void> {
    await this.#udp.servedBy(node, since);
  }
}

describe("a service on a path group", { skip }, () => {
  let trial: Trial;
  let clients: Clients;

  before(async () => {
    trial = await Trial.open({ nodes: 2, paths: PATHS });
    await trial.startAgents();
    const { holder } = await rolesOf(trial);
    for (const node of trial.nodes) await untilState(trial, node, "sound");
    clients = await Clients.start(trial, holder);
  });
  afterEach(async () => {
    restoreCables(trial);
    for (const node of trial.nodes) {
      await untilState(trial, node, "sound");
      await trial.client(node).switchPath("mether0", { to: "eth0", node });
    }
    await untilAgreed(trial);
  });
  after(async () => trial.close());

  /** The interface that the holder's traffic is on, and the other one, with their switches. */
  async function pathsOf(node: string): Promise<{ active: string; via: string; idle: string; idleVia: string }> {
    const { nodes } = await trial.client(node).status();
    return nodes[node]?.paths["mether0"]?.interface === "eth3"
      ? { active: "eth3", via: "spare", idle: "eth0", idleVia: "lan" }
      : { active: "eth0", via: "lan", idle: "eth3", idleVia: "spare" };
  }

  /** An act moves all addresses of the node, and nothing else. */
  async function movesWithin(act: (holder: string, active: string, via: string) => Instant): Promise<void> {
    const { holder, other, epoch } = await rolesOf(trial);
    const { active, via, idle } = await pathsOf(holder);
    const before = await addressesOn(trial, holder, active);
    assert.ok(before.includes(SHOP_ADDRESS) && before.length === 2, before.join());
    const gap = await clients.gapOf(
      () => act(holder, active, via),
      () => untilActive(trial, holder, idle),
    );
    assert.ok(gap < GAP_MAX, `the client was not served for ${gap} us`);
    assert.deepEqual(await addressesOn(trial, holder, idle), before);
    assert.deepEqual(await addressesOn(trial, holder, active), []);
    const now = await rolesOf(trial);
    assert.deepEqual([now.holder, now.epoch], [holder, epoch], "the service has not moved");
    await untilActive(trial, holder, idle, other);
  }

  it("stays on its node when the cable of the active path is cut", async () => {
    await movesWithin((holder, active, via) => trial.lab.cut(`${holder}:${active}`, via));
  });

  it("stays on its node when the active path is dead beyond the switch, with every carrier there", async () => {
    await movesWithin((holder, active, via) => trial.lab.block(`${holder}:${active}`, via, { bothWays: true }));
  });

  it("goes to the other path when an operator says so", async () => {
    const { holder } = await rolesOf(trial);
    const { idle } = await pathsOf(holder);
    const answer = { text: "" };
    await movesWithin(() => {
      const at = bootClock();
      void trial.locum(holder, "path", "switch", "mether0", "--to", idle).then((text) => (answer.text = text));
      return at;
    });
    await eventually(
      () => answer.text.includes(`mether0 of ${holder} uses ${idle}`),
      () => `it is answered: ${answer.text}`,
    );
  });

  it("is not moved while its group is paused, and is when that ends", async () => {
    const { holder } = await rolesOf(trial);
    const { active, via, idle } = await pathsOf(holder);
    await trial.locum(holder, "path", "pause", "mether0");
    trial.lab.block(`${holder}:${active}`, via, { bothWays: true });
    await untilFinding(trial, holder, { kind: "path-group-down", interface: active });
    trial.lab.heal();
    await untilState(trial, holder, "sound");
    assert.equal((await pathsOf(holder)).active, active);
    await trial.locum(holder, "path", "resume", "mether0");
    trial.lab.block(`${holder}:${active}`, via, { bothWays: true });
    await untilActive(trial, holder, idle);
  });

  it("leaves an interface that is detached, which carries nothing until it is attached", async () => {
    const { holder } = await rolesOf(trial);
    const { active, idle } = await pathsOf(holder);
    const text = await trial.locum(holder, "path", "detach", active);
    assert.match(text, /may be unplugged/);
    assert.deepEqual(await addressesOn(trial, holder, active), []);
    assert.equal((await pathsOf(holder)).active, idle);
    assert.match(await trial.locum(holder, "path", "show", "mether0"), /is detached/);
    await trial.locum(holder, "path", "attach", active);
    await untilState(trial, holder, "sound");
  });

  it("follows an interface to another name, and goes to it by the old one as well", async () => {
    const { holder, epoch } = await rolesOf(trial);
    const { active, idle } = await pathsOf(holder);
    const before = await addressesOn(trial, holder, active);
    // Kernels before 6.2 rename only what is switched off.
    const rename = async (from: string, to: string): Promise<void> => {
      for (const change of [["down"], ["name", to]])
        await trial.host(holder).run(["ip", "link", "set", from, ...change]);
      await trial.host(holder).run(["ip", "link", "set", to, "up"]);
      await untilState(trial, holder, "sound");
    };
    await rename(idle, "lan0");
    await trial.locum(holder, "path", "switch", "mether0", "--to", idle);
    await untilActive(trial, holder, "lan0");
    assert.deepEqual(await addressesOn(trial, holder, "lan0"), before);
    assert.deepEqual(await addressesOn(trial, holder, active), []);
    await trial.locum(holder, "path", "switch", "mether0", "--to", active);
    await rename("lan0", idle);
    const now = await rolesOf(trial);
    assert.deepEqual([now.holder, now.epoch], [holder, epoch], "the service has not moved");
  });

  it("keeps an address that has no room on the other interface where it is, and names it", async () => {
    const { holder } = await rolesOf(trial);
    const { active, via, idle } = await pathsOf(holder);
    const since = await latestEvent(trial, holder);
    await trial.host(holder).run(["ip", "address", "add", "192.168.1.77/24", "dev", active]);
    trial.lab.block(`${holder}:${active}`, via, { bothWays: true });
    await untilActive(trial, holder, idle);
    const { text } = await untilEvent(trial, holder, "path.address-kept", () => true, since);
    const address = /^(\S+) of mether0 of \w+ stays on eth\d, because eth\d has no room/.exec(text)?.[1] ?? "";
    const left = await trial.host(holder).run(["ip", "address", "show", "dev", active]);
    assert.ok(left.includes(` ${address}/`), `${text}: ${left}`);
    await untilFinding(trial, holder, { kind: "address-unmoved", address });
    assert.match(await trial.locum(holder, "path", "show", "mether0"), /Stayed/);
    for (const name of [active, idle]) {
      await trial.host(holder).run(["sh", "-c", `ip address del 192.168.1.77/24 dev ${name} 2>&1 || true`]);
    }
  });

  it("leaves its node when both paths are dead", async () => {
    const { holder, other } = await rolesOf(trial);
    const { active, via, idle, idleVia } = await pathsOf(holder);
    const at = trial.lab.cut(`${holder}:${active}`, via);
    trial.lab.cut(`${holder}:${idle}`, idleVia);
    await clients.servedBy(other, at);
    await untilOn(trial, SHOP_ADDRESS, [other]);
  });

  for (const changes of [1, 2, 3]) {
    it(`is on one interface of one node, wherever its agent dies: after change ${changes} of the plan`, async () => {
      const { holder, other } = await rolesOf(trial);
      const { active, via, idle } = await pathsOf(holder);
      const own = (await addressesOn(trial, holder, active)).filter((each) => each !== SHOP_ADDRESS);
      await trial.agent(holder).end();
      await trial.untilHeldBy("shop", other);
      const dying = await trial.host(holder).spawn([process.execPath, DYING_AGENT, holder]);
      await trial.until(other, ({ nodes }) => nodes[holder]?.state === "up");
      await trial.untilFit(holder, other);
      // It leaves a path only for one that it knows to work.
      await untilState(trial, holder, "sound", other);
      await trial.client(other).move("shop", { to: holder });
      await trial.untilHeldBy("shop", holder, [other]);
      trial.host(holder).writeFile("/run/die-after", String(changes));
      trial.lab.cut(`${holder}:${active}`, via);
      assert.deepEqual(await dying.exited, { code: null, signal: "SIGKILL" });
      await trial.untilHeldBy("shop", other);
      await trial.host(holder).run(["rm", "/run/die-after"]);
      await trial.startAgent(holder);
      await untilActive(trial, holder, idle);
      assert.deepEqual(await addressesOn(trial, holder, active), []);
      assert.deepEqual(await addressesOn(trial, holder, idle), own);
      await untilOn(trial, SHOP_ADDRESS, [other]);
    });
  }
});

describe("nodes that hear each other over a path group alone", { skip }, () => {
  it("go on hearing each other while a cable is cut", async () => {
    // Long enough for a change of paths on a busy machine.
    const detection = "{ interval: 25ms, timeout: 2s }";
    const options: TrialOptions = { nodes: 2, paths: PATHS, networks: ["lan"], detection };
    const trial = await Trial.open(options);
    try {
      await trial.startAgents();
      const { holder, other, epoch } = await rolesOf(trial);
      for (const node of trial.nodes) await untilState(trial, node, "sound");
      const since = await latestEvent(trial, other);
      trial.lab.cut(`${holder}:eth0`, "lan");
      await untilActive(trial, holder, "eth3", other);
      trial.lab.restore(`${holder}:eth0`, "lan");
      await untilState(trial, holder, "sound");
      const now = await rolesOf(trial);
      assert.deepEqual([now.holder, now.epoch], [holder, epoch]);
      assert.deepEqual(await eventsOf(trial, other, ["node.down"], since), []);
    } finally {
      await trial.close();
    }
  });
});

describe("a service with interfaces of its own", { skip }, () => {
  it("goes to the second when the first has no link, and leaves the node when none has", async () => {
    const address = `{ address: ${SHOP_ADDRESS}/24, interfaces: [eth0, eth3], label: shop }`;
    const services = `  shop:\n    addresses: [${address}]\n    nodes: [web1, web2]\n`;
    const trial = await Trial.open({ nodes: 2, paths: "{}", services });
    try {
      for (const node of trial.nodes) await trial.host(node).run(["sysctl", "-qw", FOLLOW_CARRIERS]);
      await trial.startAgents();
      const { holder, other, epoch } = await rolesOf(trial);
      const probe = await trial.startProbe();
      await probe.servedBy(holder);
      trial.lab.cut(`${holder}:eth0`, "lan");
      await untilThere(trial, holder, "eth3", "eth0");
      const shown = await trial.host(holder).run(["ip", "-oneline", "address", "show", "dev", "eth3"]);
      assert.match(shown, / eth3:shop\\/);
      assert.equal((await trial.client(holder).status()).services["shop"]?.epoch, epoch);
      await probe.report();
      await eventually(
        async () => (await probe.report()).answered > 0,
        () => "the client is served again",
      );
      trial.lab.cut(`${holder}:eth3`, "spare");
      await trial.untilHeldBy("shop", other);
    } finally {
      await trial.close();
    }
  });

  it("goes to the second when the first has its link and is cut off, and leaves the node when the second is lost", async () => {
    const gateway = "192.168.7.1";
    const address = `{ address: ${gateway}/24, interfaces: [eth0, eth3] }`;
    const services = `  shop:\n    addresses: [${address}]\n    nodes: [web1, web2]\n`;
    // What web1 is alone to lose with its first interface, and what it keeps.
    const settings = `networks: { lan: { ping: [${CLIENT_ADDRESS}] }, a: { ping: [10.1.1.254] } }`;
    const trial = await Trial.open({ nodes: 2, paths: "{}", networks: ["lan", "a"], services, settings });
    try {
      await trial.host("client").run(["ip", "address", "add", "192.168.7.100/24", "dev", "eth0"]);
      await trial.host("web2").run(["ip", "address", "add", "10.1.1.254/24", "dev", "eth1"]);
      await trial.startAgents();
      await trial.settle("shop", "web1");
      const { holder, other, epoch } = await rolesOf(trial);
      const probe = await trial.startProbe(gateway);
      await probe.servedBy(holder);
      const since = await latestEvent(trial, holder);
      trial.lab.block(`${holder}:eth0`, "lan", { bothWays: true });
      const { text } = await untilEvent(trial, holder, "address.added", () => true, since);
      assert.match(text, /eth3/);
      assert.ok(!(await addressesOn(trial, holder, "eth0")).includes(gateway));
      assert.equal((await trial.client(holder).status()).services["shop"]?.epoch, epoch);
      await probe.report();
      await eventually(
        async () => (await probe.report()).answered > 0,
        () => "the client is served again",
      );
      await trial.untilHeldBy("shop", holder, [other]);
      trial.lab.cut(`${holder}:eth3`, "spare");
      await trial.untilHeldBy("shop", other);
    } finally {
      await trial.close();
    }
  });

  it("begins on the second where the first is down at the start, and goes to the first when the second fails", async () => {
    const address = `{ address: ${SHOP_ADDRESS}/24, interfaces: [eth0, eth3] }`;
    const services = `  shop:\n    addresses: [${address}]\n    nodes: [web1]\n`;
    const trial = await Trial.open({ nodes: 2, paths: "{}", services });
    try {
      trial.lab.cut("web1:eth0", "lan");
      await trial.startAgents();
      await untilThere(trial, "web1", "eth3", "eth0");
      const since = await latestEvent(trial, "web1");
      trial.lab.restore("web1:eth0", "lan");
      await untilEvent(trial, "web1", "link.restored", undefined, since);
      trial.lab.cut("web1:eth3", "spare");
      await untilThere(trial, "web1", "eth0", "eth3");
      await untilEvent(trial, "web1", "address.added", ({ text }) => text.includes("eth0"), since);
      const events = await eventsOf(trial, "web1", ["link.lost", "address.added"], since);
      assert.deepEqual(
        events.map(({ code }) => code),
        ["link.lost", "address.added"],
        "it stays on the second for as long as that works",
      );
    } finally {
      await trial.close();
    }
  });
});
