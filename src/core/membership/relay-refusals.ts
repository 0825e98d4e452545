/**
 * Decides which words that one peer passes on about another are taken in, and tells of those that are not.
 *
 * A peer knows the secret, and is believed as far as it can know something: about a third node of the same cluster, in
 * that node's present run. Whether it is heard itself just now makes no difference: it says each thing once, and may not
 * notice that it was missed for a moment. What it says can be old, but never takes the place of anything newer.
 */
import { after, seconds, type Duration, type Instant } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { Note, RelayRefusal } from "../../model/note.js";
import type { Membership } from "./membership.js";

const NOTE_INTERVAL: Duration = seconds(60);

/** What was passed on, as far as it matters here. */
export interface RelayedWord {
  readonly by: NodeName;
  readonly about: NodeName;
  readonly incarnation: number;
}

/** Why a word can't be used; undefined: it can. */
export function refusalOf(word: RelayedWord, self: NodeName, membership: Membership): RelayRefusal | undefined {
  if (word.about === self) return "about-receiver";
  if (word.about === word.by) return "about-sender";
  const peer = membership.peer(word.about);
  if (peer === undefined) return "unknown-node";
  return word.incarnation < peer.incarnation ? "old-incarnation" : undefined;
}

/** Counts refused words and tells of each kind once a minute at most, however many arrive. */
export class RelayRefusals {
  /** Bounded: the kinds of refusal times the peers that have a stream with this node. */
  readonly #counts = new Map<string, { count: number; quietUntil: Instant }>();

  note(now: Instant, { by, about }: RelayedWord, refusal: RelayRefusal): Note | undefined {
    const key = `${by} ${refusal}`;
    const kept = this.#counts.get(key) ?? { count: 0, quietUntil: now };
    this.#counts.set(key, kept);
    kept.count += 1;
    if (now < kept.quietUntil) return undefined;
    const { count } = kept;
    kept.count = 0;
    kept.quietUntil = after(now, NOTE_INTERVAL);
    return { code: "relay.refused", by, about, refusal, count };
  }
}
