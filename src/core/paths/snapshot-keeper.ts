/**
 * Keeps on record how the active interface of a group is configured, for the failure at which that can't be read any more
 * (HN-12): read at the start, after each change of paths, when addresses or VLANs came or went, and now and then, since
 * routes and neighbours come and go without a word. Not while the interface is out of order: then it may have lost what it
 * must be remembered for.
 */
import { type Duration, type Instant, after, earliest, seconds } from "../../base/time.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { PathGroupName } from "../../model/path.js";
import type { PathEffects } from "./path-effects.js";
import type { PathRegister } from "./path-register.js";

/** How long after a change the interface is read, since changes come in crowds. */
const PAUSE: Duration = seconds(1);

/** How long what was read counts where nothing was heard of a change. */
const LASTING: Duration = seconds(60);

export class SnapshotKeeper {
  readonly #group: PathGroupName;
  readonly #register: PathRegister;
  #wantedAt: Instant | undefined;
  #step: number | undefined;
  #imprint: string | undefined;
  #immovable: readonly string[] = [];

  constructor(group: PathGroupName, register: PathRegister) {
    this.#group = group;
    this.#register = register;
  }

  /** What is on the interface and can't be moved, in words. */
  get immovable(): readonly string[] {
    return this.#immovable;
  }

  /** When the interface is to be read; undefined: not at all, or it is being read. */
  get due(): Instant | undefined {
    return this.#step === undefined ? this.#wantedAt : undefined;
  }

  owns(step: number): boolean {
    return this.#step === step;
  }

  /** @param imprint what tells that the active interface was configured otherwise; at first, and at another one, it is read */
  notice(now: Instant, imprint: readonly string[]): void {
    const text = imprint.join(" ");
    if (text === this.#imprint) return;
    const at = this.#imprint === undefined ? now : after(now, PAUSE);
    this.#wantedAt = this.#wantedAt === undefined ? at : earliest(this.#wantedAt, at);
    this.#imprint = text;
  }

  /** The active interface is another one, configured like this. */
  moved(now: Instant, configuration: InterfaceConfiguration, from: string, effects: PathEffects): void {
    this.#register.saveSnapshot(configuration, effects, from);
    this.#noteImmovable(configuration.immovable, from, effects);
    this.#wantedAt = after(now, PAUSE);
    this.#step = undefined;
  }

  take(now: Instant, interfaceName: string, effects: PathEffects): void {
    this.#wantedAt = after(now, LASTING);
    this.#step = effects.nextStep();
    effects.push({ kind: "capture-interface", step: this.#step, interface: interfaceName });
  }

  taken(configuration: InterfaceConfiguration, effects: PathEffects): void {
    this.#step = undefined;
    if (!configuration.up) return;
    this.#register.saveSnapshot(configuration, effects);
    this.#noteImmovable(configuration.immovable, configuration.interface, effects);
  }

  refused(interfaceName: string, problem: string, effects: PathEffects): void {
    this.#step = undefined;
    const fallback = this.#register.snapshot(interfaceName) === undefined ? "none" : "snapshot";
    effects.note({ code: "path.capture-failed", group: this.#group, interface: interfaceName, problem, fallback });
  }

  #noteImmovable(what: readonly string[], name: string, effects: PathEffects): void {
    if (what.length > 0 && what.join() !== this.#immovable.join()) {
      effects.note({ code: "path.immovable", group: this.#group, interface: name, what });
    }
    this.#immovable = what;
  }
}
