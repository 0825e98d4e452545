import { ok, refused } from "../base/result.js";
import type { KernelLink, PeerMac, StationMac } from "../model/kernel.js";
import type { KernelAnswer } from "./kernel.js";

/** What a machine receives that is sent to MACs of others: rules that stay until somebody deletes them, and memberships. */
export class MacFilters {
  /** By interface and MAC. */
  readonly #rules = new Map<string, PeerMac>();
  readonly #memberships = new Set<string>();

  /** What gets through both. */
  received(): readonly PeerMac[] {
    return [...this.#rules].filter(([key]) => this.#memberships.has(key)).map(([, peer]) => peer);
  }

  rules(): readonly PeerMac[] {
    return [...this.#rules.values()];
  }

  listen(link: KernelLink | undefined, peer: PeerMac): KernelAnswer {
    if (link === undefined) return refused({ code: "ENODEV", message: `there is no interface ${peer.interface}` });
    this.#rules.set(keyOf(peer), peer);
    this.#memberships.add(keyOf(peer));
    return ok(undefined);
  }

  stop(station: StationMac): KernelAnswer {
    this.#rules.delete(keyOf(station));
    this.#memberships.delete(keyOf(station));
    return ok(undefined);
  }

  clearRules(): void {
    this.#rules.clear();
  }

  /** The process that they belong to ended. */
  endMemberships(): void {
    this.#memberships.clear();
  }

  interfaceGone(name: string): void {
    for (const [key, peer] of this.#rules) if (peer.interface === name) this.#rules.delete(key);
  }
}

const keyOf = ({ interface: name, mac }: StationMac): string => `${name} ${mac}`;
