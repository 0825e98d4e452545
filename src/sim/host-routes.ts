import { ok, refused } from "../base/result.js";
import type { HostRoute } from "../model/kernel.js";
import type { KernelAnswer } from "./kernel.js";

/** The routes of ours in a kernel's main table; those of others have a metric of their own, and are told apart by it. */
export class OwnRoutes {
  #all: readonly HostRoute[] = [];
  /** Those of them whose interface is down. */
  #dead: ReadonlySet<HostRoute> = new Set();

  get all(): readonly HostRoute[] {
    return this.#all;
  }

  /** One more beside those that lead elsewhere. */
  add(route: HostRoute): KernelAnswer {
    if (this.#all.some((each) => isSame(each, route))) return refused({ code: "EEXIST", message: "route exists" });
    this.#all = [...this.#all, route];
    return ok(undefined);
  }

  remove(route: HostRoute): KernelAnswer {
    const gone = this.#all.find((each) => isSame(each, route));
    if (gone === undefined) return refused({ code: "ESRCH", message: "route not found" });
    this.#all = this.#all.filter((each) => each !== gone);
    return ok(undefined);
  }

  /** Whatever leads to these addresses. */
  clear(addresses: readonly string[]): void {
    this.#all = this.#all.filter((each) => !addresses.includes(each.address));
  }

  /** An interface lost what its routes need: all of them, or those of one family. */
  lost(name: string, family?: 4 | 6): void {
    this.#all = this.#all.filter((each) => each.interface !== name || (family !== undefined && each.family !== family));
  }

  /**
   * An interface went down. An IPv6 route of which another hop lives keeps this one, dead (fib6_ifdown in the kernel's
   * net/ipv6/route.c); with its last one the whole route goes.
   */
  down(name: string): void {
    const isOn = (each: HostRoute): boolean => each.interface === name;
    const lives = (each: HostRoute): boolean => !isOn(each) && !this.#dead.has(each);
    const isKept = (route: HostRoute): boolean =>
      route.family === 6 ? this.#all.some((each) => each.address === route.address && lives(each)) : !isOn(route);
    this.#all = this.#all.filter(isKept);
    this.#dead = new Set(this.#all.filter((each) => isOn(each) || this.#dead.has(each)));
  }

  up(name: string): void {
    this.#dead = new Set([...this.#dead].filter((each) => each.interface !== name));
  }

  renamed(name: string, to: string): void {
    const renamed = (each: HostRoute): HostRoute => (each.interface === name ? { ...each, interface: to } : each);
    const dead = this.#dead;
    const all = this.#all.map((each) => [each, renamed(each)] as const);
    this.#all = all.map(([, now]) => now);
    this.#dead = new Set(all.flatMap(([before, now]) => (dead.has(before) ? [now] : [])));
  }
}

const isSame = (a: HostRoute, b: HostRoute): boolean =>
  a.address === b.address && a.gateway === b.gateway && a.interface === b.interface;
