import { fileURLToPath } from "node:url";
import { LocumError } from "../src/base/locum-error.js";
import { type Duration, type Instant, milliseconds } from "../src/base/time.js";
import type { ProbeReport } from "./client/probe-report.js";
import type { TcpReport } from "./client/tcp-report.js";
import type { Host } from "./host.js";
import { type LabProcess, processFailed } from "./lab-process.js";

/** Programs that measure run as processes of their own; this is how tests, demo and bench start and ask them. */

const program = (name: string): string => fileURLToPath(new URL(`client/${name}.js`, import.meta.url));

/** Node without anything that would come between the program and its work. */
const node = (name: string, ...rest: readonly string[]): readonly string[] => [
  process.execPath,
  program(name),
  ...rest,
];

/**
 * Starts a UDP server that answers with its host's name, from the address that was asked. On `0.0.0.0:PORT` or
 * `[::]:PORT` it serves every address that the host has or gets; a single one it serves as soon as the host gets it.
 */
export async function startUdpEcho(host: Host, endpoints: readonly string[]): Promise<LabProcess> {
  return (await startTold(host, node("udp-echo", host.name, ...endpoints))).process;
}

export interface ProbeOptions {
  /** `192.168.1.1:7000` or `[fd00:1::1]:7000`. */
  readonly target: string;
  /** 1 ms unless given. */
  readonly interval?: Duration;
  /** An answer that takes longer counts as none; 500 ms unless given. */
  readonly patience?: Duration;
}

/** Starts asking a UDP server from a host, once a millisecond. */
export async function startUdpProbe(host: Host, options: ProbeOptions): Promise<UdpProbe> {
  const { target, interval = milliseconds(1), patience = milliseconds(500) } = options;
  const told = await startTold(host, node("udp-probe", target, String(interval), String(patience)));
  return new Probe<ProbeReport>(told);
}

/** Starts a TCP server that answers lines with its host's name behind them. */
export async function startTcpEcho(host: Host, port: number): Promise<LabProcess> {
  return (await startTold(host, node("tcp-echo", host.name, String(port)))).process;
}

export interface TcpClientOptions {
  readonly address: string;
  readonly port: number;
  /** Between two questions; 10 ms unless given. */
  readonly interval?: Duration;
  /** How long it bears silence before it drops the connection itself; for ever unless given. */
  readonly giveUp?: Duration;
}

/** Starts a client that keeps a long-lived TCP connection, and makes a new one when it ends. */
export async function startTcpClient(host: Host, options: TcpClientOptions): Promise<Probe<TcpReport>> {
  const { address, port, interval = milliseconds(10), giveUp = 0 } = options;
  const told = await startTold(host, node("tcp-client", address, String(port), String(interval), String(giveUp)));
  return new Probe<TcpReport>(told);
}

/** A request that a web receiver got, and the status that it answered with. */
export interface ReceivedRequest {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebReceiverOptions {
  readonly port: number;
  /** Answered in turn; then 204. */
  readonly statuses?: readonly number[];
  /** Files of the key and of the certificate, as the host sees them: it is spoken to by TLS then. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

/** Starts a web server that writes down what it is sent. */
export async function startWebReceiver(host: Host, options: WebReceiverOptions): Promise<WebReceiver> {
  const { port, statuses = [], tls } = options;
  const secure = tls === undefined ? [] : ["--tls", tls.key, tls.certificate];
  return new WebReceiver(await startTold(host, node("web-receiver", String(port), ...secure, ...statuses.map(String))));
}

export class WebReceiver {
  readonly #told: Told;

  constructor(told: Told) {
    this.#told = told;
  }

  /** The next request, in their order. */
  async next(): Promise<ReceivedRequest> {
    return (await this.#told.next("request")) as unknown as ReceivedRequest;
  }
}

/** A running UDP probe. */
export type UdpProbe = Probe<ProbeReport>;

/** A running client that measures and is asked for reports. */
export class Probe<Report> {
  readonly process: LabProcess;
  readonly #told: Told;

  constructor(told: Told) {
    this.process = told.process;
    this.#told = told;
  }

  /**
   * Waits until this server, or any, begins to answer: as another than before, after a silence of 20 intervals, or on a
   * new connection. Each beginning is told once. Returns when it was.
   * @param since what began earlier does not count: on a busy machine a server begins again after each short silence
   */
  async servedBy(server?: string, since = 0 as Instant): Promise<Instant> {
    const isIt = (line: Line): boolean =>
      (server === undefined || line["server"] === server) && (line["at"] as Instant) >= since;
    return (await this.#told.next("served-by", isIt))["at"] as Instant;
  }

  /** What the client saw since the last report. */
  async report(): Promise<Report> {
    this.process.write("report\n");
    return (await this.#told.next("report"))["report"] as Report;
  }

  /** Ends the client. @returns what it saw since the last report. */
  async stop(): Promise<Report> {
    this.process.endInput();
    const report = (await this.#told.next("report"))["report"] as Report;
    await this.process.exited;
    return report;
  }
}

type Line = Readonly<Record<string, unknown>>;

interface Waiter {
  readonly event: string;
  readonly accept: (line: Line) => boolean;
  readonly resolve: (line: Line) => void;
  readonly reject: (error: LocumError) => void;
}

/** Lines that nobody has waited for yet are kept up to this number. */
const LINES_MAX = 10_000;
/** Far longer than anything takes that a program is waited for to say. */
const WAIT_MS_MAX = 120_000;

/** The JSON lines of a measuring program, each given to the first that waits for one like it. */
class Told {
  process: LabProcess;
  #lines: Line[] = [];
  #waiters: Waiter[] = [];
  #failure: LocumError | undefined;

  constructor(process: LabProcess) {
    this.process = process;
    void process.exited.then((exit) => this.#fail(processFailed(process, exit)));
  }

  next(event: string, accept: (line: Line) => boolean = () => true): Promise<Line> {
    const index = this.#lines.findIndex((line) => line["event"] === event && accept(line));
    const [line] = index < 0 ? [] : this.#lines.splice(index, 1);
    if (line !== undefined) return Promise.resolve(line);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(waiter), WAIT_MS_MAX);
      const settled = <Value>(settle: (value: Value) => void): ((value: Value) => void) => {
        return (value) => {
          clearTimeout(timer);
          settle(value);
        };
      };
      const waiter: Waiter = { event, accept, resolve: settled(resolve), reject: settled(reject) };
      this.#waiters.push(waiter);
    });
  }

  take(line: Line): void {
    const waiter = this.#waiters.find(({ event, accept }) => line["event"] === event && accept(line));
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter?.resolve(line);
    if (waiter === undefined) this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
  }

  #giveUp(waiter: Waiter): void {
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    const { argv } = this.process;
    const message = `Waited too long until ${argv.join(" ")} tells ${waiter.event}: ${this.process.tail()}`;
    waiter.reject(new LocumError({ code: "lab.waited-too-long", message }));
  }

  #fail(error: LocumError): void {
    this.#failure = error;
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters = [];
  }
}

async function startTold(host: Host, argv: readonly string[]): Promise<Told> {
  const early: string[] = [];
  let hear = (line: string): void => void early.push(line);
  const process = await host.spawn(argv, {
    onLine: (line, stream) => {
      if (stream === "stdout") hear(line);
    },
  });
  const told = new Told(process);
  hear = (line) => told.take(JSON.parse(line) as Line);
  for (const line of early) hear(line);
  await told.next("ready");
  return told;
}
