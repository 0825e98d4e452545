/**
 * What a rule brought about, and whether that was undone while its condition is true.
 *
 * Only what was seen to be as the rule wanted it, by its order, can have been undone: an order that is under way, or was
 * refused, is none of this. A node that an operator drained in place of the rule is drained.
 */
import type { RuleConfig } from "../../model/rule.js";
import type { NodeView } from "../../model/status.js";

/** A node that a rule drained, or a service that it stopped. */
export interface RuleDeed {
  readonly did: "drain" | "stop";
  readonly of: string;
}

export class RuleDeeds {
  readonly #wanted: readonly RuleDeed[];
  readonly #rule: string;
  readonly #seen = new Set<RuleDeed>();
  #undone: readonly RuleDeed[] = [];

  constructor({ name, actions }: RuleConfig, about: string | undefined) {
    this.#rule = name;
    this.#wanted = actions.flatMap((action): readonly RuleDeed[] => {
      const of = (action.kind === "drain" ? action.node : action.kind === "stop" ? action.service : undefined) ?? about;
      return of === undefined || (action.kind !== "drain" && action.kind !== "stop") ? [] : [{ did: action.kind, of }];
    });
  }

  /** Takes in how things are; whether that changes what is undone. @param holds whether the condition is true */
  look(holds: boolean, view: NodeView): boolean {
    const before = this.#undone.length;
    if (!holds) this.#seen.clear();
    else {
      const wanted = this.#wanted.filter((deed) => ordererIn(view, deed)?.by === this.#rule);
      for (const deed of wanted) this.#seen.add(deed);
    }
    this.#undone = [...this.#seen].filter((deed) => isUndone(view, deed));
    return this.#undone.length !== before;
  }

  /** Whether it was seen to be so by the rule, since the condition came true. */
  brought({ did, of }: RuleDeed): boolean {
    return [...this.#seen].some((deed) => deed.did === did && deed.of === of);
  }

  /** What the rule did since its condition came true, and is not so any more. */
  get undone(): readonly RuleDeed[] {
    return this.#undone;
  }
}

/** Who had it so; undefined: it is not so. */
function ordererIn({ nodes, services }: NodeView, { did, of }: RuleDeed): { readonly by?: string } | undefined {
  return did === "drain"
    ? nodes.find(({ name }) => name === of)?.drain
    : services.find(({ name }) => name === of)?.halt;
}

/** Of a node that is not up nobody knows whether it is drained. */
function isUndone(view: NodeView, deed: RuleDeed): boolean {
  if (ordererIn(view, deed) !== undefined) return false;
  const { did, of } = deed;
  return did === "drain"
    ? view.nodes.some(({ name, state }) => name === of && state === "up")
    : view.services.some(({ name }) => name === of);
}
