/**
 * Which other machines, peers or strangers, lately announced addresses that this node holds. It remembers; what to do about
 * it is decided elsewhere.
 */
import type { Deadline } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import type { Renamings } from "./kernel-table.js";

/** A rival's announcement counts as a contest for this long. */
const CONTEST_MEMORY: Duration = seconds(10);
/** Addresses of which a contest is remembered, at most. */
const CONTESTS_MAX = 1_000;

export interface Rival {
  readonly mac: string;
  readonly interface: string;
  readonly address: string;
  /** The peer whose MAC it is. */
  readonly node?: NodeName;
  /** Whether it is a peer that, as far as is known, claims the address' service; it ends with that. */
  readonly claims: boolean;
}

interface Contest {
  rival: Rival;
  until: Instant;
}

export class Contests {
  readonly #contests = new Map<string, Contest>();

  /** Whether this rival was not known. */
  heard(now: Instant, rival: Rival): boolean {
    const key = `${rival.address} ${rival.mac}`;
    const isNew = !this.#contests.has(key);
    if (isNew && this.#contests.size >= CONTESTS_MAX) return false;
    this.#contests.set(key, { rival, until: after(now, CONTEST_MEMORY) });
    return isNew;
  }

  /** Forgets those of long ago, and those that are over because one of the two has let go. */
  review(now: Instant, isOver: (rival: Rival) => boolean): void {
    for (const [key, { rival, until }] of this.#contests) if (now >= until || isOver(rival)) this.#contests.delete(key);
  }

  relabel(renamings: Renamings): void {
    for (const contest of this.#contests.values()) {
      const { rival } = contest;
      contest.rival = { ...rival, interface: renamings.get(rival.interface) ?? rival.interface };
    }
  }

  /** The MAC of another machine that announced the address lately. */
  rivalFor(address: string): string | undefined {
    return [...this.#contests.values()].find(({ rival }) => rival.address === address)?.rival.mac;
  }

  findings(): readonly Finding[] {
    return [...this.#contests.values()].map(({ rival: { address, mac, node } }) => {
      const contested = { kind: "address-contested", address, mac } as const;
      return node === undefined ? contested : { ...contested, node };
    });
  }

  deadlines(): readonly Deadline[] {
    return [...this.#contests.values()].map(({ until }) => ({ at: until, why: "contest" }));
  }
}
