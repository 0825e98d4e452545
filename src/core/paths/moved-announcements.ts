/**
 * Tells the network again and again where addresses went: one announcement may be lost, and a neighbour that heard of the
 * address a moment ago does not believe it yet (ARP's `locktime` in Linux is a second). Service addresses are their
 * services' to announce: those may have gone to another node meanwhile.
 */
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Duration, type Instant, after, milliseconds } from "../../base/time.js";
import type { PathEffects } from "./path-effects.js";
import type { PathMove } from "./path-move.js";

/** When it is said again, counted from the change of paths, which says it first. */
const AGAIN: readonly Duration[] = [20, 100, 500, 1_100, 2_500].map(milliseconds);

export class MovedAnnouncements {
  readonly interface: string;
  readonly #addresses: PathMove["addresses"];
  readonly #since: Instant;
  #said = 0;
  #step: number | undefined;

  constructor(now: Instant, { to, addresses }: PathMove, isMoving: (address: string) => boolean) {
    this.interface = to;
    this.#addresses = addresses.filter(({ address }) => !isMoving(address));
    this.#since = now;
  }

  get isOver(): boolean {
    return this.#due === undefined || this.#addresses.length === 0;
  }

  owns(step: number): boolean {
    return this.#step === step;
  }

  deadline(): Deadline | undefined {
    return dueAt(this.#due, `announcement on ${this.interface}`);
  }

  tick(now: Instant, effects: PathEffects): void {
    if (this.#due === undefined || now < this.#due) return;
    this.#said += 1;
    this.#step = effects.nextStep();
    const about = { interface: this.interface, addresses: this.#addresses, vlans: [] };
    effects.push({ kind: "change-interface", step: this.#step, change: { kind: "announce-addresses", ...about } });
  }

  get #due(): Instant | undefined {
    const again = AGAIN[this.#said];
    return again === undefined ? undefined : after(this.#since, again);
  }
}
