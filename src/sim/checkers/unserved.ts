import { type Duration, microseconds, milliseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { type WorldTime, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Steadiness } from "./steadiness.js";
import { presentOf } from "./truth.js";

/** Streams that break and are built anew, peers that are waited for, offers that lapse: each takes a second or two. */
const PATIENCE: Duration = seconds(6);
/** How often to look when no kernel changed. */
const LOOK_AGAIN: Duration = milliseconds(100);
/** After a refusal, or an address taken away again and again, a node waits up to so long before it tries anew. */
const BACKOFF_MAX: Duration = seconds(31);

/**
 * No service without a holder while a node could hold it: in a world that has been steady for a while, every service
 * that has a fit candidate is on some machine.
 */
export class Unserved implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #steadiness: Steadiness;
  /** When each host's kernel last did something to our addresses that the agent backs off from. */
  readonly #offendedAt = new Map<SimHost, WorldTime>();

  #kernelChanged = true;
  #lookedAt: WorldTime = worldTime(0);

  constructor(site: Site, verdict: Verdict, steadiness: Steadiness) {
    this.#site = site;
    this.#verdict = verdict;
    this.#steadiness = steadiness;
  }

  kernelAsked(host: SimHost, order: { readonly by: string }, answer: { readonly ok: boolean }): void {
    if (order.by === "stranger" || !answer.ok) this.#offendedAt.set(host, this.#site.world.now);
  }

  kernelSaid(): void {
    this.#kernelChanged = true;
  }

  looked(): void {
    const { world, cluster, hosts } = this.#site;
    if (!this.#kernelChanged && world.now - this.#lookedAt < LOOK_AGAIN) return;
    this.#kernelChanged = false;
    this.#lookedAt = world.now;
    const isSteady = world.now - this.#steadiness.since > this.#bound && this.#steadiness.isCalm;
    if (!isSteady || hosts.some((host) => isPaused(host) || host.cluster !== cluster)) return;
    for (const service of cluster.services) {
      if (hosts.some((host) => presentOf(host, service).length > 0)) continue;
      const fit = hosts.find((host) => this.#isFit(host, service));
      if (fit === undefined) continue;
      this.#verdict.broken("served", `${service.name} is on no node, though ${fit.name} could hold it`);
    }
  }

  get #bound(): Duration {
    return microseconds(PATIENCE + 10 * this.#site.cluster.detection.timeout);
  }

  #isFit(host: SimHost, service: ServiceConfig): boolean {
    const { agent } = host;
    if (agent === undefined || !host.isRunning || agent.isDoomed || agent.state?.drained !== false) return false;
    const offendedAt = this.#offendedAt.get(host);
    if (offendedAt !== undefined && this.#site.world.now - offendedAt < BACKOFF_MAX) return false;
    if (host.isRefusing || !service.nodes.includes(host.plan.name)) return false;
    return this.#hasNetworks(host) && service.addresses.every((each) => this.#hasInterfaceFor(host, each));
  }

  /** Every network works for the host as far as anybody could tell: its own cable, its ping targets, its peers. */
  #hasNetworks(host: SimHost): boolean {
    return this.#site.segments.every((segment, index) => {
      const others = this.#site.hosts.filter((other) => other !== host && other.isOn);
      return (
        segment.hasSignal(host.index) &&
        this.#site.servesBeyond(host.index, index) &&
        this.#site.deadTargets[index] === 0 &&
        others.every((other) => !other.isAttached(index) || this.#site.linked(host.index, other.index, index))
      );
    });
  }

  #hasInterfaceFor(host: SimHost, address: ServiceConfig["addresses"][number]): boolean {
    return host.plan.interfaces.every(({ name, addresses }) => {
      const own = addresses.every((each) => host.kernel.interfacesWith(each.address).includes(name));
      return host.kernel.isWorking(name) && (own || address.interface === name);
    });
  }
}

const isPaused = (host: SimHost): boolean => host.agent?.state?.pause.paused === true;
