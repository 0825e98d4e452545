/**
 * A service that the cluster file has just brought, or given another shape, while nobody holds it. The same file reaches the
 * other nodes at about the same time, and a node that has not read it yet does not speak of the service: that it claims
 * nothing tells nothing, and that it is no candidate will be wrong in a moment.
 *
 *     read ──▶ waits for every heard node to say that it knows the service
 *                │ all have, and had the time to be heard: the first in order takes it
 *                ▼ some have not, for longer than that takes; or this node is not the first, and the first did not take it
 *              over: those who may take it have their turns
 *
 * That a node has read the file comes by heartbeat; that it knows the service, and what speaks against it, comes with its
 * state, by a stream that may just be made anew. Both may be heard by one of two nodes much sooner than by the other. So the
 * first is the same for all, whoever's state is known: a node against which only that speaks is in its place. It takes the
 * service within one span of the last that read the file, and everybody else leaves it a whole span from the last that was
 * heard of, and as much longer as the claim of the first takes to be heard.
 *
 * It waits and counts; who may take the service is decided elsewhere (succession.ts).
 */
import { type Instant, after, earliest } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import { isAway, isUnaware } from "../../model/unfit-reasons.js";
import { listeningSpan } from "../membership/listening.js";
import { type CandidateFacts, place } from "../placement/place.js";
import type { Situation } from "./situation.js";

interface News {
  /** When a node was first seen to go by the same file, this one or another, the last of them. */
  readAt: Instant;
  /** The same, or that a node knows the service. */
  latest: Instant;
}

export class Introduction {
  /** Undefined: it is over. */
  #news: News | undefined;
  readonly #readers = new Set<NodeName>();
  readonly #aware = new Set<NodeName>();

  begin(now: Instant): void {
    this.#news = { readAt: now, latest: now };
    this.#readers.clear();
    this.#aware.clear();
  }

  end(): void {
    this.#news = undefined;
  }

  /** @returns until when the service is not to be taken, as far as can be told now; undefined: it may be */
  review(situation: Situation): Instant | undefined {
    const news = this.#news;
    if (news === undefined) return undefined;
    const { now, self, facts } = situation;
    const heard = facts.filter(({ node, reasons }) => node !== self && !reasons.some(isAway));
    for (const each of heard) this.#learn(news, each, situation);
    const until = heard.length === 0 ? now : endOf(news, heard.every(isAware), situation);
    if (now < until) return until;
    this.end();
    return undefined;
  }

  #learn(news: News, candidate: CandidateFacts, { now, hasRead }: Situation): void {
    const { node } = candidate;
    if (hasRead(node) && !this.#readers.has(node)) {
      this.#readers.add(node);
      news.readAt = now;
      news.latest = now;
    }
    if (isAware(candidate) && !this.#aware.has(node)) {
      this.#aware.add(node);
      news.latest = now;
    }
  }
}

function endOf({ readAt, latest }: News, areAllAware: boolean, { self, facts, patience }: Situation): Instant {
  const span = listeningSpan(patience);
  if (place(facts.map(asIfAware), undefined).order[0] !== self) return after(after(latest, span), patience);
  const limit = after(readAt, span);
  return areAllAware ? earliest(after(latest, patience), limit) : limit;
}

const asIfAware = ({ node, reasons }: CandidateFacts): CandidateFacts => ({
  node,
  reasons: reasons.filter((reason) => !isUnaware(reason)),
});
const isAware = ({ reasons }: CandidateFacts): boolean => !reasons.some(isUnaware);
