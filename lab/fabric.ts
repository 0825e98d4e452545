import { LocumError } from "../src/base/locum-error.js";
import type { Instant } from "../src/base/time.js";
import { type Cable, cablesBetween, endName, layCables, type Port, portsOf } from "./cable.js";
import { bootClock } from "../src/os/linux/libc.js";
import { LinkFlags } from "./link-flags.js";
import { filterRules, type Impairment } from "./impairments.js";
import { Namespace } from "./namespace.js";
import { Nftables } from "./nftables.js";
import { namespaceName, namespacePath } from "./places.js";
import { runIpBatch } from "./tool.js";
import { SWITCHES_NAME, type Topology } from "./topology.js";

const IMPAIRMENTS_MAX = 1_000;
/** Every frame that a switch passes on goes through it, of whatever protocol. */
const CHAIN = "bridge lab faults";

/**
 * All switches and cables of a lab. The switches are bridges in one namespace of their own; a cable is a veth pair, one
 * end in a host's namespace, the other a bridge port. The host's end loses its carrier when the port goes down, which is
 * what the host sees of a pulled cable, and its own interface stays administratively up, as with a real one.
 */
export class Fabric {
  readonly cables: readonly Cable[];
  readonly switches: readonly string[];
  readonly #links: LinkFlags;
  readonly #namespace: Namespace;
  readonly #cut = new Set<Cable>();
  /** Hosts and switches without power. */
  readonly #off = new Set<string>();
  /** The ports that are administratively down now. */
  readonly #down = new Set<string>();
  readonly #impairments = new Map<string, Impairment>();
  #filter: Nftables | undefined;

  private constructor(topology: Topology, cables: readonly Cable[], namespace: Namespace) {
    this.cables = cables;
    this.switches = topology.switches;
    this.#namespace = namespace;
    this.#links = new LinkFlags(namespace);
  }

  /** Builds it between the hosts' namespaces, which exist already. */
  static async build(id: string, topology: Topology): Promise<Fabric> {
    const cables = layCables(topology);
    const name = namespaceName(id, SWITCHES_NAME);
    const namespace = new Namespace(namespacePath(id, SWITCHES_NAME));
    // A switch has no address: without this the bridges would send neighbour discovery of their own.
    namespace.setParameters({ "ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1" });
    await runIpBatch(cables.map((cable) => createCable(id, cable)));
    const bridges = topology.switches.map(createBridge).flat();
    await runIpBatch([...bridges, ...cables.flatMap(connectPorts)], name);
    return new Fabric(topology, cables, namespace);
  }

  /** Pulls the cables between two things: both ends lose their carrier. Returns when, read just before. */
  cut(a: string, b: string): Instant {
    for (const cable of cablesBetween(this.cables, a, b)) this.#cut.add(cable);
    return this.#applyCarriers();
  }

  restore(a: string, b: string): Instant {
    for (const cable of cablesBetween(this.cables, a, b)) this.#cut.delete(cable);
    return this.#applyCarriers();
  }

  /** Takes the power of a host or switch, or gives it back: everything connected to it loses its carrier. */
  setPower(name: string, on: boolean): Instant {
    if (on) this.#off.delete(name);
    else this.#off.add(name);
    return this.#applyCarriers();
  }

  isCut(cable: Cable): boolean {
    return this.#cut.has(cable);
  }

  isOff(name: string): boolean {
    return this.#off.has(name);
  }

  get impairments(): readonly Impairment[] {
    return [...this.#impairments.values()];
  }

  /** Loses traffic although the carriers stay. Another impairment of the same name is replaced. */
  impair(impairment: Impairment): Instant {
    if (this.#impairments.size >= IMPAIRMENTS_MAX && !this.#impairments.has(impairment.name))
      throw new LocumError({
        code: "lab.too-many-faults",
        message: `A lab has at most ${IMPAIRMENTS_MAX} impairments`,
      });
    this.#impairments.set(impairment.name, impairment);
    return this.#applyImpairments();
  }

  /** Ends the impairments whose name is accepted. */
  repair(accept: (name: string) => boolean): Instant {
    for (const name of [...this.#impairments.keys()].filter(accept)) this.#impairments.delete(name);
    return this.#filter === undefined ? bootClock() : this.#applyImpairments();
  }

  close(): void {
    this.#filter?.close();
    this.#links.close();
    this.#namespace.close();
  }

  #applyCarriers(): Instant {
    const at = bootClock();
    for (const cable of this.cables) {
      const ports = portsOf(cable);
      const down = this.#cut.has(cable) || namesOf(cable).some((name) => this.#off.has(name));
      for (const port of ports) this.#setDown(port, down);
    }
    return at;
  }

  /** All rules are replaced in one step: no frame sees half of them. */
  #applyImpairments(): Instant {
    this.#filter ??= this.#openFilter();
    const rules = filterRules(this.impairments).map((rule) => `add rule ${CHAIN} ${rule}`);
    const at = bootClock();
    this.#filter.run([`flush chain ${CHAIN}`, ...rules]);
    return at;
  }

  #openFilter(): Nftables {
    const filter = new Nftables(this.#namespace);
    filter.run(["add table bridge lab", `add chain ${CHAIN} { type filter hook forward priority 0; }`]);
    return filter;
  }

  #setDown({ name }: Port, down: boolean): void {
    if (this.#down.has(name) === down) return;
    this.#links.setUp(name, !down);
    if (down) this.#down.add(name);
    else this.#down.delete(name);
  }
}

/** The host and the switch, or both switches, that a cable connects. */
const namesOf = ({ near, far }: Cable): readonly string[] => [
  near.kind === "port" ? near.port.switch : near.host,
  far.port.switch,
];

/**
 * Ports get interface indexes that no host's interface has. The kernel tells a veth pair by the two indexes being
 * different, whatever their namespaces; where they are equal it may report a lost or found carrier up to a second late.
 */
const PORT_INDEX_BASE = 1_000;

function createCable(id: string, { near, far }: Cable): string {
  const port = createPort(id, far.port);
  if (near.kind === "port") return `${port} type veth peer ${createEnd(id, near.port.name, SWITCHES_NAME)}`;
  const address = near.plan.mac === undefined ? "" : ` address ${near.plan.mac}`;
  return `${port} type veth peer ${createEnd(id, near.name, near.host)}${address}`;
}

const createPort = (id: string, { name, number }: Port): string =>
  `link add ${createEnd(id, name, SWITCHES_NAME)} index ${PORT_INDEX_BASE + number}`;

const createEnd = (id: string, name: string, host: string): string => `name ${name} netns ${namespaceName(id, host)}`;

const createBridge = (name: string): readonly string[] => [
  `link add name ${name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
  `link set dev ${name} up`,
];

function connectPorts(cable: Cable): readonly string[] {
  const label = `${endName(cable.near)}-${endName(cable.far)}`;
  return portsOf(cable).map(({ name, switch: bridge }) => `link set dev ${name} alias ${label} master ${bridge} up`);
}
