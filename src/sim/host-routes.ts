import { ok, refused } from "../base/result.js";
import type { HostRoute } from "../model/kernel.js";
import type { KernelAnswer } from "./kernel.js";

/** The routes of ours in a kernel's main table; those of others have a metric of their own, and are told apart by it. */
export class OwnRoutes {
  #all: readonly HostRoute[] = [];

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

  renamed(name: string, to: string): void {
    this.#all = this.#all.map((each) => (each.interface === name ? { ...each, interface: to } : each));
  }
}

const isSame = (a: HostRoute, b: HostRoute): boolean =>
  a.address === b.address && a.gateway === b.gateway && a.interface === b.interface;
