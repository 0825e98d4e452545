/** Whether a machine has the interfaces of its node's path groups, and each secondary could take over. */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import type { KernelAddress, KernelLink } from "../kernel.js";
import { listText } from "../note-text-reason.js";
import type { PathConfig, PathGroupConfig, PathRole } from "../path.js";
import { memberLinks, pathLink, pathText } from "../path-link.js";
import type { CheckProblem } from "./check-problem.js";
import { crowdedGroup, namingGroup } from "./cluster-advice.js";
import { interfaceMissing } from "./machine-interface-names.js";
import type { MachineView } from "./machine-networks.js";
import { addressPlaces } from "./machine-services.js";

export const machinePathProblems = (view: MachineView): CheckProblem[] =>
  view.config.paths.flatMap((group) => groupProblems(groupOnMachine(group, view)));

/** A path group with what this machine has of it. */
interface GroupCase {
  readonly group: PathGroupConfig;
  readonly primary: PathCase;
  readonly secondary: PathCase;
  readonly view: MachineView;
}

interface PathCase {
  readonly role: PathRole;
  readonly config: PathConfig;
  /** Undefined: this machine has it not. */
  readonly link: KernelLink | undefined;
  readonly path: CheckProblem["path"];
  readonly links: readonly KernelLink[];
}

function groupOnMachine(group: PathGroupConfig, view: MachineView): GroupCase {
  const { links } = view.kernel;
  const pathCase = (role: PathRole): PathCase => ({
    role,
    config: group[role],
    link: pathLink(group[role], links),
    path: [...groupPath(group, view), role],
    links,
  });
  return { group, primary: pathCase("primary"), secondary: pathCase("secondary"), view };
}

const groupPath = ({ name }: PathGroupConfig, { config }: MachineView): CheckProblem["path"] => [
  "nodes",
  config.name,
  "paths",
  name,
];

const groupProblems = (one: GroupCase): CheckProblem[] => [
  ...[one.primary, one.secondary].flatMap((path) => [
    ...missingInterfaces(path),
    ...memberProblems(path),
    ...enslaved(path),
    ...downProblems(path, one),
    ...thresholdProblems(path, one),
  ]),
  ...secondaryInUse(one),
  ...warmMacInUse(one),
  ...warmAddressInUse(one),
  ...noRoom(one),
];

function missingInterfaces({ config, path, links }: PathCase): CheckProblem[] {
  const has = (name: string): boolean => links.some((link) => link.name === name);
  const named = [
    ...(config.interface === undefined ? [] : [{ name: config.interface, at: [...path, "interface"] }]),
    ...config.members.map((name, index) => ({ name, at: [...path, "members", index] })),
  ];
  return named.filter(({ name }) => !has(name)).map(({ name, at }) => interfaceMissing(name, links, at));
}

function memberProblems({ config, link, path, links }: PathCase): CheckProblem[] {
  const members = links.filter(({ name }) => config.members.includes(name));
  const strange = members.filter(({ master }) => master === undefined || master !== link?.index);
  if (members.length === 0 || strange.length === 0) return [];
  const of = ({ name, master }: KernelLink): string =>
    `${name} belongs to ${links.find(({ index }) => index === master)?.name ?? "none"}`;
  return [
    {
      code: "members-differ",
      severity: "error",
      path: [...path, "members"],
      message: `The members are not all of one ${link === undefined ? "bond, team or bridge" : `trunk, ${link.name}`}: ${listText(strange.map(of))}`,
      advice: "Name the members of one trunk; `ip -d link` shows the master of each",
    },
  ];
}

function enslaved({ link, path, links, role }: PathCase): CheckProblem[] {
  if (link?.master === undefined) return [];
  const master = links.find(({ index }) => index === link.master)?.name ?? `interface ${link.master}`;
  return [
    {
      code: "path-enslaved",
      severity: "error",
      path,
      message: `${link.name}, the ${role} path, is a member of ${master} and can have no addresses of its own`,
      advice: `Name ${master} as the path, or take ${link.name} out of it`,
    },
  ];
}

/** A warm standby is switched off on purpose; which of the two it is now, only the agent knows. */
function downProblems({ link, path, role }: PathCase, { group, primary }: GroupCase): CheckProblem[] {
  if (link === undefined || (link.up && link.carrier)) return [];
  const isWarm = group.standby.kind === "warm" && !link.up && (role === "secondary" || primary.link?.up === true);
  if (isWarm) return [];
  return [
    {
      code: "path-down",
      severity: "warning",
      path,
      message: `${link.name}, the ${role} path, ${link.up ? "has no carrier" : "is down"}`,
      advice: link.up ? "Check the cable and the switch port" : `Run: ip link set ${link.name} up`,
    },
  ];
}

function thresholdProblems({ config, role, links }: PathCase, { group, view }: GroupCase): CheckProblem[] {
  const { threshold } = group;
  const members = memberLinks(config, links).length;
  if (!("count" in threshold) || members === 0 || config.members.length > 0 || threshold.count <= members) return [];
  return [
    {
      code: "threshold-out-of-reach",
      severity: "error",
      path: [...groupPath(group, view), "threshold"],
      message: `The threshold of ${threshold.count} members is more than the ${members} that ${pathText(config)}, the ${role} path, has`,
      advice: "Write a smaller number, or a share such as 50%",
    },
  ];
}

/**
 * What the secondary has of its own shows where it leads. After a failover it is the primary that is empty, and then
 * nothing can be said.
 */
function secondaryInUse(one: GroupCase): CheckProblem[] {
  const { secondary, view } = one;
  const [ofPrimary, ofSecondary] = [addressesOn(one.primary.link, one), addressesOn(secondary.link, one)];
  const strange = ofSecondary.find((own) => !ofPrimary.some((other) => shareSubnet(own, other)));
  if (strange === undefined || ofPrimary.length === 0) return [];
  const network = view.config.networks.find(({ address }) => address === strange.address);
  return [
    {
      code: "secondary-in-use",
      severity: "error",
      path: secondary.path,
      message: `${secondary.link?.name ?? ""}, the secondary path, has ${strange.address}/${strange.prefixLength}${network === undefined ? "" : `, the node's address on network "${network.network}"`}: it does not lead where ${one.primary.link?.name ?? ""} does`,
      advice: "Take the address off, or name an interface that is connected to the same network",
    },
  ];
}

/** Addresses that say what network an interface is on: not those that move, nor the dummy, nor link-local ones. */
function addressesOn(link: KernelLink | undefined, { group, view }: GroupCase): readonly KernelAddress[] {
  const dummy = group.standby.kind === "warm" ? group.standby.address?.address : undefined;
  const moving = new Set(view.cluster.services.flatMap(({ addresses }) => addresses.map((each) => each.address)));
  return view.kernel.addresses.filter(
    ({ linkIndex, address }) =>
      linkIndex === link?.index && address !== dummy && !moving.has(address) && !address.startsWith("fe80:"),
  );
}

/** The addresses that are there, and those of services that would come; what the file alone tells is told of the file. */
function noRoom(one: GroupCase): CheckProblem[] {
  const { group, primary, secondary, view } = one;
  if (namingGroup(group, view.config, view.cluster.services) > group.addressesMax) return [];
  const links = [primary.link, secondary.link].flatMap((link) => link ?? []);
  const coming = addressPlaces(view).filter((place) => links.some(({ name }) => name === place.interface));
  const own = links.flatMap((link) => addressesOn(link, one));
  return crowdedGroup(view.config, group, own.length + coming.length);
}

interface SubnetAddress {
  readonly family: 4 | 6;
  readonly address: string;
  readonly prefixLength: number;
}

function shareSubnet(own: SubnetAddress, other: SubnetAddress): boolean {
  const [a, b] = [parseIpAddress(own.address), parseIpAddress(other.address)];
  if (a === undefined || b === undefined || a.family !== b.family) return false;
  return sameSubnet(a.bytes, b.bytes, Math.min(own.prefixLength, other.prefixLength));
}

/** The group's own interfaces may have the dummy already. */
const outsideOf = ({ primary, secondary, view }: GroupCase): readonly KernelLink[] =>
  view.kernel.links.filter(({ index }) => index !== primary.link?.index && index !== secondary.link?.index);

function warmMacInUse(one: GroupCase): CheckProblem[] {
  const { group, view } = one;
  const mac = group.standby.kind === "warm" ? group.standby.mac : undefined;
  const link = outsideOf(one).find((each) => each.mac === mac);
  if (mac === undefined || link === undefined) return [];
  return [
    {
      code: "warm-mac-in-use",
      severity: "error",
      path: [...groupPath(group, view), "standby", "warm", "mac"],
      message: `${mac} is the MAC of ${link.name}`,
      advice: "Choose another one, such as 02: and five random bytes",
    },
  ];
}

function warmAddressInUse(one: GroupCase): CheckProblem[] {
  const { group, view } = one;
  const dummy = group.standby.kind === "warm" ? group.standby.address : undefined;
  if (dummy === undefined) return [];
  const links = outsideOf(one);
  for (const own of view.kernel.addresses) {
    const link = links.find(({ index }) => index === own.linkIndex);
    if (link === undefined || !shareSubnet(own, dummy)) continue;
    return [
      {
        code: "warm-address-in-use",
        severity: "error",
        path: [...groupPath(group, view), "standby", "warm", "address"],
        message: `${dummy.address}/${dummy.prefixLength} lies in the subnet of ${own.address}/${own.prefixLength} on ${link.name}`,
        advice: "Give the dummy an address of the group's own network, or of one that does not exist",
      },
    ];
  }
  return [];
}
