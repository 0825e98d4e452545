/**
 * One service address on this machine: put there, kept there, announced, taken off.
 *
 *     absent --add--> adding --done--> present --remove--> removing --done--> absent
 *       ^               |                | ^                  |
 *       +----refused----+        taken   v | put back         +--refused, in doubt--> stuck (tried again)
 *                                       missing
 *
 * An address that was found at start is `found`: it is adopted without touching it, or removed. One that is gone before that
 * has `vanished`, and is ordered like one that is absent. What another program
 * takes away is put back after a delay that grows while it keeps happening; what went with its interface was taken by
 * nobody. It follows its interface, whatever that is called: that it is gone is believed only when the kernel's reports do
 * not speak against it.
 */
import { unreachable } from "../../base/assert.js";
import { type Duration, type Instant, after, milliseconds, seconds } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import type { ServiceName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import type { Effects } from "../effects.js";
import { INTERFACE_GONE } from "../interface-gone.js";
import { Announcements } from "./announcements.js";
import type { Renamings } from "./kernel-table.js";

/** Delays before an address is put back, by how often it was lost lately. */
const RESTORE_DELAYS: readonly Duration[] = [10, 100, 1_000, 5_000, 30_000].map(milliseconds);
/** An address that stayed for this long starts again with the shortest delay. */
const CALM: Duration = seconds(60);
const REMOVE_RETRY: Duration = seconds(1);
const RESTORE_RETRY: Duration = seconds(5);
/** What the kernel refused a moment ago, it hardly takes at once. */
const MISLAID_RETRY: Duration = milliseconds(10);
/** Losses in a row that make the address a finding. */
const UNSTABLE_LOSSES = 2;

/** What the kernel answers when the work was already done. */
const ALREADY_THERE: ReadonlySet<string> = new Set(["EEXIST", "already-present"]);
const ALREADY_GONE: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "not-present", ...INTERFACE_GONE]);

/** How the kernel lost it: another program took it, or its interface was switched off, or is there no more. */
export type Loss = "taken" | "interface-off" | "interface-gone";
/** Why one that should be present is not: it was lost, or our own change of paths could not put it back. */
type Absence = Loss | "mislaid";

interface Missing {
  readonly kind: "missing";
  readonly restoreAt: Instant;
  readonly restoreIn: Duration;
  readonly absence: Absence;
  /** It was said: what became of it is known for sure only when it is put back. */
  readonly isTold: boolean;
}

type Phase =
  | { readonly kind: "absent" }
  | { readonly kind: "found" }
  /** The kernel said that what was found is gone, be it a late word of a change of paths that has brought it back. */
  | { readonly kind: "vanished" }
  /** `mayBeThere`: it was not known to be absent when it was ordered. */
  | {
      readonly kind: "adding";
      readonly step: number;
      /** What it was missing by, when it is put back. */
      readonly restoring: Missing | undefined;
      readonly mayBeThere: boolean;
    }
  | { readonly kind: "present"; readonly announcements: Announcements }
  | Missing
  | { readonly kind: "removing"; readonly step: number }
  /** `saidGone`: the kernel said that it is not there, and did not report yet that it went. */
  | { readonly kind: "stuck"; readonly retryAt: Instant; readonly saidGone: boolean };

/** Whether the kernel, as far as it has reported, has an address where it was placed. */
export type Sight = (placed: PlacedAddress) => boolean;

export interface Origin {
  /** The kernel had it before this run. */
  readonly isFound: boolean;
  readonly isSeen: Sight;
}

/** `refused`: the address could not be put in place. */
export type AddressReport = "done" | { readonly refused: StepProblem };

export class HeldAddress {
  readonly #isSeen: Sight;
  #service: ServiceName;
  #placed: PlacedAddress;
  #phase: Phase;
  #losses = 0;
  #lastLoss: Instant | undefined;

  constructor(service: ServiceName, placed: PlacedAddress, { isFound, isSeen }: Origin) {
    this.#service = service;
    this.#placed = placed;
    this.#isSeen = isSeen;
    this.#phase = isFound ? { kind: "found" } : { kind: "absent" };
  }

  get placed(): PlacedAddress {
    return this.#placed;
  }

  get service(): ServiceName {
    return this.#service;
  }

  /** It is another service's from now on; nothing else about it changes. */
  passTo(service: ServiceName): void {
    this.#service = service;
  }

  /** Whether the kernel has it, or may have it, because of us. */
  get onRecord(): boolean {
    return this.#phase.kind !== "absent";
  }

  get isFound(): boolean {
    return this.#phase.kind === "found";
  }

  get present(): boolean {
    return this.#phase.kind === "present";
  }

  /** It was taken away, or its interface was gone, and it is put back in a while. */
  get isAwaited(): boolean {
    return this.#phase.kind === "missing";
  }

  get unstable(): boolean {
    return this.#losses >= UNSTABLE_LOSSES;
  }

  /** When its losses are forgotten. */
  get calmAt(): Instant | undefined {
    return this.#losses === 0 || this.#lastLoss === undefined ? undefined : after(this.#lastLoss, CALM);
  }

  /** Forgets losses of long ago. */
  forget(now: Instant): void {
    if (this.calmAt !== undefined && this.calmAt <= now) this.#losses = 0;
  }

  deadline(): Instant | undefined {
    switch (this.#phase.kind) {
      case "present":
        return this.#phase.announcements.due;
      case "missing":
        return this.#phase.restoreAt;
      case "stuck":
        return this.#phase.retryAt;
      default:
        return undefined;
    }
  }

  /**
   * Puts the address on the interface, or adopts it where it was found. One on an interface of its own is ordered even so:
   * the rules that belong to it are gone since the agent's start.
   */
  add(now: Instant, effects: Effects): void {
    if (this.#phase.kind === "found" && this.#placed.made === undefined) {
      effects.note({ code: "address.adopted", ...this.#named() });
      this.#becomePresent(now, effects);
    } else if (this.#phase.kind !== "present" && this.#phase.kind !== "adding") {
      this.#order("adding", effects);
    }
  }

  /** Takes the address off; after a refusal only when its time has come, so that nobody asks without a pause. */
  remove(effects: Effects): void {
    const { kind } = this.#phase;
    if (kind !== "absent" && kind !== "removing" && kind !== "stuck") this.#order("removing", effects);
  }

  /** The kernel's answer to a step; undefined when the step was another's or an old one. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): AddressReport | undefined {
    const phase = this.#phase;
    if ((phase.kind !== "adding" && phase.kind !== "removing") || phase.step !== step) return undefined;
    return phase.kind === "adding" ? this.#added(now, problem, phase, effects) : this.#removed(now, problem, effects);
  }

  /**
   * The kernel says that the address is gone, and we did not remove it. It may be a late word of our own removal
   * before we added it again: then the word of the adding follows at once, and nothing was lost.
   */
  lost(now: Instant, loss: Loss, effects: Effects): void {
    if (this.#phase.kind === "found") this.#phase = { kind: "vanished" };
    if (this.#phase.kind === "stuck" && this.#phase.saidGone) this.#becomeAbsent(effects);
    if (this.#phase.kind !== "present") return;
    this.forget(now);
    const times = loss === "taken" ? this.#losses : 0;
    const restoreIn = RESTORE_DELAYS[Math.min(times, RESTORE_DELAYS.length - 1)] ?? CALM;
    if (loss === "taken") {
      this.#losses += 1;
      this.#lastLoss = now;
    }
    this.#miss(now, restoreIn, loss);
  }

  /** What was lost a moment before went with its interface: the kernel tells of the addresses first. */
  interfaceGone(): void {
    const phase = this.#phase;
    if (phase.kind === "missing") this.#phase = this.#withInterface(phase);
    else if (phase.kind === "adding" && phase.restoring !== undefined)
      this.#phase = { ...phase, restoring: this.#withInterface(phase.restoring) };
  }

  #withInterface(missing: Missing): Missing {
    if (missing.absence === "mislaid" || missing.isTold) return missing;
    if (missing.absence === "taken") this.#losses -= 1;
    return { ...missing, absence: "interface-gone" };
  }

  /** A change of paths that was undone could not put it back, which nobody else is to be blamed for. */
  mislaid(now: Instant): void {
    if (this.#phase.kind === "present") this.#miss(now, MISLAID_RETRY, "mislaid");
  }

  /** It is there again, and we did not put it back: that was no loss. */
  reappeared(now: Instant, effects: Effects): void {
    if (this.#phase.kind === "vanished") this.#phase = { kind: "found" };
    if (this.#phase.kind !== "missing") return;
    this.seen(now);
    this.tick(now, effects);
  }

  /**
   * The interface was read, and had it: the word that it was gone was a late one, of before it was added, and the word of
   * the adding has not come yet.
   */
  seen(now: Instant): void {
    if (this.#phase.kind !== "missing") return;
    if (this.#phase.absence === "taken") this.#losses -= 1;
    this.#bePresent(now);
  }

  /** It was put on another interface, whose neighbours must hear of it. */
  follow(now: Instant, interfaceName: string): void {
    this.#placed = { ...this.#placed, interface: interfaceName };
    this.announceAgain(now);
  }

  /** Its interface may have another name now; a removal that asked for the old one is asked for again. */
  relabel(now: Instant, renamings: Renamings): void {
    const interfaceName = renamings.get(this.#placed.interface);
    if (interfaceName === undefined) return;
    this.#placed = { ...this.#placed, interface: interfaceName };
    if (this.#phase.kind === "stuck") this.#phase = { ...this.#phase, retryAt: now };
  }

  /** Caches on the wire may be wrong: announce from the beginning. */
  announceAgain(now: Instant): void {
    if (this.#phase.kind === "present") this.#phase.announcements.restart(now);
  }

  /** @param quiet an announcement that is due is left out */
  tick(now: Instant, effects: Effects, quiet = false): void {
    const phase = this.#phase;
    switch (phase.kind) {
      case "present":
        if (phase.announcements.take(now) && !quiet) effects.push({ kind: "announce", placed: this.#placed });
        return;
      case "missing":
        if (phase.restoreAt <= now) this.#order("adding", effects, phase);
        return;
      case "stuck":
        if (phase.retryAt <= now) this.#order("removing", effects);
        return;
      case "absent":
      case "found":
      case "vanished":
      case "adding":
      case "removing":
        return;
      default:
        unreachable(phase);
    }
  }

  #miss(now: Instant, restoreIn: Duration, absence: Absence, isTold = false): void {
    this.#phase = { kind: "missing", restoreAt: after(now, restoreIn), restoreIn, absence, isTold };
  }

  #tellLoss({ restoreIn, absence, isTold }: Missing, effects: Effects): void {
    if (isTold) return;
    if (absence === "taken") {
      effects.note({ code: "address.taken-away", ...this.#named(), times: this.#losses, restoreIn });
    } else if (absence !== "mislaid") {
      effects.note({ code: "address.lost-with-interface", ...this.#named(), isGone: absence === "interface-gone" });
    }
  }

  #order(kind: "adding" | "removing", effects: Effects, restoring?: Missing): void {
    const step = effects.nextStep();
    const mayBeThere = this.onRecord;
    this.#phase = kind === "adding" ? { kind, step, restoring, mayBeThere } : { kind, step };
    effects.push({ kind: kind === "adding" ? "add-address" : "remove-address", step, placed: this.#placed });
  }

  #added(
    now: Instant,
    problem: StepProblem | undefined,
    { restoring, mayBeThere }: Extract<Phase, { readonly kind: "adding" }>,
    effects: Effects,
  ): AddressReport {
    const isGone = problem !== undefined && INTERFACE_GONE.has(problem.code);
    const missing = restoring !== undefined && isGone ? this.#withInterface(restoring) : restoring;
    if (missing !== undefined) this.#tellLoss(missing, effects);
    if (problem === undefined || ALREADY_THERE.has(problem.code)) {
      effects.note({ code: "address.added", ...this.#named() });
      this.#becomePresent(now, effects);
      return "done";
    }
    effects.note({ code: "address.add-failed", ...this.#named(), problem: problem.message });
    if (missing !== undefined) {
      this.#miss(now, RESTORE_RETRY, missing.absence, true);
      return "done";
    }
    // What is there, and may not be ordered anew, must not stay there unknown.
    this.#phase = mayBeThere ? { kind: "stuck", retryAt: now, saidGone: false } : { kind: "absent" };
    return { refused: problem };
  }

  #removed(now: Instant, problem: StepProblem | undefined, effects: Effects): AddressReport {
    const isGone = problem !== undefined && ALREADY_GONE.has(problem.code);
    // Its interface may have got another name that was not reported yet.
    const isInDoubt = isGone && this.#isSeen(this.#placed);
    if (problem === undefined || (isGone && !isInDoubt)) {
      this.#becomeAbsent(effects);
      return "done";
    }
    this.#phase = { kind: "stuck", retryAt: after(now, REMOVE_RETRY), saidGone: isInDoubt };
    if (!isInDoubt) effects.note({ code: "address.remove-failed", ...this.#named(), problem: problem.message });
    // Being stuck with one address does not keep the service from being served by the others.
    return "done";
  }

  #becomeAbsent(effects: Effects): void {
    this.#phase = { kind: "absent" };
    effects.note({ code: "address.removed", ...this.#named() });
  }

  #becomePresent(now: Instant, effects: Effects): void {
    this.#bePresent(now);
    this.tick(now, effects);
  }

  #bePresent(now: Instant): void {
    this.#phase = { kind: "present", announcements: new Announcements(now) };
  }

  #named(): { service: ServiceName; address: string; interface: string } {
    return { service: this.service, address: this.#placed.address, interface: this.#placed.interface };
  }
}
