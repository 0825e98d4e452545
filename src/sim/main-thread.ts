import { assert } from "../base/assert.js";
import type { Machine } from "../base/machine.js";
import type { Instant } from "../base/time.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import { Alarm } from "./alarm.js";
import { later } from "./clock.js";
import type { HostClock } from "./clock.js";
import { drawn, drawnWakeUp, type Pace } from "./pace.js";
import type { Random } from "../base/random.js";
import type { World } from "./world.js";

/** The same limit as the agent's own. */
const INBOX_MAX = 10_000;

export interface MainThreadParts {
  readonly world: World;
  readonly clock: HostClock;
  readonly pace: Pace;
  readonly random: Random;
  readonly core: Machine<NodeInput, NodeEffect>;
  /** Carries out one effect; the answer to one with a step comes back at once. */
  readonly perform: (effect: NodeEffect) => NodeInput | undefined;
  readonly handled: (now: Instant, input: NodeInput, effects: readonly NodeEffect[]) => void;
}

/**
 * The agent's main thread: an input, its effects one after another, the answers of their steps, then the next input.
 * It takes time for each of them, and may be frozen or killed between any two.
 */
export class MainThread {
  readonly #parts: MainThreadParts;
  readonly #alarm: Alarm;
  readonly #inbox: (NodeInput | (() => NodeInput))[] = [];
  readonly #answers: NodeInput[] = [];
  #effects: readonly NodeEffect[] = [];
  #nextEffect = 0;
  #frozen = false;
  #dead = false;

  constructor(parts: MainThreadParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.world, () => this.#run());
  }

  /** Nothing waits and no effect is outstanding. */
  get isIdle(): boolean {
    return this.#inbox.length === 0 && this.#answers.length === 0 && !this.#hasEffects;
  }

  /** How many inputs wait. */
  get backlog(): number {
    return this.#inbox.length;
  }

  /** @param input or what the thread does to make it, once it comes to it */
  receive(input: NodeInput | (() => NodeInput)): void {
    if (this.#dead) return;
    assert(this.#inbox.length < INBOX_MAX, "decisions keep up with what happens");
    this.#inbox.push(input);
    this.#wakeSoon();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#wakeSoon();
  }

  kill(): void {
    this.#dead = true;
    this.#alarm.set(undefined);
  }

  get #hasEffects(): boolean {
    return this.#nextEffect < this.#effects.length;
  }

  #wakeSoon(): void {
    const { world, random, pace } = this.#parts;
    this.#alarm.atLatest(later(world.now, drawnWakeUp(random, pace)));
  }

  #run(): void {
    if (this.#frozen || this.#dead) return;
    if (this.#hasEffects) this.#performOne();
    else this.#handleNext();
    if (!this.#dead) this.#wakeForNext();
  }

  #wakeForNext(): void {
    const { world, clock, random, pace, core } = this.#parts;
    if (!this.isIdle) {
      this.#alarm.set(later(world.now, drawn(random, pace.step)));
      return;
    }
    const deadline = core.deadline();
    const late = drawnWakeUp(random, pace);
    this.#alarm.set(deadline === undefined ? undefined : later(clock.worldTimeOf(deadline.at), late));
  }

  /** Notes take no time to speak of: they go with the next effect that does something. */
  #performOne(): void {
    for (let effect = this.#takeEffect(); effect !== undefined; effect = this.#takeEffect()) {
      const answer = this.#parts.perform(effect);
      if (this.#dead) return;
      if (answer !== undefined) this.#answers.push(answer);
      if (effect.kind !== "note") return;
    }
  }

  #takeEffect(): NodeEffect | undefined {
    const effect = this.#effects[this.#nextEffect];
    this.#nextEffect += 1;
    return effect;
  }

  #handleNext(): void {
    const { core, clock, handled } = this.#parts;
    const waiting = this.#answers.shift() ?? this.#inbox.shift() ?? this.#tickWhenDue();
    const input = typeof waiting === "function" ? waiting() : waiting;
    if (input === undefined) return;
    const now = clock.now();
    this.#effects = core.handle(now, input);
    this.#nextEffect = 0;
    handled(now, input, this.#effects);
  }

  #tickWhenDue(): NodeInput | undefined {
    const deadline = this.#parts.core.deadline();
    return deadline !== undefined && deadline.at <= this.#parts.clock.now() ? { kind: "ticked" } : undefined;
  }
}
