import { formatIpAddress, type IpAddress, parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import type { KernelTable, Subnet } from "../../core/addresses/kernel-table.js";
import type { KernelLink } from "../../model/kernel.js";
import type { PathWatch } from "../../model/path.js";
import type { PathQuestion, PathQuestions } from "../../os/linux/path-prober.js";

/** IFA_F_TENTATIVE (linux/if_addr.h): not to be used before it is known that nobody else has it. */
const TENTATIVE = 0x40;
const LINK_LOCAL_PREFIX = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const LINK_LOCAL_LENGTH = 10;
const NOBODY: Uint8Array = new Uint8Array(4);

/**
 * Whom to ask for a path, and how, by what the kernel has at the moment.
 *
 * The active path pings all its targets, and knows those of its subnets as on-link. An idle one has no address to ping
 * from: it asks for the targets that are on-link wherever this machine's addresses of their subnet are. It asks IPv6
 * targets in the name of its link-local address, never of `::`, which would make a target that has just come up believe
 * that somebody else has its address. Others of its targets are not asked and do not count.
 */
export function pathQuestions(watch: PathWatch, twin: PathWatch | undefined, table: KernelTable): PathQuestions {
  const link = table.linkNamed(watch.interface);
  const place = link === undefined ? undefined : { name: link.name, index: link.index };
  if (watch.idle && wouldMislead(link, twin, table)) return { link: place, questions: [] };
  const targets = watch.targets.flatMap((target) => parseIpAddress(target) ?? []);
  return { link: place, questions: targets.flatMap((target) => question(target, watch.idle, link, table)) };
}

/** Two interfaces with one MAC: frames of the idle one would teach the switches to send the active one's traffic there. */
const wouldMislead = (link: KernelLink | undefined, twin: PathWatch | undefined, table: KernelTable): boolean =>
  link !== undefined && twin !== undefined && table.linkNamed(twin.interface)?.mac === link.mac;

function question(
  target: IpAddress,
  idle: boolean,
  link: KernelLink | undefined,
  table: KernelTable,
): readonly PathQuestion[] {
  const base = { target: formatIpAddress(target.bytes), family: target.family } as const;
  const source = sourceFor(target, idle, link, table);
  if (!idle) return [{ ...base, ping: true, source }];
  return source === undefined ? [] : [{ ...base, ping: false, source }];
}

/** In whose name to ask the link for an address; undefined where it can't be asked for there. */
function sourceFor(
  target: IpAddress,
  idle: boolean,
  link: KernelLink | undefined,
  table: KernelTable,
): Uint8Array | undefined {
  const subnets = table.subnets().filter((subnet) => covers(subnet, target));
  const own = subnets.find((subnet) => subnet.link.index === link?.index);
  if (target.family === 4) return idle && subnets.length > 0 ? NOBODY : own?.bytes;
  const isOnLink = (idle ? subnets.length > 0 : own !== undefined) || isLinkLocal(target.bytes);
  return isOnLink ? linkLocalAddress(link, table) : undefined;
}

const covers = ({ bytes, prefixLength }: Subnet, target: IpAddress): boolean =>
  prefixLength < bytes.length * 8 && sameSubnet(bytes, target.bytes, prefixLength);

const isLinkLocal = (bytes: Uint8Array): boolean => sameSubnet(bytes, LINK_LOCAL_PREFIX, LINK_LOCAL_LENGTH);

function linkLocalAddress(link: KernelLink | undefined, table: KernelTable): Uint8Array | undefined {
  for (const { linkIndex, address, family, flags } of table.addresses()) {
    if (linkIndex !== link?.index || family !== 6 || (flags & TENTATIVE) !== 0) continue;
    const bytes = parseIpAddress(address)?.bytes;
    if (bytes !== undefined && isLinkLocal(bytes)) return bytes;
  }
  return undefined;
}
