import type { Random } from "../base/random.js";
import type { Duration, Instant } from "../base/time.js";
import type { Detector, DetectorInput } from "../core/membership/detector.js";
import type { DetectorReport, Heartbeat } from "../model/heartbeat.js";
import { Alarm } from "./alarm.js";
import { type HostClock, later } from "./clock.js";
import { drawnWakeUp, type Pace } from "./pace.js";
import type { World } from "./world.js";

/** What a socket buffer holds of heartbeats; what comes while it is full is lost. */
const SOCKET_MAX = 500;

export interface HeartbeatThreadParts {
  readonly world: World;
  readonly clock: HostClock;
  readonly pace: Pace;
  readonly random: Random;
  readonly detector: Detector;
  readonly lease: Duration;
  readonly send: (heartbeat: Heartbeat) => void;
  readonly report: (report: DetectorReport) => void;
  /** What the guard shall say when this process is gone; made anew with every bulletin. */
  readonly prepared: (goodbyes: readonly Heartbeat[]) => void;
  readonly renew: (at: Instant, lease: Duration) => void;
}

/**
 * The thread that does heartbeats and nothing else: it handles a packet as soon as it arrives, and its deadline when
 * it wakes for it. While it is frozen, packets wait in its sockets and orders in its mailbox; then it reads them all
 * before it judges anybody.
 */
export class HeartbeatThread {
  readonly #parts: HeartbeatThreadParts;
  readonly #alarm: Alarm;
  readonly #sockets: { readonly network: number; readonly heartbeat: Heartbeat }[] = [];
  readonly #mailbox: DetectorInput[] = [];
  #frozen = false;
  #dead = false;

  constructor(parts: HeartbeatThreadParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.world, () => this.#round());
    this.#sleep();
  }

  /** A packet reached the machine. */
  arrive(network: number, heartbeat: Heartbeat): void {
    if (this.#dead) return;
    if (!this.#frozen) {
      this.#handle({ kind: "packet-received", network, heartbeat });
      this.#sleep();
    } else if (this.#sockets.length < SOCKET_MAX) this.#sockets.push({ network, heartbeat });
  }

  /** An order of the main thread. */
  order(input: DetectorInput): void {
    if (this.#dead) return;
    this.#mailbox.push(input);
    this.#alarm.atLatest(this.#soon());
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#alarm.atLatest(this.#soon());
  }

  kill(): void {
    this.#dead = true;
    this.#alarm.set(undefined);
  }

  #soon(): ReturnType<typeof later> {
    const { world, random, pace } = this.#parts;
    return later(world.now, drawnWakeUp(random, pace));
  }

  #sleep(): void {
    const { clock, detector, random, pace } = this.#parts;
    const deadline = detector.deadline();
    if (deadline === undefined) return;
    this.#alarm.atLatest(later(clock.worldTimeOf(deadline.at), drawnWakeUp(random, pace)));
  }

  #round(): void {
    if (this.#frozen || this.#dead) return;
    const { clock, renew, lease, detector } = this.#parts;
    const now = clock.now();
    for (const { network, heartbeat } of this.#sockets.splice(0)) {
      this.#handle({ kind: "packet-received", network, heartbeat });
    }
    for (const order of this.#mailbox.splice(0)) this.#handle(order);
    const deadline = detector.deadline();
    if (deadline !== undefined && deadline.at <= now) {
      this.#handle({ kind: "ticked" });
      renew(now, lease);
    }
    this.#sleep();
  }

  #handle(input: DetectorInput): void {
    const { clock, detector, send, report, prepared } = this.#parts;
    for (const effect of detector.handle(clock.now(), input)) {
      if (this.#dead) return;
      if (effect.kind === "report") report(effect.report);
      else send(effect.heartbeat);
    }
    if (input.kind === "bulletin-published") prepared(detector.prepareGoodbyes(clock.now()));
  }
}
