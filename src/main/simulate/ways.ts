/**
 * By which interfaces of a node a service's addresses are reached, as far as the cluster file names them, and what of that
 * is left. It knows the members of a trunk and not their speeds: each counts for the same share.
 */
import { isThresholdReached } from "../../core/paths/trunk.js";
import type { NodeConfig, ServiceAddress } from "../../model/cluster.js";
import type { PathConfig, PathGroupConfig, Threshold } from "../../model/path.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";

/** Interfaces without a link, of one node. */
export type DownInterfaces = ReadonlySet<string>;

/** What keeps a node from carrying an address: none of the interfaces that may carry it works. */
export function wayReasons(address: ServiceAddress, node: NodeConfig, down: DownInterfaces): readonly UnfitReason[] {
  const names = address.interface === undefined ? (address.interfaces ?? []) : [address.interface];
  const lost = names.map((name) => lostBy(name, node, down));
  return lost.length > 0 && lost.every((reason) => reason !== undefined) ? lost.slice(0, 1) : [];
}

/** Interfaces that the file names for a node: those of its path groups, and those that service addresses go to. */
export const interfacesOf = ({ paths }: NodeConfig, addresses: readonly ServiceAddress[]): ReadonlySet<string> =>
  new Set([
    ...paths.flatMap(({ primary, secondary }) => [primary, secondary].flatMap(interfacesOfPath)),
    ...addresses
      .flatMap(({ interface: one, interfaces = [] }) => one ?? interfaces)
      .filter((name) => !paths.some((group) => group.name === name)),
  ]);

function lostBy(name: string, { paths }: NodeConfig, down: DownInterfaces): UnfitReason | undefined {
  const group = paths.find((each) => each.name === name || ways(each).flatMap(interfacesOfPath).includes(name));
  if (group === undefined) return down.has(name) ? { code: "link-down", detail: name } : undefined;
  const isLost = ways(group).every((path) => isPathDown(path, group.threshold, down));
  return isLost ? { code: "paths-down", detail: group.name } : undefined;
}

const ways = ({ primary, secondary }: PathGroupConfig): readonly PathConfig[] => [primary, secondary];

const interfacesOfPath = ({ interface: name, members }: PathConfig): readonly string[] =>
  name === undefined ? members : [name, ...members];

function isPathDown({ interface: name, members }: PathConfig, threshold: Threshold, down: DownInterfaces): boolean {
  if (name !== undefined && down.has(name)) return true;
  return isThresholdReached(threshold, { lost: members.filter((member) => down.has(member)), all: members });
}
