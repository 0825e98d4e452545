/** What is wrong between path groups and the rest: interfaces in two paths, thresholds, dummy parameters, names. */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import { readMac, readServiceAddress } from "./field-readers.js";
import { LIMITS } from "./limits.js";
import { type InterfaceUse, type SurveyedGroup, warmValue } from "./path-survey.js";
import { type ConfigurationProblem, problemAt, problemAtKey } from "./problem.js";
import type { Survey } from "./survey.js";

export const pathProblems = (survey: Survey): ConfigurationProblem[] => [
  ...sharedInterfaces(survey),
  ...survey.pathGroups.flatMap(thresholdProblems),
  ...survey.pathGroups.flatMap((group) => warmSubnetProblems(group, survey)),
  ...repeatedMacs(survey),
  ...ambiguousNames(survey),
  ...survey.services.flatMap((service) => serviceProblems(service.entry, groupsByName(survey), survey)),
];

/** Every interface belongs to one path of one group of its node. */
function sharedInterfaces({ pathGroups, nodes }: Survey): ConfigurationProblem[] {
  return nodes.flatMap(({ name }) => {
    const first = new Map<string, InterfaceUse>();
    const uses = pathGroups.filter(({ node }) => node === name).flatMap((group) => group.uses);
    return uses.flatMap((use) => {
      const earlier = first.get(use.interface);
      if (earlier !== undefined) return [sharedInterface(use, earlier)];
      first.set(use.interface, use);
      return [];
    });
  });
}

function sharedInterface(use: InterfaceUse, first: InterfaceUse): ConfigurationProblem {
  const isSameGroup = use.group === first.group;
  if (isSameGroup && use.as === "path" && first.as === "path") {
    return problemAt(use.entry, {
      code: "same-paths",
      message: `Both paths of the group "${use.group}" are ${use.interface}`,
      advice: "Name two interfaces that fail independently of each other",
    });
  }
  const where = `${first.as === "member" ? "a member of " : ""}the ${first.role} path`;
  return problemAt(use.entry, {
    code: "overlapping-paths",
    message: `${use.interface} is already ${where} of ${isSameGroup ? "the same group" : `the group "${first.group}"`}, on line ${first.entry.at.line}`,
    advice: "Name each interface of the node in one path of one group, once",
  });
}

/** A count that is more than a trunk has would never be reached. */
function thresholdProblems({ entry, uses }: SurveyedGroup): ConfigurationProblem[] {
  const threshold = entry.children.get("threshold");
  const count = threshold?.value;
  if (threshold === undefined || typeof count !== "number") return [];
  const small = (["primary", "secondary"] as const)
    .map((role) => ({ role, members: uses.filter((use) => use.role === role && use.as === "member").length }))
    .find(({ members }) => members > 0 && members < count && count <= LIMITS.trunkMembers);
  if (small === undefined) return [];
  return [
    problemAt(threshold, {
      code: "out-of-range",
      message: `The threshold of ${count} members is more than the ${small.members} that the ${small.role} path has`,
      advice: "Write a smaller number, or a share such as 50%",
    }),
  ];
}

/** The group is on one network at most; a dummy in the subnets of two would answer in one that is not its own. */
function warmSubnetProblems(group: SurveyedGroup, { addresses }: Survey): ConfigurationProblem[] {
  const dummy = warmValue(group, "address");
  const value =
    typeof dummy?.value === "string" ? readServiceAddress(dummy.value, { interfaceNamed: false }) : undefined;
  if (dummy === undefined || value === undefined || "advice" in value) return [];
  const own = addresses.filter(({ role, holder }) => role === "node" && holder === group.node);
  const inside = own.filter(({ address }) => isInSubnet(address, value));
  if (inside.length < 2) return [];
  return [
    problemAt(dummy, {
      code: "warm-subnet",
      message: `The subnet of ${value.address}/${value.prefixLength} contains ${inside.map(({ address }) => address).join(" and ")}, addresses of this node on different networks`,
      advice: "Give the dummy an address of a subnet of its own, or a longer prefix length",
    }),
  ];
}

function isInSubnet(address: string, subnet: { readonly address: string; readonly prefixLength: number }): boolean {
  const [a, b] = [parseIpAddress(address), parseIpAddress(subnet.address)];
  return (
    a !== undefined && b !== undefined && a.family === b.family && sameSubnet(a.bytes, b.bytes, subnet.prefixLength)
  );
}

function repeatedMacs({ pathGroups }: Survey): ConfigurationProblem[] {
  const first = new Map<string, SurveyedGroup>();
  return pathGroups.flatMap((group) => {
    const entry = warmValue(group, "mac");
    const mac = typeof entry?.value === "string" ? readMac(entry.value) : undefined;
    if (entry === undefined || typeof mac !== "string") return [];
    const other = first.get(mac);
    if (other === undefined) {
      first.set(mac, group);
      return [];
    }
    return [
      problemAt(entry, {
        code: "duplicate-mac",
        message: `${mac} is already the dummy MAC of path group "${other.name}" of node "${other.node}"`,
        advice: "Give each its own: two stations with one MAC on a network disturb each other",
      }),
    ];
  });
}

/** Where an interface is named, a path group may be: one name must not mean both. */
function ambiguousNames({ pathGroups }: Survey): ConfigurationProblem[] {
  const interfaces = new Map<string, { readonly use: InterfaceUse; readonly node: string }>();
  for (const { uses, node } of pathGroups) {
    for (const use of uses) if (!interfaces.has(use.interface)) interfaces.set(use.interface, { use, node });
  }
  return pathGroups.flatMap(({ name, entry }) => {
    const found = interfaces.get(name);
    if (found === undefined) return [];
    return [
      problemAtKey(entry, {
        code: "ambiguous-name",
        message: `The path group "${name}" has the name of an interface of node "${found.node}", on line ${found.use.entry.at.line}`,
        advice: "Give the group another name, such as mether0",
      }),
    ];
  });
}

/** The nodes that have a path group, by the group's name. */
type GroupsByName = ReadonlyMap<string, ReadonlySet<string>>;

function groupsByName({ pathGroups }: Survey): GroupsByName {
  const nodes = new Map<string, Set<string>>();
  for (const { name, node } of pathGroups) nodes.set(name, (nodes.get(name) ?? new Set()).add(node));
  return nodes;
}

function serviceProblems(service: LocatedNode, groups: GroupsByName, survey: Survey): ConfigurationProblem[] {
  const known = new Set(survey.nodes.map(({ name }) => name));
  const nodes = entriesOf(service, "nodes").flatMap(({ value }) =>
    typeof value === "string" && known.has(value) ? [value] : [],
  );
  return entriesOf(service, "addresses").flatMap((address) => {
    const one = address.children.get("interface");
    const several = entriesOf(address, "interfaces");
    return [
      ...(one === undefined ? several : [one]).flatMap((entry) => unknownGroup(entry, nodes, groups)),
      ...several.flatMap((entry) => twiceMoved(entry, nodes, survey)),
    ];
  });
}

function unknownGroup(entry: LocatedNode, nodes: readonly string[], groups: GroupsByName): ConfigurationProblem[] {
  const owners = groups.get(String(entry.value));
  const without = owners === undefined ? undefined : nodes.find((node) => !owners.has(node));
  if (owners === undefined || without === undefined) return [];
  return [
    problemAt(entry, {
      code: "unknown-path-group",
      message: `"${String(entry.value)}" is a path group of node "${[...owners].join('" and "')}", but not of "${without}", which may hold the service too`,
      advice: `Add the group under \`paths\` of "${without}", or name an interface`,
    }),
  ];
}

/** An address that its path group moves needs no interfaces of its own to move between. */
function twiceMoved(entry: LocatedNode, nodes: readonly string[], { pathGroups }: Survey): ConfigurationProblem[] {
  const group = pathGroups.find(
    ({ node, uses }) => nodes.includes(node) && uses.some((use) => use.interface === entry.value),
  );
  if (group === undefined) return [];
  return [
    problemAt(entry, {
      code: "overlapping-paths",
      message: `${String(entry.value)} belongs to the path group "${group.name}" of node "${group.node}", which moves its addresses already`,
      advice: `Name the group instead: { address: …, interface: ${group.name} }`,
    }),
  ];
}
