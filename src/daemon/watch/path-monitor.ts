/*
 * Watches the paths of this node: asks each one's targets through its interface, and says when enough of them fall silent
 * or answer again. What the carrier says, and what follows from a verdict, is decided elsewhere.
 */
import { canonicalIpAddress } from "../../base/ip-address.js";
import type { Instant } from "../../base/time.js";
import { KernelTable, type Subnet } from "../../core/addresses/kernel-table.js";
import type { KernelSnapshot } from "../../model/kernel.js";
import type { NodeInput } from "../../model/node-io.js";
import type { PathGroupName, PathWatch } from "../../model/path.js";
import { PathProber } from "../../os/linux/path-prober.js";
import { pathQuestions } from "./path-questions.js";
import { firstDeadline, ProbedTargets, type Prober } from "./probed-targets.js";

/** Groups whose targets are remembered: what is forgotten is found out again. */
const GROUPS_MAX = 100;

export class PathMonitor {
  readonly #table = new KernelTable();
  /**
   * By group, the targets that answer pings. It outlasts a change of paths: that a target which answers ARP on the new path
   * would answer pings too, if that were where it is, is known from the old one.
   */
  readonly #answering = new Map<PathGroupName, Set<string>>();
  #paths: readonly WatchedPath[] = [];

  /** Watches these paths in place of all earlier ones; one that stays as it is goes on undisturbed. */
  order(paths: readonly PathWatch[], now: Instant): void {
    const before = new Map(this.#paths.map((path) => [path.key, path]));
    this.#paths = paths.map((watch) => {
      const twin = paths.find(({ group, role }) => group === watch.group && role !== watch.role);
      const kept = before.get(keyOf(watch, twin));
      before.delete(keyOf(watch, twin));
      kept?.judgeBy(watch, now);
      return kept ?? new WatchedPath(watch, { twin, table: this.#table, answering: this.#answeringOf(watch) }, now);
    });
    for (const path of before.values()) path.close();
  }

  #answeringOf({ group, targets }: PathWatch): Set<string> {
    const known = this.#answering.get(group);
    if (known === undefined && this.#answering.size >= GROUPS_MAX) this.#answering.clear();
    const answering = known ?? new Set();
    const asked = new Set(targets.map(canonical));
    for (const target of answering) if (!asked.has(target)) answering.delete(target);
    this.#answering.set(group, answering);
    return answering;
  }

  get isWatching(): boolean {
    return this.#paths.length > 0;
  }

  /** What the kernel has: to be told before the first order, and whenever events were lost. */
  read(kernel: KernelSnapshot): void {
    this.#table.replace(kernel);
  }

  /** What changed in the kernel. */
  heard(input: NodeInput): void {
    switch (input.kind) {
      case "link-changed":
        this.#table.setLink(input.link);
        break;
      case "link-removed":
        this.#table.removeLink(input.index);
        break;
      case "address-added":
        this.#table.addAddress(input.address);
        break;
      case "address-removed":
        this.#table.removeAddress(input.address);
        break;
      case "kernel-read":
        this.read(input.kernel);
        break;
      default:
    }
  }

  /** Changes with every call of `run`. */
  get fds(): readonly number[] {
    return this.#paths.flatMap(({ probed }) => probed.fds);
  }

  /** When to run, if no descriptor can be read before; undefined: there is nothing to watch. */
  deadline(): Instant | undefined {
    return firstDeadline(this.#paths.map(({ probed }) => probed));
  }

  /** Takes answers, sends what is due, and judges. */
  run(now: Instant): readonly NodeInput[] {
    return this.#paths.flatMap((path) => path.run(now));
  }

  close(): void {
    for (const path of this.#paths) path.close();
  }
}

/** What is asked, and how; not how soon silence counts. */
const keyOf = (watch: PathWatch, twin: PathWatch | undefined): string =>
  JSON.stringify([{ ...watch, timeout: undefined }, watch.idle ? twin?.interface : undefined]);

const canonical = (target: string): string => canonicalIpAddress(target) ?? target;

/** What a path's targets are asked by. */
interface WatchedParts {
  /** The other path of its group. */
  readonly twin: PathWatch | undefined;
  readonly table: KernelTable;
  readonly answering: Set<string>;
}

class WatchedPath {
  readonly key: string;
  readonly #prober: TableProber;
  #watch: PathWatch;
  #probed: ProbedTargets;

  constructor(watch: PathWatch, parts: WatchedParts, now: Instant) {
    this.key = keyOf(watch, parts.twin);
    this.#watch = watch;
    this.#prober = new TableProber(watch, parts);
    this.#probed = judged(watch, this.#prober, now);
  }

  get probed(): ProbedTargets {
    return this.#probed;
  }

  /**
   * The same questions, but silence counts sooner or later: it is judged anew. Sooner is when the other end has changed
   * paths: it answers pings on the one that it uses, and ARP on both.
   */
  judgeBy(watch: PathWatch, now: Instant): void {
    if (watch.timeout === this.#watch.timeout) return;
    this.#prober.insistOnPings(watch.timeout < this.#watch.timeout);
    this.#watch = watch;
    this.#probed = judged(watch, this.#prober, now);
  }

  run(now: Instant): readonly NodeInput[] {
    const { reachable } = this.#probed.run(now);
    if (reachable === undefined) return [];
    const { group, role } = this.#watch;
    return [{ kind: "path-judged", group, role, reachable, silent: this.#probed.silent(now) }];
  }

  close(): void {
    this.#probed.close();
  }
}

/** Whom to ask is known when the first round starts. */
const judged = ({ need, timeout, interval }: PathWatch, prober: Prober, now: Instant): ProbedTargets =>
  new ProbedTargets({ targets: [], need, timeout, interval, prober }, now);

/** Asks what the kernel's table says is to be asked, which it looks up again after every change. */
class TableProber implements Prober {
  readonly #watch: PathWatch;
  readonly #twin: PathWatch | undefined;
  readonly #table: KernelTable;
  readonly #prober: PathProber;
  /** Another list after each change of the table. */
  #seen: readonly Subnet[] | undefined;
  #targets: readonly string[] = [];

  constructor(watch: PathWatch, { twin, table, answering }: WatchedParts) {
    this.#watch = { ...watch, targets: watch.targets.map(canonical) };
    this.#prober = new PathProber(answering);
    this.#twin = twin;
    this.#table = table;
  }

  get fds(): readonly number[] {
    return this.#prober.fds;
  }

  ask(now: Instant): readonly string[] {
    this.#lookUp();
    this.#prober.ask(now);
    return this.#targets;
  }

  drain(now: Instant): readonly string[] {
    return this.#prober.drain(now);
  }

  insistOnPings(insists: boolean): void {
    this.#prober.insistOnPings(insists);
  }

  close(): void {
    this.#prober.close();
  }

  #lookUp(): void {
    const subnets = this.#table.subnets();
    if (subnets === this.#seen) return;
    this.#seen = subnets;
    const next = pathQuestions(this.#watch, this.#twin, this.#table);
    this.#prober.prepare(next);
    this.#targets = next.questions.map(({ target }) => target);
  }
}
