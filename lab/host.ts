import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Instant } from "../src/base/time.js";
import { makeHostGroups } from "./control-groups.js";
import { type LabProcess, processFailed, type SpawnOptions, startProcess } from "./lab-process.js";
import { bootClock } from "../src/os/linux/libc.js";
import { Namespace } from "./namespace.js";
import { clearRules } from "./nftables.js";
import { labDirectory, namespaceName, namespacePath } from "./places.js";
import { PrivateFiles } from "./private-files.js";
import { commandOf, processesIn, signalAll } from "./process-table.js";
import { runIpBatch } from "./tool.js";
import type { HostPlan } from "./topology.js";

export interface HostSite {
  readonly lab: string;
  readonly name: string;
  readonly plan: HostPlan;
  readonly privateDirectories: readonly string[];
}

/**
 * Makes a fresh namespace behave alike on every machine: no duplicate address detection or router search that would
 * delay or disturb an address, no reverse path filter inherited from this machine, unprivileged ping allowed.
 */
const PARAMETERS: Readonly<Record<string, string>> = {
  "ipv4/conf/all/rp_filter": "0",
  "ipv4/conf/default/rp_filter": "0",
  "ipv4/ip_forward": "0",
  "ipv4/ping_group_range": "0 0",
  "ipv6/conf/default/accept_dad": "0",
  "ipv6/conf/default/dad_transmits": "0",
  "ipv6/conf/default/accept_ra": "0",
  "ipv6/conf/default/router_solicitations": "0",
};

/** A machine of the lab: a network of its own, some directories of its own, and the processes started on it. */
export class Host {
  readonly name: string;
  readonly plan: HostPlan;
  /** The name that `ip netns` knows it by. */
  readonly namespace: string;
  readonly #path: string;
  readonly #files: PrivateFiles;
  readonly #processes = new Set<LabProcess>();

  constructor({ lab, name, plan, privateDirectories }: HostSite) {
    this.name = name;
    this.plan = plan;
    this.namespace = namespaceName(lab, name);
    this.#path = namespacePath(lab, name);
    const groups = makeHostGroups(lab, name);
    this.#files = new PrivateFiles(`${labDirectory(lab)}/${name}`, privateDirectories, groups);
  }

  /** Sets the kernel parameters, which must happen before the host has interfaces: these take the defaults over. */
  prepare(): void {
    const namespace = new Namespace(this.#path);
    namespace.setParameters({ ...PARAMETERS, ...this.plan.parameters });
    namespace.close();
  }

  /** Gives the interfaces their addresses and the host its files. */
  async build(): Promise<void> {
    await Promise.all([this.configureNetwork(), this.#files.build(this.name, this.#path)]);
  }

  async configureNetwork(): Promise<void> {
    const { interfaces, gateway } = this.plan;
    const links = ["lo", ...Object.keys(interfaces)].map((name) => `link set dev ${name} up`);
    const addresses = Object.entries(interfaces).flatMap(([name, plan]) =>
      plan.addresses.map((a) => addAddress(a, name)),
    );
    const route = gateway === undefined ? [] : [`route add default via ${gateway}`];
    await runIpBatch([...links, ...addresses, ...route], this.namespace);
  }

  /** The processes of this host that were started here and have not ended. */
  get processes(): readonly LabProcess[] {
    return [...this.#processes];
  }

  /** The processes that run on this host now under a name, as `ps -o comm` shows it, whoever started them. */
  processesNamed(command: string): readonly number[] {
    return processesIn(this.#path).filter((pid) => commandOf(pid) === command);
  }

  /** Starts a program on this host. */
  async spawn(argv: readonly string[], options: SpawnOptions = {}): Promise<LabProcess> {
    const process = await startProcess(this.entry(options.workingDirectory), argv, options);
    this.#processes.add(process);
    void process.exited.then(() => this.#processes.delete(process));
    return process;
  }

  /** Runs a program to its end. @returns its standard output. @throws {LocumError} when it fails. */
  async run(argv: readonly string[], options: SpawnOptions = {}): Promise<string> {
    const lines: string[] = [];
    const onLine: SpawnOptions["onLine"] = (line, stream) => {
      if (stream === "stdout") lines.push(line);
      options.onLine?.(line, stream);
    };
    const process = await this.spawn(argv, { ...options, onLine });
    process.endInput();
    const exit = await process.exited;
    if (exit.code !== 0) throw processFailed(process, exit);
    return lines.join("\n");
  }

  /** What to put before a command so that it runs on this host. */
  entry(workingDirectory = "/"): readonly string[] {
    return ["nsenter", `--net=${this.#path}`, ...this.#files.entryOptions, `--wdns=${workingDirectory}`, "--"];
  }

  /** Where a path in one of the host's private directories is found from outside. */
  outside(path: string): string {
    return this.#files.outside(path);
  }

  /** Whether this host has something of its own at a path. */
  hasOwn(path: string): boolean {
    return this.#files.hasOwn(path);
  }

  /** Writes a file into one of the host's private directories. */
  writeFile(path: string, content: string, mode = 0o644): void {
    const target = this.outside(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode });
  }

  close(): void {
    this.#files.close();
  }

  /** What a start of the machine leaves: the planned addresses and nothing that ran, was set or was written since. */
  async reset(): Promise<void> {
    const namespace = new Namespace(this.#path);
    clearRules(namespace);
    namespace.close();
    const links = ["lo", ...Object.keys(this.plan.interfaces)];
    await runIpBatch(
      links.flatMap((name) => [`link set dev ${name} down`, `address flush dev ${name}`]),
      this.namespace,
    );
    this.#files.clear("/run");
    await this.configureNetwork();
  }

  /** Signals every process of this host, whoever started it. Returns when the first was signalled. */
  signalAll(signal: NodeJS.Signals): Instant {
    const known = this.processes.map(({ pid }) => pid);
    const at = bootClock();
    signalAll(this.#path, known, signal);
    return at;
  }
}

/** IPv6 addresses are usable at once: duplicate address detection would hold them back. */
const addAddress = (address: string, link: string): string =>
  `address add ${address} dev ${link}${address.includes(":") ? " nodad" : ""}`;
