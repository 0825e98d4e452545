/**
 * What the file says of names and addresses, picked out entry by entry, so that one entry of a wrong form does not hide
 * what is wrong between the others. Entries that the schema refuses are left out; it reports them itself.
 */
import { canonicalIpAddress, parseIpAddress } from "../../base/ip-address.js";
import { isName } from "../names.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, entriesOf, keyOf } from "./located-node.js";
import { type SurveyedGroup, surveyedGroup, targetsOf, warmValue } from "./path-survey.js";

/** In place of a list of nodes: every node, in the order of the file. */
export const ALL = "all";

export interface Survey {
  readonly top: LocatedNode;
  readonly networks: readonly Named[];
  readonly nodes: readonly Named[];
  readonly services: readonly Named[];
  /** One for each node and network that it is on. */
  readonly memberships: readonly Membership[];
  readonly preferences: readonly Preference[];
  readonly addresses: readonly AddressUse[];
  readonly pathGroups: readonly SurveyedGroup[];
}

export interface Named {
  readonly name: string;
  readonly entry: LocatedNode;
}

export interface Membership {
  readonly node: string;
  readonly network: string;
  /** Undefined where the address is none. */
  readonly family: 4 | 6 | undefined;
  readonly entry: LocatedNode;
}

/** One node in a service's list. */
export interface Preference {
  readonly service: string;
  readonly node: string;
  readonly entry: LocatedNode;
}

export interface AddressUse {
  /** Canonical text, without prefix length. */
  readonly address: string;
  readonly role: "node" | "service" | "ping" | "warm standby" | "path target";
  /** Whose it is, in words. */
  readonly owner: string;
  /** What holds the address: a node or service; for a ping target, its network; for a path's target, its node. */
  readonly holder: string;
  readonly entry: LocatedNode;
}

export function surveyOf(top: LocatedNode): Survey {
  const [networks, nodes, services] = [named(top, "networks"), named(top, "nodes"), named(top, "services")];
  const pathGroups = nodes.flatMap(pathGroupsOf);
  return {
    top,
    networks,
    nodes,
    services,
    memberships: nodes.flatMap(membershipsOf),
    preferences: services.flatMap((service) => preferencesOf(service, nodes)),
    addresses: [
      ...nodes.flatMap(nodeAddresses),
      ...services.flatMap(serviceAddresses),
      ...networks.flatMap(pingTargets),
      ...pathGroups.flatMap(groupAddresses),
    ],
    pathGroups,
  };
}

const named = (parent: LocatedNode, key: string): Named[] =>
  entriesOf(parent, key)
    .filter((entry) => isName(keyOf(entry)))
    .map((entry) => ({ name: keyOf(entry), entry }));

const membershipsOf = ({ name, entry }: Named): Membership[] =>
  named(entry, "networks").map((network) => ({
    node: name,
    network: network.name,
    family: textOf(network.entry, (text) => parseIpAddress(text)?.family),
    entry: network.entry,
  }));

function preferencesOf({ name, entry }: Named, nodes: readonly Named[]): Preference[] {
  const list = entry.children.get("nodes");
  if (list?.value === ALL)
    return nodes.slice(0, LIMITS.nodes).map((node) => ({ service: name, node: node.name, entry: list }));
  return entriesOf(entry, "nodes").flatMap((preferred) => {
    const node = textOf(preferred, (text) => (isName(text) ? text : undefined));
    return node === undefined ? [] : [{ service: name, node, entry: preferred }];
  });
}

const nodeAddresses = ({ name, entry }: Named): AddressUse[] =>
  entriesOf(entry, "networks").flatMap((network) =>
    addressUse(network, { role: "node", owner: `node "${name}" on network "${keyOf(network)}"`, holder: name }),
  );

const serviceAddresses = ({ name, entry }: Named): AddressUse[] =>
  addressEntries(entry).flatMap((item) =>
    addressUse(item.children.get("address") ?? item, { role: "service", owner: `service "${name}"`, holder: name }),
  );

/** The addresses of a service: a list, or the `list` of a map. */
export function addressEntries(service: LocatedNode): readonly LocatedNode[] {
  const addresses = service.children.get("addresses");
  return addresses !== undefined && !Array.isArray(addresses.value)
    ? entriesOf(addresses, "list")
    : entriesOf(service, "addresses");
}

const pingTargets = ({ name, entry }: Named): AddressUse[] =>
  entriesOf(entry, "ping").flatMap((item) =>
    addressUse(item, { role: "ping", owner: `the ping targets of network "${name}"`, holder: name }),
  );

const pathGroupsOf = ({ name, entry }: Named): SurveyedGroup[] =>
  named(entry, "paths").map((group) => surveyedGroup(name, group.entry));

function groupAddresses(group: SurveyedGroup): AddressUse[] {
  const words = `path group "${group.name}" of node "${group.node}"`;
  const dummy = warmValue(group, "address");
  return [
    ...(dummy === undefined
      ? []
      : addressUse(dummy, { role: "warm standby", owner: `the warm standby of ${words}`, holder: group.node })),
    ...targetsOf(group).flatMap((target) =>
      addressUse(target, { role: "path target", owner: `the ping targets of ${words}`, holder: group.node }),
    ),
  ];
}

function addressUse(entry: LocatedNode, use: Omit<AddressUse, "address" | "entry">): AddressUse[] {
  const address = textOf(entry, (text) => canonicalIpAddress(text.split("/", 1)[0] ?? ""));
  return address === undefined ? [] : [{ ...use, address, entry }];
}

const textOf = <Value>(entry: LocatedNode, read: (text: string) => Value | undefined): Value | undefined =>
  typeof entry.value === "string" ? read(entry.value) : undefined;
