import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LocumError } from "../../base/locum-error.js";
import { between, milliseconds, seconds } from "../../base/time.js";
import { bootClock, close, eventfd, read, write } from "./libc.js";
import { PollSet } from "./poll-set.js";
import { encodeSocketAddress } from "./socket-address.js";
import { checked, ERRNO, errnoName, SystemCallError } from "./system-call-error.js";
import { UdpSocket } from "./udp-socket.js";
import { parseIpAddress } from "../../base/ip-address.js";

const EBADF = 9;

function loopback(address: string): { socket: UdpSocket; own: Uint8Array } {
  const socket = new UdpSocket(address, 0);
  const parsed = parseIpAddress(address) ?? assert.fail(`${address} is an address`);
  return { socket, own: encodeSocketAddress(parsed, socket.port) };
}

test("a refused call answers its errno, and becomes an error that says what for", () => {
  assert.equal(close(-1), -EBADF);
  assert.equal(checked(3, "close", "close a file"), 3);
  assert.throws(
    () => checked(-99, "bind", "listen on 10.0.0.1"),
    (error) =>
      error instanceof SystemCallError &&
      error instanceof LocumError &&
      error.message === "Cannot listen on 10.0.0.1: bind answers EADDRNOTAVAIL" &&
      error.failure.fields?.["errno"] === "EADDRNOTAVAIL" &&
      error.failure.advice !== undefined,
  );
  assert.equal(errnoName(ERRNO.again), "EAGAIN");
  assert.equal(errnoName(12_345), "errno 12345");
});

test("the clock runs on, in microseconds", () => {
  const start = bootClock();
  while (bootClock() === start);
  const passed = between(start, bootClock());
  assert.ok(Number.isInteger(start) && passed > 0 && passed < seconds(10));
});

test("a poll ends by its timeout, and by what comes, and says what came", () => {
  const quiet = checked(eventfd(0, 0), "eventfd", "test");
  const loud = checked(eventfd(0, 0), "eventfd", "test");
  const poll = new PollSet([quiet, loud]);
  const start = bootClock();
  assert.equal(poll.wait(milliseconds(20)), 0);
  assert.ok(between(start, bootClock()) >= milliseconds(20));
  write(loud, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  assert.equal(poll.wait(undefined), 1);
  assert.deepEqual([poll.isReady(0), poll.isReady(1)], [false, true]);
  const counter = new Uint8Array(8);
  assert.equal(read(loud, counter), 8);
  assert.equal(counter[0], 1);
  assert.equal(poll.wait(milliseconds(-5)), 0);
  assert.equal(poll.isReady(1), false);
  for (const fd of [quiet, loud]) close(fd);
});

for (const address of ["127.0.0.1", "::1"]) {
  test(`datagrams over ${address} come with their whole length`, () => {
    const { socket, own } = loopback(address);
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    const buffer = new Uint8Array(4);
    assert.equal(socket.receive(buffer), -ERRNO.again);
    assert.equal(socket.send(bytes, 3, own), 3);
    assert.equal(socket.receive(buffer), 3);
    assert.deepEqual(buffer, Uint8Array.of(1, 2, 3, 0));
    socket.send(bytes, 5, own);
    assert.equal(socket.receive(buffer), 5);
    socket.close();
  });
}

test("an address that is not here, or a port that is taken, is a readable error", () => {
  assert.throws(
    () => new UdpSocket("192.0.2.1", 0),
    /Cannot receive heartbeats on 192.0.2.1 port 0: bind answers EADDRNOTAVAIL/,
  );
  const { socket } = loopback("127.0.0.1");
  assert.throws(() => new UdpSocket("127.0.0.1", socket.port), /bind answers EADDRINUSE/);
  socket.close();
});

test("sending, receiving, polling and reading the clock leave next to nothing for the garbage collector", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { socket, own } = loopback("127.0.0.1");
  const buffer = new Uint8Array(512);
  const poll = new PollSet([socket.fd]);
  const turn = (): void => {
    socket.send(buffer, 200, own);
    poll.wait(seconds(1));
    if (poll.isReady(0)) socket.receive(buffer);
    bootClock();
  };
  const TURNS = 20_000;
  for (let round = 0; round < TURNS; round += 1) turn();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < TURNS; round += 1) turn();
  const perTurn = (process.memoryUsage().heapUsed - before) / TURNS;
  // Four calls a turn; a single object for one of them would already be more.
  assert.ok(perTurn < 64, `${perTurn} bytes a turn`);
  socket.close();
});
