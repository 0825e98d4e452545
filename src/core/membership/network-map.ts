/**
 * Who hears whom on which network, by everybody's own account.
 *
 * An entry is directed: `hears(a, b, n)` is true while a hears b's packets on n. A link works when both directions do.
 */
import type { NetworkName, NodeName } from "../../model/names.js";

export interface HeardPair {
  readonly observer: NodeName;
  readonly subject: NodeName;
  readonly network: NetworkName;
}

export class NetworkMap {
  readonly #heard = new Map<string, boolean>();

  set(pair: HeardPair, heard: boolean): void {
    this.#heard.set(keyOf(pair), heard);
  }

  hears(pair: HeardPair): boolean {
    return this.#heard.get(keyOf(pair)) === true;
  }

  /** Whether the observer said that it does not hear the subject: not the same as having said nothing yet. */
  misses(pair: HeardPair): boolean {
    return this.#heard.get(keyOf(pair)) === false;
  }

  /** Whether both hear each other on the network. */
  linked(a: NodeName, b: NodeName, network: NetworkName): boolean {
    return this.hears({ observer: a, subject: b, network }) && this.hears({ observer: b, subject: a, network });
  }
}

const keyOf = (pair: HeardPair): string => `${pair.network} ${pair.observer} ${pair.subject}`;
