/* One peer on one network, as this node hears it. */
import { after, between, seconds, type Duration, type Instant } from "../../base/time.js";
import { NOT_HEARD, NOT_JUDGED, type Heartbeat, type HeartbeatEcho } from "../../model/heartbeat.js";
import { credited } from "./peer-life.js";
import { RoundTrip } from "./round-trip.js";

/** An echo held for longer is left out. */
const ECHO_AGE_MAX: Duration = seconds(60);

export class PeerLink {
  readonly network: number;
  readonly roundTrip: RoundTrip = new RoundTrip();
  /** The newest packet of an answered session. */
  #heardAt: Instant | undefined;
  #silentFrom: Instant;
  /** Undefined until there was something to judge. */
  #heard: boolean | undefined;
  /** The newest packet, whose `sentAt` goes back to the peer. */
  #toEcho: { readonly incarnation: number; readonly sentAt: number; readonly at: Instant } | undefined;

  constructor(network: number, now: Instant) {
    this.network = network;
    this.#silentFrom = now;
  }

  receive(now: Instant, heartbeat: Heartbeat): void {
    this.#toEcho = { incarnation: heartbeat.incarnation, sentAt: heartbeat.sentAt, at: now };
  }

  /** A packet of an answered session arrived. @returns whether this is news. */
  hear(now: Instant): boolean {
    const news = this.#heard !== true;
    this.#heardAt = now;
    this.#silentFrom = now;
    this.#heard = true;
    return news;
  }

  /** Whether the link has just been found silent. */
  judge(now: Instant, timeout: Duration): boolean {
    const verdictAt = this.verdictAt(timeout);
    if (verdictAt === undefined || now < verdictAt) return false;
    this.#heard = false;
    this.roundTrip.forget();
    return true;
  }

  verdictAt(timeout: Duration): Instant | undefined {
    return this.#heard === false ? undefined : after(this.#silentFrom, timeout);
  }

  credit(away: Duration, now: Instant): void {
    this.#silentFrom = credited(this.#silentFrom, away, now);
  }

  /** Milliseconds since the peer was heard here, rounded up so that others never think it fresher than it is. */
  age(now: Instant, timeout: Duration): number {
    if (this.#heard === false) return NOT_HEARD;
    if (this.#heardAt === undefined) return NOT_JUDGED;
    const age = between(this.#heardAt, now);
    return age > timeout ? NOT_JUDGED : Math.ceil(age / 1_000);
  }

  echo(now: Instant): HeartbeatEcho | undefined {
    if (this.#toEcho === undefined) return undefined;
    const { incarnation, sentAt, at } = this.#toEcho;
    const heldFor = between(at, now);
    return heldFor > ECHO_AGE_MAX ? undefined : { incarnation, sentAt, heldFor };
  }
}
