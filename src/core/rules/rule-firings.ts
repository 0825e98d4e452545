/**
 * When rules acted on this node, for their limits: they hold over a restart of the agent, and of the machine, which a rule
 * may cause itself. How long an earlier boot is over nobody knows, so that what was done in it counts as done just now.
 */
import { type Instant, between } from "../../base/time.js";
import type { RuleConfig, RuleFiring, RuleName } from "../../model/rule.js";
import { keptAt } from "../kept-moment.js";
import { subjectOf } from "./actor.js";

export class RuleFirings {
  readonly #boot: string | undefined;
  #firings: readonly RuleFiring[];

  /** @param saved by an earlier run of the agent. @param boot the present one of the machine; undefined: it is not known */
  constructor(now: Instant, saved: readonly RuleFiring[], boot: string | undefined) {
    this.#boot = boot;
    this.#firings = saved.map((each) => this.#asOf(keptAt(now, each, boot), each));
  }

  /** Oldest first. */
  of(rule: RuleName, about: string | undefined): readonly Instant[] {
    return this.#firings.filter((each) => each.rule === rule && each.about === about).map(({ at }) => at);
  }

  add(now: Instant, rule: RuleName, about: string | undefined): void {
    this.#firings = [...this.#firings, this.#asOf(now, { rule, ...subjectOf(about) })];
  }

  /** The rule was changed: it begins anew. */
  forget(rule: RuleName): void {
    this.#firings = this.#firings.filter((each) => each.rule !== rule);
  }

  /** Forgets what counts for no limit any more. */
  review(now: Instant, rules: readonly RuleConfig[]): void {
    if (this.#firings.length === 0) return;
    const withins = new Map(rules.map(({ name, limit }) => [name, limit.within]));
    this.#firings = this.#firings.filter(({ rule, at }) => between(at, now) < (withins.get(rule) ?? 0));
  }

  toSave(): readonly RuleFiring[] {
    return this.#firings;
  }

  #asOf(at: Instant, { rule, about }: Pick<RuleFiring, "rule" | "about">): RuleFiring {
    const boot = this.#boot;
    return { rule, ...subjectOf(about), at, ...(boot === undefined ? {} : { boot }) };
  }
}
