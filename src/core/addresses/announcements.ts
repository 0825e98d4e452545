/**
 * When to announce a held address on the wire: at once, again after 20, 100, 500 ms and 2 s, then every minute; and
 * from the beginning whenever a rival was heard or the link came back, since caches may then be wrong again.
 */
import { type Duration, type Instant, after, latest, milliseconds, seconds } from "../../base/time.js";

const BURST: readonly Duration[] = [20, 100, 500, 2000].map(milliseconds);
/** Who has an address announces it at least this often. */
export const REFRESH: Duration = seconds(60);
/** A rival that shouts without end gets an answer no more often than this. */
const RESTART_GAP: Duration = milliseconds(100);

export class Announcements {
  #burstStart: Instant;
  #sent = 0;
  #next: Instant;

  /** The first announcement is due at `now`. */
  constructor(now: Instant) {
    this.#burstStart = now;
    this.#next = now;
  }

  get due(): Instant {
    return this.#next;
  }

  /** Begins the burst again, at once or as soon as the gap allows. */
  restart(now: Instant): void {
    if (this.#sent === 0) return;
    this.#burstStart = latest(now, after(this.#burstStart, RESTART_GAP));
    this.#sent = 0;
    this.#next = this.#burstStart;
  }

  /** Whether to announce now; then the next time is set. */
  take(now: Instant): boolean {
    if (now < this.#next) return false;
    const offset = BURST[this.#sent];
    this.#next = offset === undefined ? after(now, REFRESH) : after(this.#burstStart, offset);
    if (this.#next <= now) this.#next = after(now, offset ?? REFRESH);
    this.#sent += 1;
    return true;
  }
}
