import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { closeSync, openSync, readSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { milliseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { DetectorReport } from "../model/heartbeat.js";
import { networkName, nodeName, wireId } from "../model/names.js";
import { HeartbeatLink } from "./heartbeat-link.js";
import type { HeartbeatMessage } from "./heartbeat-protocol.js";

const NETWORKS = ["a", "b"].map(networkName);
const SECRET = new Uint8Array(32).fill(7);
/** Longer than any start of a thread on a busy machine; only a failing test waits so long. */
const PATIENCE_MS = 20_000;

/** Node n has 127.0.<group>.n on network a and 127.0.<group + 1>.n on network b. */
const clusterOf = (nodes: number, group: number, port = 17_000 + group): Cluster => ({
  name: "test",
  secretFile: "/nonexistent",
  port,
  detection: { interval: milliseconds(25), timeout: milliseconds(400) },
  damping: { failures: 3, within: milliseconds(1), ban: milliseconds(1), banMax: milliseconds(1) },
  networks: NETWORKS.map((name) => ({ name, ping: [] })),
  nodes: Array.from({ length: nodes }, (_, index) => ({
    name: nodeName(`n${index + 1}`),
    networks: NETWORKS.map((network, place) => ({ network, address: `127.0.${group + place}.${index + 1}` })),
  })),
  services: [],
  hash: "12345678abcdef",
});

/** A heartbeat thread whose messages a test can await. */
class Station {
  readonly link: HeartbeatLink;
  readonly messages: HeartbeatMessage[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(context: TestContext, cluster: Cluster, node: number) {
    this.link = new HeartbeatLink({
      setup: { cluster, secrets: [SECRET] },
      self: nodeName(`n${node}`),
      incarnation: 1_000 + node,
      onMessage: (message) => {
        this.messages.push(message);
        for (const look of this.#waiting) look();
      },
      onDeath: (problem) => assert.fail(problem),
    });
    context.after(() => this.link.end());
  }

  /** The first message, past or future, that passes. */
  async message<Found>(pick: (message: HeartbeatMessage) => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not in ${JSON.stringify(this.messages)}`)), PATIENCE_MS);
      const look = (): void => {
        const found = this.messages.map(pick).find((picked) => picked !== undefined);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async report<Kind extends DetectorReport["kind"]>(
    kind: Kind,
    accept: (report: Extract<DetectorReport, { readonly kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<DetectorReport, { readonly kind: Kind }>> {
    return this.message((message) => {
      if (message.kind !== "reported") return undefined;
      return message.reports.find(
        (report): report is Extract<DetectorReport, { readonly kind: Kind }> =>
          report.kind === kind && accept(report as Extract<DetectorReport, { readonly kind: Kind }>),
      );
    });
  }
}

test("two threads hear each other on both networks, pass on a bulletin, and one notices that the other is gone", async (context) => {
  const cluster = clusterOf(2, 10);
  const [one, two] = [new Station(context, cluster, 1), new Station(context, cluster, 2)];
  assert.equal((await one.report("peer-heard")).incarnation, 1_002);
  assert.equal((await two.report("peer-heard")).incarnation, 1_001);
  for (const network of NETWORKS) {
    await one.report("hearing-changed", (report) => report.network === wireId(network) && report.heard);
  }
  const claim = { service: 1, epoch: 2, state: "holding", target: 0, cause: "none" } as const;
  two.link.publish({ version: 1, stateDigest: 3, claims: [claim] }, true);
  const { bulletin } = await one.report("bulletin-heard", (report) => report.bulletin.version === 1);
  assert.deepEqual(bulletin.claims, [claim]);
  await two.link.end();
  const silent = await one.report("peer-silent");
  assert.deepEqual([silent.peer, silent.incarnation], [wireId(nodeName("n2")), 1_002]);
});

test("a goodbye is heard at once, and the thread ends by itself", async (context) => {
  const cluster = clusterOf(2, 20);
  const [one, two] = [new Station(context, cluster, 1), new Station(context, cluster, 2)];
  await one.report("peer-heard");
  await two.report("peer-heard");
  two.link.sayGoodbye();
  await one.report("peer-said-goodbye");
  await two.link.exited();
});

test("a goodbye that was prepared can be sent by somebody else", async (context) => {
  const cluster = clusterOf(2, 30);
  const [one, two] = [new Station(context, cluster, 1), new Station(context, cluster, 2)];
  await one.report("peer-heard");
  await two.report("peer-heard");
  two.link.prepareGoodbyes();
  const goodbyes = await two.message((message) =>
    message.kind === "goodbyes-prepared" ? message.goodbyes : undefined,
  );
  assert.deepEqual(
    goodbyes.map(({ from, to, port }) => [from, to, port]),
    [
      ["127.0.30.2", "127.0.30.1", cluster.port],
      ["127.0.31.2", "127.0.31.1", cluster.port],
    ],
  );
  const socket = createSocket("udp4");
  context.after(() => socket.close());
  for (const { to, port, base64 } of goodbyes) socket.send(Buffer.from(base64, "base64"), port, to);
  await one.report("peer-said-goodbye");
});

test("a port in use is told with its reason and used as soon as it is free", async (context) => {
  const cluster = clusterOf(2, 40);
  const squatter = new Station(context, cluster, 1);
  await squatter.message((message) => (message.kind === "started" ? message : undefined));
  const late = new Station(context, cluster, 1);
  const failure = await late.message((message) => (message.kind === "network-changed" ? message.failure : undefined));
  assert.match(failure.message, /127\.0\.4[01]\.1.*EADDRINUSE/);
  await squatter.link.end();
  await late.message((message) =>
    message.kind === "network-changed" && message.failure === undefined ? message : undefined,
  );
});

test("the lease is renewed over the pipe, with the length that was asked for", async (context) => {
  const station = new Station(context, clusterOf(2, 50), 1);
  await station.message((message) => (message.kind === "started" ? message : undefined));
  const path = `/tmp/locum-heartbeat-${process.pid}`;
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, "r+");
  context.after(() => closeSync(fd));
  context.after(() => execFileSync("rm", [path]));
  station.link.renewLease(fd, milliseconds(123));
  const renewal = new Float64Array(2);
  // Waits in the kernel: the main thread stands still, and yet the renewal comes.
  assert.equal(readSync(fd, renewal), 16);
  assert.equal(renewal[1], milliseconds(123));
});
