import { viewOf } from "../base/bytes.js";
import { decodeAttributes, type NetlinkWriter, uint32Of } from "./netlink.js";

/*
 * IFLA_INFO_DATA of a VLAN interface (linux/if_link.h). IFLA_VLAN_FLAGS is struct ifla_vlan_flags: flags u32, mask u32.
 * Numbers are in host order but for the protocol.
 */
const IFLA_VLAN = { id: 1, flags: 2, egressPriorities: 3, ingressPriorities: 4, protocol: 5 } as const;
/** VLAN_FLAG_* that every kernel in use knows: the mask may name no others, or the order is refused with EINVAL. */
const COMMON_FLAGS = 0x0f;
const ETHERTYPES = { "802.1Q": 0x8100, "802.1ad": 0x88a8 } as const;
const VLAN_ID_MAX = 4095;

/** What makes an interface that of a VLAN. */
export interface Vlan {
  readonly id: number;
  readonly protocol: keyof typeof ETHERTYPES;
  /** IFLA_VLAN_FLAGS. */
  readonly flags: number;
  /** The kernel's maps between packet and frame priorities, as it describes them; undefined: none. */
  readonly egressPriorities: Uint8Array | undefined;
  readonly ingressPriorities: Uint8Array | undefined;
}

/** Reads IFLA_INFO_DATA; undefined when it names no id. */
export function decodeVlan(data: Uint8Array | undefined): Vlan | undefined {
  if (data === undefined) return undefined;
  const attributes = decodeAttributes(data, 0);
  const id = uint16Of(attributes.get(IFLA_VLAN.id), true);
  if (id === undefined || id > VLAN_ID_MAX) return undefined;
  return {
    id,
    protocol: uint16Of(attributes.get(IFLA_VLAN.protocol), false) === ETHERTYPES["802.1ad"] ? "802.1ad" : "802.1Q",
    flags: uint32Of(attributes.get(IFLA_VLAN.flags)) ?? 0,
    egressPriorities: attributes.get(IFLA_VLAN.egressPriorities)?.slice(),
    ingressPriorities: attributes.get(IFLA_VLAN.ingressPriorities)?.slice(),
  };
}

/** Writes what {@link decodeVlan} reads. */
export function writeVlan(writer: NetlinkWriter, vlan: Vlan): void {
  const id = new Uint8Array(2);
  viewOf(id).setUint16(0, vlan.id, true);
  const protocol = new Uint8Array(2);
  viewOf(protocol).setUint16(0, ETHERTYPES[vlan.protocol]);
  const flags = new Uint8Array(8);
  viewOf(flags).setUint32(0, vlan.flags, true);
  viewOf(flags).setUint32(4, COMMON_FLAGS | vlan.flags, true);
  writer.attribute(IFLA_VLAN.id, id).attribute(IFLA_VLAN.protocol, protocol).attribute(IFLA_VLAN.flags, flags);
  const maps = [
    [IFLA_VLAN.egressPriorities, vlan.egressPriorities],
    [IFLA_VLAN.ingressPriorities, vlan.ingressPriorities],
  ] as const;
  for (const [type, map] of maps) if (map !== undefined) writer.nestedBytes(type, map);
}

const uint16Of = (value: Uint8Array | undefined, isLittleEndian: boolean): number | undefined =>
  value === undefined || value.length < 2 ? undefined : viewOf(value).getUint16(0, isLittleEndian);
