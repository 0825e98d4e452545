/**
 * What an interface is of its own while it carries the traffic with the parameters of the other one (HN-4, AF-10): it gets it
 * back when the traffic leaves it. The addresses, routes and neighbours that it had it keeps all along.
 */
import type { FailoverPlan, PathGroupMemory } from "../../model/path.js";
import type { Renamings } from "../addresses/kernel-table.js";

export class StandbyParameters {
  #mac: string | undefined;
  #mtu: PathGroupMemory["standbyMtu"];

  constructor(memory: PathGroupMemory | undefined) {
    this.#mac = memory?.spareMac;
    this.#mtu = memory?.standbyMtu;
  }

  /** The MAC that the path that stands by has in place of the one that has moved on. */
  get mac(): string | undefined {
    return this.#mac;
  }

  /** Interfaces go by other names now. */
  relabel(renamings: Renamings): void {
    if (this.#mtu === undefined) return;
    const { interface: before, mtu } = this.#mtu;
    this.#mtu = { interface: renamings.get(before) ?? before, mtu };
  }

  mtuOf(interfaceName: string): number | undefined {
    return this.#mtu?.interface === interfaceName ? this.#mtu.mtu : undefined;
  }

  /** A change of paths was carried out; an interface that returned has its own parameters again by that. */
  moved({ from, to, reason, moved, replaced, steps }: FailoverPlan): void {
    if (reason.kind === "interface-returned") return;
    const givesMac = steps.some(({ kind, interface: name }) => kind === "set-mac" && name === from);
    if (givesMac) this.#mac = replaced.mac;
    this.#mtu = moved.mtu === replaced.mtu ? undefined : { interface: to, mtu: replaced.mtu };
  }

  memory(): Pick<PathGroupMemory, "spareMac" | "standbyMtu"> {
    return {
      ...(this.#mac === undefined ? {} : { spareMac: this.#mac }),
      ...(this.#mtu === undefined ? {} : { standbyMtu: this.#mtu }),
    };
  }
}
