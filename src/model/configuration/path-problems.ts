/** What is wrong between path groups and the rest: interfaces in two paths, thresholds, dummy parameters, names. */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import { readMac, readServiceAddress } from "./field-readers.js";
import { givenMac } from "./identity-problems.js";
import { LIMITS } from "./limits.js";
import { type InterfaceUse, type SurveyedGroup, warmValue } from "./path-survey.js";
import { type ConfigurationProblem, problemAt, problemAtKey } from "./problem.js";
import { ALL, type Survey, addressEntries } from "./survey.js";

const LOOPBACK = "lo";

export const pathProblems = (survey: Survey): ConfigurationProblem[] => [
  ...sharedInterfaces(survey),
  ...survey.pathGroups.flatMap(loopbacks),
  ...survey.pathGroups.flatMap(thresholdProblems),
  ...warmSubnets(survey),
  ...repeatedMacs(survey),
  ...ambiguousNames(survey),
  ...serviceProblems(survey),
];

/** A key for what there is once on each node. */
const onNode = (node: string, name: string): string => `${node} ${name}`;

/** Every interface belongs to one path of one group of its node. */
function sharedInterfaces({ pathGroups }: Survey): ConfigurationProblem[] {
  const first = new Map<string, InterfaceUse>();
  return pathGroups.flatMap(({ node, uses }) =>
    uses.flatMap((use) => {
      const earlier = first.get(onNode(node, use.interface));
      if (earlier !== undefined) return [sharedInterface(use, earlier)];
      first.set(onNode(node, use.interface), use);
      return [];
    }),
  );
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

function loopbacks({ uses }: SurveyedGroup): ConfigurationProblem[] {
  return uses
    .filter((use) => use.interface === LOOPBACK)
    .map(({ entry }) =>
      problemAt(entry, {
        code: "bad-interface",
        message: `${LOOPBACK} is no path: it leads nowhere but to this machine`,
        advice: "Name an interface with a cable, a trunk, or a VLAN on one",
      }),
    );
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
function warmSubnets({ pathGroups, addresses }: Survey): ConfigurationProblem[] {
  const own = new Map<string, string[]>();
  for (const { role, holder, address } of addresses) {
    if (role !== "node") continue;
    const known = own.get(holder) ?? [];
    if (known.length < LIMITS.networks) own.set(holder, [...known, address]);
  }
  return pathGroups.flatMap((group) => warmSubnet(warmValue(group, "address"), own.get(group.node) ?? []));
}

function warmSubnet(dummy: LocatedNode | undefined, own: readonly string[]): ConfigurationProblem[] {
  const value =
    typeof dummy?.value === "string" ? readServiceAddress(dummy.value, { interfaceNamed: false }) : undefined;
  if (dummy === undefined || value === undefined || "advice" in value) return [];
  const inside = own.filter((address) => isInSubnet(address, value));
  if (inside.length < 2) return [];
  return [
    problemAt(dummy, {
      code: "warm-subnet",
      message: `The subnet of ${value.address}/${value.prefixLength} contains ${inside.join(" and ")}, addresses of this node on different networks`,
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

function repeatedMacs({ pathGroups, services }: Survey): ConfigurationProblem[] {
  const owners = new Map<string, string>();
  for (const { name, entry } of services) {
    const given = givenMac(entry);
    if (given !== undefined) owners.set(given.mac, `the MAC of service "${name}"`);
  }
  return pathGroups.flatMap((group) => {
    const entry = warmValue(group, "mac");
    const mac = typeof entry?.value === "string" ? readMac(entry.value) : undefined;
    if (entry === undefined || typeof mac !== "string") return [];
    const owner = owners.get(mac);
    if (owner === undefined) {
      owners.set(mac, `the dummy MAC of path group "${group.name}" of node "${group.node}"`);
      return [];
    }
    return [
      problemAt(entry, {
        code: "duplicate-mac",
        message: `${mac} is already ${owner}`,
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

/** What the interfaces of service addresses are held against. */
interface PathNames {
  /** The nodes that have a path group, by the group's name. */
  readonly nodesOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** The group of an interface, by {@link onNode}. */
  readonly groupOf: ReadonlyMap<string, SurveyedGroup>;
  readonly nodes: ReadonlySet<string>;
}

function pathNames({ pathGroups, nodes }: Survey): PathNames {
  const nodesOf = new Map<string, Set<string>>();
  const groupOf = new Map<string, SurveyedGroup>();
  for (const group of pathGroups) {
    nodesOf.set(group.name, (nodesOf.get(group.name) ?? new Set()).add(group.node));
    for (const use of group.uses) groupOf.set(onNode(group.node, use.interface), group);
  }
  return { nodesOf, groupOf, nodes: new Set(nodes.map(({ name }) => name)) };
}

function serviceProblems(survey: Survey): ConfigurationProblem[] {
  const names = pathNames(survey);
  return survey.services.flatMap(({ entry }) => {
    const nodes = candidatesOf(entry, names);
    return addressEntries(entry).flatMap((address) => {
      const one = address.children.get("interface");
      const several = entriesOf(address, "interfaces");
      return [
        ...(one === undefined ? several : [one]).flatMap((link) => unknownGroup(link, nodes, names)),
        ...several.flatMap((link) => twiceMoved(link, nodes, names)),
      ];
    });
  });
}

function candidatesOf(service: LocatedNode, names: PathNames): readonly string[] {
  const isAll = service.children.get("nodes")?.value === ALL;
  const named = isAll ? [...names.nodes] : entriesOf(service, "nodes").map(({ value }) => value);
  return named
    .flatMap((value) => (typeof value === "string" && names.nodes.has(value) ? [value] : []))
    .slice(0, LIMITS.nodes);
}

function unknownGroup(entry: LocatedNode, nodes: readonly string[], { nodesOf }: PathNames): ConfigurationProblem[] {
  const owners = nodesOf.get(String(entry.value));
  const without = owners === undefined ? undefined : nodes.find((node) => !owners.has(node));
  if (owners === undefined || without === undefined) return [];
  return [
    problemAt(entry, {
      code: "unknown-path-group",
      message: `"${String(entry.value)}" is a path group of node "${[...owners][0] ?? ""}", but not of "${without}", which may hold the service too`,
      advice: `Add the group under \`paths\` of "${without}", or name an interface`,
    }),
  ];
}

/** An address that its path group moves needs no interfaces of its own to move between. */
function twiceMoved(entry: LocatedNode, nodes: readonly string[], { groupOf }: PathNames): ConfigurationProblem[] {
  const group = nodes.flatMap((node) => groupOf.get(onNode(node, String(entry.value))) ?? [])[0];
  if (group === undefined) return [];
  return [
    problemAt(entry, {
      code: "overlapping-paths",
      message: `${String(entry.value)} belongs to the path group "${group.name}" of node "${group.node}", which moves its addresses already`,
      advice: `Name the group instead: { address: …, interface: ${group.name} }`,
    }),
  ];
}
