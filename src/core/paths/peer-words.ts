/**
 * What the nodes at the other end say of their path groups (HN-7), to tell that one of them has just changed paths. Its
 * addresses are behind another of its interfaces now, so that ours may not reach them any more, or not yet.
 *
 * The first word of a node only tells where it starts from; so does a count that is lower than before: it has restarted.
 */
import type { NodeName } from "../../model/names.js";
import type { PathGroupBrief } from "../../model/path.js";

/** Groups of other nodes that are remembered, at most. */
const WORDS_MAX = 1_000;

export class PeerWords {
  readonly #switches = new Map<string, number>();

  /** The groups that changed paths since the node was heard last. */
  heard(node: NodeName, briefs: readonly PathGroupBrief[]): readonly PathGroupBrief[] {
    return briefs.filter(({ group, switches }) => {
      const key = `${node} ${group}`;
      const before = this.#switches.get(key);
      if (before !== undefined || this.#switches.size < WORDS_MAX) this.#switches.set(key, switches);
      return before !== undefined && switches > before;
    });
  }
}
