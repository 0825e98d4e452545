/* A failover plan, back from a file of ours: whatever is not understood makes it no plan. */
import type { InterfaceChange, InterfaceChangeKind } from "../../model/interface-configuration.js";
import { pathGroupName, type FailoverPlan, type PathSwitchReason } from "../../model/path.js";
import { isMac, readConfiguredAddress, readInterface, readNeighbour, readRoute, readVlan } from "./stored-interface.js";
import { isCount, isJsonObject, isText, isTextList, readList, type JsonObject } from "./stored-json.js";

export function readPlan(item: JsonObject): FailoverPlan | undefined {
  const { group, from, to, direction } = item;
  if (!isText(group) || !isText(from) || !isText(to)) return undefined;
  if (direction !== "forward" && direction !== "undo") return undefined;
  const reason = isJsonObject(item["reason"]) ? readReason(item["reason"]) : undefined;
  const moved = isJsonObject(item["moved"]) ? readInterface(item["moved"]) : undefined;
  const replaced = isJsonObject(item["replaced"]) ? readInterface(item["replaced"]) : undefined;
  const steps = readList(item["steps"], readChange);
  const undo = readList(item["undo"], readChange);
  if (reason === undefined || moved === undefined || replaced === undefined) return undefined;
  if (steps === undefined || undo === undefined) return undefined;
  return { group: pathGroupName(group), from, to, reason, moved, replaced, steps, undo, direction };
}

type Read<Value> = (item: JsonObject) => Value | undefined;

const REASONS: Readonly<Record<PathSwitchReason["kind"], Read<PathSwitchReason>>> = {
  "carrier-lost": () => ({ kind: "carrier-lost" }),
  "targets-silent": ({ targets }) => (isTextList(targets) ? { kind: "targets-silent", targets } : undefined),
  "trunk-below-threshold": ({ failed, members }) =>
    isCount(failed) && isCount(members) ? { kind: "trunk-below-threshold", failed, members } : undefined,
  "interface-gone": () => ({ kind: "interface-gone" }),
  "peer-switched": ({ node }) => (isText(node) ? { kind: "peer-switched", node } : undefined),
  operator: () => ({ kind: "operator" }),
  detached: () => ({ kind: "detached" }),
  failback: () => ({ kind: "failback" }),
  "down-at-start": () => ({ kind: "down-at-start" }),
  "switched-off": () => ({ kind: "switched-off" }),
  "interface-returned": () => ({ kind: "interface-returned" }),
};

function readReason(item: JsonObject): PathSwitchReason | undefined {
  const { kind } = item;
  return isOneOf(REASONS, kind) ? REASONS[kind](item) : undefined;
}

type ReadChange = (name: string, item: JsonObject) => InterfaceChange | undefined;

const CHANGES: Readonly<Record<InterfaceChangeKind, ReadChange>> = {
  disable: (name) => ({ kind: "disable", interface: name }),
  enable: (name) => ({ kind: "enable", interface: name }),
  "set-mac": (name, { mac }) => (isMac(mac) ? { kind: "set-mac", interface: name, mac } : undefined),
  "set-mtu": (name, { mtu }) => (isCount(mtu) ? { kind: "set-mtu", interface: name, mtu } : undefined),
  "add-addresses": ofAddresses("add-addresses"),
  "remove-addresses": ofAddresses("remove-addresses"),
  "add-routes": ofRoutes("add-routes"),
  "remove-routes": ofRoutes("remove-routes"),
  "add-neighbours": ofNeighbours("add-neighbours"),
  "remove-neighbours": ofNeighbours("remove-neighbours"),
  "create-vlans": ofVlans("create-vlans"),
  "delete-vlans": ofVlans("delete-vlans"),
  "forget-neighbours": (name) => ({ kind: "forget-neighbours", interface: name }),
  "announce-addresses": readAnnouncement,
};

export function readChange(item: JsonObject): InterfaceChange | undefined {
  const { kind, interface: name } = item;
  return isText(name) && isOneOf(CHANGES, kind) ? CHANGES[kind](name, item) : undefined;
}

function ofAddresses(kind: "add-addresses" | "remove-addresses"): ReadChange {
  return (name, item) => {
    const addresses = readList(item["addresses"], readConfiguredAddress);
    return addresses === undefined ? undefined : { kind, interface: name, addresses };
  };
}

function ofRoutes(kind: "add-routes" | "remove-routes"): ReadChange {
  return (name, item) => {
    const routes = readList(item["routes"], readRoute);
    return routes === undefined ? undefined : { kind, interface: name, routes };
  };
}

function ofNeighbours(kind: "add-neighbours" | "remove-neighbours"): ReadChange {
  return (name, item) => {
    const neighbours = readList(item["neighbours"], readNeighbour);
    return neighbours === undefined ? undefined : { kind, interface: name, neighbours };
  };
}

function ofVlans(kind: "create-vlans" | "delete-vlans"): ReadChange {
  return (name, item) => {
    const vlans = readList(item["vlans"], readVlan);
    return vlans === undefined ? undefined : { kind, interface: name, vlans };
  };
}

function readAnnouncement(name: string, item: JsonObject): InterfaceChange | undefined {
  const addresses = readList(item["addresses"], readConfiguredAddress);
  const vlans = readList(item["vlans"], readVlan);
  if (addresses === undefined || vlans === undefined) return undefined;
  return { kind: "announce-addresses", interface: name, addresses, vlans };
}

/** Whether a value names a member of a table, and is none that every object has. */
const isOneOf = <Key extends string>(table: Readonly<Record<Key, unknown>>, value: unknown): value is Key =>
  isText(value) && Object.hasOwn(table, value);
