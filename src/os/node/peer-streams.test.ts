import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { ip, namespacesMissing } from "../../../test/support/namespaces.js";
import {
  freePort,
  OTHER_SECRET,
  pairCluster,
  SECRET,
  stateOf,
  StreamingNode,
  WEB1,
  WEB2,
} from "../../../test/support/peer-pair.js";
import { known } from "../../base/assert.js";
import { instant, seconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { RelayedBulletin } from "../../model/heartbeat.js";
import { networkName, nodeName, serviceName } from "../../model/names.js";
import { encodeFrame, FrameReader } from "../../wire/peer-frame.js";
import type { PeerTalk } from "./peer-connection.js";
import { inquiryKey, pairKey } from "./peer-key.js";
import { dialTls } from "./peer-tls.js";

// In a namespace of its own where that is possible, so that addresses can come and go.
const missing = namespacesMissing();
if (missing === false) ip("link set lo up");

const WEB3 = nodeName("web3");
/** Longer than the pauses before the first questions. */
const QUIET_MS = 600;
const nodes: StreamingNode[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const node of nodes.splice(0)) node.streams.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});

function start(self: typeof WEB1, port: number, secrets: readonly Uint8Array[] = [SECRET], prefix?: string) {
  const node = new StreamingNode({ cluster: pairCluster(port, prefix), self, secrets });
  nodes.push(node);
  return node;
}

/** A connection to web2 that is none of ours. */
async function rawConnection(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.1.2", port, localAddress: "127.0.1.1" });
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

/** A connection to web2 that knows the key of web1, and then says what it likes. */
async function insider(port: number): Promise<TLSSocket> {
  const secured = dialTls(
    await rawConnection(port),
    pairKey(SECRET, { cluster: "shop", dialer: WEB1, acceptor: WEB2 }),
  );
  sockets.push(secured);
  secured.on("error", () => undefined);
  await once(secured, "secureConnect");
  return secured;
}

const say = (socket: Socket, value: unknown): void =>
  void socket.write(encodeFrame(Buffer.from(JSON.stringify(value))) ?? "");
const PAUSE: PeerTalk = { kind: "command", id: "1", command: { kind: "pause" } };
const CLAIMS = Array.from({ length: 1_000 }, (_, service) => {
  return { service, epoch: 1, state: "holding", target: 0, cause: "none" } as const;
});
const relayedOf = (node: typeof WEB1, version: number): RelayedBulletin => ({
  node,
  incarnation: 1,
  configDigest: 0,
  bulletin: { version, stateDigest: 0, claims: CLAIMS },
});
const HELLO = {
  kind: "hello",
  node: "web1",
  versions: { min: 1, max: 1 },
  incarnation: 1,
  program: "x",
  configHash: "",
};

test("whoever connects is told the latest state, and later ones as they come", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  web2.streams.publishState(stateOf(WEB2, 1));
  web2.streams.publishState(stateOf(WEB2, 2));
  const web1 = start(WEB1, port);
  const first = await web1.until("message");
  assert.deepEqual(first.message, { kind: "state", state: stateOf(WEB2, 2) });
  web2.streams.publishState(stateOf(WEB2, 3));
  await web1.until("message", ({ message }) => message.kind === "state" && message.state.incarnation === 3);
  const { hello } = await web1.until("connected");
  assert.deepEqual([hello.node, hello.program, hello.configHash], [WEB2, "test", "abc"]);
});

test("a state that is told later than it was made says by how much its durations grew", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  const tenure = { service: serviceName("shop"), epoch: 1, reason: { kind: "cluster-start" } } as const;
  const ban = { node: WEB1, failures: 3 };
  web2.streams.publishState({
    ...stateOf(WEB2, 1),
    tenures: [{ ...tenure, heldFor: seconds(1) }],
    bans: [{ ...ban, remaining: seconds(60) }],
  });
  web2.now = instant(50e6);
  const { message } = await start(WEB1, port).until("message");
  assert.ok(message.kind === "state");
  assert.deepEqual(message.state.tenures, [{ ...tenure, heldFor: seconds(51) }]);
  assert.deepEqual(message.state.bans, [{ ...ban, remaining: seconds(10) }]);
});

test("both send messages to each other, and none to a node that is not there", async () => {
  const port = await freePort();
  const web1 = start(WEB1, port);
  assert.equal(web1.streams.send(WEB2, PAUSE), false);
  const web2 = start(WEB2, port);
  await Promise.all([web1.until("connected"), web2.until("connected")]);
  assert.equal(web1.streams.send(WEB2, PAUSE), true);
  assert.deepEqual((await web2.until("message")).message, PAUSE);
  web2.streams.send(WEB1, { kind: "command-outcome", id: "1", outcome: { ok: true, message: "paused" } });
  assert.equal((await web1.until("message")).message.kind, "command-outcome");
});

test("the clients of a service are told to those who connect later, until there are none", async () => {
  const port = await freePort();
  const web1 = start(WEB1, port);
  const shop = serviceName("shop");
  const connections = [
    { family: 4, localAddress: "10.0.0.1", localPort: 80, remoteAddress: "10.0.0.9", remotePort: 4_000 } as const,
  ];
  web1.streams.publishConnections(serviceName("old"), connections);
  web1.streams.publishConnections(serviceName("old"), []);
  web1.streams.publishConnections(shop, connections);
  const web2 = start(WEB2, port);
  assert.deepEqual((await web2.until("message")).message, { kind: "connections", service: shop, connections });
});

/** The pair's cluster with another name for web2, which hears under the same address. */
const strangersCluster = (port: number): Cluster => {
  const cluster = pairCluster(port);
  return { ...cluster, nodes: cluster.nodes.map((each) => (each.name === WEB2 ? { ...each, name: WEB3 } : each)) };
};

for (const [self, peer] of [
  [WEB1, WEB2],
  [WEB2, WEB1],
] as const) {
  test(`${self} learns that ${peer} does not know it, and when it does`, async () => {
    const port = await freePort();
    const asker = start(self, port);
    const cluster = pairCluster(port);
    const other = self === WEB1 ? "127.0.9.1" : "127.0.9.2";
    const nodesOfPeer = cluster.nodes.map((each) =>
      each.name === self
        ? { name: nodeName("web9"), paths: [], networks: each.networks.map((own) => ({ ...own, address: other })) }
        : each,
    );
    const answerer = new StreamingNode({ cluster: { ...cluster, nodes: nodesOfPeer }, self: peer, secrets: [SECRET] });
    nodes.push(answerer);
    await asker.until("disowned");
    await asker.until("disowned", () => true, asker.heard.length);
    assert.equal(
      answerer.heard.some(({ kind }) => kind === "disowned"),
      false,
      "nobody disowns the answerer",
    );
    answerer.streams.reconfigure({ cluster, self: peer, secrets: [SECRET] });
    await asker.until("acknowledged");
    await asker.until("connected");
    const connected = asker.heard.length;
    await setTimeout(QUIET_MS);
    assert.deepEqual(asker.heard.slice(connected), [], "nobody asks while the two are connected");
  });
}

test("no answer disowns nobody: another secret, another cluster, nobody there", async () => {
  const port = await freePort();
  const asker = start(WEB2, port);
  await setTimeout(QUIET_MS);
  const cluster = strangersCluster(port);
  for (const other of [
    { cluster, self: WEB1, secrets: [OTHER_SECRET] },
    { cluster: { ...cluster, name: "other" }, self: WEB1, secrets: [SECRET] },
  ]) {
    const stranger = new StreamingNode(other);
    await setTimeout(QUIET_MS);
    stranger.streams.close();
  }
  assert.equal(
    asker.heard.some(({ kind }) => kind === "disowned"),
    false,
  );
});

test("an asker that says anything but a greeting is hung up on", async () => {
  const port = await freePort();
  start(WEB2, port);
  const socket = dialTls(await rawConnection(port), inquiryKey(SECRET, { cluster: "shop", acceptor: WEB2 }));
  sockets.push(socket);
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  say(socket, PAUSE);
  socket.resume();
  await once(socket, "close");
});

test("a node with another key is refused, and both sides say so", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  const web1 = start(WEB1, port, [OTHER_SECRET]);
  const [one, two] = await Promise.all([
    web1.until("problem", ({ about, problem }) => about === WEB2 && problem !== undefined),
    web2.until("problem", ({ about, problem }) => about === WEB1 && problem !== undefined),
  ]);
  assert.match(`${one.problem} ${two.problem}`, /key.*key/);
  assert.deepEqual([...web1.streams.connected, ...web2.streams.connected], []);
  assert.ok(web2.streams.counters.refused > 0);
});

test("keys change in three steps without a stream that can't be made", async () => {
  const port = await freePort();
  const cluster = pairCluster(port);
  const web1 = start(WEB1, port, [SECRET, OTHER_SECRET]);
  const web2 = start(WEB2, port, [SECRET]);
  await web2.until("connected");
  const steps = [
    { node: web2, self: WEB2, secrets: [SECRET, OTHER_SECRET] },
    { node: web1, self: WEB1, secrets: [OTHER_SECRET, SECRET] },
    { node: web2, self: WEB2, secrets: [OTHER_SECRET] },
    { node: web1, self: WEB1, secrets: [OTHER_SECRET] },
  ];
  for (const { node, self, secrets } of steps) {
    const before = web2.heard.length;
    node.streams.reconfigure({ cluster, self, secrets });
    await web2.until("connected", undefined, before);
  }
  assert.deepEqual(
    [...web1.heard, ...web2.heard].filter((heard) => heard.kind === "problem" && heard.problem !== undefined),
    [],
  );
});

test("a configuration that touches no stream leaves them alone", async () => {
  const port = await freePort();
  const web1 = start(WEB1, port);
  const web2 = start(WEB2, port);
  await Promise.all([web1.until("connected"), web2.until("connected")]);
  web1.streams.reconfigure({ cluster: pairCluster(port), self: WEB1, secrets: [SECRET] });
  assert.equal(web1.streams.connected.length, 1);
});

test("bytes that are no TLS, and connections that say nothing, end in time and let others in", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  const silent = await rawConnection(port);
  const garbage = await rawConnection(port);
  garbage.on("error", () => undefined);
  garbage.write("GET / HTTP/1.0\r\n\r\n");
  await Promise.all([once(silent.resume(), "close"), once(garbage.resume(), "close")]);
  const web1 = start(WEB1, port);
  await web1.until("connected");
});

test("one source can't hold more than its share of connections", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  for (let count = 0; count < 12; count += 1) await rawConnection(port);
  await Promise.any(sockets.map((socket) => once(socket.resume(), "close")));
  assert.ok(web2.streams.counters.turnedAway >= 1);
});

test("a session that was agreed on before can't take the place of the key", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  const first = await insider(port);
  const sessions: Buffer[] = [];
  first.on("session", (session: Buffer) => sessions.push(session));
  say(first, HELLO);
  await web2.until("connected");
  await once(first, "data");
  const mark = web2.heard.length;
  for (const session of [...sessions, first.getSession()]) {
    const again = connectTls({ socket: await rawConnection(port), session, rejectUnauthorized: false });
    sockets.push(again);
    again.on("error", () => undefined);
    again.on("secureConnect", () => say(again, HELLO));
    await new Promise((resolve) => again.resume().on("close", resolve));
  }
  assert.deepEqual(
    web2.heard.slice(mark).filter(({ kind }) => kind === "connected"),
    [],
  );
});

/** A private key and a certificate for it, in one text; undefined without the openssl program. */
function madeCertificate(): string | undefined {
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -subj /CN=web2";
  const { status, stdout } = spawnSync("openssl", request.split(" "), { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}
const certificate = madeCertificate();
const noOpenssl = certificate === undefined ? "needs the openssl program" : false;

test("a server that shows a certificate is not taken for a peer", { skip: noOpenssl }, async () => {
  const server = createTlsServer({ key: certificate, cert: certificate });
  server.listen(0, "127.0.1.2");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const web1 = start(WEB1, port);
  await web1.until("problem", ({ about, problem }) => about === WEB2 && problem !== undefined);
  assert.equal(web1.streams.connected.length, 0);
  server.close();
});

test("an authenticated peer that speaks no frames, or never greets, is left; one that says odd things is not", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  const mute = await insider(port);
  const raving = await insider(port);
  raving.write("\xff\xff\xff\xff and so on", "latin1");
  await once(raving.resume(), "close");
  const odd = await insider(port);
  say(odd, HELLO);
  say(odd, { kind: "telepathy" });
  say(odd, { kind: "state", state: 5 });
  odd.write(encodeFrame(Buffer.from("{not JSON")) ?? "");
  say(odd, { kind: "state", state: stateOf(WEB2, 1) });
  for (const about of [WEB1, WEB2]) {
    say(odd, { kind: "relayed-state", state: stateOf(about, 1) });
    say(odd, { kind: "relayed-bulletin", relayed: relayedOf(about, 1) });
  }
  say(odd, PAUSE);
  assert.deepEqual((await web2.until("message")).message, PAUSE);
  assert.deepEqual([web2.streams.counters.unknown, web2.streams.counters.malformed], [1, 7]);
  await once(mute.resume(), "close");
});

test("what a third node says is passed on; to a peer that does not read, in the end only the newest of it", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  const slow = await insider(port);
  say(slow, HELLO);
  await web2.until("connected");
  slow.pause();
  const last = 400;
  for (let version = 1; version <= last; version += 1) {
    web2.streams.relay([WEB1, WEB3], { kind: "relayed-bulletin", relayed: relayedOf(WEB3, version) });
  }
  const reader = new FrameReader();
  const versions: number[] = [];
  slow.on("data", (bytes: Buffer) => {
    for (const text of reader.push(bytes) ?? []) {
      const message = JSON.parse(Buffer.from(text).toString()) as PeerTalk;
      if (message.kind === "relayed-bulletin") versions.push(message.relayed.bulletin.version);
    }
  });
  slow.resume();
  while (versions.at(-1) !== last) await once(slow, "data");
  assert.ok(versions.length < last, `${versions.length} of ${last} were sent`);
  assert.deepEqual(
    versions,
    [...versions].sort((a, b) => a - b),
  );
});

test("a peer of a version without common ground is told ours and reported in words", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  const later = await insider(port);
  say(later, { ...HELLO, versions: { min: 5, max: 6 }, program: "9.0" });
  const reader = new FrameReader();
  const [bytes] = await once(later, "data");
  const greeting: unknown = JSON.parse(Buffer.from(known(reader.push(bytes)?.[0], "a frame")).toString());
  assert.deepEqual((greeting as typeof HELLO).versions, { min: 1, max: 1 });
  const { problem } = await web2.until("problem", ({ about, problem }) => about === WEB1 && problem !== undefined);
  assert.match(problem ?? "", /9\.0 speaks versions 5 to 6 .* ours 1 to 1/);
});

test("a peer that does not read is given up, and others are not held up", async () => {
  const port = await freePort();
  const web2 = start(WEB2, port);
  await web2.until("problem", ({ about }) => about === "127.0.1.2");
  const lazy = await insider(port);
  say(lazy, HELLO);
  await web2.until("connected");
  lazy.pause();
  const command = { kind: "command", id: "x".repeat(1_000_000), command: { kind: "pause" } } as const;
  for (let count = 0; count < 40 && web2.streams.connected.length > 0; count += 1) web2.streams.send(WEB1, command);
  assert.match((await web2.until("disconnected")).why, /does not read/);
});

/** Two nodes on addresses that can be taken away, and our address of the stream that they made. */
async function cuttable() {
  for (const address of ["10.9.1.1", "10.9.1.2", "10.9.2.1", "10.9.2.2"]) ip(`address replace ${address}/32 dev lo`);
  const port = await freePort();
  const web2 = start(WEB2, port, [SECRET], "10.9.");
  const web1 = start(WEB1, port, [SECRET], "10.9.");
  await Promise.all([web1.until("connected"), web2.until("connected")]);
  const used = known(web1.streams.connected[0], "connected").localAddress;
  return { web1, web2, used, network: networkName(used.startsWith("10.9.1.") ? "a" : "b") };
}

test("a stream on a network that fails is made anew on the other one", { skip: missing }, async () => {
  const { web1, web2, used } = await cuttable();
  const marks = [web1.heard.length, web2.heard.length];
  const peerThere = used.replace(/\d+$/, "2");
  ip(`address del ${peerThere}/32 dev lo`);
  ip(`route add blackhole ${peerThere}/32`);
  const cutAt = performance.now();
  await Promise.all([web1.until("connected", undefined, marks[0]), web2.until("connected", undefined, marks[1])]);
  console.log(`network cut to stream on the other one: ${Math.round(performance.now() - cutAt)} ms`);
  ip(`route del blackhole ${peerThere}/32`);
  assert.notEqual(web1.streams.connected[0]?.localAddress, used);
  web1.streams.send(WEB2, PAUSE);
  await web2.until("message", ({ message }) => message.kind === "command", marks[1]);
});

test("a network that heartbeats do not cross is left without waiting", { skip: missing }, async () => {
  const { web1, used, network } = await cuttable();
  const mark = web1.heard.length;
  ip(`address del ${used.replace(/\d+$/, "2")}/32 dev lo`);
  web1.streams.networkLost(WEB2, networkName(network === "a" ? "b" : "a"));
  assert.equal(web1.streams.connected.length, 1);
  web1.streams.networkLost(WEB2, network);
  await web1.until("connected", undefined, mark);
  assert.notEqual(web1.streams.connected[0]?.localAddress, used);
});

test("a problem of what the file has no longer is over", async () => {
  const port = await freePort();
  const cluster = pairCluster(port);
  const [first, ...others] = cluster.nodes;
  const own = known(first, "there are two nodes");
  const elsewhere = own.networks.map((each, at) => (at === 0 ? { ...each, address: "192.0.2.1" } : each));
  const node = new StreamingNode({
    cluster: { ...cluster, nodes: [{ ...own, networks: elsewhere }, ...others] },
    self: WEB1,
    secrets: [SECRET],
  });
  nodes.push(node);
  await node.until("problem", ({ about, problem }) => about === "192.0.2.1" && problem !== undefined);
  node.streams.reconfigure({ cluster, self: WEB1, secrets: [SECRET] });
  await node.until("problem", ({ about, problem }) => about === "192.0.2.1" && problem === undefined);
});
