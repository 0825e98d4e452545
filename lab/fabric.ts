import { LocumError } from "../src/base/locum-error.js";
import type { Instant } from "../src/base/time.js";
import { type Cable, cablesBetween, endName, layCables, type Port, portsOf } from "./cable.js";
import { bootClock } from "../src/os/linux/libc.js";
import { LinkFlags } from "./link-flags.js";
import { Namespace } from "./namespace.js";
import { namespaceName, namespacePath } from "./places.js";
import { runIpBatch } from "./tool.js";
import { SWITCHES_NAME, type Topology } from "./topology.js";

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
  readonly #off = new Set<string>();
  /** The ports that are administratively down now. */
  readonly #down = new Set<string>();

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

  /** Pulls or plugs in every cable of a host. */
  setHostConnected(host: string, connected: boolean): Instant {
    for (const cable of this.cables.filter(({ near }) => near.kind === "interface" && near.host === host)) {
      if (connected) this.#cut.delete(cable);
      else this.#cut.add(cable);
    }
    return this.#applyCarriers();
  }

  /** Takes a switch's power: everything that is connected to it loses its carrier. */
  setPower(name: string, on: boolean): Instant {
    if (!this.switches.includes(name))
      throw new LocumError({ code: "lab.no-switch", message: `${name} is no switch of this lab` });
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

  close(): void {
    this.#links.close();
    this.#namespace.close();
  }

  #applyCarriers(): Instant {
    const at = bootClock();
    for (const cable of this.cables) {
      const ports = portsOf(cable);
      const down = this.#cut.has(cable) || ports.some((port) => this.#off.has(port.switch));
      for (const port of ports) this.#setDown(port, down);
    }
    return at;
  }

  #setDown({ name }: Port, down: boolean): void {
    if (this.#down.has(name) === down) return;
    this.#links.setUp(name, !down);
    if (down) this.#down.add(name);
    else this.#down.delete(name);
  }
}

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
