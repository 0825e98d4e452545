import { viewOf } from "../base/bytes.js";
import { addressText, IPV4_LENGTH } from "./ip-bytes.js";
import { formatMac } from "./mac-address.js";
import { decodeAttributes, NetlinkWriter, NLM_F } from "./netlink.js";

/*
 * struct ndmsg (linux/neighbour.h):  0 family  4 index i32  8 state u16  10 flags u8  11 type u8
 */
const NDMSG = 12;
const NDA = { destination: 1, mac: 2 } as const;
const AF = { inet: 2, inet6: 10 } as const;
const NUD = { incomplete: 0x01, reachable: 0x02, failed: 0x20, permanent: 0x80 } as const;

const RTM_NEIGHBOUR = { new: 28, delete: 29, get: 30 } as const;

/** What the kernel believes about a neighbour's link-layer address. */
export interface Neighbour {
  readonly linkIndex: number;
  readonly address: string;
  readonly mac: string | undefined;
  readonly isPermanent: boolean;
  /** It was asked for and did not answer, so far or for good. */
  readonly isUnanswered: boolean;
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
  return {
    linkIndex: view.getInt32(4, true),
    address,
    mac: mac === undefined || mac.length === 0 ? undefined : formatMac(mac),
    isPermanent: (state & NUD.permanent) !== 0,
    isUnanswered: (state & (NUD.incomplete | NUD.failed)) !== 0,
  };
}

export interface NeighbourFields {
  readonly linkIndex: number;
  readonly address: Uint8Array;
  readonly mac: Uint8Array;
  readonly isPermanent: boolean;
}

/** Says where a neighbour is, whatever was believed before. */
export function replaceNeighbourRequest({ linkIndex, address, mac, isPermanent }: NeighbourFields): Uint8Array {
  const header = ndmsg(linkIndex, address.length === IPV4_LENGTH ? AF.inet : AF.inet6);
  viewOf(header).setUint16(8, isPermanent ? NUD.permanent : NUD.reachable, true);
  const flags = NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.replace;
  return new NetlinkWriter(RTM_NEIGHBOUR.new, flags, header)
    .attribute(NDA.destination, address)
    .attribute(NDA.mac, mac)
    .finish();
}

/** Forgets what was believed of a neighbour, so that the next packet to it asks anew. */
export function removeNeighbourRequest(linkIndex: number, address: Uint8Array): Uint8Array {
  const header = ndmsg(linkIndex, address.length === IPV4_LENGTH ? AF.inet : AF.inet6);
  return new NetlinkWriter(RTM_NEIGHBOUR.delete, NLM_F.request | NLM_F.ack, header)
    .attribute(NDA.destination, address)
    .finish();
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
