import type { Random } from "../base/random.js";
import { known } from "../base/assert.js";
import { type Duration, microseconds } from "../base/time.js";
import { type WorldTime, later, worldTime } from "./clock.js";

/** How a packet fares on a link: times in microseconds, chances from 0 to 1. */
export interface LinkQuality {
  readonly delay: number;
  /** Added to the delay at random, for each packet. */
  readonly jitter: number;
  readonly loss: number;
  readonly duplication: number;
  /** The chance that a packet takes up to ten times the jitter, and may be overtaken. */
  readonly reordering: number;
}

/** The most that each of two qualities does to a packet. */
const worse = (a: LinkQuality, b: LinkQuality): LinkQuality => ({
  delay: Math.max(a.delay, b.delay),
  jitter: Math.max(a.jitter, b.jitter),
  loss: Math.max(a.loss, b.loss),
  duplication: Math.max(a.duplication, b.duplication),
  reordering: Math.max(a.reordering, b.reordering),
});

const OVERTAKEN_BY_MAX = 10;

/** One direction between two stations of a segment. */
class DirectedLink {
  /** How many faults cut this direction now. */
  cuts = 0;
  #lastArrival = 0;

  get isCut(): boolean {
    return this.cuts > 0;
  }

  /** When a packet that leaves now arrives: in order, but for one that is chosen to be overtaken. */
  arrival(now: WorldTime, quality: LinkQuality, random: Random): WorldTime {
    const isOvertaken = quality.reordering > 0 && random.chance(quality.reordering);
    const spread = quality.jitter * (isOvertaken ? OVERTAKEN_BY_MAX : 1);
    const arrival = now + quality.delay + Math.floor(random.fraction() * spread);
    if (isOvertaken) return worldTime(arrival);
    this.#lastArrival = Math.max(arrival, this.#lastArrival);
    return worldTime(this.#lastArrival);
  }
}

/**
 * A broadcast domain: a switch, a cable to each station, and what each direction between two stations suffers.
 * The last station stands for all that is beyond the cluster: clients and ping targets.
 */
export class Segment {
  readonly name: string;
  readonly stations: number;
  readonly #base: LinkQuality;
  readonly #links: readonly DirectedLink[];
  readonly #disturbances: LinkQuality[] = [];
  readonly #random: Random;
  #quality: LinkQuality;
  /** What left during a disturbance has arrived by then. */
  #restlessUntil = 0;
  /** How many faults keep the switch dead. */
  #switchDeaths = 0;
  /** How many faults keep each cable of each station unplugged; most stations have one. */
  readonly #unplugged: number[][];
  /** Whether any of a station's cables is plugged in. */
  readonly #isPlugged: boolean[];

  constructor(name: string, hosts: number, base: LinkQuality, random: Random) {
    this.name = name;
    this.stations = hosts + 1;
    this.#base = base;
    this.#quality = base;
    this.#random = random;
    this.#links = Array.from({ length: this.stations ** 2 }, () => new DirectedLink());
    this.#unplugged = Array.from({ length: this.stations }, () => [0]);
    this.#isPlugged = Array.from({ length: this.stations }, () => true);
  }

  /** The station that stands for clients and ping targets. */
  get beyond(): number {
    return this.stations - 1;
  }

  get quality(): LinkQuality {
    return this.#quality;
  }

  /** The longest that a packet is under way on this segment as it is now. */
  get delayMax(): Duration {
    const { delay, jitter, reordering } = this.#quality;
    return microseconds(delay + jitter * (reordering > 0 ? OVERTAKEN_BY_MAX : 1));
  }

  /** Nothing is lost at random on this segment now, and nothing is under way that left when it was. */
  isCalm(now: WorldTime): boolean {
    return this.#disturbances.length === 0 && now >= this.#restlessUntil;
  }

  disturb(disturbance: LinkQuality): void {
    this.#disturbances.push(disturbance);
    this.#quality = this.#disturbances.reduce(worse, this.#base);
  }

  calm(disturbance: LinkQuality, now: WorldTime): void {
    this.#restlessUntil = Math.max(this.#restlessUntil, later(now, this.delayMax));
    this.#disturbances.splice(this.#disturbances.indexOf(disturbance), 1);
    this.#quality = this.#disturbances.reduce(worse, this.#base);
  }

  cut(from: number, to: number): void {
    this.#link(from, to).cuts += 1;
  }

  mend(from: number, to: number): void {
    this.#link(from, to).cuts -= 1;
  }

  killSwitch(): void {
    this.#switchDeaths += 1;
  }

  reviveSwitch(): void {
    this.#switchDeaths -= 1;
  }

  /** The station has one more cable to the switch. */
  addCable(station: number): void {
    this.#unplugged[station]?.push(0);
  }

  unplug(station: number, cable = 0): void {
    this.#pull(station, cable, 1);
  }

  plug(station: number, cable = 0): void {
    this.#pull(station, cable, -1);
  }

  #pull(station: number, cable: number, faults: number): void {
    const cables = known(this.#unplugged[station], "stations are numbered from 0");
    cables[cable] = (cables[cable] ?? 0) + faults;
    this.#isPlugged[station] = cables.some((each) => each === 0);
  }

  /** The station's cable, or any of them, is plugged in at both ends, and the switch is alive. */
  hasSignal(station: number, cable?: number): boolean {
    if (this.#switchDeaths > 0) return false;
    return cable === undefined ? this.#isPlugged[station] === true : this.#unplugged[station]?.[cable] === 0;
  }

  /** Packets get through in this direction, unless chance takes them. The stations' own interfaces are not looked at. */
  passes(from: number, to: number): boolean {
    return this.hasSignal(from) && this.hasSignal(to) && !this.#link(from, to).isCut;
  }

  /** When a packet arrives, if it does: its receiver looks again, for a cable may go while it is under way. */
  arrival(now: WorldTime, from: number, to: number): WorldTime | undefined {
    if (!this.passes(from, to) || this.#isLost()) return undefined;
    return this.#link(from, to).arrival(now, this.#quality, this.#random);
  }

  duplicates(): boolean {
    return this.#quality.duplication > 0 && this.#random.chance(this.#quality.duplication);
  }

  #isLost(): boolean {
    return this.#quality.loss > 0 && this.#random.chance(this.#quality.loss);
  }

  #link(from: number, to: number): DirectedLink {
    return known(this.#links[from * this.stations + to], "stations are numbered from 0");
  }
}
