import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { closeSync, openSync, readSync } from "node:fs";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { networkName, nodeName, wireId } from "../../model/names.js";
import { HeartbeatProbe, probeCluster } from "../../../test/support/heartbeat-probe.js";

/** More than wait in a pipe when a busy machine took its time to start a thread. */
const RENEWALS_MAX = 1_000;

/** Node n has 127.0.<group>.n on network a and 127.0.<group + 1>.n on network b. */
const clusterOf = (nodes: number, group: number): Cluster =>
  probeCluster({
    nodes,
    port: 17_000 + group,
    timeout: milliseconds(400),
    addresses: { a: `127.0.${group}.`, b: `127.0.${group + 1}.` },
  });

test("two threads hear each other on both networks, pass on a bulletin, and one notices that the other is gone", async (context) => {
  const cluster = clusterOf(2, 10);
  const [one, two] = [new HeartbeatProbe(context, cluster, 1), new HeartbeatProbe(context, cluster, 2)];
  assert.equal((await one.report("peer-heard")).incarnation, 1_002);
  assert.equal((await two.report("peer-heard")).incarnation, 1_001);
  for (const network of ["a", "b"].map(networkName)) {
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
  const [one, two] = [new HeartbeatProbe(context, cluster, 1), new HeartbeatProbe(context, cluster, 2)];
  await one.report("peer-heard");
  await two.report("peer-heard");
  two.link.sayGoodbye();
  await one.report("peer-said-goodbye");
  await two.link.exited();
});

test("a goodbye that was prepared can be sent by somebody else", async (context) => {
  const cluster = clusterOf(2, 30);
  const [one, two] = [new HeartbeatProbe(context, cluster, 1), new HeartbeatProbe(context, cluster, 2)];
  await one.report("peer-heard");
  await two.report("peer-heard");
  two.forget();
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
  const squatter = new HeartbeatProbe(context, cluster, 1);
  await squatter.started();
  const late = new HeartbeatProbe(context, cluster, 1);
  const failure = await late.message((message) => (message.kind === "network-changed" ? message.failure : undefined));
  assert.match(failure.message, /127\.0\.4[01]\.1.*EADDRINUSE/);
  await squatter.link.end();
  await late.message((message) =>
    message.kind === "network-changed" && message.failure === undefined ? message : undefined,
  );
});

test("the lease is renewed over the pipe: without end while no peer is alive, then as was asked for", async (context) => {
  const cluster = clusterOf(2, 50);
  const probe = new HeartbeatProbe(context, cluster, 1);
  await probe.started();
  const path = `/tmp/locum-heartbeat-${process.pid}`;
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, "r+");
  context.after(() => closeSync(fd));
  context.after(() => execFileSync("rm", [path]));
  probe.link.renewLease(fd, milliseconds(123));
  const renewal = new Float64Array(2);
  // Waits in the kernel: the main thread stands still, and yet the renewal comes.
  assert.equal(readSync(fd, renewal), 16);
  assert.equal(renewal[1], 0);
  const peer = new HeartbeatProbe(context, cluster, 2);
  await probe.report("peer-heard");
  const nextLength = () => (readSync(fd, renewal) === 16 ? renewal[1] : undefined);
  const becomes = (length: number) => Array.from({ length: RENEWALS_MAX }).some(() => nextLength() === length);
  assert.ok(becomes(milliseconds(123)));
  await peer.link.end();
  await probe.report("peer-silent");
  assert.ok(becomes(0));
});

test("the thread says what priority it got", async (context) => {
  const probe = new HeartbeatProbe(context, clusterOf(2, 60), 1);
  const { standing } = await probe.started();
  assert.equal(standing.kind, process.getuid?.() === 0 ? "realtime" : "ordinary");
});

test("a main thread that stands still is noticed, and the lease is then not renewed", async (context) => {
  const probe = new HeartbeatProbe(context, clusterOf(2, 70), 1);
  await probe.started();
  const stall = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(stall, 0, 0, 2_500);
  const { silence } = await probe.message((message) => (message.kind === "main-stalled" ? message : undefined));
  assert.ok(silence >= milliseconds(2_000));
});
