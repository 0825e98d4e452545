import type { Instant } from "../../base/time.js";
import { ORDINARY, type ServiceConfig } from "../../model/cluster.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Holdings } from "./holdings.js";
import { presentOf } from "./truth.js";

/** No node ever claims more than it has room for, nor two services that are to be apart; not for a moment. */
export class Room implements Observer {
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;

  constructor(verdict: Verdict, holdings: Holdings) {
    this.#verdict = verdict;
    this.#holdings = holdings;
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "service.claimed") continue;
      const { service: name } = effect.note;
      const held = host.cluster.services.filter((each) => this.#holdings.epochOf(host, each.name) !== undefined);
      const claimed = held.find((each) => each.name === name);
      const others = held.filter((each) => each.name !== name);
      if (claimed === undefined) continue;
      const problem = problemWith(host, claimed, others);
      if (problem !== undefined) this.#verdict.broken("room", `${host.name} takes ${name} ${problem}`);
    }
  }
}

/** Whether a service could be on a host beside what is there, as far as other services are concerned. */
export function isFreeOn({ cluster }: Site, host: SimHost, service: ServiceConfig): boolean {
  const isThere = (each: ServiceConfig): boolean => presentOf(host, each).length > 0;
  const others = cluster.services.filter((each) => each.name !== service.name && isThere(each));
  return service.nodes.includes(host.plan.name) && problemWith(host, service, others) === undefined;
}

/** What a service would have against a host that has others. */
function problemWith(host: SimHost, service: ServiceConfig, others: readonly ServiceConfig[]): string | undefined {
  const rival = others.find((each) => isApart(each, service) || isApart(service, each));
  if (rival !== undefined) return `beside ${rival.name}`;
  const capacity = host.cluster.nodes.find(({ name }) => name === host.plan.name)?.room?.capacity ?? {};
  const [short] = Object.entries(capacity).filter(([resource, most]) => {
    const taken = [service, ...others].reduce((sum, each) => sum + sizeOf(each, resource), 0);
    return sizeOf(service, resource) > 0 && taken > most;
  });
  return short === undefined ? undefined : `beyond its room of ${short[1]} ${short[0]}`;
}

const isApart = (a: ServiceConfig, b: ServiceConfig): boolean => a.placement?.apart.includes(b.name) === true;

const sizeOf = ({ placement = ORDINARY }: ServiceConfig, resource: string): number => placement.size[resource] ?? 0;
