import { type Duration, type Instant, after, earliest, seconds } from "../base/time.js";
import { PingJudge, quietAfter } from "../core/membership/ping-judge.js";
import type { NodeEffect, NodeInput, PingTargets } from "../model/node-io.js";
import type { SimHost } from "./host.js";
import { MonitorTurns } from "./monitor-turns.js";

/** In this world, the targets of a network answer together or not at all. */
const ANY = "any";

interface Watched {
  readonly targets: PingTargets;
  readonly judge: PingJudge;
}

/** Pings the targets of each network, and says what the judge of each has found. */
export class PingMonitor {
  readonly turns: MonitorTurns;
  readonly #host: SimHost;
  readonly #say: (input: NodeInput) => void;
  #watched: readonly Watched[] = [];
  #interval: Duration = seconds(1);
  #nextRound: Instant;

  constructor(host: SimHost, say: (input: NodeInput) => void) {
    this.#host = host;
    this.#say = say;
    this.#nextRound = host.clock.now();
    this.turns = new MonitorTurns(host, {
      judges: () => this.#watched.map(({ judge }) => judge),
      run: (now) => this.#run(now),
    });
  }

  monitor({ targets, interval, timeout }: Extract<NodeEffect, { readonly kind: "monitor-pings" }>): void {
    const now = this.#host.clock.now();
    this.#interval = interval;
    this.#nextRound = now;
    const judged = { targets: [ANY], need: "any", timeout, quietAfter: quietAfter({ interval, timeout }) } as const;
    this.#watched = targets.map((each) => ({ targets: each, judge: new PingJudge(judged, now) }));
    this.turns.begin();
  }

  #run(now: Instant): Instant | undefined {
    if (now >= this.#nextRound) this.#round(now);
    for (const watched of this.#watched) this.#judge(watched, now);
    return this.#watched.reduce((at, { judge }) => earliest(at, judge.silentAt ?? at), this.#nextRound);
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
