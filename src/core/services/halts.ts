/** Which services operators and rules stopped: an order that outlives agents, and that every node comes to know. */
import type { ServiceName } from "../../model/names.js";
import type { Note } from "../../model/note.js";
import type { ServiceHalt } from "../../model/program.js";
import type { RuleName } from "../../model/rule.js";
import type { Situation } from "./situation.js";

/** A file with these services may be on its way to this node. Of more, the ones that were heard of first are forgotten. */
const OTHERS_MAX = 100;

export class Halts {
  readonly #halts = new Map<ServiceName, ServiceHalt>();

  constructor(saved: readonly ServiceHalt[]) {
    for (const each of saved) this.#halts.set(each.service, each);
  }

  has(service: ServiceName): boolean {
    return this.of(service) !== undefined;
  }

  /** The order by which it is stopped; undefined: it is not. */
  of(service: ServiceName): ServiceHalt | undefined {
    const halt = this.#halts.get(service);
    return halt?.halted === true ? halt : undefined;
  }

  /** The latest order about it, as a decision about the service takes it. */
  ordersFor(service: ServiceName): Pick<Situation, "halted" | "startOrder" | "startedBy"> {
    const order = this.#halts.get(service);
    const isHalted = order?.halted === true;
    return {
      halted: isHalted ? { kind: "halted", ...byRule(order.by) } : undefined,
      startOrder: isHalted ? 0 : (order?.revision ?? 0),
      startedBy: isHalted ? undefined : order?.by,
    };
  }

  /** An operator, or the rule `by`, says so here. A rule that says it again takes nobody's place on record. */
  order({ service, halted, by }: Omit<ServiceHalt, "revision">): readonly Note[] {
    const before = this.#halts.get(service);
    const cause = by !== undefined && before?.halted === halted ? before.by : by;
    return this.#set({ service, halted, revision: (before?.revision ?? 0) + 1, ...byRule(cause) });
  }

  /**
   * What another node knows: the latest order counts, and of two at once the one that stops.
   * @param services those that the configuration has
   */
  heard(halts: readonly ServiceHalt[], services: readonly { readonly name: ServiceName }[]): readonly Note[] {
    const later = halts.filter((each) => isLater(each, this.#halts.get(each.service)));
    const notes = later.flatMap((each) => this.#set(each));
    if (this.#halts.size > services.length + OTHERS_MAX) this.#forgetOthers(services);
    return notes;
  }

  /** Those of services that the configuration has; of others, nothing is kept for long. */
  all(services: readonly { readonly name: ServiceName }[]): readonly ServiceHalt[] {
    return services.flatMap(({ name }) => this.#halts.get(name) ?? []);
  }

  #forgetOthers(services: readonly { readonly name: ServiceName }[]): void {
    const configured = new Set(services.map(({ name }) => name));
    const others = [...this.#halts.keys()].filter((name) => !configured.has(name));
    for (const name of others.slice(0, -OTHERS_MAX)) this.#halts.delete(name);
  }

  #set(halt: ServiceHalt): readonly Note[] {
    const before = this.has(halt.service);
    this.#halts.set(halt.service, halt);
    if (halt.halted === before) return [];
    const code = halt.halted ? "service.halted" : "service.resumed";
    return [{ code, service: halt.service, ...byRule(halt.by) }];
  }
}

export const byRule = (by: RuleName | undefined): { readonly by?: RuleName } => (by === undefined ? {} : { by });

function isLater(heard: ServiceHalt, known: ServiceHalt | undefined): boolean {
  if (known === undefined) return true;
  if (heard.revision !== known.revision) return heard.revision > known.revision;
  return heard.halted && !known.halted;
}
