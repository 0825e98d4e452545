import { type Duration, type Instant, between, seconds } from "../base/time.js";
import type { NetworkName } from "../model/names.js";
import type { NodeEffect, PingTargets } from "../model/node-io.js";
import { Alarm } from "./alarm.js";
import { later } from "./clock.js";
import type { SimHost } from "./host.js";

interface Judgement {
  readonly targets: PingTargets;
  answeredAt: Instant;
  answeredRounds: number;
  said: boolean | undefined;
}

/** The same as the real monitor's: so many rounds in a row must be answered before a network works again. */
const ROUNDS_TO_RECOVER = 3;

/** Pings the targets of each network, and says when all of one have been mute for the timeout, or one speaks again. */
export class PingMonitor {
  readonly #host: SimHost;
  readonly #say: (network: NetworkName, reachable: boolean) => void;
  readonly #alarm: Alarm;
  #judgements: Judgement[] = [];
  #interval: Duration = seconds(1);
  #timeout: Duration = seconds(1);
  #frozenAt: Instant | undefined;
  #dead = false;

  constructor(host: SimHost, say: (network: NetworkName, reachable: boolean) => void) {
    this.#host = host;
    this.#say = say;
    this.#alarm = new Alarm(host.site.world, () => this.#round());
  }

  monitor(order: Extract<NodeEffect, { readonly kind: "monitor-pings" }>): void {
    const now = this.#host.clock.now();
    const before = this.#judgements;
    this.#interval = order.interval;
    this.#timeout = order.timeout;
    this.#judgements = order.targets.map(
      (targets) =>
        before.find((each) => each.targets.network === targets.network) ?? {
          targets,
          answeredAt: now,
          answeredRounds: 0,
          said: undefined,
        },
    );
    this.#alarm.set(this.#judgements.length === 0 ? undefined : this.#host.site.world.now);
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
    const out = between(this.#frozenAt, this.#host.clock.now());
    for (const judgement of this.#judgements) judgement.answeredAt = (judgement.answeredAt + out) as Instant;
    this.#frozenAt = undefined;
    this.#alarm.set(this.#judgements.length === 0 ? undefined : this.#host.site.world.now);
  }

  #round(): void {
    if (this.#dead || this.#frozenAt !== undefined) return;
    for (const judgement of this.#judgements) this.#judge(judgement);
    this.#alarm.set(later(this.#host.site.world.now, this.#interval));
  }

  #judge(judgement: Judgement): void {
    const now = this.#host.clock.now();
    const answered = this.#host.site.answersPing(this.#host.index, judgement.targets);
    judgement.answeredRounds = answered ? judgement.answeredRounds + 1 : 0;
    if (answered) judgement.answeredAt = now;
    const verdict = this.#verdict(judgement, now);
    if (verdict !== undefined && verdict !== judgement.said) this.#say(judgement.targets.network, verdict);
    judgement.said = verdict;
  }

  #verdict(judgement: Judgement, now: Instant): boolean | undefined {
    if (between(judgement.answeredAt, now) >= this.#timeout) return false;
    return judgement.answeredRounds >= ROUNDS_TO_RECOVER ? true : judgement.said;
  }
}
