import { parseIpAddress } from "../../base/ip-address.js";
import { ok, refused, type Result } from "../../base/result.js";
import type { PlacedAddress } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { arpProbe, gratuitousReply, gratuitousRequest } from "../../wire/arp.js";
import { IPV4_LENGTH } from "../../wire/ip-bytes.js";
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
export const announce = (sockets: Sockets, placed: PlacedAddress): Answer =>
  announceAll(sockets, placed.interface, [placed]);

type LinkAddress = Pick<PlacedAddress, "address" | "family">;

/** The same for many addresses of one interface. Each is announced whatever became of those before it. */
export function announceAll(
  { netlink, link }: Sockets,
  interfaceName: string,
  addresses: readonly LinkAddress[],
): Answer {
  const station = stationOf(link, interfaceName);
  if (!station.ok) return station;
  const { linkIndex, mac } = station.value;
  const router = addresses.some(({ family }) => family === 6) && forwards(netlink, linkIndex);
  return shoutAll(link, station.value, addresses, (address) =>
    address.length === IPV4_LENGTH
      ? [arpShout(gratuitousRequest(address, mac)), arpShout(gratuitousReply(address, mac))]
      : [neighbourShout(ALL_NODES, unsolicitedAdvertisement({ address, mac, router }))],
  );
}

/**
 * Asks a link whether anybody there has an address, without claiming it. The answer, if any, is heard by whoever
 * listens for announcements of that address.
 */
export function probe(link: LinkSender, placed: PlacedAddress): Answer {
  const station = stationOf(link, placed.interface);
  if (!station.ok) return station;
  return shoutAll(link, station.value, [placed], (address) =>
    address.length === IPV4_LENGTH
      ? [arpShout(arpProbe(address, station.value.mac))]
      : [neighbourShout(solicitedNodeGroup(address), addressProbe(address))],
  );
}

const arpShout = (packet: Uint8Array): Shout => ({ etherType: ETHERTYPE.arp, mac: MAC_BROADCAST, packet });

const neighbourShout = (group: Uint8Array, packet: Uint8Array): Shout => ({
  etherType: ETHERTYPE.ipv6,
  mac: multicastMac(group),
  packet,
});

/** This machine on a link. */
interface Station {
  readonly name: string;
  readonly linkIndex: number;
  /** Empty on links whose stations have no MAC, such as point-to-point ones: nobody there caches one. */
  readonly mac: Uint8Array;
}

function stationOf({ fd }: LinkSender, name: string): Result<Station, StepProblem> {
  const linkIndex = interfaceIndex(fd, name);
  if (linkIndex < 0) return refusal(-linkIndex, `there is no interface ${name}`);
  return ok({ name, linkIndex, mac: interfaceMac(fd, name) ?? new Uint8Array() });
}

function shoutAll(
  link: LinkSender,
  { name, linkIndex, mac }: Station,
  addresses: readonly LinkAddress[],
  compose: (address: Uint8Array) => readonly Shout[],
): Answer {
  let answer: Answer = ok(undefined);
  for (const { address } of mac.length === 0 ? [] : addresses) {
    const parsed = parseIpAddress(address);
    for (const { packet, etherType, mac: station } of parsed === undefined ? [] : compose(parsed.bytes)) {
      const sent = link.send({ linkIndex, etherType, mac: station }, packet);
      if (sent < 0 && answer.ok) answer = refusal(-sent, `${name} does not send: ${errnoName(-sent)}`);
    }
  }
  return answer;
}

const refusal = (errno: number, message: string): { readonly ok: false; readonly problem: StepProblem } =>
  refused({ code: errnoName(errno), message });

/** A router that says it is none is dropped from its hosts' default routes (RFC 4861 section 6.2.5). */
function forwards(netlink: NetlinkSocket, linkIndex: number): boolean {
  const link = readLink(netlink, linkIndex);
  return link.ok && link.value.forwards6 === true;
}
