/** Whether a machine has an interface for each address of the services that its node may hold. */
import type { ServiceAddress, ServiceConfig } from "../cluster.js";
import type { KernelLink } from "../kernel.js";
import type { CheckProblem } from "./check-problem.js";
import { pathLink } from "../path-link.js";
import { interfaceMissing } from "./machine-interface-names.js";
import type { MachineView } from "./machine-networks.js";
import { type SubnetInterface, interfacesInSubnet } from "./subnet-interface.js";

/** Where a service address would go on this machine. */
export interface AddressPlace {
  readonly service: string;
  readonly address: string;
  readonly interface: string;
}

export const machineServiceProblems = (view: MachineView): CheckProblem[] =>
  ownServices(view).flatMap((service) =>
    service.addresses.flatMap((address, index) => {
      const path = ["services", service.name, "addresses", index];
      return addressProblems(
        {
          address,
          path,
          candidates: candidatesFor(address, view),
          missing: missingOf(address, view),
        },
        view.kernel.links,
      );
    }),
  );

/** The interfaces that this machine's node would put its services' addresses on; without those that it has none for. */
export const addressPlaces = (view: MachineView): AddressPlace[] =>
  ownServices(view).flatMap((service) =>
    service.addresses.flatMap((address) => {
      const [first] = candidatesFor(address, view);
      if (first === undefined) return [];
      return [{ service: service.name, address: address.address, interface: first.link.name }];
    }),
  );

const ownServices = ({ cluster, config }: MachineView): readonly ServiceConfig[] =>
  cluster.services.filter(({ nodes }) => nodes.includes(config.name));

/** An interface that may get an address, and the address that shows it. */
type Candidate = Pick<SubnetInterface, "link"> & Partial<SubnetInterface>;

/** The first is the one that would get it. */
function candidatesFor(address: ServiceAddress, view: MachineView): readonly Candidate[] {
  const { cluster, config, kernel } = view;
  const named = namesOf(address);
  if (named.length > 0) {
    const links = named.flatMap((name) => linksNamed(name, view));
    const working = links.filter(({ up, carrier }) => up && carrier);
    return [...new Set([...working, ...links])].map((link) => ({ link }));
  }
  const moving = new Set(cluster.services.flatMap(({ addresses }) => addresses.map((one) => one.address)));
  const dummies = new Set(
    config.paths.flatMap(({ standby }) => (standby.kind === "warm" ? standby.address?.address : [])),
  );
  return interfacesInSubnet(address, kernel, (text) => moving.has(text) || dummies.has(text));
}

const namesOf = ({ interface: one, interfaces = [] }: ServiceAddress): readonly string[] =>
  one === undefined ? interfaces : [one];

/** The interface of that name, or those of the path group; what a group lacks is told at the group. */
function linksNamed(name: string, { config, kernel }: MachineView): readonly KernelLink[] {
  const group = config.paths.find((each) => each.name === name);
  if (group === undefined) return kernel.links.filter((link) => link.name === name);
  return [group.primary, group.secondary].flatMap((path) => pathLink(path, kernel.links) ?? []);
}

const missingOf = (address: ServiceAddress, view: MachineView): readonly string[] =>
  namesOf(address).filter(
    (name) => linksNamed(name, view).length === 0 && view.config.paths.every((group) => group.name !== name),
  );

interface AddressCase {
  readonly address: ServiceAddress;
  readonly path: CheckProblem["path"];
  readonly candidates: readonly Candidate[];
  /** Names of interfaces and groups that are neither here. */
  readonly missing: readonly string[];
}

const SAME_EVERYWHERE = " it must be the same on all nodes of the service.";

function addressProblems(one: AddressCase, links: readonly KernelLink[]): CheckProblem[] {
  const [first, ...others] = one.candidates;
  const use = { text: textOf(one.address), advice: SAME_EVERYWHERE };
  const missing = one.missing.map((name) => interfaceMissing(name, links, one.path, use));
  if (first === undefined) return namesOf(one.address).length > 0 ? missing : [noSubnet(one)];
  return [
    ...missing,
    ...(others.length > 0 && first.by !== undefined ? [severalInterfaces(one)] : []),
    ...(first.by !== undefined && first.by.prefixLength !== one.address.prefixLength
      ? [prefixDiffers(one, first)]
      : []),
    ...(first.link.up && first.link.carrier ? [] : [interfaceDown(one, first.link)]),
  ];
}

const textOf = ({ address, prefixLength }: ServiceAddress): string => `${address}/${prefixLength}`;

const noSubnet = ({ address, path }: AddressCase): CheckProblem => ({
  code: "no-interface-in-subnet",
  severity: "error",
  path,
  message: `${textOf(address)} is outside every subnet of this machine`,
  advice: `Give an interface an address in that subnet, or name the interface: { address: "${textOf(address)}", interface: eth0 }`,
});

const severalInterfaces = ({ address, path, candidates }: AddressCase): CheckProblem => ({
  code: "several-interfaces-in-subnet",
  severity: "warning",
  path,
  message: `${candidates.map(({ link }) => link.name).join(" and ")} both have an address in the subnet of ${textOf(address)}; the first would get it`,
  advice: `Name the interface: { address: "${textOf(address)}", interface: ${candidates[0]?.link.name ?? "eth0"} }`,
});

const prefixDiffers = ({ address, path }: AddressCase, { link, by }: Candidate): CheckProblem => ({
  code: "prefix-differs",
  severity: "warning",
  path,
  message: `${textOf(address)} would go to ${link.name}, whose subnet is that of ${by?.address ?? ""}/${by?.prefixLength ?? 0}`,
  advice: `Write ${address.address}/${by?.prefixLength ?? 0}, unless the other length is meant`,
});

const interfaceDown = ({ address, path }: AddressCase, link: KernelLink): CheckProblem => ({
  code: "interface-down",
  severity: "warning",
  path,
  message: `${link.name}, which ${textOf(address)} would go to, ${link.up ? "has no carrier" : "is down"}`,
  advice: link.up ? "Check the cable and the switch port" : `Run: ip link set ${link.name} up`,
});
