/** Notes when a path fails and when it is healthy again, once each. */
import { type Instant, between } from "../../base/time.js";
import type { PathGroupName, PathRole } from "../../model/path.js";
import type { PathEffects } from "./path-effects.js";
import { type Path, isDead } from "./path.js";

export class HealthNotes {
  readonly #group: PathGroupName;
  /** Paths whose failure was noted, and since when they are out. */
  readonly #out = new Map<PathRole, Instant>();

  constructor(group: PathGroupName) {
    this.#group = group;
  }

  compare(
    now: Instant,
    { health, interface: name, reason, role, since }: Path,
    isActive: boolean,
    effects: PathEffects,
  ): void {
    const about = { group: this.#group, interface: name };
    const outSince = this.#out.get(role);
    if (isDead(health) && outSince === undefined && reason !== undefined) {
      this.#out.set(role, since);
      effects.note({ code: isActive ? "path.failed" : "path.standby-dead", ...about, reason });
    }
    if (health !== "healthy" || outSince === undefined) return;
    this.#out.delete(role);
    effects.note({ code: "path.recovered", ...about, outFor: between(outSince, now) });
  }

  /** The path is no longer of the group. */
  forget(role: PathRole): void {
    this.#out.delete(role);
  }
}
