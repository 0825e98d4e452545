import type { Random } from "../base/random.js";
import { type Duration, microseconds, milliseconds, seconds } from "../base/time.js";
import type { Errand } from "../model/errand.js";
import type { NodeName } from "../model/names.js";
import type { SimAgent } from "./agent.js";
import type { SimHost } from "./host.js";
import { drawn } from "./pace.js";
import type { FencingFailure } from "./plan.js";
import type { Site } from "./site.js";

/** In what time it is done, at most, and in what time where it is slow. */
const TIME_MAX: Duration = milliseconds(400);
const LATE_MAX: Duration = seconds(6);
/** A machine that was cut off is switched on again after so long, at most. */
const OFF_MAX: Duration = seconds(8);

type FenceErrand = Extract<Errand, { readonly kind: "fence" }>;

/** What cuts machines off from outside, such as switched outlets: every node reaches it, whatever becomes of the networks. */
export class SimFencing {
  readonly #site: Site;
  readonly #random: Random;
  readonly #failures: FencingFailure[] = [];
  /** Machines that were said to be cut off, and were not, since they were switched on. */
  readonly #liedAbout = new Set<SimHost>();

  constructor(site: Site) {
    this.#site = site;
    this.#random = site.world.random("fencing");
  }

  /** An agent has a method run. One that takes too long is given up, and may do it all the same. */
  order(by: SimAgent, errand: FenceErrand, timeout: Duration): void {
    const how = this.#failures.at(-1);
    const length = how === "hangs" ? timeout : drawn(this.#random, how === "late" ? LATE_MAX : TIME_MAX);
    const took = microseconds(Math.min(length, timeout));
    const isRefused = length >= timeout || how === "refuses" || how === "denies";
    this.#site.world.planIn(length, () => this.#act(errand.node, how));
    this.#site.world.planIn(took, () => {
      const problem = isRefused ? "it did not end with status 0" : undefined;
      by.receive({ kind: "errand-ended", errand, outcome: { problem, output: "", took } });
    });
  }

  /** @returns what ends that */
  fail(how: FencingFailure): () => void {
    this.#failures.push(how);
    return () => void this.#failures.splice(this.#failures.indexOf(how), 1);
  }

  /** Somebody may believe that it was cut off. */
  isLiedAbout(host: SimHost): boolean {
    return this.#liedAbout.has(host);
  }

  machineStopped(host: SimHost): void {
    this.#liedAbout.delete(host);
  }

  #act(node: NodeName, how: FencingFailure | undefined): void {
    const victim = this.#site.hosts.find(({ plan }) => plan.name === node);
    if (victim?.isOn !== true) return;
    if (how === "lies") this.#liedAbout.add(victim);
    if (how === "lies" || how === "refuses" || how === "hangs") return;
    victim.powerOff();
    this.#site.world.planIn(drawn(this.#random, OFF_MAX), () => {
      victim.powerOn();
      victim.startAgent();
    });
  }
}
