/**
 * The attributes of this node: what operators, applications, checks and rules say of it. They go to all peers with the
 * node's state; rules are made over them. One that was set with a lifetime ends by itself. What changes all the time is told
 * now and then only: the events are kept for what else happens, too.
 */
import { Allowance } from "../base/allowance.js";
import { type Instant, after } from "../base/time.js";
import {
  ATTRIBUTE_CHANGES_IN_A_ROW_MAX,
  ATTRIBUTE_CHANGES_PER_SECOND_MAX,
  ATTRIBUTE_CHANGES_TOLD_IN_A_ROW_MAX,
  ATTRIBUTE_CHANGES_TOLD_PER_SECOND_MAX,
  ATTRIBUTES_PER_NODE_MAX,
  type AttributeNote,
  type AttributeOrder,
  type AttributeValue,
  type NodeAttribute,
} from "../model/attribute.js";
import { byName } from "../model/names.js";
import { ChangeLimit } from "./change-limit.js";
import type { Effects } from "./effects.js";

interface Entry extends NodeAttribute {
  readonly until: Instant | undefined;
}

export class Attributes {
  readonly #entries: Map<string, Entry>;
  readonly #limit = new ChangeLimit({
    atOnce: ATTRIBUTE_CHANGES_IN_A_ROW_MAX,
    perSecond: ATTRIBUTE_CHANGES_PER_SECOND_MAX,
  });
  readonly #telling = new Allowance({
    atOnce: ATTRIBUTE_CHANGES_TOLD_IN_A_ROW_MAX,
    perSecond: ATTRIBUTE_CHANGES_TOLD_PER_SECOND_MAX,
  });
  /** Changes since the last one that was told. */
  #untold = 0;

  constructor(saved: readonly NodeAttribute[]) {
    this.#entries = new Map(saved.map((each) => [each.name, { ...each, until: undefined }]));
  }

  /** Whether an order may change it now. To say again what it is costs nothing. @param value undefined: it is to go */
  admits(now: Instant, name: string, value: AttributeValue | undefined): boolean {
    return this.#entries.get(name)?.value === value || this.#limit.admits(now);
  }

  /** Until when orders count as too many; undefined: they do not. */
  get exceededUntil(): Instant | undefined {
    return this.#limit.exceededUntil;
  }

  /** False when there are too many already. */
  set(now: Instant, { name, value, lifetime }: AttributeOrder, effects: Effects): boolean {
    const before = this.#entries.get(name);
    if (before === undefined && this.#entries.size >= ATTRIBUTES_PER_NODE_MAX) return false;
    this.#entries.set(name, { name, value, until: lifetime === undefined ? undefined : after(now, lifetime) });
    const limited = lifetime === undefined ? {} : { lifetime };
    if (isNews(before?.value, { value, ...limited }))
      this.#tell(now, { code: "attribute.set", attribute: name, value, ...limited }, effects);
    return true;
  }

  /** False when there is none of that name. */
  unset(now: Instant, name: string, effects: Effects): boolean {
    const wasThere = this.#entries.delete(name);
    if (wasThere) this.#tell(now, { code: "attribute.unset", attribute: name }, effects);
    return wasThere;
  }

  /** Ends what was not set again in time; whether there was such. */
  expire(now: Instant, effects: Effects): boolean {
    this.#limit.forget(now);
    const ended = [...this.#entries.values()].filter(({ until }) => until !== undefined && until <= now);
    for (const { name } of ended) {
      this.#entries.delete(name);
      this.#tell(now, { code: "attribute.expired", attribute: name }, effects);
    }
    return ended.length > 0;
  }

  /** When `expire` is due. */
  nextExpiry(): Instant | undefined {
    const untils = [this.exceededUntil, ...[...this.#entries.values()].map(({ until }) => until)].flatMap(
      (until) => until ?? [],
    );
    return untils.length === 0 ? undefined : (Math.min(...untils) as Instant);
  }

  all(): readonly NodeAttribute[] {
    return this.#sorted(() => true);
  }

  /** Those without a lifetime, which outlive the agent. */
  lasting(): readonly NodeAttribute[] {
    return this.#sorted(({ until }) => until === undefined);
  }

  #tell(now: Instant, note: AttributeNote, effects: Effects): void {
    if (!this.#telling.take(now)) {
      this.#untold += 1;
      return;
    }
    effects.note(this.#untold === 0 ? note : { ...note, untold: this.#untold });
    this.#untold = 0;
  }

  #sorted(wanted: (entry: Entry) => boolean): readonly NodeAttribute[] {
    return [...this.#entries.values()]
      .filter(wanted)
      .map(({ name, value }) => ({ name, value }))
      .sort((a, b) => byName(a.name, b.name));
  }
}

function isNews(before: AttributeValue | undefined, { value, lifetime }: Omit<AttributeOrder, "name">): boolean {
  if (before === value) return false;
  if (typeof before !== typeof value) return true;
  return typeof value === "boolean" || (typeof value === "string" && lifetime === undefined);
}
