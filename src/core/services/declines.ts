/** Who did not take a service that was offered, and is not asked again for a while. */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";

const MEMORY: Duration = seconds(2);

export class Declines {
  readonly #until = new Map<NodeName, Instant>();

  remember(now: Instant, node: NodeName): void {
    this.#until.set(node, after(now, MEMORY));
  }

  has(now: Instant, node: NodeName): boolean {
    const until = this.#until.get(node);
    return until !== undefined && now < until;
  }

  forget(now: Instant): void {
    for (const [node, until] of this.#until) if (until <= now) this.#until.delete(node);
  }

  deadline(): Deadline | undefined {
    return [...this.#until.values()]
      .map((until) => dueAt(until, "declined"))
      .reduce<Deadline | undefined>(soonest, undefined);
  }
}
