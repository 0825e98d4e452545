/**
 * All addresses of one service on this machine: taken together, dropped together, each kept by a HeldAddress.
 *
 * Addresses that are left from an earlier run, or on an interface that the configuration no longer names, are in here
 * too until they are removed.
 */
import { type Deadline, soonest } from "../../base/machine.js";
import { ok, type Result } from "../../base/result.js";
import type { Instant } from "../../base/time.js";
import type { ServiceAddress, ServiceConfig } from "../../model/cluster.js";
import type { PlacedAddress } from "../../model/kernel.js";
import type { LedgerEntry, StepProblem } from "../../model/node-io.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import type { Effects } from "../effects.js";
import { onOwnInterface } from "../identity/own-interface.js";
import type { PathMove } from "../paths/path-move.js";
import { type AddressReport, HeldAddress, type Loss, type Sight } from "./held-address.js";
import type { Renamings } from "./kernel-table.js";

export type Locator = (address: ServiceAddress) => Result<PlacedAddress, UnfitReason>;

/** What the kernel has no more. */
export interface LostAddress {
  readonly interface: string;
  readonly address: string;
  readonly loss: Loss;
}

export class AddressHolding {
  #config: ServiceConfig;
  readonly #locate: Locator;
  readonly #isSeen: Sight;
  #held: readonly HeldAddress[] = [];
  /** Those of `#held` that the configuration asked for when they were last taken. */
  #wanted: readonly HeldAddress[] = [];
  #epoch = 0;

  constructor(config: ServiceConfig, locate: Locator, isSeen: Sight) {
    this.#config = config;
    this.#locate = locate;
    this.#isSeen = isSeen;
  }

  /** Nothing of the service is on this machine. */
  get idle(): boolean {
    return this.#held.every((each) => !each.onRecord);
  }

  /** Addresses of an earlier run are there, neither adopted nor removed yet. */
  get found(): boolean {
    return this.#held.some((each) => each.isFound);
  }

  /** Everything that was taken is in place. */
  get complete(): boolean {
    return this.#wanted.length > 0 && this.#wanted.every((each) => each.present);
  }

  get unstable(): readonly HeldAddress[] {
    return this.#held.filter((each) => each.unstable);
  }

  /** Goes on for a changed service; what is no longer wanted goes at the next `take` or `drop`. */
  reconfigure(config: ServiceConfig): void {
    this.#config = config;
  }

  /** Gives an address as it is to another service of this node, which keeps or drops it at its next `take`. */
  pass(address: string, to: AddressHolding): void {
    const passed = this.#held.filter(({ placed }) => placed.address === address);
    this.#held = this.#held.filter((each) => !passed.includes(each));
    this.#wanted = this.#wanted.filter((each) => !passed.includes(each));
    for (const each of passed) each.passTo(to.#config.name);
    to.#held = [...to.#held, ...passed];
  }

  /** Addresses that should be there, by interface and address. */
  present(): readonly PlacedAddress[] {
    return this.#held.filter((each) => each.present || each.isFound).map((each) => each.placed);
  }

  /** When the next of the addresses' losses is forgotten. */
  get calmAt(): Instant | undefined {
    return this.#held.map((each) => each.calmAt).reduce(earlier, undefined);
  }

  /** Forgets losses of long ago. */
  forget(now: Instant): void {
    for (const each of this.#held) each.forget(now);
  }

  deadline(): Deadline | undefined {
    const wishes = this.#held.map((each) => {
      const at = each.deadline();
      return at === undefined ? undefined : { at, why: `address ${each.placed.address}` };
    });
    return wishes.reduce<Deadline | undefined>(soonest, undefined);
  }

  /** Takes note of an address of the service that the kernel had before this run. */
  find(placed: PlacedAddress): void {
    this.#held = [...this.#held, this.#newHeld(placed, true)];
  }

  /** Puts all addresses in place. The problem, in words, when one belongs on no interface: then nothing was done. */
  take(now: Instant, epoch: number, effects: Effects): string | undefined {
    this.#epoch = epoch;
    const located = this.#config.addresses.map((address) => this.#place(address));
    const wanted: HeldAddress[] = [];
    for (const each of located) {
      if (!each.ok) return `${each.problem.code}${each.problem.detail === undefined ? "" : ` ${each.problem.detail}`}`;
      const { value } = each;
      wanted.push(this.#held.find((held) => isSame(held.placed, value)) ?? this.#newHeld(value, false));
    }
    const strays = this.#held.filter((each) => !wanted.includes(each));
    this.#wanted = wanted;
    this.#held = [...wanted, ...strays];
    for (const each of strays) each.remove(effects);
    for (const each of wanted) each.add(now, effects);
    return undefined;
  }

  drop(effects: Effects): void {
    for (const each of this.#held) each.remove(effects);
  }

  /** The kernel's answer to a step; undefined when the step was not for this service. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): AddressReport | undefined {
    for (const each of this.#held) {
      const report = each.answer(now, step, problem, effects);
      if (report !== undefined) return report;
    }
    return undefined;
  }

  /** @param quiet somebody else is about to announce the addresses: we must not speak against it */
  tick(now: Instant, effects: Effects, quiet: boolean): void {
    for (const each of this.#held) each.tick(now, effects, quiet);
  }

  lost(now: Instant, { interface: name, address, loss }: LostAddress, effects: Effects): void {
    this.#at(name, address)?.lost(now, loss, effects);
  }

  interfaceGone(interfaceName: string): void {
    for (const each of this.#held) if (each.placed.interface === interfaceName) each.interfaceGone();
  }

  appeared(now: Instant, interfaceName: string, address: string, effects: Effects): void {
    this.#at(interfaceName, address)?.reappeared(now, effects);
  }

  /** Interfaces have other names: what is on them goes by those. */
  relabel(now: Instant, renamings: Renamings): void {
    for (const each of this.#held) each.relabel(now, renamings);
  }

  /** A change of paths took addresses along; those that were to be put back on the path that was left go there too. */
  follow(now: Instant, { from, to, addresses, stayed, mislaid }: PathMove): void {
    for (const { address } of addresses) {
      const moved = this.#at(from, address) ?? this.#at(to, address);
      moved?.seen(now);
      moved?.follow(now, to);
    }
    for (const address of stayed) this.#at(from, address)?.seen(now);
    for (const address of mislaid) (this.#at(from, address) ?? this.#at(to, address))?.mislaid(now);
    for (const each of this.#held) if (each.isAwaited && each.placed.interface === from) each.follow(now, to);
    this.#forgetTwins();
  }

  /** An address that an earlier run left on both interfaces is one now: else the one would be removed with the other. */
  #forgetTwins(): void {
    this.#held = this.#held.filter(
      ({ placed }, index, all) => all.findIndex((each) => isSame(each.placed, placed)) === index,
    );
    this.#wanted = this.#wanted.filter((each) => this.#held.includes(each));
  }

  /** An address has another interface to go to, since the one that it is on does not work. */
  get isMisplaced(): boolean {
    return this.#config.addresses.some((address) => {
      if (address.interfaces === undefined && this.#config.identity?.kind !== "mac") return false;
      const located = this.#place(address);
      return located.ok && !this.#wanted.some(({ placed }) => isSame(placed, located.value));
    });
  }

  /** Whether the address is, or may be, at just this place because of the service. */
  isPlaced(placed: PlacedAddress): boolean {
    return this.#held.some((each) => each.onRecord && isSame(each.placed, placed));
  }

  /** Whether an address is, or may be, on this machine because of the service. */
  hasOnRecord(address: string): boolean {
    return this.#held.some((each) => each.onRecord && each.placed.address === address);
  }

  /** Caches may be wrong after a rival, or after a time without carrier. */
  announceAgain(now: Instant, where: { readonly interface?: string; readonly address?: string } = {}): void {
    for (const each of this.#held) {
      const isThere = where.interface === undefined || where.interface === each.placed.interface;
      const isThat = where.address === undefined || where.address === each.placed.address;
      if (isThere && isThat) each.announceAgain(now);
    }
  }

  /** Asks the wire whether another station has the addresses. */
  probe(effects: Effects): void {
    for (const located of this.#config.addresses.map((address) => this.#place(address))) {
      if (located.ok) effects.push({ kind: "probe-address", placed: located.value });
    }
  }

  /** What must be on record: addresses that are, or may be, on the machine because of us. */
  entries(): readonly LedgerEntry[] {
    return this.#held
      .filter((each) => each.onRecord)
      .map(({ placed }) => ({ ...placed, service: this.#config.name, epoch: this.#epoch }));
  }

  holds(interfaceName: string, address: string): boolean {
    return this.#at(interfaceName, address)?.present === true;
  }

  /** On an interface of the service's own, where it has a MAC of its own. */
  #place(address: ServiceAddress): Result<PlacedAddress, UnfitReason> {
    const located = this.#locate(address);
    return located.ok ? ok(onOwnInterface(this.#config, located.value)) : located;
  }

  #newHeld(placed: PlacedAddress, isFound: boolean): HeldAddress {
    return new HeldAddress(this.#config.name, placed, { isFound, isSeen: this.#isSeen });
  }

  #at(interfaceName: string, address: string): HeldAddress | undefined {
    return this.#held.find(({ placed }) => placed.interface === interfaceName && placed.address === address);
  }
}

const earlier = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

const isSame = (a: PlacedAddress, b: PlacedAddress): boolean =>
  a.interface === b.interface && a.address === b.address && a.prefixLength === b.prefixLength;
