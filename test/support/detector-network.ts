import { known } from "../../src/base/assert.js";
import { Random } from "../../src/base/random.js";
import { after, between, instant, milliseconds, type Duration, type Instant } from "../../src/base/time.js";
import type { DetectorSettings } from "../../src/core/membership/detector-settings.js";
import { Detector, type DetectorEffect, type DetectorInput } from "../../src/core/membership/detector.js";
import type { DetectorReport, Heartbeat } from "../../src/model/heartbeat.js";

/** Nodes are numbered from 1, networks from 101. */
export interface NetworkOptions {
  readonly nodes: number;
  readonly networks: number;
  readonly seed: number;
  readonly interval: Duration;
  readonly timeout: Duration;
  readonly loss: number;
  readonly duplication: number;
  readonly delayMin: Duration;
  readonly delayMax: Duration;
  /** A woken node runs this much later, at most. */
  readonly wakeDelayMax: Duration;
}

export const CALM: NetworkOptions = {
  nodes: 2,
  networks: 2,
  seed: 1,
  interval: milliseconds(25),
  timeout: milliseconds(100),
  loss: 0,
  duplication: 0,
  delayMin: milliseconds(0.1),
  delayMax: milliseconds(0.3),
  wakeDelayMax: milliseconds(0.1),
};

export interface Reported {
  readonly at: Instant;
  readonly node: number;
  readonly report: DetectorReport;
}

interface Host {
  detector: Detector;
  incarnation: number;
  /** Its clock is this much ahead of the world's. */
  readonly clockOffset: Duration;
  running: "yes" | "frozen" | "crashed";
  inbox: { readonly network: number; readonly heartbeat: Heartbeat }[];
  wakeAt: Instant | undefined;
}

interface Flight {
  readonly at: Instant;
  readonly heartbeat: Heartbeat;
}

export const networkId = (index: number): number => 101 + index;

export function settingsOf(options: NetworkOptions, self: number, incarnation: number): DetectorSettings {
  const networks = Array.from({ length: options.networks }, (_, index) => networkId(index));
  const nodes = Array.from({ length: options.nodes }, (_, index) => ({
    id: index + 1,
    attached: networks.map(() => true),
  }));
  return {
    self,
    incarnation,
    interval: options.interval,
    timeout: options.timeout,
    networks,
    nodes,
    configDigest: 7,
    topologyDigest: options.nodes * 1_000 + options.networks,
    versions: { min: 1, max: 1 },
    claimsPerPage: 2,
  };
}

/** Several detectors on a virtual network with a clock of its own; everything follows from the seed. */
export class DetectorNetwork {
  readonly reports: Reported[] = [];
  /** Every packet that was sent, as an eavesdropper would record it. */
  readonly recorded: Heartbeat[] = [];
  now: Instant = instant(1_000_000);
  readonly #options: NetworkOptions;
  readonly #random: Random;
  readonly #hosts = new Map<number, Host>();
  readonly #cuts = new Set<string>();
  #flights: Flight[] = [];

  constructor(changes: Partial<NetworkOptions> = {}) {
    this.#options = { ...CALM, ...changes };
    this.#random = new Random(this.#options.seed, "detector-network");
    for (let node = 1; node <= this.#options.nodes; node += 1) this.#add(node);
  }

  #add(node: number): void {
    const clockOffset = this.#random.between(0, 1e12) as Duration;
    const incarnation = 1_000 + node;
    const detector = new Detector(settingsOf(this.#options, node, incarnation), after(this.now, clockOffset));
    this.#hosts.set(node, { detector, incarnation, clockOffset, running: "yes", inbox: [], wakeAt: this.now });
  }

  detector(node: number): Detector {
    return this.#host(node).detector;
  }

  incarnation(node: number): number {
    return this.#host(node).incarnation;
  }

  /** What the node's own clock shows. */
  clock(node: number): Instant {
    return this.#clock(this.#host(node));
  }

  #host(node: number): Host {
    return known(this.#hosts.get(node), `there is a node ${node}`);
  }

  /** One direction of one network. */
  cut(from: number, to: number, network: number): void {
    this.#cuts.add(`${from}>${to}@${network}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  crash(node: number): void {
    this.#host(node).running = "crashed";
  }

  /** A new incarnation, which remembers nothing. */
  restart(node: number, later = 1_000): void {
    const host = this.#host(node);
    host.incarnation += later;
    host.detector = new Detector(settingsOf(this.#options, node, host.incarnation), this.#clock(host));
    host.running = "yes";
    host.inbox = [];
    host.wakeAt = this.now;
  }

  freeze(node: number): void {
    this.#host(node).running = "frozen";
  }

  thaw(node: number): void {
    const host = this.#host(node);
    host.running = "yes";
    host.wakeAt = this.now;
  }

  /** Hands an input to a node at once. */
  tell(node: number, input: DetectorInput): void {
    const host = this.#host(node);
    this.#perform(node, host.detector.handle(this.#clock(host), input));
    this.#schedule(host);
  }

  /** Gives one node another configuration. */
  reconfigure(node: number, changes: Partial<NetworkOptions>): void {
    const { incarnation } = this.#host(node);
    this.tell(node, {
      kind: "reconfigured",
      settings: settingsOf({ ...this.#options, ...changes }, node, incarnation),
    });
  }

  /** Puts a packet on the wire, whoever made it. */
  inject(heartbeat: Heartbeat): void {
    this.#flights.push({ at: this.now, heartbeat });
  }

  run(span: Duration): void {
    const end = after(this.now, span);
    for (let next = this.#nextEvent(); next <= end; next = this.#nextEvent()) {
      this.now = next;
      this.#deliver();
      for (const [node, host] of this.#hosts)
        if (host.wakeAt !== undefined && host.wakeAt <= next) this.#wake(node, host);
    }
    this.now = end;
  }

  /** Reports of one node, or of all, since a time. */
  reported<Kind extends DetectorReport["kind"]>(
    kind: Kind,
    by: { readonly node?: number; readonly since?: Instant } = {},
  ): readonly (Reported & { readonly report: Extract<DetectorReport, { readonly kind: Kind }> })[] {
    return this.reports.filter(
      (entry): entry is Reported & { readonly report: Extract<DetectorReport, { readonly kind: Kind }> } =>
        entry.report.kind === kind && (by.node ?? entry.node) === entry.node && entry.at >= (by.since ?? 0),
    );
  }

  #clock(host: Host): Instant {
    return after(this.now, host.clockOffset);
  }

  #nextEvent(): Instant {
    let next = Number.POSITIVE_INFINITY;
    for (const flight of this.#flights) next = Math.min(next, flight.at);
    for (const host of this.#hosts.values()) {
      if (host.running === "yes" && host.wakeAt !== undefined) next = Math.min(next, host.wakeAt);
    }
    return Math.max(next, this.now) as Instant;
  }

  #deliver(): void {
    const arrived = this.#flights.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at);
    this.#flights = this.#flights.filter(({ at }) => at > this.now);
    for (const { heartbeat } of arrived) {
      const host = this.#hosts.get(heartbeat.addressee);
      if (host === undefined || host.running === "crashed") continue;
      host.inbox.push({ network: heartbeat.network, heartbeat });
      this.#wakeSoon(host, this.now);
    }
  }

  #wakeSoon(host: Host, at: Instant): void {
    const wakeAt = after(at, this.#random.between(0, this.#options.wakeDelayMax) as Duration);
    if (host.wakeAt === undefined || wakeAt < host.wakeAt) host.wakeAt = wakeAt;
  }

  #wake(node: number, host: Host): void {
    if (host.running !== "yes") return;
    const now = this.#clock(host);
    for (const packet of host.inbox.splice(0)) {
      this.#perform(node, host.detector.handle(now, { kind: "packet-received", ...packet }));
    }
    this.#perform(node, host.detector.handle(now, { kind: "ticked" }));
    this.#schedule(host);
  }

  #schedule(host: Host): void {
    const deadline = host.detector.deadline();
    host.wakeAt = undefined;
    if (deadline === undefined) return;
    const worldTime = (deadline.at - host.clockOffset) as Instant;
    this.#wakeSoon(host, worldTime > this.now ? worldTime : this.now);
  }

  #perform(node: number, effects: readonly DetectorEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "report") this.reports.push({ at: this.now, node, report: effect.report });
      else this.#send(effect.heartbeat);
    }
  }

  #send(heartbeat: Heartbeat): void {
    this.recorded.push(heartbeat);
    const { loss, duplication, delayMin, delayMax } = this.#options;
    if (this.#cuts.has(`${heartbeat.sender}>${heartbeat.addressee}@${heartbeat.network}`)) return;
    const copies = this.#random.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = this.#random.between(delayMin, delayMax) as Duration;
      if (!this.#random.chance(loss)) this.#flights.push({ at: after(this.now, delay), heartbeat });
    }
  }
}

/** How long after `since` the first of these was reported. */
export function latency(reports: readonly Reported[], since: Instant): Duration {
  return between(since, known(reports[0], "it was reported").at);
}
