import { unreachable } from "../base/assert.js";
import type { Failure } from "../base/locum-error.js";
import type { Duration } from "../base/time.js";
import type { Bulletin, DetectorReport, PacketRefusal } from "../model/heartbeat.js";
import type { NodeInput } from "../model/node-io.js";
import type { Note } from "../model/note.js";
import type { Standing } from "../os/linux/scheduling.js";
import type { Configuration } from "./configuration-source.js";
import type { Goodbye } from "./guard/guard-protocol.js";
import { HeartbeatLink } from "./heartbeat/heartbeat-link.js";
import type { HeartbeatMessage } from "./heartbeat/heartbeat-protocol.js";
import type { Impairments } from "./impairments.js";
import type { HeartbeatPort } from "./performer.js";

/** A prepared goodbye need not be quite up to date: peers heed that it is one. */
const GOODBYE_AGE_MS = 1_000;

export interface DetectionOptions {
  readonly configuration: Configuration;
  readonly impairments: Impairments;
  readonly note: (note: Note) => void;
  readonly onInput: (input: NodeInput) => void;
  /** The peers know of this incarnation of this node, and refuse the present one. */
  readonly onOutdated: (known: number) => void;
  readonly onGoodbyesPrepared: (goodbyes: readonly Goodbye[]) => void;
  /** There is no other way than to start anew: a new thread would be taken for an old recording by all peers. */
  readonly onDeath: (problem: string) => void;
}

type RefusedPackets = Extract<DetectorReport, { readonly kind: "packets-refused" }>;

/** The lease on which the guard lets the agent live. */
interface LeaseTerms {
  readonly fd: number | undefined;
  readonly length: Duration;
}

/** The heartbeats of this node: one thread for each incarnation, and what it has to say. */
export class Detection implements HeartbeatPort {
  /** Refused packets since the start, by reason. */
  readonly refusals: Map<PacketRefusal, number> = new Map();
  readonly #options: DetectionOptions;
  #configuration: Configuration;
  /** Undefined until the start, and from the end of one incarnation's thread to the start of the next one's. */
  #link: HeartbeatLink | undefined;
  /** The newest, which may have to wait for the end of an older one's thread. */
  #incarnation = 0;
  #bulletin: Bulletin | undefined;
  #lease: LeaseTerms | undefined;
  #preparing: NodeJS.Timeout | undefined;

  constructor(options: DetectionOptions) {
    this.#options = options;
    this.#configuration = options.configuration;
  }

  /** From here on the peers hear this node, and what it published before. */
  start(incarnation: number): void {
    this.#incarnation = incarnation;
    this.#link = new HeartbeatLink({
      setup: this.#configuration,
      self: this.#configuration.self,
      incarnation,
      onMessage: (message) => this.#take(message),
      onDeath: this.#options.onDeath,
    });
    if (this.#bulletin !== undefined) this.#link.publish(this.#bulletin, true);
    if (this.#lease !== undefined) this.#link.renewLease(this.#lease.fd, this.#lease.length);
  }

  publish(bulletin: Bulletin, urgent: boolean): void {
    this.#bulletin = bulletin;
    this.#link?.publish(bulletin, urgent);
    this.#prepareGoodbyesSoon();
  }

  sayGoodbye(): void {
    this.#link?.sayGoodbye();
  }

  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
    this.#link?.reconfigure(configuration);
  }

  renewLease(fd: number | undefined, length: Duration): void {
    this.#lease = { fd, length };
    this.#link?.renewLease(fd, length);
  }

  /** All peers shall take this node for one that was started anew; what is published from now on is of that one. */
  beginIncarnation(incarnation: number): void {
    const previous = this.#link;
    this.#link = undefined;
    this.#incarnation = incarnation;
    this.#bulletin = undefined;
    // Both threads use the same port, so the first must be gone.
    void previous?.end().then(() => this.start(this.#incarnation));
  }

  /** After a goodbye: when it has been said. */
  async left(): Promise<void> {
    await this.#link?.exited();
  }

  async end(): Promise<void> {
    clearTimeout(this.#preparing);
    await this.#link?.end();
  }

  #take(message: HeartbeatMessage): void {
    const { impairments } = this.#options;
    switch (message.kind) {
      case "started":
        return this.#judgeStanding(message.standing);
      case "reported":
        return this.#takeReports(message.reports);
      case "goodbyes-prepared":
        return this.#options.onGoodbyesPrepared(message.goodbyes);
      case "network-changed":
        return this.#networkChanged(message.network, message.failure);
      case "goodbye-said":
        return undefined;
      case "main-stalled":
        return this.#options.note({ code: "agent.stalled", lateness: message.silence });
      case "lease-not-renewed":
        return impairments.raise("guard", `it does not take renewals of its lease: ${message.code}`);
      default:
        return unreachable(message);
    }
  }

  #judgeStanding(standing: Standing): void {
    if (standing.kind === "realtime") return;
    const problem = `it has no real-time priority (${standing.refusal}): a busy machine can delay heartbeats`;
    this.#options.impairments.raise("heartbeat thread", problem);
  }

  #takeReports(reports: readonly DetectorReport[]): void {
    for (const report of reports) {
      if (report.kind === "packets-refused") this.#countRefusal(report);
      if (report.kind === "own-incarnation-outdated") this.#options.onOutdated(report.incarnation);
      else this.#options.onInput({ kind: "detector-reported", report });
    }
  }

  #networkChanged(network: string, failure: Failure | undefined): void {
    const { impairments } = this.#options;
    if (failure === undefined) impairments.clear(`heartbeats on ${network}`);
    else impairments.raise(`heartbeats on ${network}`, failure.message);
  }

  #countRefusal({ refusal, count }: RefusedPackets): void {
    this.refusals.set(refusal, (this.refusals.get(refusal) ?? 0) + count);
  }

  #prepareGoodbyesSoon(): void {
    this.#preparing ??= setTimeout(() => {
      this.#preparing = undefined;
      this.#link?.prepareGoodbyes();
    }, GOODBYE_AGE_MS).unref();
  }
}
