/**
 * The kinds of path groups that the seeds describe, beyond the plain one, each on a node of one lab: a standby with the
 * MAC and all that is configured (HN-5, HN-12), a warm standby (HN-6), a pair with crossover cables (HN-7), a trunk (HN-9),
 * a way through a router, and an interface that is torn out (HN-11). Real agents, a real kernel, and connections that go on.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { Trial } from "../../src/main/trial/trial.js";
import type { PathGroupDocument } from "../../src/model/status-document-path.js";
import type { LabProcess } from "../../lab/lab-process.js";
import { startTcpClient, startTcpEcho } from "../../lab/measure.js";
import { runIpBatch } from "../../lab/tool.js";
import { clusterWithSpares, type InterfacePlan, type Topology } from "../../lab/topology.js";
import type { BulkReport } from "../support/bulk-transfer.js";
import { addressesOn, eventually, eventsOf, latestEvent, skip, untilEvent, untilFinding } from "./fixture.js";

const BULK: string = fileURLToPath(new URL("../support/bulk-transfer.js", import.meta.url));
const [BULK_PORT, ECHO_PORT] = [7_002, 7_003];
const DUMMY = { address: "192.168.2.99", mac: "02:00:00:00:02:99" };
const SHORT = "interval: 20ms, downFor: 300ms, upFor: 100ms";
/** Beyond this, what hastens a verdict was not at work. */
const LONG = "interval: 20ms, downFor: 20s, upFor: 100ms";

/** Every group by the interfaces that it is made of; each is in a subnet of its own. */
const GROUPS = {
  cold:
    "{ primary: eth0, secondary: eth3, mac: move, settleDelay: 0s, failback: { after: 200ms }, " +
    `monitor: { ping: [192.168.1.100, "fd00:1::254"], need: all, ${SHORT} } }`,
  warm:
    `{ primary: w0, secondary: w1, mac: move, standby: { warm: { address: ${DUMMY.address}/24, mac: "${DUMMY.mac}" } }, ` +
    `settleDelay: 0s, monitor: { ping: [192.168.2.100], ${SHORT} } }`,
  trunk:
    "{ primary: br0, secondary: { members: [s0] }, threshold: 60%, failback: true, settleDelay: 0s, " +
    "monitor: { upFor: 100ms } }",
  wide:
    "{ primary: br2, secondary: { members: [s1] }, threshold: { bandwidth: 60% }, failback: true, settleDelay: 0s, " +
    "monitor: { upFor: 100ms } }",
  far: `{ primary: f0, secondary: f1, settleDelay: 0s, monitor: { ping: [172.16.0.9], ${SHORT} } }`,
};
const cross = (target: string): string =>
  `{ primary: x0, secondary: x1, settleDelay: 300ms, monitor: { ping: [${target}], ${LONG} } }`;
const PATHS = {
  web1: `{ ${Object.entries({ ...GROUPS, cross: cross("10.9.0.2") })
    .map(([name, group]) => `${name}: ${group}`)
    .join(", ")} }`,
  web2: `{ cross: ${cross("10.9.0.1")} }`,
};

function topology(): Topology {
  const plan = clusterWithSpares(2);
  const [client, web1, web2] = ["client", "web1", "web2"].map((name) => plan.hosts[name]?.interfaces ?? {});
  const to = (name: string, ...addresses: readonly string[]): InterfacePlan => ({ switch: name, addresses });
  const crossed = (number: number): Readonly<Record<string, InterfacePlan>> => ({
    x0: to("cross0", `10.9.0.${number}/24`),
    x1: to("cross1"),
  });
  const more = {
    w0: to("lan", "192.168.2.11/24"),
    w1: to("spare"),
    f0: to("lan", "192.168.4.11/24"),
    f1: to("spare"),
    m0: to("lan"),
    m1: to("stub1"),
    m2: to("stub2"),
    s0: to("spare"),
    n0: to("lan"),
    n1: to("stub3"),
    n2: to("stub4"),
    s1: to("spare"),
  };
  const clients = ["192.168.2.100/24", "192.168.3.100/24", "192.168.5.100/24"];
  return {
    switches: [...plan.switches, "far", "cross0", "cross1", "stub1", "stub2", "stub3", "stub4"],
    trunks: plan.trunks ?? [],
    hosts: {
      client: { interfaces: { eth0: to("lan", ...(client?.["eth0"]?.addresses ?? []), ...clients) } },
      web1: { interfaces: { ...web1, ...more, ...crossed(1) } },
      web2: { interfaces: { ...web2, ...crossed(2) } },
      router: {
        interfaces: {
          eth0: to("lan", "192.168.1.254/24", "192.168.4.254/24", "fd00:1::254/64"),
          eth1: to("far", "172.16.0.1/24"),
        },
        parameters: { "ipv4/ip_forward": "1" },
      },
      remote: { interfaces: { eth0: to("far", "172.16.0.9/24") }, gateway: "172.16.0.1" },
    },
  };
}

/** What the kernel has beyond addresses, and must have after each change of paths. */
const CONFIGURED: readonly string[] = [
  "address add 192.168.1.78/24 dev eth0 label eth0:web",
  "address add fd00:1::78/64 dev eth0 nodad preferred_lft 0",
  "route add 172.30.0.0/16 via 192.168.1.254 dev eth0 metric 77",
  "route add fd00:30::/64 via fd00:1::254 dev eth0 metric 78",
  "neighbour add 192.168.1.200 lladdr 02:00:00:00:02:00 dev eth0 nud permanent",
];
const TRUNKS: readonly string[] = [
  ...trunk("br0", ["m0", "m1", "m2"]),
  ...trunk("br1", ["s0"]),
  "address add 192.168.3.11/24 dev br0",
  ...trunk("br2", ["n0", "n1", "n2"]),
  ...trunk("br3", ["s1"]),
  "address add 192.168.5.11/24 dev br2",
];

function trunk(name: string, members: readonly string[]): readonly string[] {
  return [
    `link add ${name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    ...members.map((member) => `link set dev ${member} master ${name}`),
    `link set dev ${name} up`,
  ];
}
/** Each address is answered for on its own interface only, as if each were in a network of its own. */
const STRICT = ["eth0", "eth3", "w0", "w1", "f0", "f1", "br0", "br1", "br2", "br3"].map(
  (name) => `net.ipv4.conf.${name}.arp_ignore=1`,
);

interface LinkInfo {
  readonly address: string;
  readonly flags: readonly string[];
}

describe("path groups of every kind", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, topology: topology(), paths: PATHS });
    const web1 = trial.host("web1");
    await runIpBatch([...CONFIGURED, ...TRUNKS], web1.namespace);
    await runIpBatch(["route add 172.16.0.0/24 via 192.168.4.254 dev f0"], web1.namespace);
    await web1.run(["sysctl", "-qw", ...STRICT]);
    for (const node of trial.nodes) await startTcpEcho(trial.host(node), ECHO_PORT);
    await startBulk("web1", "serve", String(BULK_PORT));
    await trial.startAgents();
    await trial.settle("shop", "web1");
    for (const group of [...Object.keys(GROUPS), "cross"]) await untilPath("web1", group, { state: "sound" });
    await untilPath("web2", "cross", { state: "sound" });
  });
  after(async () => trial.close());

  /** Waits until a node says so of its group, and that no change of paths is under way. */
  async function untilPath(
    node: string,
    group: string,
    wanted: Partial<PathGroupDocument>,
  ): Promise<PathGroupDocument> {
    const isSo = (seen: PathGroupDocument | undefined): boolean =>
      seen?.state !== "switching" &&
      Object.entries(wanted).every(([key, value]) => seen?.[key as keyof PathGroupDocument] === value);
    const { nodes } = await trial.until(node, (status) => isSo(status.nodes[node]?.paths[group]));
    return nodes[node]?.paths[group] ?? assert.fail(`${node} has ${group}`);
  }

  async function link(node: string, name: string): Promise<LinkInfo> {
    const text = await trial.host(node).run(["ip", "-json", "link", "show", "dev", name]);
    return (JSON.parse(text) as LinkInfo[])[0] ?? assert.fail(`${node} has ${name}`);
  }

  const macOf = async (node: string, name: string): Promise<string> => (await link(node, name)).address;

  async function startBulk(host: string, ...args: readonly string[]): Promise<Bulk> {
    const bulk = new Bulk();
    bulk.process = await trial.host(host).spawn([process.execPath, BULK, ...args], { onLine: bulk.hear });
    await bulk.until("ready");
    return bulk;
  }

  /** A connection of the client that must go on. */
  async function connect(address: string): Promise<() => Promise<void>> {
    const client = await startTcpClient(trial.host("client"), { address, port: ECHO_PORT });
    await client.servedBy("web1");
    await client.report();
    return async () => {
      await eventually(
        async () => {
          const { answers, connections } = await client.report();
          assert.ok(connections.length === 1 && connections[0]?.endedAt === undefined, "the connection goes on");
          return answers > 0;
        },
        () => `${address} answers on the same connection`,
      );
      await client.stop();
    };
  }

  /** What is configured on an interface, as a person sees it. */
  async function configurationOn(name: string): Promise<string> {
    const show = (...args: readonly string[]): Promise<string> => trial.host("web1").run(["ip", ...args]);
    const texts = [
      await show("-o", "address", "show", "dev", name, "scope", "global"),
      await show("route", "show", "dev", name),
      await show("-6", "route", "show", "dev", name),
      await show("neighbour", "show", "dev", name, "nud", "permanent"),
    ];
    return texts
      .join("\n")
      .split("\n")
      .map((line) =>
        line
          .replace(/^\d+: \S+ */, "")
          .replaceAll(name, "DEV")
          .replaceAll(/ +/g, " ")
          .trim(),
      )
      .filter((line) => !line.startsWith("fe80::/") && line !== "")
      .join("\n");
  }

  it("move all that is configured, with the MAC, under a transfer that never stops, and go back by themselves", async () => {
    const before = {
      configuration: await configurationOn("eth0"),
      macs: [await macOf("web1", "eth0"), await macOf("web1", "eth3")],
    };
    const neighbour = (): Promise<string> => trial.host("client").run(["ip", "neighbour", "show", "192.168.1.11"]);
    const bulk = await startBulk("client", "send", "192.168.1.11", String(BULK_PORT));
    await bulk.until("carried");
    trial.lab.cut("web1:eth0", "lan");
    await untilPath("web1", "cold", { interface: "eth3", state: "degraded" });
    assert.equal(await configurationOn("eth3"), before.configuration);
    assert.equal(await configurationOn("eth0"), "");
    assert.deepEqual([await macOf("web1", "eth3"), await macOf("web1", "eth0")], before.macs);
    await bulk.until("carried", { fresh: true });
    assert.match(await neighbour(), new RegExp(`lladdr ${before.macs[0]} `));
    await trial.host("client").run(["ping", "-c", "1", "-w", "30", "fd00:1::78"]);
    trial.lab.restore("web1:eth0", "lan");
    const { reasonCode } = await untilPath("web1", "cold", { interface: "eth0", state: "sound" });
    assert.equal(reasonCode, "failback");
    assert.equal(await configurationOn("eth0"), before.configuration);
    assert.deepEqual([await macOf("web1", "eth0"), await macOf("web1", "eth3")], before.macs);
    await bulk.until("carried", { fresh: true });
    const { sent, ...report } = await bulk.end();
    assert.deepEqual(report, { returned: sent, damaged: false, error: null });
  });

  it("leave a path when one of the targets is silent that must all answer", async () => {
    trial.lab.block("web1:eth0", "router", { on: ["lan"], bothWays: true });
    const { reason } = await untilPath("web1", "cold", { interface: "eth3", state: "degraded" });
    assert.equal(reason, "fd00:1::254 did not answer on the other path");
    trial.lab.heal();
    await untilPath("web1", "cold", { interface: "eth0", state: "sound" });
  });

  it("swap the parameters with a warm standby, which is switched off", async () => {
    const mac = await macOf("web1", "w0");
    assert.deepEqual(await addressesOn(trial, "web1", "w1"), [DUMMY.address]);
    assert.equal(await macOf("web1", "w1"), DUMMY.mac);
    assert.ok(!(await link("web1", "w1")).flags.includes("UP"));
    assert.match(await trial.locum("web1", "path", "show", "warm"), /w1 is switched off as a warm standby/);
    const goesOn = await connect("192.168.2.11");
    const takenOver = async (now: string, then: string): Promise<void> => {
      await untilPath("web1", "warm", { interface: now });
      assert.deepEqual(await addressesOn(trial, "web1", now), ["192.168.2.11"]);
      assert.deepEqual(await addressesOn(trial, "web1", then), [DUMMY.address]);
      assert.deepEqual([await macOf("web1", now), await macOf("web1", then)], [mac, DUMMY.mac]);
      assert.ok(!(await link("web1", then)).flags.includes("UP"), `${then} is off`);
    };
    trial.lab.block("web1:w0", "lan", { bothWays: true });
    await takenOver("w1", "w0");
    trial.lab.heal();
    await trial.locum("web1", "path", "switch", "warm", "--to", "w0");
    await takenOver("w0", "w1");
    await goesOn();
  });

  it("bear the loss of a trunk's members up to the threshold, and no further", async () => {
    assert.match(await trial.locum("web1", "path", "show", "trunk"), /br0 works; 3 of 3 members are up/);
    const goesOn = await connect("192.168.3.11");
    trial.lab.cut("web1:m1", "stub1");
    const { primary } = await untilPath("web1", "trunk", { state: "degraded" });
    assert.deepEqual(primary, { interface: "br0", health: "healthy", members: { up: 2, total: 3 } });
    trial.lab.cut("web1:m2", "stub2");
    const { reason } = await untilPath("web1", "trunk", { interface: "br1" });
    assert.equal(reason, "2 of the other trunk's 3 members had failed");
    assert.deepEqual(await addressesOn(trial, "web1", "br1"), ["192.168.3.11"]);
    trial.lab.restore("web1:m1", "stub1");
    trial.lab.restore("web1:m2", "stub2");
    await untilPath("web1", "trunk", { interface: "br0", state: "sound", reasonCode: "failback" });
    await goesOn();
  });

  it("bear the loss of a trunk's bandwidth up to the threshold, and no further", async () => {
    trial.lab.cut("web1:n1", "stub3");
    const { primary } = await untilPath("web1", "wide", { state: "degraded" });
    assert.deepEqual(primary, { interface: "br2", health: "healthy", members: { up: 2, total: 3 } });
    trial.lab.cut("web1:n2", "stub4");
    await untilPath("web1", "wide", { interface: "br3" });
    assert.deepEqual(await addressesOn(trial, "web1", "br3"), ["192.168.5.11"]);
    trial.lab.restore("web1:n1", "stub3");
    trial.lab.restore("web1:n2", "stub4");
    await untilPath("web1", "wide", { interface: "br2", state: "sound", reasonCode: "failback" });
  });

  it("take the route to a target behind a router along", async () => {
    trial.lab.block("web1:f0", "lan", { bothWays: true });
    await untilPath("web1", "far", { interface: "f1" });
    trial.lab.heal();
    await trial.host("web1").run(["ping", "-c", "1", "-w", "30", "172.16.0.9"]);
    await untilPath("web1", "far", { interface: "f1", state: "sound" });
    await trial.locum("web1", "path", "switch", "far", "--to", "f0");
    await untilPath("web1", "far", { interface: "f0", state: "sound" });
  });

  describe("over crossover cables", () => {
    const both = async (wanted: Partial<PathGroupDocument>): Promise<readonly PathGroupDocument[]> =>
      Promise.all(trial.nodes.map((node) => untilPath(node, "cross", wanted)));

    it("go to the other cable as soon as the node at the other end says that it did", async () => {
      const since = await latestEvent(trial, "web2");
      trial.lab.cut("web1:x0", "cross0");
      const [, far] = await both({ interface: "x1", switches: 1 });
      assert.equal(far?.reason, "web1 at the other end had switched");
      await untilEvent(trial, "web2", "path.peer-switched", undefined, since);
      await trial.host("web2").run(["ping", "-c", "1", "-w", "30", "10.9.0.1"]);
      trial.lab.restore("web1:x0", "cross0");
      await both({ interface: "x1", state: "sound" });
    });

    it("follow an operator's order at the other end", async () => {
      await trial.locum("web1", "path", "switch", "cross", "--to", "x0");
      await both({ interface: "x0", state: "sound", switches: 2 });
      await trial.host("web2").run(["ping", "-c", "1", "-w", "30", "10.9.0.1"]);
    });

    it("change sides once when the cable is dead at both ends", async () => {
      trial.lab.powerOff("cross0");
      await both({ interface: "x1", switches: 3 });
      await trial.host("web2").run(["ping", "-c", "1", "-w", "30", "10.9.0.1"]);
      await trial.lab.powerOn("cross0");
      await both({ interface: "x1", state: "sound", switches: 3 });
    });

    it("tell of a cable that stands by and is dead before it is needed", async () => {
      trial.lab.cut("web1:x0", "cross0");
      for (const node of ["web1", "web2"])
        await untilFinding(trial, node, { kind: "standby-path-down", node: "web1", interface: "x0" });
      const { text } = await untilEvent(trial, "web1", "path.standby-dead", ({ text: words }) => words.includes("x0"));
      assert.match(text, /^x0, the standby path of cross of web1, failed: it has no carrier/);
      trial.lab.restore("web1:x0", "cross0");
      await both({ interface: "x1", state: "sound" });
    });
  });

  it("put back from the record what was on an interface that is torn out", async () => {
    const before = await configurationOn("f0");
    const since = await latestEvent(trial, "web1");
    await trial.host("web1").run(["ip", "link", "delete", "f0"]);
    await untilPath("web1", "far", { interface: "f1", state: "degraded" });
    assert.equal(await configurationOn("f1"), before);
    await trial.host("web1").run(["ping", "-c", "1", "-w", "30", "172.16.0.9"]);
    assert.deepEqual(await eventsOf(trial, "web1", ["path.switch-undone", "path.step-refused"], since), []);
  });
});

/** A running transfer. */
class Bulk {
  process: LabProcess | undefined;
  #lines: { readonly event: string; readonly report?: BulkReport }[] = [];

  readonly hear = (line: string, stream: "stdout" | "stderr"): void => {
    if (stream === "stdout") this.#lines.push(JSON.parse(line));
  };

  /** @param fresh twice from now on: what was under way may count once */
  async until(event: string, { fresh = false } = {}): Promise<void> {
    const count = (): number => this.#lines.filter((line) => line.event === event).length;
    const wanted = fresh ? count() + 2 : 1;
    await eventually(
      () => count() >= wanted,
      () => `${event}: ${JSON.stringify(this.#lines)}`,
    );
  }

  async end(): Promise<BulkReport> {
    this.process?.endInput();
    await this.until("report");
    return this.#lines.find(({ report }) => report !== undefined)?.report ?? assert.fail("it reports");
  }
}
