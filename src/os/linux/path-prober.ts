import type { Instant } from "../../base/time.js";
import { EchoProber } from "./echo-prober.js";
import { NeighbourProber } from "./neighbour-prober.js";
import { SystemCallError } from "./system-call-error.js";

/** How a target of a path is asked. */
export interface PathQuestion {
  /** Canonical. */
  readonly target: string;
  readonly family: 4 | 6;
  /** Whether it is pinged: that takes an address of this path's own. */
  readonly ping: boolean;
  /**
   * On-link targets: the address to ask the link's stations in the name of, an own one of the interface (IPv4 without
   * one: 0.0.0.0). Those that answer pings are not asked this way.
   */
  readonly source: Uint8Array | undefined;
}

export interface PathQuestions {
  readonly questions: readonly PathQuestion[];
  /** The interface as it is now; undefined: it is gone. */
  readonly link: { readonly name: string; readonly index: number } | undefined;
}

/** Rounds without a ping's answer after which the stations of the link are asked too. */
const QUIET_ROUNDS = 2;

/**
 * Asks the targets of a path through its interface, and nowhere else.
 *
 * A ping is the better question: its answer comes from the target itself and repeats a random token, and it disturbs
 * nobody else. ARP and neighbour solicitations ask what a target can't refuse: so they are for paths without an address,
 * and for on-link targets that leave pings unanswered. Either answer is a sign of life, but to who insists on pings: a
 * machine answers ARP for its addresses on all of its interfaces, also on those that they have left.
 */
export class PathProber {
  readonly #answering: Set<string>;
  #asked: PathQuestions = { questions: [], link: undefined };
  #probers: LinkProbers | undefined;
  /** Rounds since a target last answered a ping; only of those that ever did. */
  readonly #quiet = new Map<string, number>();
  #insists = false;

  /** @param answering targets that answer pings, on whichever path they are asked; more come in */
  constructor(answering: Set<string>) {
    this.#answering = answering;
  }

  get fds(): readonly number[] {
    return this.#probers?.fds() ?? [];
  }

  /** What to ask from now on. */
  prepare(next: PathQuestions): void {
    if (next.link?.index !== this.#asked.link?.index) this.close();
    this.#asked = next;
    this.#probers?.hope();
    const targets = new Set(next.questions.map(({ target }) => target));
    for (const target of this.#quiet.keys()) if (!targets.has(target)) this.#quiet.delete(target);
  }

  /** Whether targets that have answered pings are to answer these, and nothing else is a sign of their life. */
  insistOnPings(insists: boolean): void {
    this.#insists = insists;
  }

  ask(now: Instant): void {
    const { questions, link } = this.#asked;
    if (link === undefined) return;
    this.#probers ??= new LinkProbers(link);
    for (const { target, family, ping, source } of questions) {
      const quiet = this.#quiet.get(target);
      if (ping) this.#probers.echo(family)?.send(target, now);
      if (source !== undefined && (!ping || this.#asksStations(target))) {
        this.#probers.neighbour(family)?.send(target, source, now);
      }
      if (quiet !== undefined) this.#quiet.set(target, quiet + 1);
    }
  }

  /** Takes the answers that have come, and tells from which targets. Never waits. */
  drain(now: Instant): readonly string[] {
    const pinged = this.#probers?.echoes().flatMap((prober) => prober.drain(now)) ?? [];
    for (const { target } of pinged) {
      this.#quiet.set(target, 0);
      this.#answering.add(target);
    }
    const found = this.#probers?.neighbours().flatMap((prober) => prober.drain()) ?? [];
    return [...pinged.map(({ target }) => target), ...found.filter((target) => !this.#mustPing(target))];
  }

  #mustPing(target: string): boolean {
    return this.#insists && this.#answering.has(target);
  }

  /** Of one that is pinged too. */
  #asksStations(target: string): boolean {
    return (this.#quiet.get(target) ?? QUIET_ROUNDS) >= QUIET_ROUNDS && !this.#mustPing(target);
  }

  close(): void {
    this.#probers?.close();
    this.#probers = undefined;
  }
}

/** The sockets of one interface, opened when they are needed; one that can't be opened is tried again the next time. */
class LinkProbers {
  readonly #link: { readonly name: string; readonly index: number };
  readonly #echoes = new Map<4 | 6, EchoProber>();
  readonly #neighbours = new Map<4 | 6, NeighbourProber>();

  constructor(link: { readonly name: string; readonly index: number }) {
    this.#link = link;
  }

  echo(family: 4 | 6): EchoProber | undefined {
    return opened(this.#echoes, family, () => new EchoProber({ family, interface: this.#link.name }));
  }

  neighbour(family: 4 | 6): NeighbourProber | undefined {
    return opened(this.#neighbours, family, () => new NeighbourProber(family, this.#link));
  }

  echoes(): readonly EchoProber[] {
    return [...this.#echoes.values()];
  }

  neighbours(): readonly NeighbourProber[] {
    return [...this.#neighbours.values()];
  }

  fds(): readonly number[] {
    return [...this.echoes(), ...this.neighbours()].map(({ fd }) => fd);
  }

  hope(): void {
    for (const prober of this.neighbours()) prober.hope();
  }

  close(): void {
    for (const prober of [...this.echoes(), ...this.neighbours()]) prober.close();
  }
}

/** Undefined while the kernel refuses it, as for an interface that has just gone: nobody answers then. */
function opened<Kind>(all: Map<4 | 6, Kind>, family: 4 | 6, open: () => Kind): Kind | undefined {
  const before = all.get(family);
  if (before !== undefined) return before;
  try {
    const fresh = open();
    all.set(family, fresh);
    return fresh;
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
