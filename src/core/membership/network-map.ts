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
  readonly #heard = new Set<string>();

  set(pair: HeardPair, heard: boolean): void {
    if (heard) this.#heard.add(keyOf(pair));
    else this.#heard.delete(keyOf(pair));
  }

  hears(pair: HeardPair): boolean {
    return this.#heard.has(keyOf(pair));
  }

  /** Whether both hear each other on the network. */
  linked(a: NodeName, b: NodeName, network: NetworkName): boolean {
    return this.hears({ observer: a, subject: b, network }) && this.hears({ observer: b, subject: a, network });
  }
}

const keyOf = (pair: HeardPair): string => `${pair.network} ${pair.observer} ${pair.subject}`;
