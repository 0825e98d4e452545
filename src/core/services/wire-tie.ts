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
 * taken back then. Who announces it all the same after that, and was not heard meanwhile, is taken for one who hears no
 * questions: the service is left to it again, for as long as its announcements come. Two questions in a row that it answers
 * show that it hears them, as one that was gone and is back does.
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
/** So many that it answers in a row mean that it hears them. */
const ANSWERED_MIN = 2;
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
  /** Questions in a row that were answered at once. */
  answered: number;
  shownAt: Instant;
  askAt: Instant;
}

export class WireTie {
  #left: Left | undefined;
  /** Who did not answer, and was taken for gone; until it is heard, or answers. */
  #missed: { readonly peer: NodeName; readonly at: Instant } | undefined;
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
    if (this.#missed?.peer === by && this.#missed.at < silentSince) this.#missed = undefined;
    return between(since, now);
  }

  leave(now: Instant, to: NodeName): void {
    this.#witnessed.clear();
    this.#left = { to, since: now, unanswered: 0, answered: 0, shownAt: now, askAt: after(now, FIRST_ASK) };
  }

  /** A peer that is not heard has the address, asked for or not. */
  shown(now: Instant, by: NodeName): void {
    if (this.#left === undefined) return;
    const { unanswered, answered: before } = this.#left;
    // One answer comes for each address.
    const answered = unanswered === 0 ? before : unanswered === 1 ? before + 1 : 0;
    if (by === this.#missed?.peer && answered >= ANSWERED_MIN) this.#missed = undefined;
    this.#left = { ...this.#left, to: by, unanswered: 0, answered, shownAt: now };
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
    if (this.#isGone(now, left)) {
      this.#missed = { peer: left.to, at: now };
      this.#left = undefined;
      return false;
    }
    left.unanswered += 1;
    left.askAt = after(now, ASK_PERIOD);
    return true;
  }

  #isGone(now: Instant, { to, unanswered, shownAt }: Left): boolean {
    if (unanswered < UNANSWERED_MAX) return false;
    return this.#missed?.peer !== to || between(shownAt, now) > PAUSE_MAX;
  }
}
