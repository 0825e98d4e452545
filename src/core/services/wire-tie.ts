/**
 * Two nodes hold one service and do not hear each other, so that no epoch can be compared: their heartbeat networks are
 * gone, and the network of the service works. Each hears the other announce the address, and that decides: the one that
 * comes later in the order of preference leaves the service to the other, and asks the wire for as long as the other
 * does not speak whether it is still there.
 *
 *                  has heard a preferred peer announce what it holds for long enough
 *     undecided ────────────────────────────────────────────────▶ left ──┐ an answer, or a reason not to ask:
 *          ▲  heard again: epochs decide; or the other is gone           │ counts anew
 *          └──────────────────────────────────────────────────────── ◀───┘
 *
 * Who does not answer three times is gone. Where the wire works one way only, who is asked does not hear it: the service is
 * taken back then, and left again by the other's next announcements.
 *
 * The first announcement does not decide. A node that stood still has its addresses when it goes on, and may announce them,
 * before it reads that another one has taken the service: it lets go then, and is heard. Only who could have been heard
 * since its first announcement, and was not, is one that cannot be heard. And who left the service names itself as the
 * next to have it, as long as that is fresh: nobody takes it instead of both only because each let go for the other.
 *
 * It remembers and counts. Who is preferred, and what is asked for, is the service's part (service.ts).
 */
import { type Duration, type Instant, after, between, milliseconds, seconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import { REFRESH } from "../addresses/announcements.js";
import { type Situation, ownReasons } from "./situation.js";

/** How often the wire is asked whether the other has the addresses still. */
const ASK_PERIOD: Duration = seconds(1);
/** The first time; what comes sooner after the announcement that decided is not reported (announcement-listener.ts). */
const FIRST_ASK: Duration = milliseconds(100);
/** So many questions in a row that nobody answers mean that the other is gone, or does not hear them. */
const UNANSWERED_MAX = 3;
/** How much later than it is due an announcement may be heard. */
const LATENESS: Duration = seconds(1);
/** Announcements with more than so much between them are not those of one holding: it refreshes them sooner. */
const PAUSE_MAX: Duration = (REFRESH + LATENESS) as Duration;

interface Witness {
  readonly since: Instant;
  readonly latest: Instant;
}

interface Left {
  readonly to: NodeName;
  readonly since: Instant;
  unanswered: number;
  askAt: Instant;
}

export class WireTie {
  #left: Left | undefined;
  /** Peers that announce what this node holds. */
  readonly #witnessed = new Map<NodeName, Witness>();

  /** The peer that the service was left to, and since when. */
  get left(): { readonly to: NodeName; readonly since: Instant } | undefined {
    return this.#left;
  }

  /** When to ask next. */
  get askAt(): Instant | undefined {
    return this.#left?.askAt;
  }

  /**
   * What this node holds was announced by a peer that is not heard.
   * @param silentSince since when it is not
   * @returns for how long it has announced it
   */
  witnessed(now: Instant, by: NodeName, silentSince: Instant): Duration {
    const before = this.#witnessed.get(by);
    const goesOn = before !== undefined && before.since >= silentSince && between(before.latest, now) <= PAUSE_MAX;
    const since = goesOn ? before.since : now;
    this.#witnessed.set(by, { since, latest: now });
    return between(since, now);
  }

  leave(now: Instant, to: NodeName): void {
    this.#witnessed.clear();
    this.#left = { to, since: now, unanswered: 0, askAt: after(now, FIRST_ASK) };
  }

  /** A peer that is not heard has the address, asked for or not. */
  shown(by: NodeName): void {
    if (this.#left !== undefined) this.#left = { ...this.#left, to: by, unanswered: 0 };
  }

  /** Nobody is asked for now; what was not answered before tells nothing by then. */
  rest(): void {
    if (this.#left === undefined) return;
    this.#left.unanswered = 0;
  }

  end(): void {
    this.#witnessed.clear();
    this.#left = undefined;
  }

  /** As long as the peer is not heard: the wire is asked. @returns when to do so next; undefined: not, or it has ended */
  pursue(situation: Situation, candidates: readonly NodeName[], ask: () => void): Instant | undefined {
    const to = this.#left?.to;
    if (to === undefined) return undefined;
    if (situation.speaks(to) || !candidates.includes(to)) this.end();
    else if (ownReasons(situation).length > 0) this.rest();
    else {
      if (this.review(situation.now)) ask();
      return this.askAt;
    }
    return undefined;
  }

  /** Whether to ask now. It ends by itself when the other is gone. */
  review(now: Instant): boolean {
    const left = this.#left;
    if (left === undefined || now < left.askAt) return false;
    if (left.unanswered >= UNANSWERED_MAX) {
      this.#left = undefined;
      return false;
    }
    left.unanswered += 1;
    left.askAt = after(now, ASK_PERIOD);
    return true;
  }
}
