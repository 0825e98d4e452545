/**
 * Addresses that the ledger knows and the configuration does not: an earlier run of the agent put them there. They are taken
 * off, and stay on record until they are.
 */
import type { Instant } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import type { LedgerEntry, StepProblem } from "../../model/node-io.js";
import type { Effects } from "../effects.js";
import { HeldAddress, type Sight } from "./held-address.js";

export class Strays {
  readonly #isSeen: Sight;
  #list: readonly HeldAddress[] = [];

  constructor(isSeen: Sight) {
    this.#isSeen = isSeen;
  }

  get all(): readonly HeldAddress[] {
    return this.#list;
  }

  add({ service }: LedgerEntry, placed: PlacedAddress): HeldAddress {
    const stray = new HeldAddress(service, placed, { isFound: true, isSeen: this.#isSeen });
    this.#list = [...this.#list, stray];
    return stray;
  }

  removeAll(effects: Effects): void {
    for (const stray of this.#list) {
      const { address, interface: where } = stray.placed;
      effects.note({ code: "address.stray-removed", address, interface: where });
      stray.remove(effects);
    }
  }

  /** The kernel's answer to a step. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): void {
    for (const stray of this.#list) stray.answer(now, step, problem, effects);
  }

  /** Keeps in mind only what is not off yet. */
  forget(): void {
    this.#list = this.#list.filter((stray) => stray.onRecord);
  }

  entries(): readonly LedgerEntry[] {
    return this.#list.map((stray) => ({ ...stray.placed, service: stray.service, epoch: 0 }));
  }
}
