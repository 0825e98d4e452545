/* What is configured on an interface, back from a file of ours: whatever is not understood makes it no configuration. */
import { canonicalIpAddress, familyOf } from "../../base/ip-address.js";
import type {
  ConfiguredAddress,
  ConfiguredNeighbour,
  ConfiguredRoute,
  InterfaceConfiguration,
  RoutesElsewhere,
  VlanInterface,
} from "../../model/interface-configuration.js";
import { readDescription } from "../../os/linux/configuration-parts.js";
import { parseMac } from "../../wire/mac-address.js";
import { isCount, isJsonObject, isText, isTextList, readList, readOptional, type JsonObject } from "./stored-json.js";

export function readInterface(item: JsonObject): InterfaceConfiguration | undefined {
  const own = readInterfaceAlone(item);
  const vlans = readList(item["vlans"], readVlan);
  return own === undefined || vlans === undefined ? undefined : { ...own, vlans };
}

function readInterfaceAlone(item: JsonObject): Omit<InterfaceConfiguration, "vlans"> | undefined {
  const { interface: name, mac, mtu, up, immovable } = item;
  if (!isText(name) || !isMacOrNone(mac) || !isCount(mtu) || typeof up !== "boolean") return undefined;
  const addresses = readList(item["addresses"], readConfiguredAddress);
  const routes = readList(item["routes"], readRoute);
  const neighbours = readList(item["neighbours"], readNeighbour);
  if (addresses === undefined || routes === undefined || neighbours === undefined || !isTextList(immovable)) {
    return undefined;
  }
  const own = { interface: name, mac, mtu, up, addresses, routes, neighbours, immovable };
  if (item["sourced"] === undefined) return own;
  const sourced = readList(item["sourced"], readRoutesElsewhere);
  return sourced === undefined ? undefined : { ...own, sourced };
}

function readRoutesElsewhere(item: JsonObject): RoutesElsewhere | undefined {
  const routes = readList(item["routes"], readRoute);
  return isText(item["interface"]) && routes !== undefined ? { interface: item["interface"], routes } : undefined;
}

export function readConfiguredAddress(item: JsonObject): ConfiguredAddress | undefined {
  const { family, address, prefixLength, scope, flags } = item;
  if (!isFamily(family) || !isAddress(address) || familyOf(address) !== family) return undefined;
  if (!isCount(prefixLength) || prefixLength > PREFIX_LENGTH_MAX[family]) return undefined;
  if (!isCount(scope) || !isCount(flags)) return undefined;
  const optional = readOptional<OptionalOfAddress>(item, {
    peer: isAddress,
    broadcast: isAddress,
    labelSuffix: isText,
    validSeconds: isCount,
    preferredSeconds: isCount,
    metric: isCount,
    protocol: isCount,
  });
  return optional === undefined ? undefined : { family, address, prefixLength, scope, flags, ...optional };
}

type OptionalOfAddress = Required<
  Pick<
    ConfiguredAddress,
    "peer" | "broadcast" | "labelSuffix" | "validSeconds" | "preferredSeconds" | "metric" | "protocol"
  >
>;

const PREFIX_LENGTH_MAX = { 4: 32, 6: 128 } as const;

export function readRoute(item: JsonObject): ConfiguredRoute | undefined {
  const { family, destination, table, description } = item;
  if (!isFamily(family) || !isText(destination) || !isCount(table) || !isText(description)) return undefined;
  const optional = readOptional<{ gateway: string; metric: number; source: string }>(item, {
    gateway: isAddress,
    metric: isCount,
    source: isAddress,
  });
  if (optional === undefined || readDescription(description)?.family !== family) return undefined;
  const leads = item["leads"] === true ? { leads: true as const } : {};
  return { family, destination, table, description, ...optional, ...leads };
}

export function readNeighbour(item: JsonObject): ConfiguredNeighbour | undefined {
  const { family, address, mac, isProxy, isRouter } = item;
  if (!isFamily(family) || !isAddress(address) || familyOf(address) !== family) return undefined;
  if (!isMacOrNone(mac) || typeof isProxy !== "boolean") return undefined;
  return { family, address, mac, isProxy, ...(isRouter === true ? { isRouter } : {}) };
}

export function readVlan(item: JsonObject): VlanInterface | undefined {
  const { name, id, protocol, flags, configuration } = item;
  if (!isText(name) || !isCount(id) || !isCount(flags) || !isJsonObject(configuration)) return undefined;
  const own = readInterfaceAlone(configuration);
  if (own === undefined || (protocol !== "802.1Q" && protocol !== "802.1ad")) return undefined;
  const optional = readOptional<Required<Pick<VlanInterface, "master" | "priorityMaps">>>(item, {
    master: isText,
    priorityMaps: isPriorityMaps,
  });
  return optional === undefined ? undefined : { name, id, protocol, flags, configuration: own, ...optional };
}

const isPriorityMaps = (value: unknown): value is NonNullable<VlanInterface["priorityMaps"]> =>
  isJsonObject(value) && [value["egress"], value["ingress"]].every((map) => map === undefined || isText(map));

const isFamily = (value: unknown): value is 4 | 6 => value === 4 || value === 6;
const isAddress = (value: unknown): value is string => isText(value) && canonicalIpAddress(value) === value;
export const isMac = (value: unknown): value is string => isText(value) && parseMac(value) !== undefined;
const isMacOrNone = (value: unknown): value is string => value === "" || isMac(value);
