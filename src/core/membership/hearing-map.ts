/*
 * What the other nodes hear, from their own reports: for each observer, subject and network whether it is heard.
 * A direction of a link that fails shows here, even if this node takes no part in it.
 */
import { NOT_JUDGED } from "../../model/heartbeat.js";
import type { DetectorSettings } from "./detector-settings.js";

const UNKNOWN = 0;
const HEARD = 1;
const UNHEARD = 2;

/** One observation of another node, decoded. */
export interface Observation {
  readonly subject: number;
  readonly network: number;
  readonly heard: boolean;
}

export class HearingMap {
  readonly #settings: DetectorSettings;
  /** By observer, subject and network, each in the order of the settings. */
  readonly #known: Uint8Array;

  constructor(settings: DetectorSettings) {
    this.#settings = settings;
    this.#known = new Uint8Array(settings.nodes.length ** 2 * settings.networks.length);
  }

  /** Whether a matrix of ages has the shape that the settings ask for. */
  fits(hears: Uint16Array): boolean {
    return hears.length === (this.#settings.nodes.length - 1) * this.#settings.networks.length;
  }

  /** Takes a fitting matrix of ages from the observer with this index. @returns what changed. */
  observe(observer: number, hears: Uint16Array): readonly Observation[] {
    const changes: Observation[] = [];
    const width = this.#settings.networks.length;
    for (let pair = 0; pair < hears.length; pair += 1) {
      const age = hears[pair] ?? NOT_JUDGED;
      if (age === NOT_JUDGED) continue;
      const row = Math.floor(pair / width);
      const change = this.#note(observer, row < observer ? row : row + 1, pair % width, age < NOT_JUDGED);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  // Plain numbers, no object: this runs for every pair of every packet.
  #note(observer: number, subject: number, network: number, heard: boolean): Observation | undefined {
    const { nodes, networks } = this.#settings;
    const place = (observer * nodes.length + subject) * networks.length + network;
    const state = heard ? HEARD : UNHEARD;
    if (this.#known[place] === state) return undefined;
    if (!this.#attached(observer, network) || !this.#attached(subject, network)) return undefined;
    this.#known[place] = state;
    return { subject: nodes[subject]?.id ?? 0, network: networks[network] ?? 0, heard };
  }

  #attached(node: number, network: number): boolean {
    return this.#settings.nodes[node]?.attached[network] === true;
  }

  /** A silent observer knows nothing. */
  forget(observer: number): void {
    const size = this.#settings.nodes.length * this.#settings.networks.length;
    this.#known.fill(UNKNOWN, observer * size, (observer + 1) * size);
  }
}
