import type { Instant } from "../../base/time.js";
import { type NodeName, type ServiceName, wireId } from "../../model/names.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";
import type { Holdings } from "./holdings.js";

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
  readonly #debts = new Map<SimHost, Debt[]>();

  constructor(verdict: Verdict, holdings: Holdings) {
    this.#verdict = verdict;
    this.#holdings = holdings;
  }

  agentEnded(host: SimHost): void {
    this.#debts.delete(host);
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, _effects: readonly NodeEffect[]): void {
    if (input.kind === "step-done" || input.kind === "step-failed") return;
    for (const debt of this.#debts.get(host) ?? []) this.#collect(host, debt);
    this.#debts.delete(host);
    if (input.kind === "detector-reported" && input.report.kind === "bulletin-heard" && input.report.answered) {
      this.#debts.set(host, [...debtsOf(host, this.#holdings, input.report)]);
    }
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

function* debtsOf(
  host: SimHost,
  holdings: Holdings,
  { peer, bulletin }: { readonly peer: number; readonly bulletin: { readonly claims: readonly ClaimBrief[] } },
): Generator<Debt> {
  const node = host.cluster.nodes.find(({ name }) => wireId(name) === peer)?.name;
  if (node === undefined) return;
  for (const { name } of host.cluster.services) {
    const heard = bulletin.claims.find((each) => each.service === wireId(name));
    if (heard === undefined || (heard.state !== "holding" && heard.state !== "offering")) continue;
    const own = holdings.epochOf(host, name);
    if (own !== undefined && heard.epoch > own) yield { service: name, epoch: heard.epoch, node };
  }
}
