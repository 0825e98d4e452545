/**
 * A server to measure with: `udp-echo NAME ADDRESS:PORT…` answers every datagram with its own bytes and the server's
 * name behind them, from the address that was asked. It listens on `0.0.0.0` or `[::]` for all addresses, those included
 * that the host gets later, or on single ones before the host has them. It ends when its standard input does.
 */
import { readSync, writeSync } from "node:fs";
import { PollSet } from "../../src/os/linux/poll-set.js";
import { Datagrams, raisePriority } from "./datagrams.js";
import { AddressedAnswers, fixed } from "./packet-info.js";

const DATAGRAM_MAX = 65_536;

class UdpEcho {
  readonly #name: Uint8Array;
  readonly #bytes: Uint8Array = fixed(DATAGRAM_MAX);
  readonly #answers: AddressedAnswers;

  constructor(name: string, { fd, family }: Datagrams) {
    this.#name = Buffer.from(name);
    this.#answers = new AddressedAnswers(fd, family, this.#bytes);
  }

  /** Answers everything that waits in the socket. */
  answerAll(): void {
    for (let size = this.#receive(); size >= 0; size = this.#receive()) {
      this.#bytes.set(this.#name, size);
      this.#answers.reply(size + this.#name.length);
    }
  }

  /** Leaves place for the name. */
  #receive(): number {
    return this.#answers.receive(DATAGRAM_MAX - this.#name.length);
  }
}

function serve(sockets: readonly Datagrams[], echoes: readonly UdpEcho[]): void {
  const poll = new PollSet([0, ...sockets.map(({ fd }) => fd)]);
  const ignored = Buffer.alloc(64);
  // What is measured is who answers, not how long a busy machine lets an ordinary process wait.
  raisePriority();
  writeSync(1, `${JSON.stringify({ event: "ready" })}\n`);
  for (;;) {
    poll.wait(undefined);
    if (poll.isReady(0) && readSync(0, ignored) === 0) return;
    for (const echo of echoes) echo.answerAll();
  }
}

const [name = "", ...endpoints] = process.argv.slice(2);
const sockets = endpoints.map(Datagrams.listenOn);
serve(
  sockets,
  sockets.map((socket) => new UdpEcho(name, socket)),
);
