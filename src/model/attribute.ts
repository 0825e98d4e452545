import type { Duration } from "../base/time.js";

/** What an operator, an application, a check or a rule says of a node, for rules to decide by. */
export interface NodeAttribute {
  readonly name: string;
  readonly value: AttributeValue;
}

export type AttributeValue = string | number | boolean;

/** An attribute to be set: with a lifetime it vanishes by itself unless it is set again, so that a dead setter is silent. */
export interface AttributeOrder extends NodeAttribute {
  readonly lifetime?: Duration;
}

/**
 * What attributes have to say; part of Note. A number that becomes another number is not told, nor a text that becomes another
 * one for a limited time, as the output of checks does: they do so all the time.
 */
export type AttributeNote = {
  readonly attribute: string;
  /** So many changes of the node's attributes before this one were not told, since there were too many. */
  readonly untold?: number;
} & (
  | { readonly code: "attribute.set"; readonly value: AttributeValue; readonly lifetime?: Duration }
  | { readonly code: "attribute.unset" }
  /** Nobody set it again in time. */
  | { readonly code: "attribute.expired" }
);

export const ATTRIBUTES_PER_NODE_MAX = 64;
export const ATTRIBUTE_TEXT_MAX = 256;
/** Days enough for any planned work; what shall stay longer has no lifetime. */
export const ATTRIBUTE_LIFETIME_MAX: Duration = 604_800_000_000 as Duration;

/** Changes by orders: so many in a row, and then so many a second. Each goes to all peers, and through all rules. */
export const ATTRIBUTE_CHANGES_IN_A_ROW_MAX = 256;
export const ATTRIBUTE_CHANGES_PER_SECOND_MAX = 32;

/** Changes that are told, so that the record has room for other events: so many in a row, and then so many a second. */
export const ATTRIBUTE_CHANGES_TOLD_IN_A_ROW_MAX = 100;
export const ATTRIBUTE_CHANGES_TOLD_PER_SECOND_MAX: number = 1 / 60;

/** A finite number, `true`, `false`, or a short text without control characters. */
export function isAttributeValue(value: unknown): value is AttributeValue {
  if (typeof value === "string") return value.length <= ATTRIBUTE_TEXT_MAX && !/\p{Cc}/u.test(value);
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

/** A value as a person types it: `true` and `false`, numbers, and else the text itself. */
export function attributeValueOf(text: string): AttributeValue {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}
