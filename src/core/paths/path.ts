/**
 * The health of one path: its interface, the members of its trunk, and whether its targets answer (HN-2, HN-3).
 *
 *                   something wrong                 for long enough
 *     healthy <───────────────────────> failing ──────────────────────> failed
 *        ^          it was nothing                                        │ nothing wrong
 *        │                                                                v
 *        └────────────────────── for `upFor` ──────────────────────── recovering
 *
 * and from each of them to `missing` (no such interface), `detached` (an operator's word) and `unwatched` (switched off
 * on purpose); from there it recovers like a failed one. At the start a path with nothing wrong is healthy at once.
 *
 * Whether targets are silent for long enough is judged where they are asked; it comes in as a verdict. This only knows
 * what is wrong, not what to do about it: PathGroup decides.
 */
import { type Duration, type Instant, after, latest, seconds } from "../../base/time.js";
import type { KernelLink } from "../../model/kernel.js";
import type { PathView } from "../../model/status.js";
import type { PathConfig, PathGroupConfig, PathHealth, PathRole, PathSwitchReason } from "../../model/path.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import { Trunk, type TrunkState } from "./trunk.js";

/** How long an interface that was just switched on may take to find its carrier: negotiation takes 2 to 4 s. */
export const CARRIER_PATIENCE: Duration = seconds(5);

/** How long an interface that takes another MAC while it is on may be without its carrier. */
export const MAC_PATIENCE: Duration = seconds(1);

/** What is wrong with a path, and from when on it counts. */
interface Fault {
  readonly reason: PathSwitchReason;
  readonly countsAt: Instant;
}

const soonerFault = (first: Fault | undefined, each: Fault | undefined): Fault | undefined =>
  first === undefined || (each !== undefined && each.countsAt < first.countsAt) ? each : first;

export class Path {
  readonly role: PathRole;
  readonly #config: PathConfig;
  readonly #group: PathGroupConfig;
  readonly #trunk: Trunk;
  /** The interface's name as it is now: a trunk without a configured name is named by its members' master. */
  #name: string;
  #link: KernelLink | undefined;
  #members: TrunkState | undefined;
  /** Since when the interface has no carrier, and since when too little is left of the trunk. */
  #lostAt: Instant | undefined;
  #thinAt: Instant | undefined;
  #silentTargets: readonly string[] | undefined;
  #silenceCountsFrom: Instant;
  #detached = false;
  #offOnPurpose = false;
  #awaiting: { readonly until: Instant; readonly bounces: boolean } | undefined;
  #health: PathHealth;
  #since: Instant;
  #reason: PathSwitchReason | undefined;
  /** Nothing was wrong for `upFor` since it was last out of order. */
  #proven = true;

  constructor(now: Instant, role: PathRole, group: PathGroupConfig) {
    this.role = role;
    this.#group = group;
    this.#config = group[role];
    this.#trunk = new Trunk(this.#config.members, group.threshold);
    this.#name = this.#config.interface ?? `the master of ${this.#config.members.join(" and ")}`;
    this.#health = "healthy";
    this.#since = now;
    this.#silenceCountsFrom = now;
  }

  get interface(): string {
    return this.#name;
  }

  get link(): KernelLink | undefined {
    return this.#link;
  }

  get health(): PathHealth {
    return this.#health;
  }

  get since(): Instant {
    return this.#since;
  }

  /** What is wrong, or was until it began to recover. */
  get reason(): PathSwitchReason | undefined {
    return this.#reason;
  }

  /** It is no trunk, or no member of it is out of order. */
  get isWhole(): boolean {
    return this.#members === undefined || this.#members.up === this.#members.total;
  }

  get isDetached(): boolean {
    return this.#detached;
  }

  /** Goes on as the interface that the path was before the file was read anew, where the file calls it the same still. */
  follow(before: Path): void {
    if (this.#config.interface === before.#config.interface) this.#link = before.#link;
  }

  /** Takes in what the kernel says now. @param taken the link that is another path, whatever it is called */
  observe(now: Instant, kernel: KernelTable, taken?: KernelLink): void {
    this.#link = this.#find(kernel, taken);
    if (this.#link !== undefined) this.#name = this.#link.name;
    this.#members = this.#link === undefined ? undefined : this.#trunk.state(this.#link, kernel);
    const works = this.#link !== undefined && this.#link.up && this.#link.carrier;
    if (works && this.#awaiting?.bounces === false) this.#awaiting = undefined;
    this.#lostAt = works ? undefined : (this.#lostAt ?? now);
    this.#thinAt = this.#members?.failed === true ? (this.#thinAt ?? now) : undefined;
    this.tick(now);
  }

  /** The verdict on the path's targets. */
  judged(now: Instant, reachable: boolean, silent: readonly string[]): void {
    this.#silentTargets = reachable ? undefined : silent;
    this.tick(now);
  }

  /** Silence of targets does not count before that (HN-7); what has failed stays so. */
  ignoreSilence(until: Instant): void {
    this.#silenceCountsFrom = latest(this.#silenceCountsFrom, until);
  }

  /** This group switches the interface on, or did: it may take its time to find a carrier. */
  expectCarrier(now: Instant): void {
    this.#awaiting = { until: after(now, CARRIER_PATIENCE), bounces: false };
    const kind = this.#reason?.kind;
    if (this.#health === "failed" && (kind === "carrier-lost" || kind === "switched-off")) this.#health = "failing";
    this.tick(now);
  }

  /** The interface may lose its carrier for a moment, since its MAC is changed. */
  expectBounce(until: Instant): void {
    this.#awaiting = { until, bounces: true };
  }

  /** Whether the group has switched the interface off, so that nothing can be said of it. */
  setOffOnPurpose(now: Instant, off: boolean): void {
    this.#offOnPurpose = off;
    this.tick(now);
  }

  detach(now: Instant): void {
    this.#detached = true;
    this.tick(now);
  }

  attach(now: Instant): void {
    this.#detached = false;
    this.tick(now);
  }

  /** Judges anew, since time may have told. */
  tick(now: Instant): void {
    const fault = this.#fault(now);
    if (fault !== undefined) this.#reason = fault.reason;
    const health = this.#judge(now, fault);
    if (OUT_OF_ORDER.has(health)) this.#proven = false;
    if (!isWatched(health)) this.#silentTargets = undefined;
    if (health === "healthy") {
      this.#proven = true;
      this.#reason = undefined;
    }
    if (health === this.#health) return;
    this.#health = health;
    this.#since = now;
  }

  deadline(): Instant | undefined {
    if (this.#health === "recovering") return after(this.#since, this.#group.monitor.upFor);
    return this.#health === "failing" ? this.#fault(this.#since)?.countsAt : undefined;
  }

  view(): PathView {
    return {
      interface: this.#name,
      health: this.#health,
      ...(this.#members === undefined ? {} : { members: { up: this.#members.up, total: this.#members.total } }),
    };
  }

  #find(kernel: KernelTable, taken: KernelLink | undefined): KernelLink | undefined {
    if (this.#config.interface !== undefined) return this.#findNamed(this.#config.interface, kernel, taken);
    const masters = this.#config.members.map((member) => kernel.linkNamed(member)?.master);
    const master = masters.find((index) => index !== undefined);
    return master === undefined ? kernel.linkNamed(this.#name) : kernel.link(master);
  }

  /** An interface that gets another name stays the path: the kernel's number tells. While detached, it may be replaced. */
  #findNamed(name: string, kernel: KernelTable, taken: KernelLink | undefined): KernelLink | undefined {
    const known = this.#link === undefined ? undefined : kernel.link(this.#link.index);
    const named = kernel.linkNamed(name);
    const free = named?.index === taken?.index ? undefined : named;
    return this.#detached ? (free ?? known) : (known ?? free);
  }

  #judge(now: Instant, fault: Fault | undefined): PathHealth {
    if (this.#detached) return "detached";
    if (this.#link === undefined) return "missing";
    if (this.#offOnPurpose && !this.#link.up) return "unwatched";
    if (fault !== undefined) return fault.countsAt <= now || this.#health === "failed" ? "failed" : "failing";
    if (this.#proven) return "healthy";
    const { upFor } = this.#group.monitor;
    const isRecovered = upFor === 0 || (this.#health === "recovering" && after(this.#since, upFor) <= now);
    return isRecovered ? "healthy" : "recovering";
  }

  /** What is wrong; of several things, the one that counts first. */
  #fault(now: Instant): Fault | undefined {
    if (this.#link === undefined) return { reason: { kind: "interface-gone" }, countsAt: now };
    return [this.#carrierFault(this.#link, now), this.#trunkFault(), this.#silence()].reduce(soonerFault, undefined);
  }

  #carrierFault(link: KernelLink, now: Instant): Fault | undefined {
    const { carrierDownFor } = this.#group.monitor;
    if (link.up && (link.carrier || carrierDownFor === undefined)) return undefined;
    const since = this.#lostAt ?? now;
    const counts = link.up ? after(since, carrierDownFor ?? (0 as Duration)) : since;
    const kind = link.up ? "carrier-lost" : "switched-off";
    return { reason: { kind }, countsAt: this.#awaiting === undefined ? counts : latest(counts, this.#awaiting.until) };
  }

  #trunkFault(): Fault | undefined {
    const { carrierDownFor } = this.#group.monitor;
    if (this.#thinAt === undefined || this.#members === undefined || carrierDownFor === undefined) return undefined;
    const { up, total } = this.#members;
    const reason = { kind: "trunk-below-threshold", failed: total - up, members: total } as const;
    return { reason, countsAt: after(this.#thinAt, carrierDownFor) };
  }

  #silence(): Fault | undefined {
    if (this.#silentTargets === undefined) return undefined;
    const reason = { kind: "targets-silent", targets: this.#silentTargets } as const;
    return { reason, countsAt: this.#silenceCountsFrom };
  }
}

/** A path that was so must prove itself again. */
const OUT_OF_ORDER: ReadonlySet<PathHealth> = new Set(["failed", "missing", "detached", "unwatched"]);

/** Its targets are asked; where they are not, what was known of them is void. */
export const isWatched = (health: PathHealth): boolean =>
  health !== "detached" && health !== "missing" && health !== "unwatched";

/** It can take the traffic of one that is down. */
export const isUsable = (health: PathHealth): boolean =>
  health === "healthy" || health === "unwatched" || health === "recovering";

/** Out of order, and not by an operator's word. */
export const isDead = (health: PathHealth): boolean => health === "failed" || health === "missing";

/** It cannot carry the traffic. */
export const isDown = (health: PathHealth): boolean => isDead(health) || health === "detached";
