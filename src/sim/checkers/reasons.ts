import { wireId } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { Instant } from "../../base/time.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";
import type { Holdings } from "./holdings.js";

/** Nothing changes hands without a note that says why: whoever begins or ceases to claim a service says so at once. */
export class Reasons implements Observer {
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;

  constructor(verdict: Verdict, holdings: Holdings) {
    this.#verdict = verdict;
    this.#holdings = holdings;
  }

  /** What a bulletin claims was claimed by a note; what it claims no more was released by one. */
  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    const published = effects.findLast((effect) => effect.kind === "publish-bulletin");
    if (published?.kind !== "publish-bulletin") return;
    for (const { name } of host.cluster.services) {
      const id = wireId(name);
      const said = published.bulletin.claims.find(
        ({ service, state }) => service === id && (state === "holding" || state === "offering"),
      );
      const noted = this.#holdings.epochOf(host, name);
      const isQuietly = said === undefined && noted !== undefined;
      if (said?.epoch === noted || isQuietly) continue;
      this.#verdict.broken(
        "reason",
        `${host.name} claims epoch ${said?.epoch} of ${name}, but its notes say ${noted ?? "nothing"}`,
      );
    }
    this.#checkReleases(host, published.bulletin.claims);
  }

  /** Whoever was told of a claim is told of its end, unless the agent has not begun to tell. */
  #checkReleases(host: SimHost, claims: readonly ClaimBrief[]): void {
    for (const before of host.agent?.claims ?? []) {
      const name = host.cluster.services.find((service) => wireId(service.name) === before.service)?.name;
      const isGone = !claims.some(({ service }) => service === before.service);
      if (name === undefined || !isGone || this.#holdings.epochOf(host, name) !== before.epoch) continue;
      this.#verdict.broken("reason", `${host.name} claims ${name} no more, but its notes say that it holds it`);
    }
  }
}
