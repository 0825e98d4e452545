import { known } from "../../base/assert.js";
import { ok, refused, type Result } from "../../base/result.js";
import { seconds } from "../../base/time.js";
import type { StepProblem } from "../../model/node-io.js";
import { decodeEnd, decodeNetlink, type NetlinkMessage, stampSequence, wasInterrupted } from "../../wire/netlink.js";
import { bind, close, recvfrom, sendto, setsockopt } from "./libc.js";
import { openSocket } from "./open-socket.js";
import { AF, LEVEL, MSG, optionValue, setReceiveTimeout, SOCK } from "./socket-options.js";
import { checked, ERRNO, errnoName } from "./system-call-error.js";

/** Netlink families: addresses and links, the diagnosis of sockets, and packet filters. */
export const NETLINK = { route: 0, socketDiagnosis: 4, netfilter: 12 } as const;

const OPTION = { capAck: 10, extendedAck: 11, strictCheck: 12 } as const;
const SOCKADDR_NL = 12;
/** The kernel answers within the request's own system call; this bounds only what should never happen. */
const ANSWER_TIMEOUT = seconds(1);
/** The kernel fills a dump's datagrams up to the reader's buffer, but never beyond 32 KiB. */
const RECEIVE_BUFFER = 32_768;
/** Datagrams of an abandoned earlier request that may lie before the answer. */
const STALE_DATAGRAMS_MAX = 64;
const DUMP_DATAGRAMS_MAX = 100_000;
const DUMP_ATTEMPTS_MAX = 5;
/** So many acknowledgements fit into a socket's default buffer. */
const BATCH_MAX = 64;

/** struct sockaddr_nl with multicast groups. */
export function netlinkAddress(groups: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF.netlink, true);
  view.setUint32(8, groups, true);
  return bytes;
}

export type Answer = Result<undefined, StepProblem>;

const DONE: Answer = ok(undefined);

function openNetlink(family: number): number {
  const purpose = "talk with the kernel by netlink";
  return openSocket({ domain: AF.netlink, type: SOCK.raw, protocol: family }, purpose, (fd) => {
    checked(bind(fd, netlinkAddress(0)), "bind", purpose);
    checked(setReceiveTimeout(fd, ANSWER_TIMEOUT), "setsockopt", purpose);
    // Old kernels lack these three: errors then come without words, and dumps are filtered here instead of there.
    for (const option of Object.values(OPTION)) setsockopt(fd, LEVEL.netlink, option, optionValue(1));
  });
}

/** Talks with the kernel: a request, its answer, one after the other, in tens of microseconds. */
export class NetlinkSocket {
  readonly #family: number;
  #fd: number;
  readonly #buffer = new Uint8Array(RECEIVE_BUFFER);
  #sequence = 0;

  /** @throws {SystemCallError} when the kernel gives no such socket. */
  constructor(family: number) {
    this.#family = family;
    this.#fd = openNetlink(family);
  }

  /** For questions about interfaces that netlink does not answer; changes with the socket. */
  get fd(): number {
    return this.#fd;
  }

  close(): void {
    close(this.#fd);
  }

  /** Performs one order (a message with NLM_F_ACK). */
  request(message: Uint8Array): Answer {
    return known(this.requestAll([message])[0], "every order has an answer");
  }

  /**
   * Performs orders one after the other, each whatever became of those before it; a few dozen reach the kernel in one
   * system call, so that not even SIGKILL can come between them.
   */
  requestAll(messages: readonly Uint8Array[]): readonly Answer[] {
    const answers: Answer[] = [];
    for (let start = 0; start < messages.length; start += BATCH_MAX) {
      answers.push(...this.#requestBatch(messages.slice(start, start + BATCH_MAX)));
    }
    return answers;
  }

  #requestBatch(messages: readonly Uint8Array[]): readonly Answer[] {
    const first = this.#sequence + 1;
    const sent = this.#send(messages);
    if (!sent.ok) return messages.map(() => sent);
    const answers: Answer[] = messages.map(() => timedOut());
    let missing = messages.length;
    for (let datagrams = 0; missing > 0 && datagrams < STALE_DATAGRAMS_MAX + BATCH_MAX; datagrams += 1) {
      const received = this.#receive();
      if (!received.ok) return answers.map((answer) => (answer.ok ? answer : received));
      for (const message of received.value) {
        const index = (message.sequence - first) >>> 0;
        const answer = answerOf(message);
        if (answer === undefined || index >= messages.length) continue;
        answers[index] = answer;
        missing -= 1;
      }
    }
    return answers;
  }

  /**
   * Performs a transaction of the packet filters: orders between the messages that open and close it, all of them or
   * none. The answer is the first refusal.
   */
  transact(opening: Uint8Array, orders: readonly Uint8Array[], closing: Uint8Array): Answer {
    const first = this.#sequence + 1;
    const sent = this.#send([opening, ...orders, closing]);
    if (!sent.ok) return sent;
    for (let missing = orders.length, datagrams = 0; missing > 0; datagrams += 1) {
      const received = datagrams < STALE_DATAGRAMS_MAX + BATCH_MAX ? this.#receive() : timedOut();
      if (!received.ok) return received;
      const ours = received.value.filter(({ sequence }) => (sequence - first) >>> 0 <= orders.length);
      const answers = ours.flatMap((message) => answerOf(message) ?? []);
      const refusal = answers.find((answer) => !answer.ok);
      if (refusal !== undefined) return refusal;
      missing -= answers.length;
    }
    return DONE;
  }

  /** Asks for one thing; the message is valid until the next call. */
  query(message: Uint8Array): Result<NetlinkMessage, StepProblem> {
    const sent = this.#send([message]);
    if (!sent.ok) return sent;
    for (let datagrams = 0; datagrams < STALE_DATAGRAMS_MAX; datagrams += 1) {
      const received = this.#receive();
      if (!received.ok) return received;
      const [found] = received.value.filter(({ sequence }) => sequence === this.#sequence);
      if (found === undefined) continue;
      const end = answerOf(found);
      if (end === undefined) return ok(found);
      return end.ok ? refused({ code: "ENOENT", message: "the kernel answered with nothing" }) : end;
    }
    return timedOut();
  }

  /**
   * Asks for a list and decodes its items; what `decode` refuses is left out. A list that changed meanwhile is read
   * again. Of a list that is longer than `limit`, the rest is not read.
   */
  dump<Item>(
    request: Uint8Array,
    decode: (payload: Uint8Array) => Item | undefined,
    limit: number = Number.POSITIVE_INFINITY,
  ): Result<readonly Item[], StepProblem> {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS_MAX; attempt += 1) {
      const items: Item[] = [];
      const outcome = this.#dumpOnce(request, (payload) => {
        const item = decode(payload);
        if (item !== undefined) items.push(item);
        return items.length < limit;
      });
      if (!outcome.ok) return outcome;
      if (outcome.value === "enough") this.#startOver();
      if (outcome.value !== "interrupted") return ok(items);
    }
    return refused({ code: "EAGAIN", message: "the list kept changing while it was read" });
  }

  #dumpOnce(
    request: Uint8Array,
    take: (payload: Uint8Array) => boolean,
  ): Result<"consistent" | "interrupted" | "enough", StepProblem> {
    const sent = this.#send([request]);
    if (!sent.ok) return sent;
    let interrupted = false;
    for (let datagrams = 0; datagrams < DUMP_DATAGRAMS_MAX; datagrams += 1) {
      const received = this.#receive();
      if (!received.ok) return received;
      for (const message of received.value) {
        if (message.sequence !== this.#sequence) continue;
        interrupted ||= wasInterrupted(message);
        const end = answerOf(message);
        if (end !== undefined) return end.ok ? ok(interrupted ? "interrupted" : "consistent") : end;
        if (!take(message.payload)) return ok("enough");
      }
    }
    return refused({ code: "EOVERFLOW", message: "the kernel's list has no end" });
  }

  /** The kernel gives the rest of a list only up with its socket. */
  #startOver(): void {
    const fd = openNetlink(this.#family);
    close(this.#fd);
    this.#fd = fd;
  }

  #send(messages: readonly Uint8Array[]): Answer {
    for (const message of messages) stampSequence(message, this.#nextSequence());
    const [only] = messages;
    const bytes = messages.length === 1 && only !== undefined ? only : concatenated(messages);
    const sent = sendto(this.#fd, bytes, bytes.length, null);
    return sent < 0 ? refused(problemOf(-sent)) : DONE;
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  #receive(): Result<readonly NetlinkMessage[], StepProblem> {
    const length = recvfrom(this.#fd, this.#buffer, MSG.truncated, null);
    if (length === -ERRNO.again) return timedOut();
    if (length < 0) return refused(problemOf(-length));
    const messages = length > this.#buffer.length ? undefined : decodeNetlink(this.#buffer.subarray(0, length));
    return messages === undefined
      ? refused({ code: "EBADMSG", message: "the kernel's answer is cut short" })
      : ok(messages);
  }
}

/** The result that a message announces; undefined when it is an item and no end. */
function answerOf(message: NetlinkMessage): Answer | undefined {
  const end = decodeEnd(message);
  if (end === undefined) return undefined;
  return end.errno === 0 ? DONE : refused(problemOf(end.errno, end.reason));
}

const problemOf = (errno: number, reason?: string): StepProblem => ({
  code: errnoName(errno),
  message: reason ?? `the kernel answers ${errnoName(errno)}`,
});

const timedOut = (): { readonly ok: false; readonly problem: StepProblem } =>
  refused({ code: "ETIMEDOUT", message: "the kernel did not answer" });

function concatenated(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((sum, { length }) => sum + aligned(length), 0));
  let at = 0;
  for (const message of messages) {
    bytes.set(message, at);
    at += aligned(message.length);
  }
  return bytes;
}

const aligned = (length: number): number => (length + 3) & ~3;
