import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { parseSockets, portUsers } from "./port-users.js";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1382 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0000000000000000 100 0 0 10 0
   1: 000080FD000000000000000001000000:0050 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000 0 0 99 1
  broken line
`;

test("reads the kernel's table of sockets", { skip: skipOnBigEndian() }, () => {
  assert.deepEqual(parseSockets(TABLE), [
    { address: "127.0.0.1", port: 4994, state: 10, inode: "1234" },
    { address: "fd80::1", port: 80, state: 1, inode: "99" },
  ]);
});

test("names the program that has a port, for the addresses that matter", async (context) => {
  const server = createServer().listen(0, "127.0.0.1");
  context.after(() => server.close());
  await once(server, "listening");
  const bound = server.address();
  assert.ok(bound !== null && typeof bound === "object");
  const [user] = portUsers(bound.port, ["127.0.0.1"]).filter(({ protocol }) => protocol === "tcp");
  assert.equal(user?.address, "127.0.0.1");
  assert.equal(user?.program?.processId, process.pid);
  assert.match(user?.program?.commandLine ?? "", /node/);
  assert.deepEqual(portUsers(bound.port, ["10.255.255.1"]), []);
});

test("a socket on all addresses is in the way of each", async (context) => {
  const socket = createSocket("udp4").bind(0);
  context.after(() => socket.close());
  await once(socket, "listening");
  const users = portUsers(socket.address().port, ["10.255.255.1"]);
  assert.deepEqual(
    users.map(({ protocol, address }) => ({ protocol, address })),
    [{ protocol: "udp", address: "0.0.0.0" }],
  );
});

function skipOnBigEndian(): string | false {
  return new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? false : "the sample is of a little-endian machine";
}
