/**
 * The route of this node to one service address that another node holds, through an address of the holder (HS-19).
 *
 * The kernel is asked one thing at a time. Another way is put in before the old one goes, so that no packet finds none. A route
 * may vanish without a word, with the interface or by another program: it is asked for again now and then, which changes
 * nothing while it is there. What stands against a route is told, and it is tried again.
 */
import { type Duration, type Instant, after, earliest, milliseconds, seconds } from "../../base/time.js";
import type { HostRoute } from "../../model/kernel.js";
import type { ServiceName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import type { Effects } from "../effects.js";

/** How often a route that should be there is asked for again. */
const REFRESH: Duration = seconds(10);
const RETRY: Duration = seconds(5);
/** By then the guard has done what it said it would. */
const FENCE_PAUSE: Duration = milliseconds(300);

const ALREADY_GONE: ReadonlySet<string> = new Set(["ESRCH", "ENODEV"]);

interface Asked {
  readonly what: "add" | "remove";
  readonly route: HostRoute;
  readonly step: number;
}

export class KeptRoute {
  readonly address: string;
  service: ServiceName;
  #wanted: HostRoute | undefined;
  /** What of ours may be in the kernel: for a moment, the old way beside the new one. */
  #present: readonly HostRoute[] = [];
  /** What the guard removed, unless it was put back between the guard's act and its word. */
  #doubted: readonly HostRoute[] = [];
  #asked: Asked | undefined;
  /** When to ask for the wanted one, again or at last; undefined: at once. */
  #askAt: Instant | undefined;
  /** When to try again to remove what the kernel would not let go; undefined: at once. */
  #removeAt: Instant | undefined;
  #problem: StepProblem | undefined;

  constructor(service: ServiceName, address: string) {
    this.service = service;
    this.address = address;
  }

  /** Nothing of ours is in the kernel, and nothing is wanted there. */
  get idle(): boolean {
    return this.#wanted === undefined && this.#mayBePresent.length === 0 && this.#asked === undefined;
  }

  /** The wanted route is in the kernel. */
  get isInPlace(): boolean {
    return this.#wanted !== undefined && this.#present.some((each) => isSame(each, this.#wanted));
  }

  /** Why the wanted route could not be put in. */
  get problem(): StepProblem | undefined {
    return this.#problem;
  }

  /** The way that the kernel shall have from now on; undefined: none. */
  want(wanted: HostRoute | undefined): void {
    if (isSame(wanted, this.#wanted)) return;
    this.#wanted = wanted;
    this.#askAt = undefined;
    this.#problem = undefined;
  }

  /** The kernel has dropped what led through interfaces that are not up. */
  keepOnly(isUp: (interfaceName: string) => boolean): void {
    if (this.#mayBePresent.every((route) => isUp(route.interface))) return;
    this.#present = this.#present.filter((route) => isUp(route.interface));
    this.#doubted = this.#doubted.filter((route) => isUp(route.interface));
    this.#askAt = undefined;
  }

  /** The guard removes everything, and may be about to: what is asked for at once would be taken for there, and go. */
  fenced(now: Instant): void {
    this.#doubted = this.#mayBePresent;
    this.#present = [];
    this.#askAt = after(now, FENCE_PAUSE);
  }

  deadline(): Instant | undefined {
    if (this.#asked !== undefined) return undefined;
    const ask = this.#wanted === undefined ? undefined : this.#askAt;
    const remove = this.#stale === undefined ? undefined : this.#removeAt;
    return ask === undefined || remove === undefined ? (ask ?? remove) : earliest(ask, remove);
  }

  /** Asks the kernel for the next thing that is due. */
  advance(now: Instant, effects: Effects): void {
    if (this.#asked !== undefined) return;
    const isDue = this.#askAt === undefined || this.#askAt <= now;
    if (this.#wanted !== undefined && isDue) this.#ask("add", this.#wanted, effects);
    else if (this.#stale !== undefined && (this.#removeAt === undefined || this.#removeAt <= now)) {
      this.#ask("remove", this.#stale, effects);
    }
  }

  /** The kernel's answer; false when the step was another's. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): boolean {
    const asked = this.#asked;
    if (asked?.step !== step) return false;
    this.#asked = undefined;
    if (asked.what === "add") this.#added(now, asked.route, problem, effects);
    else this.#removed(now, asked.route, problem, effects);
    this.advance(now, effects);
    return true;
  }

  #added(now: Instant, route: HostRoute, problem: StepProblem | undefined, effects: Effects): void {
    if (problem !== undefined && problem.code !== "EEXIST") {
      if (this.#problem?.code !== problem.code) {
        effects.note({ code: "route.refused", ...this.#named(route), problem: problem.message });
      }
      this.#problem = problem;
      this.#askAt = after(now, RETRY);
      return;
    }
    const wasPresent = this.#present.some((each) => isSame(each, route));
    if (!wasPresent) effects.note({ code: "route.set", ...this.#named(route) });
    else if (problem === undefined) effects.note({ code: "route.restored", ...this.#named(route) });
    this.#present = wasPresent ? this.#present : [...this.#present, route];
    this.#doubted = this.#doubted.filter((each) => !isSame(each, route));
    this.#problem = undefined;
    this.#askAt = after(now, REFRESH);
  }

  #removed(now: Instant, route: HostRoute, problem: StepProblem | undefined, effects: Effects): void {
    if (problem !== undefined && !ALREADY_GONE.has(problem.code)) {
      this.#removeAt = after(now, RETRY);
      return;
    }
    this.#removeAt = undefined;
    this.#present = this.#present.filter((each) => !isSame(each, route));
    this.#doubted = this.#doubted.filter((each) => !isSame(each, route));
    if (this.#wanted === undefined) effects.note({ code: "route.removed", ...this.#named(route) });
  }

  /** One that leads elsewhere than wanted. */
  get #stale(): HostRoute | undefined {
    return this.#mayBePresent.find((route) => !isSame(route, this.#wanted));
  }

  get #mayBePresent(): readonly HostRoute[] {
    return [...this.#present, ...this.#doubted];
  }

  #ask(what: Asked["what"], route: HostRoute, effects: Effects): void {
    const step = effects.nextStep();
    this.#asked = { what, route, step };
    effects.push({ kind: what === "add" ? "add-route" : "remove-route", step, route });
  }

  #named({ gateway, interface: name }: HostRoute): {
    readonly service: ServiceName;
    readonly address: string;
    readonly gateway: string;
    readonly interface: string;
  } {
    return { service: this.service, address: this.address, gateway, interface: name };
  }
}

const isSame = (a: HostRoute | undefined, b: HostRoute | undefined): boolean =>
  a?.address === b?.address && a?.gateway === b?.gateway && a?.interface === b?.interface;
