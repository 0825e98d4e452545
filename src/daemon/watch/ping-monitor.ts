import type { Duration, Instant } from "../../base/time.js";
import { canonicalIpAddress, familyOf } from "../../base/ip-address.js";
import { quietAfter } from "../../core/membership/ping-judge.js";
import type { NetworkName } from "../../model/names.js";
import type { NodeInput } from "../../model/node-io.js";
import { EchoProber } from "../../os/linux/echo-prober.js";
import { SystemCallError } from "../../os/linux/system-call-error.js";
import { firstDeadline, ProbedTargets, type Prober } from "./probed-targets.js";
import type { OwnPingTargets, WatchOrder } from "./watch-protocol.js";

type PingOrder = Extract<WatchOrder, { readonly kind: "monitor-pings" }>;

/** Pings the targets of all networks, round by round, and says when a network's verdict changes, or its answers stay out or come again. */
export class PingMonitor {
  readonly #networks: readonly { readonly name: NetworkName; readonly probed: ProbedTargets }[];

  constructor({ targets, interval, timeout }: PingOrder, now: Instant) {
    this.#networks = targets
      .filter(({ addresses }) => addresses.length > 0)
      .map((own) => ({ name: own.network, probed: networkPings(own, { interval, timeout }, now) }));
  }

  /** Changes with every call of `run`. */
  get fds(): readonly number[] {
    return this.#networks.flatMap(({ probed }) => probed.fds);
  }

  /** When to run, if no descriptor can be read before; undefined: there is nothing to ping. */
  deadline(): Instant | undefined {
    return firstDeadline(this.#networks.map(({ probed }) => probed));
  }

  /** Takes answers, sends what is due, and judges. */
  run(now: Instant): readonly NodeInput[] {
    return this.#networks.flatMap(({ name: network, probed }): readonly NodeInput[] => {
      const { answering, reachable } = probed.run(now);
      return [
        ...(answering === undefined ? [] : [{ kind: "ping-answers-changed", network, answering } as const]),
        ...(reachable === undefined ? [] : [{ kind: "ping-judged", network, reachable } as const]),
      ];
    });
  }

  close(): void {
    for (const { probed } of this.#networks) probed.close();
  }
}

function networkPings(
  own: OwnPingTargets,
  times: { readonly interval: Duration; readonly timeout: Duration },
  now: Instant,
): ProbedTargets {
  const targets = own.addresses.map((address) => canonicalIpAddress(address) ?? address);
  const prober = new NetworkProber(own.from, targets);
  return new ProbedTargets({ targets, need: "any", ...times, quietAfter: quietAfter(times), prober }, now);
}

/** Pings from an address of this machine. */
class NetworkProber implements Prober {
  readonly #from: string;
  readonly #targets: readonly string[];
  #echo: EchoProber | undefined;

  constructor(from: string, targets: readonly string[]) {
    this.#from = from;
    this.#targets = targets;
  }

  get fds(): readonly number[] {
    return this.#echo === undefined ? [] : [this.#echo.fd];
  }

  ask(now: Instant): readonly string[] {
    this.#echo ??= openEcho(this.#from);
    for (const target of this.#targets) this.#echo?.send(target, now);
    return this.#targets;
  }

  drain(now: Instant): readonly string[] {
    return (this.#echo?.drain(now) ?? []).map(({ target }) => target);
  }

  close(): void {
    this.#echo?.close();
  }
}

/** Undefined while the network's own address is not on this machine: that is silence too, and tried again. */
function openEcho(from: string): EchoProber | undefined {
  try {
    return new EchoProber({ family: familyOf(from), source: from });
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
