/** Commands that the agent has run for it, by a process of its own, so that nothing that they do disturbs it. */
import type { Duration } from "../base/time.js";
import type { AttributeValue } from "./attribute.js";
import type { NodeName } from "./names.js";
import type { RuleName } from "./rule.js";

export type CheckName = string & { readonly __name: "check" };
export const checkName = (text: string): CheckName => text as CheckName;

/** An external check: a command run over and over, whose outcome becomes an attribute of the node. */
export interface CheckConfig {
  readonly name: CheckName;
  readonly command: readonly string[];
  readonly interval: Duration;
  /** It and all that it started are killed after so long. */
  readonly timeout: Duration;
  readonly attribute: string;
  /** `ok`: whether it ended with status 0. `output`: the first line that it printed, while that is so. */
  readonly value: "ok" | "output";
  /** Where it runs; empty: on all nodes. */
  readonly nodes: readonly NodeName[];
}

/** How a command ended. */
export interface ErrandOutcome {
  /** Undefined: it was done, with status 0. */
  readonly problem: string | undefined;
  /** The beginning of what it printed. */
  readonly output: string;
  readonly took: Duration;
}

/** The facts about commands that were run. */
export interface ErrandInput {
  readonly kind: "errand-ended";
  readonly errand: Errand;
  readonly outcome: ErrandOutcome;
}

/** On whose behalf a command was run. */
export type Errand =
  | { readonly kind: "rule"; readonly rule: RuleName; readonly about: string | undefined; readonly program: string }
  | { readonly kind: "check"; readonly check: CheckName }
  /** `order` tells the commands that a node has run to fence others apart. */
  | { readonly kind: "fence"; readonly node: NodeName; readonly order: number };

/** A file with lines `name=value`, and how its command gets them. */
export interface ErrandSecret {
  /** Absolute path. */
  readonly file: string;
  /** `input`: before the rest of its input; `environment`: as variables. */
  readonly as: "input" | "environment";
}

/** Orders to run commands. */
export type ErrandEffect =
  | {
      readonly kind: "run-errand";
      readonly errand: Errand;
      readonly command: readonly string[];
      readonly timeout: Duration;
      /** What it reads on standard input. */
      readonly input: string;
      readonly secret?: ErrandSecret;
    }
  /** The checks of this node from now on. */
  | { readonly kind: "run-checks"; readonly checks: readonly CheckConfig[] };

/** The attribute's value after a check; undefined: it has none now. */
export function checkedValue({ value }: CheckConfig, { problem, output }: ErrandOutcome): AttributeValue | undefined {
  if (value === "ok") return problem === undefined;
  return problem === undefined && output !== "" ? output : undefined;
}

/** Whether a check, a hook or a method of fencing runs on a node. */
export const runsOn = ({ nodes }: Pick<CheckConfig, "nodes">, node: NodeName): boolean =>
  nodes.length === 0 || nodes.includes(node);
