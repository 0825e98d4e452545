/*
 * Decides which packets of a peer are fresh, so that a recording of old ones changes nothing.
 *
 * Incarnations of a node rise, and sequences rise within one. A packet older than the newest of its network is refused;
 * each network has its own newest, as a slow network must not look like a lost one beside a fast one. That leaves one
 * hole: a node that has just started knows no newest. It therefore believes in a session only once a packet of it
 * *answers*: echoes this node's own incarnation, which no recording from before its start can contain.
 */
import type { Heartbeat, PacketRefusal } from "../../model/heartbeat.js";

/**
 * `begun`: the first packet of a new incarnation. `answered`: the first that answers, if that was not the first of all.
 * `repeated`: a second goodbye, which says nothing new.
 */
export type Admission =
  | "begun"
  | "answered"
  | "continued"
  | "repeated"
  | Extract<PacketRefusal, `${string}-incarnation` | "replayed">;

export class PeerSession {
  readonly #ownIncarnation: number;
  #incarnation = 0;
  #answered = false;
  #ended = false;
  /** By network id. */
  readonly #newest = new Map<number, number>();
  #newestOfAll = 0;

  constructor(ownIncarnation: number) {
    this.#ownIncarnation = ownIncarnation;
  }

  /** The newest seen, answered or not; 0: none. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** The incarnation that this node believes in; 0: none. */
  get livingIncarnation(): number {
    return this.#answered && !this.#ended ? this.#incarnation : 0;
  }

  get answered(): boolean {
    return this.#answered;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the packet admitted last is the newest on any network, so that its content replaces what is known. */
  isNewest(heartbeat: Heartbeat): boolean {
    return heartbeat.sequence === this.#newestOfAll;
  }

  admit(heartbeat: Heartbeat): Admission {
    if (heartbeat.incarnation < this.#incarnation) return "old-incarnation";
    const begun = heartbeat.incarnation > this.#incarnation;
    if (begun) this.#begin(heartbeat.incarnation);
    if (this.#ended) return heartbeat.kind === "goodbye" ? "repeated" : "ended-incarnation";
    if (heartbeat.sequence <= (this.#newest.get(heartbeat.network) ?? 0)) return "replayed";
    const answeredBefore = this.#answered;
    this.#accept(heartbeat);
    if (begun) return "begun";
    return this.#answered && !answeredBefore ? "answered" : "continued";
  }

  #begin(incarnation: number): void {
    this.#incarnation = incarnation;
    this.#answered = false;
    this.#ended = false;
    this.#newest.clear();
    this.#newestOfAll = 0;
  }

  #accept(heartbeat: Heartbeat): void {
    this.#newest.set(heartbeat.network, heartbeat.sequence);
    this.#newestOfAll = Math.max(this.#newestOfAll, heartbeat.sequence);
    if (heartbeat.echo?.incarnation === this.#ownIncarnation) this.#answered = true;
    if (heartbeat.kind === "goodbye") this.#ended = true;
  }
}
