/**
 * Which other machines lately announced addresses that this node holds. It remembers; what to do about it is decided
 * elsewhere.
 */
import type { Deadline } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { Finding } from "../../model/note.js";
import type { Renamings } from "./kernel-table.js";

/** A rival's announcement counts as a contest for this long. */
const CONTEST_MEMORY: Duration = seconds(10);
/** Addresses of which a contest is remembered, at most. */
const CONTESTS_MAX = 1_000;

interface Contest {
  readonly mac: string;
  interface: string;
  readonly address: string;
  until: Instant;
}

export class Contests {
  readonly #contests = new Map<string, Contest>();

  /** Whether this rival was not known. */
  heard(
    now: Instant,
    announced: { readonly interface: string; readonly address: string; readonly mac: string },
  ): boolean {
    const { interface: name, address, mac } = announced;
    const until = after(now, CONTEST_MEMORY);
    const known = this.#contests.get(`${address} ${mac}`);
    if (known !== undefined) known.until = until;
    else if (this.#contests.size < CONTESTS_MAX) {
      this.#contests.set(`${address} ${mac}`, { mac, interface: name, address, until });
      return true;
    }
    return false;
  }

  /** Forgets those of long ago, and of addresses that this node let go of: it contests them no longer. */
  review(now: Instant, holds: (interfaceName: string, address: string) => boolean): void {
    for (const [key, { interface: name, address, until }] of this.#contests) {
      if (now >= until || !holds(name, address)) this.#contests.delete(key);
    }
  }

  relabel(renamings: Renamings): void {
    for (const contest of this.#contests.values()) {
      contest.interface = renamings.get(contest.interface) ?? contest.interface;
    }
  }

  /** The MAC of another machine that announced the address lately. */
  rivalFor(address: string): string | undefined {
    return [...this.#contests.values()].find((each) => each.address === address)?.mac;
  }

  findings(): readonly Finding[] {
    return [...this.#contests.values()].map(({ address, mac }) => ({ kind: "address-contested", address, mac }));
  }

  deadlines(): readonly Deadline[] {
    return [...this.#contests.values()].map(({ until }) => ({ at: until, why: "contest" }));
  }
}
