/**
 * What nodes say of services that they hold and do not serve whole, for the record: once when it begins, and once when it
 * is over. So every node's history has how long nobody served, also where no service changed hands.
 */
import type { NodeName, ServiceName } from "../../model/names.js";
import type { HoldCondition, Tenure } from "../../model/node-state.js";
import type { Note } from "../../model/note.js";

interface Told {
  readonly epoch: number;
  readonly condition: HoldCondition | undefined;
  /** It was served whole at some time of this tenure. */
  readonly wasWhole: boolean;
  /** That it is not was put on record. */
  readonly isOnRecord: boolean;
}

export class HoldNews {
  readonly #self: NodeName;
  readonly #told = new Map<NodeName, ReadonlyMap<ServiceName, Told>>();

  constructor(self: NodeName) {
    this.#self = self;
  }

  /** @param tenures all that the node holds now */
  told(node: NodeName, tenures: readonly Tenure[]): readonly Note[] {
    const before = this.#told.get(node);
    const now = tenures.map((each) => this.#next(node, each, before?.get(each.service)));
    this.#told.set(node, new Map(now.map(({ service, next }) => [service, next])));
    return now.flatMap(({ note }) => note ?? []);
  }

  #next(
    node: NodeName,
    { service, epoch, condition, byOrder, noticedAfter, reason }: Tenure,
    known: Told | undefined,
  ): { readonly service: ServiceName; readonly next: Told; readonly note?: Note } {
    const last = known?.epoch === epoch ? known : undefined;
    const wasWhole = condition === undefined || last?.wasWhole === true;
    if (last !== undefined && last.condition === condition) return { service, next: last };
    if (condition === undefined) {
      const next = { epoch, condition, wasWhole, isOnRecord: false };
      return last?.isOnRecord === true
        ? { service, next, note: { code: "service.served", service, node, epoch } }
        : { service, next };
    }
    // Of its own beginning and end this node has notes that say more.
    const isKnown = node === this.#self && (condition === "stopping" || (condition === "starting" && !wasWhole));
    if (isKnown) return { service, next: { epoch, condition, wasWhole, isOnRecord: false } };
    const next = { epoch, condition, wasWhole, isOnRecord: true };
    const ordered = byOrder === undefined ? {} : { byOrder };
    const more = wasWhole ? (noticedAfter === undefined ? {} : { noticedAfter }) : { taken: reason };
    return { service, next, note: { code: "service.unserved", service, node, epoch, condition, ...ordered, ...more } };
  }
}
