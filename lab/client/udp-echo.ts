/**
 * A server to measure with: `udp-echo NAME ADDRESS:PORT…` answers every datagram with its own bytes and the server's
 * name behind them. It listens before the host has the addresses, so that it serves from the moment they arrive. It
 * ends when its standard input does.
 */
import { readSync, writeSync } from "node:fs";
import { known } from "../../src/base/assert.js";
import { listenOn, MSG_DONTWAIT, parseEndpoint, Poll, receiveFrom, sendTo } from "./udp-socket.js";

const DATAGRAM_MAX = 65_536;
const SENDER_SIZE_MAX = 28;

class UdpEcho {
  readonly #name: Buffer;
  readonly #bytes: Buffer = Buffer.alloc(DATAGRAM_MAX);
  readonly #sender: Buffer = Buffer.alloc(SENDER_SIZE_MAX);
  readonly #senderSize: Buffer = Buffer.alloc(4);

  constructor(name: string) {
    this.#name = Buffer.from(name);
  }

  /** Answers everything that waits in the socket. */
  answer(fd: number): void {
    for (;;) {
      this.#senderSize.writeUInt32LE(SENDER_SIZE_MAX);
      const room = DATAGRAM_MAX - this.#name.length;
      const size = receiveFrom(fd, this.#bytes, room, MSG_DONTWAIT, this.#sender, this.#senderSize);
      if (size < 0) return;
      this.#name.copy(this.#bytes, size);
      const target = this.#senderSize.readUInt32LE();
      sendTo(fd, this.#bytes, size + this.#name.length, MSG_DONTWAIT, this.#sender, target);
    }
  }
}

function serve(name: string, sockets: readonly number[]): void {
  const echo = new UdpEcho(name);
  const poll = new Poll([0, ...sockets]);
  const ignored = Buffer.alloc(64);
  writeSync(1, `${JSON.stringify({ event: "ready" })}\n`);
  for (;;) {
    poll.wait();
    if (poll.isReady(0) && readSync(0, ignored) === 0) return;
    for (const fd of sockets) echo.answer(fd);
  }
}

const [name, ...endpoints] = process.argv.slice(2);
const sockets = endpoints.map((text) => listenOn(parseEndpoint(text)));
serve(known(name, "usage: udp-echo NAME ADDRESS:PORT…"), sockets);
