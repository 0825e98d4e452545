import type { Unsubscribe } from "../api/agent-port.js";
import { assert } from "../base/assert.js";

/** Listeners are parts of the API, of which there are few. */
const LISTENERS_MAX = 100;

/** Tells listeners that the view changed: once for all that happened in one turn of the event loop. */
export class ViewChanges {
  readonly #listeners = new Set<() => void>();
  #isDue = false;

  listen(listener: () => void): Unsubscribe {
    assert(this.#listeners.size < LISTENERS_MAX, "the API has few parts that watch the view");
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    if (this.#isDue || this.#listeners.size === 0) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
