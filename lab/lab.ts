import { randomBytes } from "node:crypto";
import { LocumError } from "../src/base/locum-error.js";
import type { Instant } from "../src/base/time.js";
import { describeCable } from "./cable.js";
import { Fabric } from "./fabric.js";
import { Host } from "./host.js";
import { noRoute, routesBetween, routesBetweenGroups, routesInto, routesOfHost } from "./impairments.js";
import { namespaceName } from "./places.js";
import { PRIVATE_DIRECTORIES } from "./private-files.js";
import { Reaper } from "./reaper.js";
import { claim, makeDirectory, sweepStaleLabs } from "./registry.js";
import { runIpBatch } from "./tool.js";
import { checkTopology, SWITCHES_NAME, type Topology } from "./topology.js";

export interface LabOptions {
  /** Distinguishes this lab's namespaces, `locum-ID-HOST`; random unless given. */
  readonly id?: string;
  /** Directories of which each host has its own, beside `/run`, `/etc/locum` and `/var/lib/locum`. */
  readonly privateDirectories?: readonly string[];
}

export interface RouteOptions {
  /** Only over these switches. */
  readonly on?: readonly string[];
  /** Also what goes the other way. */
  readonly bothWays?: boolean;
}

/**
 * Machines, switches and cables in network namespaces of this machine, to try things on and to break. The lab lasts
 * until `close` or the end of the process that opened it, however that comes about.
 *
 * Every fault is a synchronous call that returns when it took effect: a reading of CLOCK_BOOTTIME just before the first
 * system call of the fault, so that a gap measured from it is never too short.
 */
export class Lab {
  readonly id: string;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly fabric: Fabric;
  readonly #reaper: Reaper;
  readonly #frozen = new Set<string>();
  #closed: Promise<void> | undefined;

  private constructor(id: string, hosts: ReadonlyMap<string, Host>, fabric: Fabric, reaper: Reaper) {
    this.id = id;
    this.hosts = hosts;
    this.fabric = fabric;
    this.#reaper = reaper;
  }

  /** Builds a lab, after clearing away what labs of ended processes have left behind. */
  static async open(topology: Topology, options: LabOptions = {}): Promise<Lab> {
    checkTopology(topology);
    await sweepStaleLabs();
    const id = options.id ?? randomId();
    claim(id, Object.keys(topology.hosts));
    const reaper = new Reaper(id);
    const hosts: Host[] = [];
    try {
      await makeDirectory(id);
      const fabric = await Lab.#build(id, topology, options, hosts);
      return new Lab(id, new Map(hosts.map((host) => [host.name, host])), fabric, reaper);
    } catch (error) {
      for (const host of hosts) host.close();
      await reaper.finish();
      throw error;
    }
  }

  /** Builds everything; the hosts that were made are in `hosts` even when it fails. */
  static async #build(id: string, topology: Topology, options: LabOptions, hosts: Host[]): Promise<Fabric> {
    const privateDirectories = [...PRIVATE_DIRECTORIES, ...(options.privateDirectories ?? [])];
    const plans = Object.entries(topology.hosts);
    const names = [SWITCHES_NAME, ...plans.map(([name]) => name)];
    await runIpBatch(names.map((name) => `netns add ${namespaceName(id, name)}`));
    hosts.push(...plans.map(([name, plan]) => new Host({ lab: id, name, plan, privateDirectories })));
    for (const host of hosts) host.prepare();
    const fabric = await Fabric.build(id, topology);
    const built = await Promise.allSettled(hosts.map((host) => host.build()));
    const failed = built.find((result) => result.status === "rejected");
    if (failed === undefined) return fabric;
    fabric.close();
    throw failed.reason;
  }

  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host !== undefined) return host;
    throw new LocumError({
      code: "lab.no-host",
      message: `${name} is no host of this lab`,
      advice: `The hosts are ${[...this.hosts.keys()].join(", ")}.`,
    });
  }

  /** Pulls the cables between a host (`web1`), or one interface (`web1:eth0`), and a switch, or between two switches. */
  cut(a: string, b: string): Instant {
    return this.fabric.cut(a, b);
  }

  restore(a: string, b: string): Instant {
    return this.fabric.restore(a, b);
  }

  /**
   * Drops what goes from one thing to another, although every carrier stays: between hosts over every common switch, from
   * a host to a switch and back over their cable.
   */
  block(from: string, to: string, options: RouteOptions = {}): Instant {
    return this.lose(from, to, 1, options);
  }

  unblock(from: string, to: string, { on, bothWays = false }: RouteOptions = {}): Instant {
    const ways = [routeName(from, to), ...(bothWays ? [routeName(to, from)] : [])];
    return this.fabric.repair((name) => ways.some((way) => isOnRoute(name, way, on)));
  }

  /** Loses a part of what goes from one thing to another, at random: `loss` is more than 0 and at most 1. */
  lose(from: string, to: string, loss: number, { on, bothWays = false }: RouteOptions = {}): Instant {
    const routes = routesBetween(this.fabric.cables, from, to, on);
    const at = this.fabric.impair({ name: routeName(from, to) + overSwitches(on), routes, loss });
    if (bothWays) this.lose(to, from, loss, on === undefined ? {} : { on });
    return at;
  }

  /** Keeps groups of hosts from seeing each other, over all switches or those given. Carriers stay. */
  partition(groups: readonly (readonly string[])[], { on }: { readonly on?: readonly string[] } = {}): Instant {
    for (const host of groups.flat()) this.host(host);
    const pairs = groups.flatMap((from) => groups.filter((to) => to !== from).map((to) => ({ from, to })));
    const routes = pairs.flatMap((pair) =>
      routesBetweenGroups(this.fabric.cables, on === undefined ? pair : { ...pair, on }),
    );
    if (routes.length === 0) throw noRoute(groups.flat().join(" and "), on);
    const name = groups.map((group) => group.join(",")).join(" | ") + overSwitches(on);
    return this.fabric.impair({ name, routes, loss: 1 });
  }

  /** Ends every block, loss, partition and hung switch. Cut cables stay cut. */
  heal(): Instant {
    return this.fabric.repair(() => true);
  }

  /** Stops every process of a host where it is. Its kernel goes on: it answers ARP and ping. */
  freeze(host: string): Instant {
    this.#frozen.add(host);
    return this.host(host).signalAll("SIGSTOP");
  }

  thaw(host: string): Instant {
    this.#frozen.delete(host);
    return this.host(host).signalAll("SIGCONT");
  }

  /** Ends every process of a host with SIGKILL. Its kernel goes on. */
  kill(host: string): Instant {
    return this.host(host).signalAll("SIGKILL");
  }

  /**
   * A switch goes on giving carrier but passes nothing on; a host's processes stop and nothing comes out of it or into
   * it any more, as when a virtual machine is paused.
   */
  hang(name: string): Instant {
    const { cables } = this.fabric;
    if (this.#isSwitch(name))
      return this.fabric.impair({ name: hungName(name), routes: routesInto(cables, name), loss: 1 });
    const at = this.freeze(name);
    this.fabric.impair({ name: hungName(name), routes: routesOfHost(cables, name), loss: 1 });
    return at;
  }

  unhang(name: string): Instant {
    const at = this.fabric.repair((each) => each === hungName(name));
    if (!this.#isSwitch(name)) this.thaw(name);
    return at;
  }

  /**
   * Takes the power of a switch or host: whatever is connected to it loses its carrier, a host's processes are gone. They
   * are stopped first, all of them: none sees the carriers or the others go, and says a last word of it.
   */
  powerOff(name: string): Instant {
    const isSwitch = this.#isSwitch(name);
    const stoppedAt = isSwitch ? undefined : this.freeze(name);
    const at = this.fabric.setPower(name, false);
    this.fabric.repair((each) => each === hungName(name));
    if (!isSwitch) this.kill(name);
    this.#frozen.delete(name);
    return stoppedAt ?? at;
  }

  /** Starts a switch or host. A host comes up with its planned addresses, an empty `/run` and no process. */
  async powerOn(name: string): Promise<Instant> {
    if (!this.#isSwitch(name)) await this.host(name).reset();
    return this.fabric.setPower(name, true);
  }

  /** What is broken now, in words. */
  faults(): readonly string[] {
    const { cables, impairments, switches } = this.fabric;
    return [
      ...cables.filter((cable) => this.fabric.isCut(cable)).map((cable) => `${describeCable(cable)}: cut`),
      ...[...switches, ...this.hosts.keys()].filter((name) => this.fabric.isOff(name)).map((name) => `${name}: off`),
      ...[...this.#frozen].map((name) => `${name}: frozen`),
      ...impairments.map(({ name, loss }) => `${name}: ${loss < 1 ? `${Math.round(loss * 100)} % lost` : "blocked"}`),
    ];
  }

  /** Ends every process of the lab and removes all of it. */
  async close(): Promise<void> {
    this.#closed ??= this.#takeDown();
    return this.#closed;
  }

  /** Whether the name is a switch's. @throws {LocumError} when it is nobody's. */
  #isSwitch(name: string): boolean {
    const isSwitch = this.fabric.switches.includes(name);
    if (!isSwitch) this.host(name);
    return isSwitch;
  }

  async #takeDown(): Promise<void> {
    this.fabric.close();
    for (const host of this.hosts.values()) host.close();
    await this.#reaper.finish();
    const processes = [...this.hosts.values()].flatMap((host) => host.processes);
    await Promise.all(processes.map((process) => process.exited));
  }
}

const randomId = (): string => randomBytes(3).toString("hex");

const routeName = (from: string, to: string): string => `${from} -> ${to}`;
const overSwitches = (on: readonly string[] | undefined): string => (on === undefined ? "" : ` over ${on.join(",")}`);
/** Without switches given, whatever was done on this way over any of them. */
const isOnRoute = (name: string, way: string, on: readonly string[] | undefined): boolean =>
  name === way + overSwitches(on) || (on === undefined && name.startsWith(`${way} over `));
const hungName = (name: string): string => `${name} hung`;
