import { viewOf } from "../base/bytes.js";
import { formatIpAddress } from "../base/ip-address.js";
import { IPV4_LENGTH, IPV6_LENGTH, unmapped } from "./ip-bytes.js";
import { IP_PROTOCOL } from "./ip-header.js";
import { NetlinkWriter, NLM_F } from "./netlink.js";

/*
 * Socket diagnosis (linux/inet_diag.h).
 *
 * struct inet_diag_req_v2:  0 family  1 protocol  2 ext  4 states u32  8 struct inet_diag_sockid (48)
 * struct inet_diag_msg:     0 family  1 state  2 timer  3 retrans  4 struct inet_diag_sockid (48)  52 counters
 * struct inet_diag_sockid:  0 local port  2 remote port  4 local address (16)  20 remote address (16)  36 index u32
 *                           ports and addresses in network order
 */
const REQUEST = 56;
const ANSWER = 72;
const SOCKID = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const INET_DIAG_REQ_BYTECODE = 1;
const AF = { inet: 2, inet6: 10 } as const;
const STATE_ESTABLISHED = 1 << 1;

/** An established TCP connection; addresses as text, those of mapped sockets in their IPv4 form. */
export interface DiagnosedConnection {
  readonly family: 4 | 6;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Reads one answer; undefined when it is cut short or of another family. */
export function decodeConnection(payload: Uint8Array): DiagnosedConnection | undefined {
  if (payload.length < ANSWER || (payload[0] !== AF.inet && payload[0] !== AF.inet6)) return undefined;
  const view = viewOf(payload);
  const length = payload[0] === AF.inet ? IPV4_LENGTH : IPV6_LENGTH;
  const local = unmapped(payload.subarray(SOCKID + 4, SOCKID + 4 + length));
  const remote = unmapped(payload.subarray(SOCKID + 20, SOCKID + 20 + length));
  return {
    family: local.length === IPV4_LENGTH ? 4 : 6,
    localAddress: formatIpAddress(local),
    localPort: view.getUint16(SOCKID),
    remoteAddress: formatIpAddress(remote),
    remotePort: view.getUint16(SOCKID + 2),
  };
}

/** Addresses in one request: their conditions must fit into a message. */
export const DIAG_ADDRESSES_MAX = 100;

/**
 * Asks for the established TCP connections of sockets of `family` on any of some local addresses (4 or 16 bytes each, at
 * most {@link DIAG_ADDRESSES_MAX}). IPv4 connections of a server that listens on `::` belong to sockets of family 6.
 */
export function dumpConnectionsRequest(family: 4 | 6, localAddresses: readonly Uint8Array[]): Uint8Array {
  const fixed = new Uint8Array(REQUEST);
  fixed[0] = family === 4 ? AF.inet : AF.inet6;
  fixed[1] = IP_PROTOCOL.tcp;
  viewOf(fixed).setUint32(4, STATE_ESTABLISHED, true);
  return new NetlinkWriter(SOCK_DIAG_BY_FAMILY, NLM_F.request | NLM_F.dump, fixed)
    .attribute(INET_DIAG_REQ_BYTECODE, anyLocalAddress(localAddresses))
    .finish();
}

/*
 * A filter in the kernel's own little language: struct inet_diag_bc_op is (code u8, bytes to skip if true u8, if false
 * u16). Behind the last byte is "take it", four further is "leave it". Per address:
 *
 *   [ S_COND, struct inet_diag_hostcond, address ]  true: the next op; false: the next address, or "leave it"
 *   [ JMP ]                                         to the end: "take it"
 */
const OP = 4;
const HOSTCOND = 8;
const CODE = { jump: 1, localAddress: 7 } as const;

function anyLocalAddress(addresses: readonly Uint8Array[]): Uint8Array {
  const program = new Uint8Array(addresses.reduce((sum, address) => sum + conditionLength(address) + OP, 0));
  const view = viewOf(program);
  let at = 0;
  for (const address of addresses) {
    const length = conditionLength(address);
    view.setUint8(at, CODE.localAddress);
    view.setUint8(at + 1, length);
    view.setUint16(at + 2, length + OP + (at + length + OP === program.length ? OP : 0), true);
    view.setUint8(at + OP, address.length === IPV4_LENGTH ? AF.inet : AF.inet6);
    view.setUint8(at + OP + 1, address.length * 8);
    view.setInt32(at + OP + 4, ANY_PORT, true);
    program.set(address, at + OP + HOSTCOND);
    view.setUint8(at + length, CODE.jump);
    view.setUint8(at + length + 1, OP);
    view.setUint16(at + length + 2, program.length - at - length, true);
    at += length + OP;
  }
  return program;
}

const ANY_PORT = -1;
const conditionLength = (address: Uint8Array): number => OP + HOSTCOND + address.length;
