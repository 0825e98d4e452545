import { parseIpAddress } from "../../base/ip-address.js";
import { ok, refused } from "../../base/result.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { arpProbe, gratuitousReply, gratuitousRequest } from "../../wire/arp.js";
import { MAC_BROADCAST, multicastMac } from "../../wire/mac-address.js";
import { addressProbe, ALL_NODES, solicitedNodeGroup, unsolicitedAdvertisement } from "../../wire/ndisc.js";
import { readLink } from "./addresses.js";
import { interfaceIndex, interfaceMac } from "./interface-lookup.js";
import type { LinkSender } from "./link-sender.js";
import type { Answer, NetlinkSocket } from "./netlink-socket.js";
import { errnoName } from "./system-call-error.js";

const ETHERTYPE = { arp: 0x0806, ipv6: 0x86dd } as const;

export interface Sockets {
  readonly netlink: NetlinkSocket;
  readonly link: LinkSender;
}

/** One packet and the stations that shall hear it. */
interface Shout {
  readonly etherType: number;
  readonly mac: Uint8Array;
  readonly packet: Uint8Array;
}

/** Tells all stations of a link that an address is here: gratuitous ARP in both its forms, or an unsolicited NA. */
export function announce({ netlink, link }: Sockets, placed: PlacedAddress): Answer {
  return shout(link, placed, (address, mac, linkIndex) =>
    placed.family === 4
      ? [arpShout(gratuitousRequest(address, mac)), arpShout(gratuitousReply(address, mac))]
      : [
          {
            etherType: ETHERTYPE.ipv6,
            mac: multicastMac(ALL_NODES),
            packet: unsolicitedAdvertisement({ address, mac, router: forwards(netlink, linkIndex) }),
          },
        ],
  );
}

/**
 * Asks a link whether anybody there has an address, without claiming it. The answer, if any, is heard by whoever
 * listens for announcements of that address.
 */
export function probe(link: LinkSender, placed: PlacedAddress): Answer {
  return shout(link, placed, (address, mac) =>
    placed.family === 4
      ? [arpShout(arpProbe(address, mac))]
      : [
          {
            etherType: ETHERTYPE.ipv6,
            mac: multicastMac(solicitedNodeGroup(address)),
            packet: addressProbe(address),
          },
        ],
  );
}

const arpShout = (packet: Uint8Array): Shout => ({ etherType: ETHERTYPE.arp, mac: MAC_BROADCAST, packet });

function shout(
  link: LinkSender,
  placed: PlacedAddress,
  compose: (address: Uint8Array, mac: Uint8Array, linkIndex: number) => readonly Shout[],
): Answer {
  const linkIndex = interfaceIndex(link.fd, placed.interface);
  if (linkIndex < 0) return refusal(-linkIndex, `there is no interface ${placed.interface}`);
  const mac = interfaceMac(link.fd, placed.interface);
  const address = parseIpAddress(placed.address);
  // Where stations have no MAC, as on a point-to-point link, nobody caches one.
  if (mac === undefined || address === undefined) return ok(undefined);
  for (const { packet, etherType, mac: station } of compose(address.bytes, mac, linkIndex)) {
    const sent = link.send({ linkIndex, etherType, mac: station }, packet);
    if (sent < 0) return refusal(-sent, `${placed.interface} does not send: ${errnoName(-sent)}`);
  }
  return ok(undefined);
}

const refusal = (errno: number, message: string): Answer => refused({ code: errnoName(errno), message });

/** A router that says it is none is dropped from its hosts' default routes (RFC 4861 section 6.2.5). */
function forwards(netlink: NetlinkSocket, linkIndex: number): boolean {
  const link = readLink(netlink, linkIndex);
  return link.ok && link.value.forwards6 === true;
}
