import type { Instant } from "../base/time.js";
import type { RuleName, RuleReading, RuleScope } from "./rule.js";

/** How a rule stands at one node with one thing that it looks at; times are those of this boot. */
export interface RuleStanding {
  readonly rule: RuleName;
  readonly each: RuleScope;
  /** The node or service, where it looks at each by itself. */
  readonly about?: string;
  readonly verdict: RuleVerdict;
  /** What the condition looks at, as it is now; empty while it is false. */
  readonly readings: readonly RuleReading[];
  /** The last turn; absent: there was none since this node's agent started, or the rule was changed. */
  readonly lastTurn?: RuleTurn;
  /** While the condition is true; absent: it acts again only after it was false. */
  readonly wait?: RuleWait;
  /** It would have acted too often. */
  readonly suspendedUntil?: Instant;
}

/** What was found of a condition, and since when it has been so. */
export type RuleFound =
  | { readonly kind: "true" | "false"; readonly since: Instant }
  /** It compares what cannot be compared. */
  | { readonly kind: "broken"; readonly since: Instant; readonly problem: string };

export type RuleVerdict =
  | RuleFound
  /** No rule is looked at in a pause, and while this node starts or stops. */
  | { readonly kind: "resting" };

export interface RuleTurn {
  readonly at: Instant;
  /** Whose turn it was; of another node it is taken for granted that it acted. Absent: no node was there to act. */
  readonly node?: string;
}

/** It acts then, if its condition is still true. */
export interface RuleWait {
  readonly until: Instant;
  readonly by: RuleWaitKind;
}

/** The key of the rule that holds it back. */
export type RuleWaitKind = "for" | "every" | "holdOff" | "limit";
