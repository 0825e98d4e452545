/** When something was, as an earlier run of the agent kept it. */
import { type Instant, earliest } from "../base/time.js";

export interface KeptMoment {
  /** On the clock of the machine that keeps it, in the boot `boot`. */
  readonly at: Instant;
  /** Absent: it is not known. */
  readonly boot?: string;
}

/** How long an earlier boot is over nobody knows: what was in it counts as done just now. @param boot the present one */
export const keptAt = (now: Instant, kept: KeptMoment, boot: string | undefined): Instant =>
  boot !== undefined && kept.boot === boot ? earliest(kept.at, now) : now;
