import { type Duration, type Instant, after, between, earliest, seconds } from "../base/time.js";
import { PingJudge, quietAfter } from "../core/membership/ping-judge.js";
import type { NodeEffect, NodeInput, PingTargets } from "../model/node-io.js";
import { Alarm } from "./alarm.js";
import type { SimHost } from "./host.js";

/** In this world, the targets of a network answer together or not at all. */
const ANY = "any";

interface Watched {
  readonly targets: PingTargets;
  readonly judge: PingJudge;
}

/** Pings the targets of each network, and says what the judge of each has found. */
export class PingMonitor {
  readonly #host: SimHost;
  readonly #say: (input: NodeInput) => void;
  readonly #alarm: Alarm;
  #watched: readonly Watched[] = [];
  #interval: Duration = seconds(1);
  #nextRound: Instant;
  #frozenAt: Instant | undefined;
  #dead = false;

  constructor(host: SimHost, say: (input: NodeInput) => void) {
    this.#host = host;
    this.#say = say;
    this.#nextRound = host.clock.now();
    this.#alarm = new Alarm(host.site.world, () => this.#run());
  }

  monitor({ targets, interval, timeout }: Extract<NodeEffect, { readonly kind: "monitor-pings" }>): void {
    const now = this.#host.clock.now();
    this.#interval = interval;
    this.#nextRound = now;
    const judged = { targets: [ANY], need: "any", timeout, quietAfter: quietAfter({ interval, timeout }) } as const;
    this.#watched = targets.map((each) => ({ targets: each, judge: new PingJudge(judged, now) }));
    this.#wakeSoon();
  }

  kill(): void {
    this.#dead = true;
  }

  freeze(): void {
    this.#frozenAt ??= this.#host.clock.now();
  }

  /** Its own stall is credited to the targets. */
  thaw(): void {
    if (this.#frozenAt === undefined) return;
    const now = this.#host.clock.now();
    for (const { judge } of this.#watched) judge.credit(between(this.#frozenAt, now), now);
    this.#frozenAt = undefined;
    this.#wakeSoon();
  }

  #wakeSoon(): void {
    this.#alarm.set(this.#watched.length === 0 ? undefined : this.#host.site.world.now);
  }

  #run(): void {
    if (this.#dead || this.#frozenAt !== undefined) return;
    const now = this.#host.clock.now();
    if (now >= this.#nextRound) this.#round(now);
    for (const watched of this.#watched) this.#judge(watched, now);
    const due = this.#watched.reduce((at, { judge }) => earliest(at, judge.silentAt ?? at), this.#nextRound);
    this.#alarm.set(this.#host.clock.worldTimeOf(due));
  }

  /** In this world, answers take no time. */
  #round(now: Instant): void {
    for (const { targets, judge } of this.#watched) {
      judge.roundStarted();
      if (this.#host.site.answersPing(this.#host.index, targets)) judge.answered(ANY, now);
    }
    this.#nextRound = after(now, this.#interval);
  }

  #judge({ targets: { network }, judge }: Watched, now: Instant): void {
    const answering = judge.noticeAnswers(now);
    if (answering !== undefined) this.#say({ kind: "ping-answers-changed", network, answering });
    const reachable = judge.judge(now);
    if (reachable !== undefined) this.#say({ kind: "ping-judged", network, reachable });
  }
}
