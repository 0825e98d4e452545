/**
 * What the nodes at the other end say of their path groups (HN-7), to tell that one of them has just changed paths. Its
 * addresses are behind another of its interfaces now, so that ours may not reach them any more, or not yet.
 *
 * Where both ends have just moved, they may have passed each other. Were both to follow the other when their delay is
 * over, they would pass each other again, at the same pace for as long as it pleases: so the one whose name comes first
 * waits twice as long, and is followed.
 *
 * The first word of a node only tells where it starts from; so does a count that is lower than before: it has restarted.
 */
import { type Duration, microseconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { PathGroupBrief } from "../../model/path.js";

/** Groups of other nodes that are remembered, at most. */
const WORDS_MAX = 1_000;

export class PeerWords {
  readonly #self: NodeName;
  readonly #switches = new Map<string, number>();

  constructor(self: NodeName) {
    this.#self = self;
  }

  /** Whether a group with one of these targets changed paths since the node was heard last. */
  heard(node: NodeName, briefs: readonly PathGroupBrief[], targets: readonly string[]): boolean {
    return this.#changed(node, briefs).some(({ addresses }) => addresses.some((each) => targets.includes(each)));
  }

  /** How long the node gets to follow, where this one has just moved as well. */
  patience(node: NodeName, settleDelay: Duration): Duration {
    return microseconds(this.#self < node ? 2 * settleDelay : settleDelay);
  }

  #changed(node: NodeName, briefs: readonly PathGroupBrief[]): readonly PathGroupBrief[] {
    return briefs.filter(({ group, switches }) => {
      const key = `${node} ${group}`;
      const before = this.#switches.get(key);
      if (before !== undefined || this.#switches.size < WORDS_MAX) this.#switches.set(key, switches);
      return before !== undefined && switches > before;
    });
  }
}
