import type { Random } from "../base/random.js";
import { type Duration, microseconds, milliseconds } from "../base/time.js";
import type { Command, CommandOutcome } from "../model/command.js";
import type { RelayedBulletin } from "../model/heartbeat.js";
import type { TcpConnection } from "../model/kernel.js";
import type { ServiceName } from "../model/names.js";
import type { NodeState } from "../model/node-state.js";
import { Lane } from "./lane.js";
import type { Site } from "./site.js";

/** What goes over a peer stream. */
export type StreamMessage =
  | { readonly kind: "state"; readonly state: NodeState }
  | { readonly kind: "connections"; readonly service: ServiceName; readonly connections: readonly TcpConnection[] }
  | { readonly kind: "relayed-bulletin"; readonly relayed: RelayedBulletin }
  | { readonly kind: "relayed-state"; readonly state: NodeState }
  | { readonly kind: "command"; readonly id: string; readonly command: Command }
  | { readonly kind: "answer"; readonly id: string; readonly outcome: CommandOutcome };

/** Between two attempts to connect, and between two looks at a connection whose path is broken. */
const RETRY: Duration = milliseconds(200);
const LOOK_AGAIN: Duration = milliseconds(50);
/** A connection that gets nothing through for this long is given up. */
const BROKEN_MAX: Duration = milliseconds(1_000);
/** TLS takes its time beside the round trips. */
const HANDSHAKE_COST = 20_000;
const HANDSHAKE_TRIPS = 6;
/** A lost segment is sent again after this long. */
const RETRANSMISSION: Duration = milliseconds(200);

interface Handshake {
  readonly segment: number;
  readonly takes: Duration;
}

/**
 * The TCP connection of two agents: messages arrive complete and in order or not at all. It takes a network on which
 * packets pass both ways, waits while that is broken, and after a time is given up and tried anew.
 */
export class PeerStream {
  readonly #site: Site;
  readonly #ends: readonly [number, number];
  readonly #random: Random;
  readonly #lanes: readonly [Lane, Lane];
  /** Messages that wait for a broken path to work again, each with the end that sent it. */
  #stuck: { readonly from: number; readonly message: StreamMessage }[] = [];
  #segment: number | undefined;
  #isUp = false;
  /** What was planned for an earlier connection is void. */
  #generation = 0;
  #brokenFor: Duration = microseconds(0);

  constructor(site: Site, ends: readonly [number, number]) {
    this.#site = site;
    this.#ends = ends;
    this.#random = site.world.random(`stream ${ends.join(" ")}`);
    this.#lanes = [new Lane(site.world), new Lane(site.world)];
    this.#site.world.planIn(this.#retryDelay(), () => this.#attempt());
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** @returns false when there is no connection: the message is lost. */
  send(from: number, message: StreamMessage): boolean {
    if (!this.#isUp || this.#segment === undefined) return false;
    this.#lane(from).send(this.#trip(this.#segment), () => this.#arrive(from, message));
    return true;
  }

  /** One of the two no longer hears the other there: it gives the connection up at once. */
  networkLost(segment: number): void {
    if (this.#isUp && this.#segment === segment) this.reset();
  }

  /** One of the two agents ended: the other notices at once, when the path works. */
  reset(): void {
    this.#generation += 1;
    this.#isUp = false;
    this.#segment = undefined;
    this.#stuck = [];
    for (const lane of this.#lanes) lane.clear();
    const generation = this.#generation;
    this.#site.world.planIn(this.#retryDelay(), () => {
      if (generation === this.#generation) this.#attempt();
    });
  }

  #lane(from: number): Lane {
    return from === this.#ends[0] ? this.#lanes[0] : this.#lanes[1];
  }

  #retryDelay(): Duration {
    return microseconds(RETRY * (0.5 + this.#random.fraction()));
  }

  #trip(segment: number): Duration {
    const { delay, jitter, loss } = this.#site.segment(segment).quality;
    const isLost = loss > 0 && this.#random.chance(loss);
    return microseconds(delay + Math.floor(this.#random.fraction() * jitter) + (isLost ? RETRANSMISSION : 0));
  }

  #attempt(): void {
    const generation = this.#generation;
    const [a, b] = this.#ends;
    const quickest = this.#site.listening(a) && this.#site.listening(b) ? this.#quickestHandshake() : undefined;
    if (quickest === undefined) {
      this.#site.world.planIn(this.#retryDelay(), () => {
        if (generation === this.#generation) this.#attempt();
      });
      return;
    }
    this.#site.world.planIn(quickest.takes, () => {
      if (generation === this.#generation) this.#established(quickest.segment);
    });
  }

  /** A peer is dialled on all networks at once, and the first that succeeds wins. */
  #quickestHandshake(): Handshake | undefined {
    const [a, b] = this.#ends;
    return this.#site.heartbeatSegments
      .filter((segment) => this.#site.linked(a, b, segment))
      .map((segment) => ({ segment, takes: this.#handshake(segment) }))
      .reduce<Handshake | undefined>(
        (best, each) => (best !== undefined && best.takes <= each.takes ? best : each),
        undefined,
      );
  }

  #handshake(segment: number): Duration {
    let takes = Math.floor(this.#random.fraction() * HANDSHAKE_COST);
    for (let trip = 0; trip < HANDSHAKE_TRIPS; trip += 1) takes += this.#trip(segment);
    return microseconds(takes);
  }

  #established(segment: number): void {
    const [a, b] = this.#ends;
    if (!this.#site.listening(a) || !this.#site.listening(b) || !this.#site.linked(a, b, segment)) {
      this.reset();
      return;
    }
    this.#segment = segment;
    this.#isUp = true;
    this.#brokenFor = microseconds(0);
    this.#site.streamUp(a, b);
    this.#site.streamUp(b, a);
    this.#watch();
  }

  #arrive(from: number, message: StreamMessage): void {
    const [a, b] = this.#ends;
    const works = this.#segment !== undefined && this.#site.linked(a, b, this.#segment);
    if (works && this.#stuck.length === 0) this.#site.streamDelivered(from, from === a ? b : a, message);
    else this.#stuck.push({ from, message });
  }

  /** Looks now and then whether the path works: then what is stuck goes on, else its time runs out. */
  #watch(): void {
    const generation = this.#generation;
    this.#site.world.planIn(LOOK_AGAIN, () => {
      if (generation === this.#generation) this.#look();
    });
  }

  #look(): void {
    const [a, b] = this.#ends;
    const works = this.#segment !== undefined && this.#site.linked(a, b, this.#segment);
    this.#brokenFor = microseconds(works ? 0 : this.#brokenFor + LOOK_AGAIN);
    if (this.#brokenFor >= BROKEN_MAX) {
      this.reset();
      return;
    }
    if (works) this.#deliverStuck();
    this.#watch();
  }

  #deliverStuck(): void {
    const stuck = this.#stuck;
    this.#stuck = [];
    const [a, b] = this.#ends;
    for (const { from, message } of stuck) this.#site.streamDelivered(from, from === a ? b : a, message);
  }
}
