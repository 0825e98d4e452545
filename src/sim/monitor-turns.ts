import { type Instant, between } from "../base/time.js";
import type { PingJudge } from "../core/membership/ping-judge.js";
import { Alarm } from "./alarm.js";
import type { SimHost } from "./host.js";

export interface Turns {
  /** The judges of all that is watched. */
  readonly judges: () => readonly PingJudge[];
  /** Asks and judges whatever is due. @returns when the next turn is; undefined: nothing is watched. */
  readonly run: (now: Instant) => Instant | undefined;
}

/** When a monitor has its turn: not while its agent is frozen, nor after its end. A stall is credited to the targets. */
export class MonitorTurns {
  readonly #host: SimHost;
  readonly #turns: Turns;
  readonly #alarm: Alarm;
  #frozenAt: Instant | undefined;
  #dead = false;

  constructor(host: SimHost, turns: Turns) {
    this.#host = host;
    this.#turns = turns;
    this.#alarm = new Alarm(host.site.world, () => this.#run());
  }

  /** Something else is watched: the next turn is now. */
  begin(): void {
    this.#alarm.set(this.#turns.judges().length === 0 ? undefined : this.#host.site.world.now);
  }

  kill(): void {
    this.#dead = true;
  }

  freeze(): void {
    this.#frozenAt ??= this.#host.clock.now();
  }

  thaw(): void {
    if (this.#frozenAt === undefined) return;
    const now = this.#host.clock.now();
    for (const judge of this.#turns.judges()) judge.credit(between(this.#frozenAt, now), now);
    this.#frozenAt = undefined;
    this.begin();
  }

  #run(): void {
    if (this.#dead || this.#frozenAt !== undefined) return;
    const next = this.#turns.run(this.#host.clock.now());
    this.#alarm.set(next === undefined ? undefined : this.#host.clock.worldTimeOf(next));
  }
}
