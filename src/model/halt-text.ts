import type { RuleName } from "./rule.js";

/** Who stopped or started a service, as the subject of a sentence. */
export const whoOrdered = (by: RuleName | undefined): string => (by === undefined ? "an operator" : `the rule ${by}`);

/** What follows a word like `drained` where a rule gave the order. */
export const byRuleText = (by: string | undefined): string => (by === undefined ? "" : ` by the rule ${by}`);

/** The same from that one word. */
export const ordererText = (orderer: string): string => (orderer === "operator" ? "an operator" : `the ${orderer}`);

/** The same as one word of a document or of a condition: `operator`, `rule hot`. */
export const ordererOf = (by: RuleName | undefined): string => (by === undefined ? "operator" : `rule ${by}`);
