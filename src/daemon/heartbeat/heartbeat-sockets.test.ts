import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpAddress } from "../../base/ip-address.js";
import { known } from "../../base/assert.js";
import { after, instant, milliseconds, seconds } from "../../base/time.js";
import { networkName, nodeName, wireId } from "../../model/names.js";
import { encodeSocketAddress } from "../../os/linux/socket-address.js";
import { UdpSocket } from "../../os/linux/udp-socket.js";
import { probeCluster } from "../../../test/support/heartbeat-probe.js";
import { HeartbeatSockets } from "./heartbeat-sockets.js";

const START = instant(1_000_000);
const A = wireId(networkName("a"));
const clusterOf = (group: number, b = "192.0.2."): ReturnType<typeof probeCluster> =>
  probeCluster({ nodes: 2, port: 17_200 + group, timeout: milliseconds(100), addresses: { a: `127.0.${group}.`, b } });

function drained(sockets: HeartbeatSockets): readonly (readonly [number, number])[] {
  const packets: [number, number][] = [];
  sockets.drain((network, packet) => packets.push([network, packet.length]));
  return packets;
}

test("one call hands over everything that a socket's buffer can hold", () => {
  const sockets = new HeartbeatSockets(START);
  const cluster = clusterOf(100);
  sockets.configure(cluster, nodeName("n1"));
  const flooder = new UdpSocket("127.0.100.2", 0);
  const target = encodeSocketAddress(known(parseIpAddress("127.0.100.1"), "it is one"), cluster.port);
  for (let count = 0; count < 10_000; count += 1) flooder.send(new Uint8Array(1), 1, target);
  assert.ok(drained(sockets).length > 0);
  assert.deepEqual(drained(sockets), []);
  flooder.close();
  sockets.close();
});

test("an address that is not here is told once; the other network works", () => {
  const sockets = new HeartbeatSockets(START);
  sockets.configure(clusterOf(101), nodeName("n1"));
  const [change, ...more] = sockets.takeChanges();
  assert.deepEqual([change?.network, change?.failure?.fields?.["errno"], more], ["b", "EADDRNOTAVAIL", []]);
  sockets.review(after(START, seconds(1)));
  assert.deepEqual(sockets.takeChanges(), []);
  assert.equal(sockets.fds.length, 2, "one network, and what the kernel tells");
  sockets.close();
});

test("what was wrong with an address is over when the file names another one", () => {
  const sockets = new HeartbeatSockets(START);
  sockets.configure(clusterOf(106), nodeName("n1"));
  assert.equal(sockets.takeChanges()[0]?.network, "b");
  sockets.configure(clusterOf(106, "127.0.107."), nodeName("n1"));
  assert.deepEqual(sockets.takeChanges(), [{ network: "b", failure: undefined }]);
  sockets.close();
});

test("a datagram that is longer than a heartbeat is seen to be, not cut to one", () => {
  const sockets = new HeartbeatSockets(START);
  const cluster = clusterOf(102);
  sockets.configure(cluster, nodeName("n1"));
  const sender = new UdpSocket("127.0.102.2", 0);
  const target = encodeSocketAddress(known(parseIpAddress("127.0.102.1"), "it is one"), cluster.port);
  sender.send(new Uint8Array(9_000), 9_000, target);
  assert.deepEqual(drained(sockets), [[A, 2_048]]);
  sender.close();
  sockets.close();
});

test("whose address and port a datagram came from is known while it is handed over", () => {
  const sockets = new HeartbeatSockets(START);
  const cluster = clusterOf(108);
  sockets.configure(cluster, nodeName("n1"));
  const target = encodeSocketAddress(known(parseIpAddress("127.0.108.1"), "it is one"), cluster.port);
  const peer = wireId(nodeName("n2"));
  const cameFromPeer = (address: string, port: number): readonly boolean[] => {
    const sender = new UdpSocket(address, port);
    sender.send(new Uint8Array(1), 1, target);
    const told: boolean[] = [];
    sockets.drain(() => told.push(sockets.cameFrom(peer)));
    sender.close();
    return told;
  };
  assert.deepEqual(cameFromPeer("127.0.108.2", cluster.port), [true]);
  assert.deepEqual(cameFromPeer("127.0.108.2", 0), [false], "another program on the peer");
  assert.deepEqual(cameFromPeer("127.0.108.3", cluster.port), [false], "another machine");
  sockets.close();
});

test("another configuration keeps the sockets that remain and closes the others", () => {
  const sockets = new HeartbeatSockets(START);
  sockets.configure(clusterOf(103, "127.0.104."), nodeName("n1"));
  const [a, b] = sockets.fds;
  sockets.configure(clusterOf(103, "127.0.105."), nodeName("n1"));
  assert.equal(sockets.fds[0], a);
  assert.equal(sockets.fds.length, 3);
  assert.ok(a !== undefined && b !== undefined);
  sockets.close();
});
