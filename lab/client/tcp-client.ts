/**
 * A client to measure with: `tcp-client ADDRESS PORT INTERVAL_US GIVE_UP_US` keeps one connection, asks a question on
 * it at every interval and notes when answers come. When the connection ends it connects again at once and then at
 * every interval. GIVE_UP_US is how long it bears silence before it drops the connection itself; 0: for ever, which
 * leaves the end to the kernels. Commands and answers are those of udp-probe; the report is a TcpReport.
 */
import { createConnection, type Socket } from "node:net";
import { between, type Duration, type Instant, milliseconds } from "../../src/base/time.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { readLines } from "../lines.js";
import type { ConnectionEnd, TcpConnection, TcpReport, TcpStall } from "./tcp-report.js";

/** Silences of fewer intervals are the ordinary unevenness of a busy machine. */
const STALL_INTERVALS_MIN = 3;
const CONNECT_TIME_MAX = milliseconds(250);
const STALLS_MAX = 1_000;
const CONNECTIONS_MAX = 1_000;
const NONE = 0 as Duration;

interface ClientPlan {
  readonly address: string;
  readonly port: number;
  readonly interval: Duration;
  readonly giveUp: Duration;
}

/** The ends that the kernel tells by an error code. */
const ENDS: Readonly<Record<string, ConnectionEnd>> = {
  ECONNRESET: "reset",
  EPIPE: "reset",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "timed-out",
};

class TcpClient {
  readonly #plan: ClientPlan;
  #socket: Socket | undefined;
  #connection: TcpConnection | undefined;
  #attemptedAt = 0 as Instant;
  #ended: TcpConnection[] = [];
  #stalls: TcpStall[] = [];
  #answers = 0;
  #failedAttempts = 0;
  #longestSilence = NONE;
  #lastAnswerAt: Instant;
  #lastTickAt: Instant;
  /** How late this process was since the last answer. */
  #late = NONE;
  #reconnected = false;
  #sequence = 0;

  constructor(plan: ClientPlan) {
    this.#plan = plan;
    this.#lastAnswerAt = bootClock();
    this.#lastTickAt = this.#lastAnswerAt;
  }

  start(): void {
    this.#connect();
    setInterval(() => this.#tick(), this.#plan.interval / 1_000);
  }

  report(): TcpReport {
    const now = bootClock();
    const open = this.#stallUntil(now);
    const report: TcpReport = {
      interval: this.#plan.interval,
      answers: this.#answers,
      longestSilence: Math.max(this.#longestSilence, between(this.#lastAnswerAt, now)) as Duration,
      stalls: [...this.#stalls, ...(open === undefined ? [] : [{ ...open, until: undefined }])],
      connections: [...this.#ended, ...(this.#connection === undefined ? [] : [this.#connection])],
      failedAttempts: this.#failedAttempts,
    };
    this.#ended = [];
    this.#stalls = [];
    this.#answers = 0;
    this.#failedAttempts = 0;
    this.#longestSilence = NONE;
    return report;
  }

  #tick(): void {
    const now = bootClock();
    this.#late = (this.#late + Math.max(0, between(this.#lastTickAt, now) - this.#plan.interval)) as Duration;
    this.#lastTickAt = now;
    const { giveUp } = this.#plan;
    if (this.#connection === undefined) this.#retry(now);
    else if (giveUp > 0 && between(this.#lastAnswerAt, now) > giveUp) this.#end("gave-up");
    else this.#ask();
  }

  #ask(): void {
    this.#sequence += 1;
    this.#socket?.write(`${this.#sequence}\n`);
  }

  #retry(now: Instant): void {
    if (this.#socket !== undefined && between(this.#attemptedAt, now) <= CONNECT_TIME_MAX) return;
    if (this.#socket !== undefined) this.#end("timed-out");
    this.#connect();
  }

  #connect(): void {
    this.#attemptedAt = bootClock();
    const socket = createConnection({ host: this.#plan.address, port: this.#plan.port, noDelay: true });
    this.#socket = socket;
    socket.on("connect", () => this.#opened(socket));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#lost(socket, ENDS[error.code ?? ""] ?? "closed"));
    socket.on("close", () => this.#lost(socket, "closed"));
    readLines(socket, (line) => this.#take(socket, line));
  }

  #opened(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#connection = { openedAt: bootClock(), endedAt: undefined, end: undefined, server: undefined, answers: 0 };
    this.#reconnected = true;
    this.#ask();
  }

  #take(socket: Socket, line: string): void {
    if (socket !== this.#socket || this.#connection === undefined) return;
    const now = bootClock();
    const server = line.slice(line.indexOf(" ") + 1);
    if (this.#connection.server === undefined) say({ event: "served-by", server, at: now });
    this.#connection = { ...this.#connection, server, answers: this.#connection.answers + 1 };
    this.#noteSilence(now);
    this.#answers += 1;
    this.#lastAnswerAt = now;
    this.#late = NONE;
    this.#reconnected = false;
  }

  #noteSilence(now: Instant): void {
    this.#longestSilence = Math.max(this.#longestSilence, between(this.#lastAnswerAt, now)) as Duration;
    const stall = this.#stallUntil(now);
    if (stall !== undefined && this.#stalls.length < STALLS_MAX) this.#stalls.push(stall);
  }

  #stallUntil(now: Instant): TcpStall | undefined {
    const duration = between(this.#lastAnswerAt, now);
    if (duration < STALL_INTERVALS_MIN * this.#plan.interval) return undefined;
    return { from: this.#lastAnswerAt, until: now, duration, late: this.#late, reconnected: this.#reconnected };
  }

  /** Ends a connection that the other side or the kernel has ended. */
  #lost(socket: Socket, end: ConnectionEnd): void {
    if (socket !== this.#socket) return;
    const wasOpen = this.#connection !== undefined;
    this.#end(end);
    if (wasOpen) this.#connect();
  }

  #end(end: ConnectionEnd): void {
    const now = bootClock();
    if (this.#connection === undefined) this.#failedAttempts += 1;
    else this.#tellEnd({ ...this.#connection, endedAt: now, end });
    this.#connection = undefined;
    this.#socket?.resetAndDestroy();
    this.#socket = undefined;
  }

  #tellEnd(connection: TcpConnection): void {
    if (this.#ended.length < CONNECTIONS_MAX) this.#ended.push(connection);
    say({ event: "connection-ended", end: connection.end, server: connection.server, at: connection.endedAt });
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [address = "", port, interval, giveUp] = process.argv.slice(2);
const client = new TcpClient({
  address,
  port: Number(port),
  interval: Number(interval) as Duration,
  giveUp: Number(giveUp) as Duration,
});
const reportNow = (): void => say({ event: "report", report: client.report() });
client.start();
say({ event: "ready" });
readLines(process.stdin, reportNow);
process.stdin.on("end", () => {
  reportNow();
  process.exit(0);
});
