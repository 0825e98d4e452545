import { after, seconds, type Duration, type Instant } from "../base/time.js";

/** A thread that dies again so soon is no accident. */
export const RELAPSE: Duration = seconds(60);

/**
 * What to do about a thread that died: once, another one takes its place; when that one dies within a minute, the agent
 * is broken, and the peers do better.
 */
export class ThreadRestarts {
  #restartedAt: Instant | undefined;

  died(now: Instant): "restart" | "give-up" {
    if (this.#restartedAt !== undefined && now < after(this.#restartedAt, RELAPSE)) return "give-up";
    this.#restartedAt = now;
    return "restart";
  }
}
