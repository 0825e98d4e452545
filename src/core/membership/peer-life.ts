/*
 * Decides whether one peer is alive.
 *
 *                 sign of life                      silence > timeout
 *   awaited ───────────────────────────▶ alive ──────────────────────────▶ silent
 *      │  silence > timeout                │ ▲ sign of life                  │
 *      ├─────────────▶ silent              │ └────────── (from any) ─────────┘
 *      └─ the same, but its packets arrive ─┴──▶ unanswered     goodbye: ──▶ left (from any)
 *
 * A sign of life is a fresh packet of an answered session, or the word of another living peer that it heard one. The
 * time that this node itself was away is credited: it could not have heard anything.
 */
import { after, between, earliest, latest, type Duration, type Instant } from "../../base/time.js";
import type { DetectorReport } from "../../model/heartbeat.js";

type Standing = "awaited" | "alive" | "silent" | "unanswered" | "left";

/** Moves the start of a silence by the time that this node was away, at most to the present. */
export const credited = (from: Instant, away: Duration, now: Instant): Instant => earliest(after(from, away), now);

export class PeerLife {
  readonly #peer: number;
  #timeout: Duration;
  #standing: Standing = "awaited";
  /** The incarnation last reported as heard. */
  #reported = 0;
  /** The newest sign of life, or the start of waiting for one. */
  #signAt: Instant;
  /** From when the silence counts: the newest sign, moved by credits. */
  #silentFrom: Instant;
  #unanswered: { readonly since: Instant; readonly last: Instant } | undefined;
  #leftAt: Instant | undefined;

  constructor(peer: number, timeout: Duration, now: Instant) {
    this.#peer = peer;
    this.#timeout = timeout;
    this.#signAt = now;
    this.#silentFrom = now;
  }

  changeTimeout(timeout: Duration): void {
    this.#timeout = timeout;
  }

  /** A packet of the peer arrived, of an incarnation that answers this node. */
  showSign(now: Instant, incarnation: number): DetectorReport | undefined {
    this.#unanswered = undefined;
    return this.#live(now, incarnation);
  }

  /** Another node says that it heard the peer at `at`; `incarnation` is the one that answers this node, or 0. */
  showReportedSign(now: Instant, at: Instant, incarnation: number): DetectorReport | undefined {
    if (at <= this.#signAt && this.#standing === "alive") return undefined;
    const tooOld = after(at, this.#timeout) <= now;
    // What others heard just before a goodbye may come in after it.
    const beforeLeaving = this.#leftAt !== undefined && at <= after(this.#leftAt, this.#timeout);
    return tooOld || beforeLeaving ? undefined : this.#live(at, incarnation);
  }

  #live(at: Instant, incarnation: number): DetectorReport | undefined {
    this.#signAt = latest(this.#signAt, at);
    this.#silentFrom = latest(this.#silentFrom, at);
    this.#leftAt = undefined;
    if (this.#standing === "alive" && this.#reported === incarnation) return undefined;
    this.#standing = "alive";
    this.#reported = incarnation;
    return { kind: "peer-heard", peer: this.#peer, incarnation };
  }

  /** A packet arrived whose session does not answer this node (yet); `begun`: the first of its session. */
  hearUnanswered(now: Instant, begun: boolean): DetectorReport | undefined {
    const since = begun ? now : (this.#unanswered?.since ?? now);
    this.#unanswered = { since, last: now };
    const down = this.#standing === "silent" || this.#standing === "left";
    return down && after(since, this.#timeout) <= now ? this.#becomeUnanswered() : undefined;
  }

  #becomeUnanswered(): DetectorReport {
    this.#standing = "unanswered";
    return { kind: "peer-unanswered", peer: this.#peer };
  }

  leave(now: Instant, incarnation: number): DetectorReport {
    this.#standing = "left";
    this.#leftAt = now;
    return { kind: "peer-said-goodbye", peer: this.#peer, incarnation };
  }

  /** Call it only when all that arrived before `now` has been handled. */
  judge(now: Instant): DetectorReport | undefined {
    const verdictAt = this.verdictAt();
    if (verdictAt === undefined || now < verdictAt) return undefined;
    const packetsArrive = this.#unanswered !== undefined && now < after(this.#unanswered.last, this.#timeout);
    if (packetsArrive) return this.#becomeUnanswered();
    this.#standing = "silent";
    const silence = between(this.#signAt, now);
    return { kind: "peer-silent", peer: this.#peer, incarnation: this.#reported, silence };
  }

  /** When the silence will have lasted too long; undefined while there is nothing to judge. */
  verdictAt(): Instant | undefined {
    if (this.#standing === "silent" || this.#standing === "left") return undefined;
    const from = this.#standing === "unanswered" ? this.#unanswered?.last : this.#silentFrom;
    return after(from ?? this.#silentFrom, this.#timeout);
  }

  credit(away: Duration, now: Instant): void {
    this.#silentFrom = credited(this.#silentFrom, away, now);
    if (this.#unanswered === undefined) return;
    this.#unanswered = { ...this.#unanswered, last: credited(this.#unanswered.last, away, now) };
  }
}
