import type { Instant } from "../../base/time.js";
import type { PathGroupConfig } from "../../model/path.js";
import { type WorldTime, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { KernelEvent } from "../kernel.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Stirrings } from "./stirrings.js";

/** How a path was lately, by the world's truth. */
interface Working {
  works: boolean;
  /** Since when it works, or does not. */
  since: WorldTime;
}

/**
 * Keeps account of which paths work as far as their groups can tell: the interface has a carrier, and targets answer where
 * there are any. Something can only change when a fault begins or ends, or when a kernel or an agent does something.
 */
export class PathWorkings implements Observer {
  readonly #site: Site;
  readonly #paired: readonly SimHost[];
  readonly #workings = new Map<string, Working>();
  readonly #stirrings: Stirrings;
  /** How many there had been at the last look; undefined: look again. */
  #seen: number | undefined;

  constructor(site: Site, stirrings: Stirrings) {
    this.#site = site;
    this.#stirrings = stirrings;
    this.#paired = site.hosts.filter(({ plan }) => plan.interfaces.some(({ spare }) => spare !== undefined));
  }

  /** Machines with path groups. */
  get paired(): readonly SimHost[] {
    return this.#paired;
  }

  works(host: SimHost, name: string | undefined): boolean {
    return name !== undefined && this.#of(host, name).works;
  }

  /** Since when that is so without a break. */
  since(host: SimHost, name: string): WorldTime {
    return this.#of(host, name).since;
  }

  agentStarted(host: SimHost): void {
    this.#interrupted(host);
  }

  agentEnded(host: SimHost): void {
    this.#interrupted(host);
  }

  handled(host: SimHost, _now: Instant): void {
    if (host.agent?.isBehind === true) this.#interrupted(host);
  }

  kernelSaid(host: SimHost, event: KernelEvent): void {
    if (event.kind === "link-changed" && !event.link.carrier)
      this.#of(host, event.link.name).since = this.#site.world.now;
  }

  looked(): void {
    for (const host of this.#paired) if (!host.isRunning || host.isLosingEvents) this.#interrupted(host);
    const { ofAddresses } = this.#stirrings;
    if (this.#seen === ofAddresses) return;
    this.#seen = ofAddresses;
    for (const host of this.#paired) for (const group of host.pathGroups) this.#look(host, group);
  }

  /** Whoever was not there to see begins to look now. */
  #interrupted(host: SimHost): void {
    this.#seen = undefined;
    for (const { name } of host.plan.interfaces) this.#of(host, name).since = this.#site.world.now;
  }

  #look(host: SimHost, { primary, secondary, monitor }: PathGroupConfig): void {
    for (const { interface: name = "" } of [primary, secondary]) {
      const isHeard =
        monitor.ping.length === 0 || monitor.ping.some((target) => this.#site.answersOver(host, name, target));
      const works = host.isOn && host.kernel.isWorking(name) && isHeard;
      const working = this.#of(host, name);
      if (works === working.works) continue;
      working.works = works;
      working.since = this.#site.world.now;
    }
  }

  #of(host: SimHost, name: string): Working {
    const key = `${host.name} ${name}`;
    const known = this.#workings.get(key);
    if (known !== undefined) return known;
    const fresh = { works: false, since: worldTime(0) };
    this.#workings.set(key, fresh);
    return fresh;
  }
}
