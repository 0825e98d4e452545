/** Which services operators stopped: an order that outlives agents, and that every node comes to know. */
import type { ServiceName } from "../../model/names.js";
import type { Note } from "../../model/note.js";
import type { ServiceHalt } from "../../model/program.js";

export class Halts {
  readonly #halts = new Map<ServiceName, ServiceHalt>();

  constructor(saved: readonly ServiceHalt[]) {
    for (const each of saved) this.#halts.set(each.service, each);
  }

  has(service: ServiceName): boolean {
    return this.#halts.get(service)?.halted === true;
  }

  /** An operator says so here. */
  order(service: ServiceName, halted: boolean): readonly Note[] {
    const revision = (this.#halts.get(service)?.revision ?? 0) + 1;
    return this.#set({ service, halted, revision });
  }

  /** What another node knows: the latest order counts, and of two at once the one that stops. */
  heard(halts: readonly ServiceHalt[]): readonly Note[] {
    return halts.filter((each) => isLater(each, this.#halts.get(each.service))).flatMap((each) => this.#set(each));
  }

  /** Those of services that the configuration has; of others, nothing is kept. */
  all(services: readonly { readonly name: ServiceName }[]): readonly ServiceHalt[] {
    return services.flatMap(({ name }) => this.#halts.get(name) ?? []);
  }

  #set(halt: ServiceHalt): readonly Note[] {
    const before = this.has(halt.service);
    this.#halts.set(halt.service, halt);
    if (halt.halted === before) return [];
    return [{ code: halt.halted ? "service.halted" : "service.resumed", service: halt.service }];
  }
}

function isLater(heard: ServiceHalt, known: ServiceHalt | undefined): boolean {
  if (known === undefined) return true;
  if (heard.revision !== known.revision) return heard.revision > known.revision;
  return heard.halted && !known.halted;
}
