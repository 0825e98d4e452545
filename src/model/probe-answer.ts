import type { Duration } from "../base/time.js";

/** What became of one health probe. */
export interface ProbeAnswer {
  /** Undefined: it was good. */
  readonly problem: string | undefined;
  readonly took: Duration;
}
