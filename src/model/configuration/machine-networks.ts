/** Whether a machine has the addresses that the file gives its node, and can use them. */
import type { Cluster, NodeConfig, NodeNetwork } from "../cluster.js";
import type { KernelAddress, KernelLink, KernelSnapshot } from "../kernel.js";
import type { CheckProblem } from "./check-problem.js";

export interface MachineView {
  readonly cluster: Cluster;
  readonly config: NodeConfig;
  readonly kernel: KernelSnapshot;
}

/** IFA_F_DADFAILED (linux/if_addr.h): duplicate address detection found the address on another machine. */
const DAD_FAILED = 0x08;
/** So many addresses of the machine are named in advice. */
const NAMED_MAX = 8;

export function machineNetworkProblems(view: MachineView): CheckProblem[] {
  const { config } = view;
  return [...config.networks.flatMap((network) => networkProblems(network, view)), ...sharedInterfaces(view)];
}

function networkProblems(network: NodeNetwork, view: MachineView): CheckProblem[] {
  const found = addressOf(network, view.kernel);
  if (found === undefined) return [addressMissing(network, view)];
  const refused = (found.flags & DAD_FAILED) !== 0 ? [addressRefused(network, view)] : [];
  const link = linkOf(found, view.kernel);
  return link === undefined || (link.up && link.carrier) ? refused : [...refused, linkDown(network, link, view)];
}

const addressOf = ({ address }: NodeNetwork, kernel: KernelSnapshot): KernelAddress | undefined =>
  kernel.addresses.find((own) => own.address === address);

const linkOf = ({ linkIndex }: KernelAddress, kernel: KernelSnapshot): KernelLink | undefined =>
  kernel.links.find(({ index }) => index === linkIndex);

const pathOf = ({ network }: NodeNetwork, { config }: MachineView): CheckProblem["path"] => [
  "nodes",
  config.name,
  "networks",
  network,
];

const addressMissing = (network: NodeNetwork, view: MachineView): CheckProblem => ({
  code: "network-address-missing",
  severity: "error",
  path: pathOf(network, view),
  message: `${network.address} is on no interface of this machine`,
  advice: missingAdvice(network, view),
});

function missingAdvice({ network }: NodeNetwork, { cluster, config, kernel }: MachineView): string {
  const own = new Set(kernel.addresses.map(({ address }) => address));
  const others = cluster.nodes.filter(({ name }) => name !== config.name);
  const isThisNode = config.networks.some(({ address }) => own.has(address));
  const exchanged = others
    .flatMap(({ name, networks }) => networks.map((each) => ({ name, ...each })))
    .find((each) => each.network === network && own.has(each.address));
  if (isThisNode && exchanged !== undefined)
    return `This machine has ${placedText(exchanged.address, kernel)}, which the file gives to "${exchanged.name}": were the two exchanged?`;
  const other = others.find(({ networks }) => networks.some(({ address }) => own.has(address)));
  if (other !== undefined)
    return `This machine has an address of the node "${other.name}": is it --node ${other.name}?`;
  const named = [...own]
    .filter((address) => address !== "127.0.0.1" && address !== "::1")
    .slice(0, NAMED_MAX)
    .map((address) => placedText(address, kernel));
  return `Add the address to an interface, or correct it in the file; this machine has ${named.join(", ") || "none"}`;
}

/** `10.1.1.1 (eth0)`. */
function placedText(address: string, kernel: KernelSnapshot): string {
  const found = kernel.addresses.find((each) => each.address === address);
  const link = found === undefined ? undefined : linkOf(found, kernel);
  return link === undefined ? address : `${address} (${link.name})`;
}

const addressRefused = (network: NodeNetwork, view: MachineView): CheckProblem => ({
  code: "network-address-refused",
  severity: "error",
  path: pathOf(network, view),
  message: `${network.address} is not usable: another machine on that network has it (duplicate address detection)`,
  advice: "Give one of the two machines another address",
});

const linkDown = (network: NodeNetwork, link: KernelLink, view: MachineView): CheckProblem => ({
  code: "network-link-down",
  severity: "warning",
  path: pathOf(network, view),
  message: `${link.name}, which has ${network.address}, ${link.up ? "has no carrier" : "is down"}`,
  advice: link.up ? "Check the cable and the switch port" : `Run: ip link set ${link.name} up`,
});

/** Redundant networks are no more than one where they end in one interface. */
function sharedInterfaces(view: MachineView): CheckProblem[] {
  const first = new Map<number, NodeNetwork>();
  return view.config.networks.flatMap((network): CheckProblem[] => {
    const found = addressOf(network, view.kernel);
    const link = found === undefined ? undefined : linkOf(found, view.kernel);
    if (link === undefined) return [];
    const other = first.get(link.index);
    if (other === undefined) {
      first.set(link.index, network);
      return [];
    }
    return [
      {
        code: "networks-share-interface",
        severity: "warning",
        path: pathOf(network, view),
        message: `The networks "${other.network}" and "${network.network}" both use ${link.name}: one cable cuts both`,
        advice: "Put them on interfaces of their own",
      },
    ];
  });
}
