import { viewOf } from "../base/bytes.js";
import { addressText, IPV4_LENGTH } from "./ip-bytes.js";
import { formatMac } from "./mac-address.js";
import { decodeAttributes, NetlinkWriter, NLM_F } from "./netlink.js";

/*
 * struct ndmsg (linux/neighbour.h):  0 family  4 index i32  8 state u16  10 flags u8  11 type u8
 */
const NDMSG = 12;
const NDA = { destination: 1, mac: 2, linkIndex: 8 } as const;
const AF = { unspecified: 0, inet: 2, inet6: 10 } as const;
const NUD = { incomplete: 0x01, reachable: 0x02, failed: 0x20, noArp: 0x40, permanent: 0x80 } as const;
/** NTF_*: answered for by this host; learnt by a program rather than by the kernel; an IPv6 router. */
const NTF = { proxy: 0x08, external: 0x10, router: 0x80 } as const;

export const RTM_NEIGHBOUR = { new: 28, delete: 29, get: 30 } as const;

/** What the kernel believes about a neighbour's link-layer address. */
export interface Neighbour {
  readonly linkIndex: number;
  readonly address: string;
  readonly mac: string | undefined;
  readonly isPermanent: boolean;
  /** It was asked for and did not answer, so far or for good. */
  readonly isUnanswered: boolean;
  /** This host answers for it (proxy ARP); it has no MAC then. */
  readonly isProxy: boolean;
  /** IPv6: it forwards for others. */
  readonly isRouter: boolean;
  /** The kernel found it out by itself, and would again. */
  readonly isLearnt: boolean;
}

/** Reads the payload of RTM_NEWNEIGH or RTM_DELNEIGH; undefined when it is cut short or names no address. */
export function decodeNeighbour(payload: Uint8Array): Neighbour | undefined {
  if (payload.length < NDMSG) return undefined;
  const view = viewOf(payload);
  const attributes = decodeAttributes(payload, NDMSG);
  const address = addressText(attributes.get(NDA.destination));
  if (address === undefined) return undefined;
  const mac = attributes.get(NDA.mac);
  const state = view.getUint16(8, true);
  const flags = payload[10] ?? 0;
  const isProxy = (flags & NTF.proxy) !== 0;
  const isGiven = (state & (NUD.permanent | NUD.noArp)) !== 0 || (flags & NTF.external) !== 0;
  return {
    linkIndex: view.getInt32(4, true),
    address,
    mac: mac === undefined || mac.length === 0 ? undefined : formatMac(mac),
    isPermanent: (state & NUD.permanent) !== 0,
    isUnanswered: (state & (NUD.incomplete | NUD.failed)) !== 0,
    isProxy,
    isRouter: (flags & NTF.router) !== 0,
    isLearnt: !isProxy && !isGiven,
  };
}

export interface NeighbourFields {
  readonly linkIndex: number;
  readonly address: Uint8Array;
  readonly mac: Uint8Array;
  readonly isPermanent: boolean;
  readonly isRouter?: boolean;
}

/** Says where a neighbour is, whatever was believed before. */
export function replaceNeighbourRequest(fields: NeighbourFields): Uint8Array {
  const { linkIndex, address, mac, isPermanent, isRouter = false } = fields;
  const header = ndmsg(linkIndex, familyOf(address));
  viewOf(header).setUint16(8, isPermanent ? NUD.permanent : NUD.reachable, true);
  header[10] = isRouter ? NTF.router : 0;
  const flags = NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.replace;
  return new NetlinkWriter(RTM_NEIGHBOUR.new, flags, header)
    .attribute(NDA.destination, address)
    .attribute(NDA.mac, mac)
    .finish();
}

/** Makes this host answer for an address on a link. */
export const addProxyRequest = (linkIndex: number, address: Uint8Array): Uint8Array =>
  new NetlinkWriter(
    RTM_NEIGHBOUR.new,
    NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.replace,
    proxyHeader(linkIndex, familyOf(address)),
  )
    .attribute(NDA.destination, address)
    .finish();

/** Forgets a neighbour or a proxy; refused with ENOENT when there is none. */
export function deleteNeighbourRequest(linkIndex: number, address: Uint8Array, isProxy: boolean): Uint8Array {
  const family = familyOf(address);
  const header = isProxy ? proxyHeader(linkIndex, family) : ndmsg(linkIndex, family);
  return new NetlinkWriter(RTM_NEIGHBOUR.delete, NLM_F.request | NLM_F.ack, header)
    .attribute(NDA.destination, address)
    .finish();
}

/** Asks for the neighbours of a link, of both families. Kernels without strict checking list those of all links. */
export const dumpLinkNeighboursRequest = (linkIndex: number): Uint8Array =>
  new NetlinkWriter(RTM_NEIGHBOUR.get, NLM_F.request | NLM_F.dump, ndmsg(0, AF.unspecified))
    .uint32(NDA.linkIndex, linkIndex)
    .finish();

/** Asks for the proxies of all links. */
export const dumpProxiesRequest = (): Uint8Array =>
  new NetlinkWriter(RTM_NEIGHBOUR.get, NLM_F.request | NLM_F.dump, proxyHeader(0, AF.unspecified)).finish();

const familyOf = (address: Uint8Array): number => (address.length === IPV4_LENGTH ? AF.inet : AF.inet6);

function proxyHeader(linkIndex: number, family: number): Uint8Array {
  const header = ndmsg(linkIndex, family);
  header[10] = NTF.proxy;
  return header;
}

/** Asks for all neighbours of one family. */
export const dumpNeighboursRequest = (family: 4 | 6): Uint8Array =>
  new NetlinkWriter(
    RTM_NEIGHBOUR.get,
    NLM_F.request | NLM_F.dump,
    ndmsg(0, family === 4 ? AF.inet : AF.inet6),
  ).finish();

function ndmsg(linkIndex: number, family: number): Uint8Array {
  const bytes = new Uint8Array(NDMSG);
  bytes[0] = family;
  viewOf(bytes).setInt32(4, linkIndex, true);
  return bytes;
}
