import { randomBytes } from "node:crypto";
import { LocumError } from "../src/base/locum-error.js";
import type { Instant } from "../src/base/time.js";
import { Fabric } from "./fabric.js";
import { Host } from "./host.js";
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
    claim(id);
    const reaper = new Reaper(id);
    try {
      await makeDirectory(id);
      return await Lab.#build(id, topology, options, reaper);
    } catch (error) {
      await reaper.finish();
      throw error;
    }
  }

  static async #build(id: string, topology: Topology, options: LabOptions, reaper: Reaper): Promise<Lab> {
    const privateDirectories = [...PRIVATE_DIRECTORIES, ...(options.privateDirectories ?? [])];
    const hosts = new Map(
      Object.entries(topology.hosts).map(([name, plan]) => [
        name,
        new Host({ lab: id, name, plan, privateDirectories }),
      ]),
    );
    await runIpBatch([SWITCHES_NAME, ...hosts.keys()].map((name) => `netns add ${namespaceName(id, name)}`));
    for (const host of hosts.values()) host.prepare();
    const fabric = await Fabric.build(id, topology);
    await Promise.all([...hosts.values()].map((host) => host.build()));
    return new Lab(id, hosts, fabric, reaper);
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

  /** Ends every process of the lab and removes all of it. */
  async close(): Promise<void> {
    this.#closed ??= this.#takeDown();
    return this.#closed;
  }

  async #takeDown(): Promise<void> {
    this.fabric.close();
    await this.#reaper.finish();
    const processes = [...this.hosts.values()].flatMap((host) => host.processes);
    await Promise.all(processes.map((process) => process.exited));
  }
}

const randomId = (): string => randomBytes(3).toString("hex");
