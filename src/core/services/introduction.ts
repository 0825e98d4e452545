/**
 * A service that the cluster file has just brought, or given another shape, while nobody holds it. The same file reaches the
 * other nodes at about the same time, and a node that has not read it yet does not speak of the service: that it claims
 * nothing tells nothing, and that it is no candidate will be wrong in a moment.
 *
 *     read ──▶ waits for every heard node to say that it knows the service, each word of that counts anew
 *                │ all know it, and have had the time to be heard    │ some do not, for longer than a reload takes
 *                ▼                                                   ▼
 *              over: those who may take it have their turns, first the preferred one
 *
 * Since all begin to count with the last that spoke, their turns come one after another. It waits and counts; who may take
 * the service is decided elsewhere (succession.ts).
 */
import { type Instant, after } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { UnfitReason } from "../../model/node-state.js";
import { listeningSpan } from "../membership/listening.js";
import type { CandidateFacts } from "../placement/place.js";
import type { Situation } from "./situation.js";

export class Introduction {
  /** Since when this node, and all that have spoken of the service since then, know it; undefined: it is over. */
  #since: Instant | undefined;
  readonly #aware = new Set<NodeName>();

  begin(now: Instant): void {
    this.#since = now;
    this.#aware.clear();
  }

  end(): void {
    this.#since = undefined;
  }

  /** @returns until when the service is not to be taken, as far as can be told now; undefined: it may be */
  review({ now, self, facts, patience }: Situation): Instant | undefined {
    if (this.#since === undefined) return undefined;
    const heard = facts.filter(({ node, reasons }) => node !== self && !reasons.some(({ code }) => UNHEARD.has(code)));
    for (const { node } of heard.filter(isAware)) {
      if (this.#aware.has(node)) continue;
      this.#aware.add(node);
      this.#since = now;
    }
    const wait = heard.every(isAware) ? patience : listeningSpan(patience);
    const until = heard.length === 0 ? now : after(this.#since, wait);
    if (now < until) return until;
    this.end();
    return undefined;
  }
}

const UNHEARD: ReadonlySet<UnfitReason["code"]> = new Set(["node-down", "node-leaving", "node-unknown"]);
const UNAWARE: ReadonlySet<UnfitReason["code"]> = new Set(["not-configured", "state-unknown"]);

const isAware = ({ reasons }: CandidateFacts): boolean => !reasons.some(({ code }) => UNAWARE.has(code));
