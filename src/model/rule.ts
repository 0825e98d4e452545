/** Rules: what is to be done when a condition over everything that is known comes true (HS-8). */
import type { Duration, Instant } from "../base/time.js";
import type { AttributeOrder, AttributeValue } from "./attribute.js";
import type { NodeName, ServiceName } from "./names.js";
import type { Severity } from "./note.js";

export type RuleName = string & { readonly __name: "rule" };
export const ruleName = (text: string): RuleName => text as RuleName;

export interface RuleConfig {
  readonly name: RuleName;
  /**
   * What the condition is about: the cluster as a whole, or each node or service by itself. It also says which node
   * acts: the first living one of the file, the node itself, or the service's holder.
   */
  readonly each: RuleScope;
  /** In CEL; checked together with the file. */
  readonly when: string;
  /** So long must the condition have been true without a break. */
  readonly holdFor: Duration;
  /** While it stays true, act again after so long; undefined: only when it comes true again. */
  readonly every: Duration | undefined;
  /** Not again earlier than this, though it came true again. */
  readonly holdOff: Duration;
  readonly limit: RuleLimit;
  readonly actions: readonly RuleAction[];
}

export type RuleScope = "cluster" | "node" | "service";

/** A rule that acts more than `times` `within` a time acts on what it causes itself: it is left out for a while. */
export interface RuleLimit {
  readonly times: number;
  readonly within: Duration;
  readonly suspend: Duration;
}

/** A node or service that is not named is the one that the rule is about. */
export type RuleAction =
  /** Without `to`: to the best of the other nodes. */
  | { readonly kind: "move"; readonly service: ServiceName | undefined; readonly to: NodeName | undefined }
  | { readonly kind: "stop" | "start"; readonly service: ServiceName | undefined }
  | { readonly kind: "drain" | "resume" | "fence"; readonly node: NodeName | undefined }
  | { readonly kind: "set"; readonly node: NodeName | undefined; readonly attribute: AttributeOrder }
  | { readonly kind: "unset"; readonly node: NodeName | undefined; readonly name: string }
  | { readonly kind: "notify"; readonly text: string; readonly severity: Severity }
  | { readonly kind: "run"; readonly command: readonly string[]; readonly timeout: Duration };

/** When a rule acted on the node that keeps this, for its limit. */
export interface RuleFiring {
  readonly rule: RuleName;
  /** The node or service, where it looks at each. */
  readonly about?: string;
  /** On the clock of the machine, in the boot `boot`. */
  readonly at: Instant;
  /** Absent: it is not known. */
  readonly boot?: string;
}

/** One thing that a condition looked at, as it was when the rule acted. */
export interface RuleReading {
  /** A part of the condition: `nodes.web1.state`. */
  readonly what: string;
  readonly value: AttributeValue | null;
}

/** What rules have to say; part of Note. `about`: the node or service, where the rule looks at each by itself. */
export type RuleNote = { readonly rule: RuleName; readonly about?: string } & (
  | { readonly code: "rule.fired"; readonly readings: readonly RuleReading[]; readonly actions: readonly string[] }
  | { readonly code: "rule.notified"; readonly severity: Severity; readonly text: string }
  | { readonly code: "rule.order-refused"; readonly problem: string }
  | { readonly code: "rule.command-done"; readonly command: string; readonly took: Duration }
  | { readonly code: "rule.command-failed"; readonly command: string; readonly problem: string }
);
