/**
 * A client to measure with: `udp-probe ADDRESS:PORT INTERVAL_US PATIENCE_US` sends a numbered datagram at every
 * interval and notes which are answered, when and by whom. Commands come as lines on standard input, answers go as JSON
 * lines to standard output:
 *
 * - `report` answers with a ProbeReport of all requests since the last report, as soon as the last of them has been
 *   given its time to be answered; the probe goes on meanwhile;
 * - the end of the input, or `stop`, gives a last report and ends it.
 *
 * Unasked it tells when it is ready, and who serves whenever that changes or answers come again after a silence. It uses a blocking loop, so that nothing of
 * its own comes between an answer and its time stamp.
 */
import { readSync, writeSync } from "node:fs";
import { after, between, type Duration, type Instant } from "../../src/base/time.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { PollSet } from "../../src/os/linux/poll-set.js";
import { Datagrams, raisePriority } from "./datagrams.js";
import { type ProbeRequest, reportOf } from "./probe-report.js";

/** The oldest requests are forgotten beyond this: 17 minutes of them at one a millisecond. */
const REQUESTS_MAX = 2 ** 20;
/** Answers after a silence of so many intervals are told about. */
const SILENCE_INTERVALS_MIN = 20;
const SEQUENCE_SIZE = 8;
const ANSWER_MAX = 512;
const COMMAND_MAX = 256;

interface ProbePlan {
  readonly target: string;
  readonly interval: Duration;
  /** An answer that takes longer counts as none. */
  readonly patience: Duration;
}

class UdpProbe {
  readonly #plan: ProbePlan;
  readonly #socket: Datagrams;
  readonly #poll: PollSet;
  /** Without the commands, whose end would be reported again and again. */
  readonly #lastPoll: PollSet;
  readonly #sentAt: Float64Array = new Float64Array(REQUESTS_MAX);
  readonly #answeredAt: Float64Array = new Float64Array(REQUESTS_MAX);
  readonly #serverOf: Uint16Array = new Uint16Array(REQUESTS_MAX);
  readonly #servers: string[] = [];
  readonly #request: Buffer = Buffer.alloc(SEQUENCE_SIZE);
  readonly #answer: Buffer = Buffer.alloc(ANSWER_MAX);
  readonly #input: Buffer = Buffer.alloc(COMMAND_MAX);
  #lastName: Buffer = Buffer.alloc(0);
  #lastAnswerAt: Instant;
  #lastServer = 0;
  #next: Instant;
  #sequence = 0;
  #reportedUpTo = 0;
  /** The first sequence number that the wanted report no longer covers. */
  #reportUpTo: number | undefined;
  #stopping = false;

  constructor(plan: ProbePlan) {
    this.#plan = plan;
    this.#socket = Datagrams.talkTo(plan.target);
    this.#poll = new PollSet([this.#socket.fd, 0]);
    this.#lastPoll = new PollSet([this.#socket.fd]);
    this.#next = bootClock();
    this.#lastAnswerAt = this.#next;
  }

  run(): void {
    say({ event: "ready", prioritised: raisePriority() });
    while (!this.#stopping) this.#step();
    while (!this.#isReportDue()) {
      this.#lastPoll.wait(this.#plan.interval);
      this.#takeAnswers();
    }
    this.#report();
  }

  #step(): void {
    this.#poll.wait(between(bootClock(), this.#next));
    if (this.#poll.isReady(0)) this.#takeAnswers();
    if (bootClock() >= this.#next) this.#ask();
    if (this.#poll.isReady(1)) this.#takeCommand();
    if (!this.#stopping && this.#isReportDue()) this.#report();
  }

  /** Sends the next request. Moments that were missed are left out: a burst would measure something else. */
  #ask(): void {
    const slot = this.#sequence % REQUESTS_MAX;
    this.#request.writeUInt32LE(this.#sequence, 0);
    const now = bootClock();
    this.#sentAt[slot] = now;
    this.#answeredAt[slot] = 0;
    this.#socket.send(this.#request, SEQUENCE_SIZE);
    this.#sequence += 1;
    const { interval } = this.#plan;
    const missed = Math.floor((now - this.#next) / interval);
    this.#next = after(this.#next, (interval * (missed + 1)) as Duration);
  }

  #takeAnswers(): void {
    for (let size = this.#receive(); size >= 0; size = this.#receive()) {
      if (size >= SEQUENCE_SIZE && this.#socket.isFromEndpoint) this.#take(this.#answer.readUInt32LE(0), size);
    }
  }

  #receive(): number {
    return this.#socket.receive(this.#answer);
  }

  #take(sequence: number, size: number): void {
    const slot = sequence % REQUESTS_MAX;
    const isKnown = sequence < this.#sequence && sequence >= this.#sequence - REQUESTS_MAX;
    if (!isKnown || this.#answeredAt[slot] !== 0) return;
    const now = bootClock();
    this.#answeredAt[slot] = now;
    this.#serverOf[slot] = this.#serverNumber(this.#answer.subarray(SEQUENCE_SIZE, size), now);
    this.#lastAnswerAt = now;
  }

  /** Names are compared as bytes: making a text of each would cost a collection of garbage now and then. */
  #serverNumber(name: Buffer, now: Instant): number {
    const silence = between(this.#lastAnswerAt, now);
    const isSame = name.equals(this.#lastName);
    if (isSame && silence < SILENCE_INTERVALS_MIN * this.#plan.interval) return this.#lastServer;
    if (!isSame) this.#meet(Buffer.from(name));
    say({ event: "served-by", server: this.#servers[this.#lastServer], at: now, silence });
    return this.#lastServer;
  }

  #meet(name: Buffer): void {
    const text = name.toString();
    const found = this.#servers.indexOf(text);
    this.#lastName = name;
    this.#lastServer = found >= 0 ? found : this.#servers.push(text) - 1;
  }

  #takeCommand(): void {
    const size = readSync(0, this.#input);
    const command = this.#input.toString("utf8", 0, size).trim();
    if (size === 0 || command.includes("stop")) this.#stopping = true;
    this.#reportUpTo = this.#sequence;
  }

  #isReportDue(): boolean {
    if (this.#reportUpTo === undefined) return false;
    const last = this.#sentAt[(this.#reportUpTo - 1) % REQUESTS_MAX];
    return this.#reportUpTo === 0 || last === undefined || bootClock() >= last + this.#plan.patience;
  }

  #report(): void {
    const end = this.#reportUpTo ?? this.#sequence;
    const start = Math.max(this.#reportedUpTo, this.#sequence - REQUESTS_MAX);
    const requests = Array.from({ length: end - start }, (_, index) => this.#recorded(start + index));
    say({ event: "report", report: reportOf(requests, this.#plan.interval) });
    this.#reportedUpTo = end;
    this.#reportUpTo = undefined;
  }

  #recorded(sequence: number): ProbeRequest {
    const slot = sequence % REQUESTS_MAX;
    const sentAt = (this.#sentAt[slot] ?? 0) as Instant;
    const answeredAt = (this.#answeredAt[slot] ?? 0) as Instant;
    const inTime = answeredAt !== 0 && answeredAt - sentAt <= this.#plan.patience;
    if (!inTime) return { sentAt, answeredAt: undefined, server: undefined };
    return { sentAt, answeredAt, server: this.#servers[this.#serverOf[slot] ?? 0] };
  }
}

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const [target = "", interval, patience] = process.argv.slice(2);
new UdpProbe({
  target,
  interval: Number(interval) as Duration,
  patience: Number(patience) as Duration,
}).run();
