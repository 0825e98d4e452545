import { decodeAttributes, NetlinkWriter, NLM_F, textOf, uint32Of } from "./netlink.js";

/*
 * struct fib_rule_hdr (linux/fib_rules.h):
 *   0 family  1 destination length  2 source length  3 tos  4 table  5 reserved u16  7 action  8 flags u32
 */
const FIB_RULE_HDR = 12;
const FRA = { inputInterface: 3, priority: 6, outputInterface: 17 } as const;
const FAMILIES: Readonly<Record<number, 4 | 6>> = { 2: 4, 10: 6 };
const RTM_GETRULE = 34;

/** A policy rule that chooses a routing table by interface. */
export interface InterfaceRule {
  readonly family: 4 | 6;
  readonly priority: number;
  readonly input: string | undefined;
  readonly output: string | undefined;
}

/** Reads the payload of RTM_NEWRULE; undefined when it is cut short, of another family, or names no interface. */
export function decodeInterfaceRule(payload: Uint8Array): InterfaceRule | undefined {
  const family = FAMILIES[payload[0] ?? 0];
  if (payload.length < FIB_RULE_HDR || family === undefined) return undefined;
  const attributes = decodeAttributes(payload, FIB_RULE_HDR);
  const input = textOf(attributes.get(FRA.inputInterface));
  const output = textOf(attributes.get(FRA.outputInterface));
  if (input === undefined && output === undefined) return undefined;
  return { family, priority: uint32Of(attributes.get(FRA.priority)) ?? 0, input, output };
}

/** Asks for the policy rules of one family. */
export function dumpRulesRequest(family: 4 | 6): Uint8Array {
  const header = new Uint8Array(FIB_RULE_HDR);
  header[0] = family === 4 ? 2 : 10;
  return new NetlinkWriter(RTM_GETRULE, NLM_F.request | NLM_F.dump, header).finish();
}
