import { accept, type BpfInstruction, load8, require } from "./classic-bpf.js";

/*
 * Programs that let only answers to questions about addresses through to us; they see packets from the ARP or IPv6
 * header on.
 */
const ARP_OPERATION_LOW = 7;
const REPLY = 2;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const ICMPV6_TYPE = 40;
const ICMPV6 = 58;
const ADVERTISEMENT = 136;

export const ARP_REPLIES: readonly BpfInstruction[] = [load8(ARP_OPERATION_LOW), ...require(REPLY), accept];

export const ADVERTISEMENTS: readonly BpfInstruction[] = [
  load8(NEXT_HEADER),
  ...require(ICMPV6),
  load8(HOP_LIMIT),
  ...require(255),
  load8(ICMPV6_TYPE),
  ...require(ADVERTISEMENT),
  accept,
];
