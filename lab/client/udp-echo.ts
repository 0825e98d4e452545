/**
 * A server to measure with: `udp-echo NAME ADDRESS:PORT…` answers every datagram with its own bytes and the server's
 * name behind them. It listens before the host has the addresses, so that it serves from the moment they arrive. It
 * ends when its standard input does.
 */
import { readSync, writeSync } from "node:fs";
import { PollSet } from "../../src/os/linux/poll-set.js";
import { Datagrams } from "./datagrams.js";

const DATAGRAM_MAX = 65_536;

class UdpEcho {
  readonly #name: Buffer;
  readonly #bytes: Buffer = Buffer.alloc(DATAGRAM_MAX);
  /** Leaves place for the name. */
  readonly #room: Buffer;

  constructor(name: string) {
    this.#name = Buffer.from(name);
    this.#room = this.#bytes.subarray(0, DATAGRAM_MAX - this.#name.length);
  }

  /** Answers everything that waits in the socket. */
  answer(datagrams: Datagrams): void {
    for (let size = datagrams.receive(this.#room); size >= 0; size = datagrams.receive(this.#room)) {
      this.#name.copy(this.#bytes, size);
      datagrams.reply(this.#bytes, size + this.#name.length);
    }
  }
}

function serve(name: string, sockets: readonly Datagrams[]): void {
  const echo = new UdpEcho(name);
  const poll = new PollSet([0, ...sockets.map(({ fd }) => fd)]);
  const ignored = Buffer.alloc(64);
  writeSync(1, `${JSON.stringify({ event: "ready" })}\n`);
  for (;;) {
    poll.wait(undefined);
    if (poll.isReady(0) && readSync(0, ignored) === 0) return;
    for (const each of sockets) echo.answer(each);
  }
}

const [name = "", ...endpoints] = process.argv.slice(2);
serve(name, endpoints.map(Datagrams.listenOn));
