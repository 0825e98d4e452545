import { parseIpAddress } from "../src/base/ip-address.js";
import { LocumError } from "../src/base/locum-error.js";

/** One cable from a host's interface to a switch. */
export interface InterfacePlan {
  readonly switch: string;
  /** With prefix length, IPv4 or IPv6: `10.1.1.1/24`, `fd0a::1/64`. */
  readonly addresses: readonly string[];
  /** A hardware address instead of a random one. */
  readonly mac?: string;
}

export interface HostPlan {
  readonly interfaces: Readonly<Record<string, InterfacePlan>>;
  /** The next hop of the default route. */
  readonly gateway?: string;
  /** Kernel parameters below `net.`, written as paths: `{"ipv4/conf/all/arp_ignore": "1"}`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Commands for the shell that `locum lab up` starts on this host; a library user starts programs itself. */
  readonly run?: readonly string[];
}

/**
 * What a lab consists of. A direct cable between two hosts is a switch with two ports: powering it off takes the
 * carrier from both ends, as pulling the cable would.
 */
export interface Topology {
  readonly switches: readonly string[];
  readonly hosts: Readonly<Record<string, HostPlan>>;
  /** Cables between switches. */
  readonly trunks?: readonly (readonly [string, string])[];
}

const HOSTS_MAX = 250;
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/;
/** The kernel's limit for interface names (`IFNAMSIZ` less its end mark), which bridges have too. */
const INTERFACE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const PARAMETER = /^[a-z0-9_]+(?:\/[A-Za-z0-9_-]+)*$/;
/** Taken for the namespace that holds all switches. */
export const SWITCHES_NAME = "switches";

/** @throws {LocumError} that names the first thing in the plan that cannot be built. */
export function checkTopology(topology: Topology): void {
  const hosts = Object.entries(topology.hosts);
  if (hosts.length > HOSTS_MAX) refuse(`A lab has at most ${HOSTS_MAX} hosts, this one has ${hosts.length}`);
  checkNames([...topology.switches, ...Object.keys(topology.hosts)]);
  for (const name of topology.switches) checkInterfaceName(name, `The switch ${name}`);
  for (const [host, plan] of hosts) checkHost(host, plan, topology);
  for (const name of (topology.trunks ?? []).flat()) checkSwitch(name, "A trunk", topology);
}

/** Two nodes and a client: the smallest cluster, on a client network and two redundant networks. */
export const pair = (): Topology => cluster(2);

/**
 * A client and `count` nodes web1, web2, … On switch `lan`, the clients' network, the client is 192.168.1.100 and the
 * nodes are 192.168.1.11 and up; on `a` and `b`, which connect the nodes, 10.1.1.1 and 20.1.1.1 and up.
 */
export function cluster(count: number): Topology {
  const nodes = Array.from({ length: count }, (_, index) => [`web${index + 1}`, clusterNode(index + 1)] as const);
  return { switches: ["lan", "a", "b"], hosts: { client: clusterClient(), ...Object.fromEntries(nodes) } };
}

/** The same with a second way of each node to the clients' network: eth3, over the switch `spare`, which `lan` leads to. */
export function clusterWithSpares(count: number): Topology {
  const { switches, hosts } = cluster(count);
  const spare: InterfacePlan = { switch: "spare", addresses: [] };
  const spared = Object.entries(hosts).map(([name, plan]): [string, HostPlan] => [
    name,
    name === "client" ? plan : { ...plan, interfaces: { ...plan.interfaces, eth3: spare } },
  ]);
  return { switches: [...switches, "spare"], hosts: Object.fromEntries(spared), trunks: [["lan", "spare"]] };
}

const clusterClient = (): HostPlan => ({
  interfaces: { eth0: { switch: "lan", addresses: ["192.168.1.100/24", "fd00:1::100/64"] } },
});

const clusterNode = (number: number): HostPlan => ({
  interfaces: {
    eth0: { switch: "lan", addresses: [`192.168.1.${10 + number}/24`, `fd00:1::${10 + number}/64`] },
    eth1: { switch: "a", addresses: [`10.1.1.${number}/24`, `fd00:a::${number}/64`] },
    eth2: { switch: "b", addresses: [`20.1.1.${number}/24`, `fd00:b::${number}/64`] },
  },
});

function checkNames(names: readonly string[]): void {
  const seen = new Set<string>([SWITCHES_NAME]);
  for (const name of names) {
    if (!NAME.test(name)) refuse(`${name} is no name for a host or switch: use letters, digits and -`);
    if (seen.has(name)) refuse(`The name ${name} is taken twice`);
    seen.add(name);
  }
}

function checkHost(host: string, plan: HostPlan, topology: Topology): void {
  for (const [name, each] of Object.entries(plan.interfaces)) {
    const what = `The interface ${host}:${name}`;
    checkInterfaceName(name, what);
    checkSwitch(each.switch, what, topology);
    for (const address of each.addresses) checkAddress(address, what);
    if (each.mac !== undefined && !MAC.test(each.mac))
      refuse(`${what} has the hardware address ${each.mac}, which is none`);
  }
  if (plan.gateway !== undefined && parseIpAddress(plan.gateway) === undefined)
    refuse(`The gateway of ${host}, ${plan.gateway}, is no address`);
  for (const path of Object.keys(plan.parameters ?? {}))
    if (!PARAMETER.test(path)) refuse(`${path} is no kernel parameter below net: write it as ipv4/conf/all/arp_ignore`);
}

function checkAddress(text: string, what: string): void {
  const [address = "", prefix = "", ...more] = text.split("/");
  const bits = parseIpAddress(address)?.bytes.length ?? 0;
  const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits * 8;
  if (bits === 0 || !isPrefix || more.length > 0)
    refuse(`${what} has the address ${text}: write it with its prefix length, as in 192.168.1.11/24`);
}

function checkInterfaceName(name: string, what: string): void {
  if (!INTERFACE_NAME.test(name) || name === "lo") refuse(`${what} needs a name of at most 15 letters and digits`);
}

function checkSwitch(name: string, what: string, { switches }: Topology): void {
  if (!switches.includes(name)) refuse(`${what} leads to ${name}, which is no switch of this lab`);
}

function refuse(message: string): never {
  throw new LocumError({ code: "lab.topology", message });
}
