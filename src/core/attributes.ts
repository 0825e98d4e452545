/**
 * The attributes of this node: what operators, applications, checks and rules say of it. They go to all peers with the
 * node's state; rules are made over them. One that was set with a lifetime ends by itself.
 */
import { type Instant, after } from "../base/time.js";
import {
  ATTRIBUTE_CHANGES_IN_A_ROW_MAX,
  ATTRIBUTE_CHANGES_PER_SECOND_MAX,
  ATTRIBUTES_PER_NODE_MAX,
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
    const isNews = before?.value !== value && !(typeof before?.value === "number" && typeof value === "number");
    if (isNews) {
      const limited = lifetime === undefined ? {} : { lifetime };
      effects.note({ code: "attribute.set", attribute: name, value, ...limited });
    }
    return true;
  }

  /** False when there is none of that name. */
  unset(name: string, effects: Effects): boolean {
    const wasThere = this.#entries.delete(name);
    if (wasThere) effects.note({ code: "attribute.unset", attribute: name });
    return wasThere;
  }

  /** Ends what was not set again in time; whether there was such. */
  expire(now: Instant, effects: Effects): boolean {
    this.#limit.forget(now);
    const ended = [...this.#entries.values()].filter(({ until }) => until !== undefined && until <= now);
    for (const { name } of ended) {
      this.#entries.delete(name);
      effects.note({ code: "attribute.expired", attribute: name });
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

  #sorted(wanted: (entry: Entry) => boolean): readonly NodeAttribute[] {
    return [...this.#entries.values()]
      .filter(wanted)
      .map(({ name, value }) => ({ name, value }))
      .sort((a, b) => byName(a.name, b.name));
  }
}
