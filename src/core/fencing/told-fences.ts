/** What nodes say of their fencing of others. */
import { type Duration, type Instant, after } from "../../base/time.js";
import type { FenceBrief } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";

export interface ToldFence {
  readonly by: NodeName;
  readonly brief: FenceBrief;
  readonly since: Instant;
}

export const toldBy = (by: NodeName, briefs: readonly FenceBrief[], at: Instant): readonly ToldFence[] =>
  briefs.map((brief) => ({ by, brief, since: after(at, -brief.lasted as Duration) }));

const RANKS: Readonly<Record<FenceBrief["state"], number>> = { "under-way": 0, done: 1, failed: 2 };
/** What goes on before what has been. */
export const rankOf = ({ brief }: ToldFence): number => RANKS[brief.state];
