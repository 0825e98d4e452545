/*
 * The watch thread's work: what the kernel and the network report becomes inputs for the decisions. It waits for
 * nothing but its descriptors and the next round of pings.
 */
import { unreachable } from "../../base/assert.js";
import { after, between, earliest, milliseconds, type Duration, type Instant } from "../../base/time.js";
import type { KernelLink } from "../../model/kernel.js";
import type { NodeInput } from "../../model/node-io.js";
import type { PathWatch } from "../../model/path.js";
import { readKernel } from "../../os/linux/addresses.js";
import type { KernelEvent } from "../../os/linux/kernel-event.js";
import { KernelWatch } from "../../os/linux/kernel-watch.js";
import { forgetUnanswered } from "../../os/linux/neighbours.js";
import { NETLINK, NetlinkSocket } from "../../os/linux/netlink-socket.js";
import { PathMonitor } from "./path-monitor.js";
import { PingMonitor } from "./ping-monitor.js";
import { UNTAKEN_MAX, type WatchOrder, type WatchReport } from "./watch-protocol.js";

/** How often a thread that stopped reading looks whether it may go on, and asks a kernel again that could not answer. */
const PAUSE: Duration = milliseconds(10);
const NOTHING: readonly number[] = [];

export interface WatchPorts {
  readonly clock: () => Instant;
  readonly post: (report: WatchReport) => void;
  /** How many reported inputs the main thread has not taken yet. */
  readonly untaken: () => number;
}

export class WatchStation {
  readonly #ports: WatchPorts;
  readonly #netlink = new NetlinkSocket(NETLINK.route);
  readonly #kernel = new KernelWatch({ routes: false });
  #pings: PingMonitor | undefined;
  #peers: ReadonlySet<string> = new Set();
  /** Links without a signal, by index: as many as the kernel has. */
  readonly #dark = new Set<number>();
  readonly #paths = new PathMonitor();
  #fds: readonly number[] = this.#kernel.fds();
  #mustReadAll = false;
  #ended = false;

  /** @throws {SystemCallError} without the rights. */
  constructor(ports: WatchPorts) {
    this.#ports = ports;
    ports.post({ kind: "watching" });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What to wait for: the same array until it changes. */
  get fds(): readonly number[] {
    return this.#mayReport() ? this.#fds : NOTHING;
  }

  /** How long the caller may sleep; undefined: until something can be read. */
  sleep(): Duration | undefined {
    if (!this.#mayReport()) return PAUSE;
    const pings = this.#pings?.deadline();
    const paths = this.#paths.deadline();
    const now = this.#ports.clock();
    const reading = this.#mustReadAll ? after(now, PAUSE) : undefined;
    const at = [pings, paths, reading].filter((each) => each !== undefined);
    return at.length === 0 ? undefined : between(now, at.reduce(earliest));
  }

  /** Everything that is due. */
  run(): void {
    if (!this.#mayReport()) return;
    const now = this.#ports.clock();
    const inputs = this.#kernel.fds().flatMap((fd) => this.#drain(fd, now));
    if (this.#mustReadAll) inputs.push(...this.#readAll());
    if (this.#paths.isWatching) for (const input of inputs) this.#paths.heard(input);
    inputs.push(...this.#probe(now));
    if (inputs.length > 0) this.#ports.post({ kind: "inputs", inputs });
  }

  order(order: WatchOrder): void {
    switch (order.kind) {
      case "listen-for":
        return this.#kernel.listenFor(order.addresses);
      case "expect-peers":
        this.#peers = new Set(order.addresses);
        return undefined;
      case "monitor-pings":
        this.#pings?.close();
        this.#pings = new PingMonitor(order, this.#ports.clock());
        return undefined;
      case "monitor-paths":
        return this.#monitorPaths(order.paths);
      case "end":
        this.#ended = true;
        return undefined;
      default:
        return unreachable(order);
    }
  }

  close(): void {
    this.#pings?.close();
    this.#paths.close();
    this.#kernel.close();
    this.#netlink.close();
  }

  #probe(now: Instant): readonly NodeInput[] {
    const inputs = [...(this.#pings?.run(now) ?? []), ...this.#paths.run(now)];
    const fds = [...this.#kernel.fds(), ...(this.#pings?.fds ?? []), ...this.#paths.fds];
    if (fds.join() !== this.#fds.join()) this.#fds = fds;
    return inputs;
  }

  /** What the kernel has is only kept while there are paths; a reading that fails is done again with the next run. */
  #monitorPaths(paths: readonly PathWatch[]): void {
    if (!this.#paths.isWatching) {
      const kernel = readKernel(this.#netlink);
      if (kernel.ok) this.#paths.read(kernel.value);
      else this.#mustReadAll = true;
    }
    this.#paths.order(paths, this.#ports.clock());
  }

  #drain(fd: number, now: Instant): readonly NodeInput[] {
    return this.#kernel.drain(fd, now).flatMap((event) => this.#inputOf(event));
  }

  #mayReport(): boolean {
    return this.#ports.untaken() < UNTAKEN_MAX;
  }

  #inputOf(event: KernelEvent): readonly NodeInput[] {
    switch (event.kind) {
      case "route-added":
      case "route-removed":
        return [];
      case "events-lost":
        this.#mustReadAll = true;
        return [];
      case "link-changed":
        this.#watchSignal(event.link);
        return [event];
      case "link-removed":
        this.#dark.delete(event.index);
        return [event];
      default:
        return [event];
    }
  }

  /** Heartbeats that were sent into a cable that was out must not wait for the kernel's patience when it is back. */
  #watchSignal({ index, up, carrier }: KernelLink): void {
    if (!up || !carrier) this.#dark.add(index);
    else if (this.#dark.delete(index)) forgetUnanswered(this.#netlink, index, this.#peers);
  }

  /** A kernel that can't answer now is asked again soon. */
  #readAll(): readonly NodeInput[] {
    const kernel = readKernel(this.#netlink);
    if (!kernel.ok) return [];
    this.#mustReadAll = false;
    return [{ kind: "kernel-read", kernel: kernel.value }];
  }
}
