import type { Instant } from "../../base/time.js";
import { type NodeName, type ServiceName, wireId } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";
import type { Holdings } from "./holdings.js";
import type { Word, Words } from "./words.js";

interface Debt {
  readonly service: ServiceName;
  readonly epoch: number;
  readonly node: NodeName;
}

/**
 * Whoever has heard of a later claim lets go before it takes in anything else: no bound in time, but in decisions.
 * When the next input is handled, it must have let go, or taken the service again with a later epoch.
 */
export class Yielding implements Observer {
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  readonly #words: Words;
  readonly #debts = new Map<SimHost, Debt[]>();

  constructor(verdict: Verdict, holdings: Holdings, words: Words) {
    this.#verdict = verdict;
    this.#words = words;
    this.#holdings = holdings;
  }

  agentEnded(host: SimHost): void {
    this.#debts.delete(host);
  }

  handled(host: SimHost, now: Instant, input: NodeInput, _effects: readonly NodeEffect[]): void {
    if (input.kind === "step-done" || input.kind === "step-failed") return;
    for (const debt of this.#debts.get(host) ?? []) this.#collect(host, debt);
    this.#debts.delete(host);
    const { got } = this.#words;
    if (got === undefined || got.way === "unanswered") return;
    const debts = [...debtsOf(host, this.#holdings, got)];
    this.#debts.set(
      host,
      debts.filter(({ node }) => isUp(host, now, node)),
    );
  }

  #collect(host: SimHost, { service, epoch, node }: Debt): void {
    const held = this.#holdings.epochOf(host, service);
    if (held === undefined || held > epoch) return;
    this.#verdict.broken(
      "yield",
      `${host.name} still holds ${service} with epoch ${held} after it heard that ${node} holds epoch ${epoch}`,
    );
  }
}

/**
 * What is passed on of a node may come before the first sign of life of it, and does not count until then. Nor does what is
 * heard with a goodbye of a node that was silent before: its guard has taken the addresses off.
 */
function isUp(host: SimHost, now: Instant, node: NodeName): boolean {
  const state = host.agent?.core.view(now).nodes.find(({ name }) => name === node)?.state;
  return state === "up" || state === "drained";
}

function* debtsOf(host: SimHost, holdings: Holdings, { peer, claims }: Word): Generator<Debt> {
  const node = host.cluster.nodes.find(({ name }) => wireId(name) === peer)?.name;
  if (node === undefined) return;
  for (const { name } of host.cluster.services) {
    const heard = claims.find((each) => each.service === wireId(name));
    if (heard === undefined || (heard.state !== "holding" && heard.state !== "offering")) continue;
    const own = holdings.epochOf(host, name);
    if (own !== undefined && heard.epoch > own) yield { service: name, epoch: heard.epoch, node };
  }
}
