import { earliest, after, type Duration, type Instant } from "../base/time.js";
import { PingJudge } from "../core/membership/ping-judge.js";
import type { NodeInput } from "../model/node-io.js";
import { EchoProber } from "../os/linux/echo-prober.js";
import { SystemCallError } from "../os/linux/system-call-error.js";
import type { OwnPingTargets, WatchOrder } from "./watch-protocol.js";

type PingOrder = Extract<WatchOrder, { readonly kind: "monitor-pings" }>;

/** Pings the targets of all networks, round by round, and says when a network's verdict changes, or its answers stay out or come again. */
export class PingMonitor {
  readonly #interval: Duration;
  readonly #networks: readonly NetworkPings[];
  #nextRound: Instant;

  constructor({ targets, interval, timeout }: PingOrder, now: Instant) {
    this.#interval = interval;
    this.#nextRound = now;
    this.#networks = targets
      .filter(({ addresses }) => addresses.length > 0)
      .map((target) => new NetworkPings(target, new PingJudge({ interval, timeout }, now)));
  }

  /** Changes with every call of `run`. */
  get fds(): readonly number[] {
    return this.#networks.flatMap(({ fds }) => fds);
  }

  /** When to run, if no descriptor can be read before; undefined: there is nothing to ping. */
  deadline(): Instant | undefined {
    if (this.#networks.length === 0) return undefined;
    return this.#networks.reduce((at, { silentAt }) => earliest(at, silentAt ?? at), this.#nextRound);
  }

  /** Takes answers, sends what is due, and judges. */
  run(now: Instant): readonly NodeInput[] {
    for (const network of this.#networks) network.drain(now);
    const verdicts = this.#networks.flatMap((network) => network.judge(now));
    if (now >= this.#nextRound) {
      for (const network of this.#networks) network.startRound(now);
      this.#nextRound = after(now, this.#interval);
    }
    return verdicts;
  }

  close(): void {
    for (const network of this.#networks) network.close();
  }
}

/** The targets of one network; both families at most. */
class NetworkPings {
  readonly #targets: OwnPingTargets;
  readonly #judge: PingJudge;
  #prober: EchoProber | undefined;

  constructor(targets: OwnPingTargets, judge: PingJudge) {
    this.#targets = targets;
    this.#judge = judge;
  }

  get fds(): readonly number[] {
    return this.#prober === undefined ? [] : [this.#prober.fd];
  }

  get silentAt(): Instant | undefined {
    return this.#judge.silentAt;
  }

  drain(now: Instant): void {
    for (const _ of this.#prober?.drain(now) ?? []) this.#judge.answered(now);
  }

  startRound(now: Instant): void {
    this.#judge.roundStarted();
    this.#prober ??= openProber(this.#targets);
    for (const address of this.#targets.addresses) this.#prober?.send(address, now);
  }

  judge(now: Instant): readonly NodeInput[] {
    const { network } = this.#targets;
    const answering = this.#judge.noticeAnswers(now);
    const reachable = this.#judge.judge(now);
    return [
      ...(answering === undefined ? [] : [{ kind: "ping-answers-changed", network, answering } as const]),
      ...(reachable === undefined ? [] : [{ kind: "ping-judged", network, reachable } as const]),
    ];
  }

  close(): void {
    this.#prober?.close();
  }
}

/** Undefined while the network's own address is not on this machine: that is silence too, and tried again. */
function openProber({ from }: OwnPingTargets): EchoProber | undefined {
  try {
    return new EchoProber({ family: from.includes(":") ? 6 : 4, source: from });
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
