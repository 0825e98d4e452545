/** The two paths of a group, and which of them is active. */
import { type Duration, type Instant, microseconds } from "../../base/time.js";
import type { Eligibility } from "../../model/eligibility.js";
import {
  type PathGroupConfig,
  type PathRole,
  type PathWatch,
  type UnmovedAddress,
  otherRole,
} from "../../model/path.js";
import type { EligibilityFacts } from "../addresses/eligibility.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import { carriedBy, vlansOn } from "./carried-addresses.js";
import { dummyOf } from "./failover-plan.js";
import { moveEligibility, moveObjections } from "./move-eligibility.js";
import { Path, isWatched } from "./path.js";
import type { StandbyState } from "./standby.js";

/** How many intervals of silence are enough once a peer has said that it went to its other path. */
const HASTENED_ROUNDS = 1.5;

export class PathPair {
  readonly primary: Path;
  readonly secondary: Path;
  activeRole: PathRole;
  readonly #config: PathGroupConfig;
  readonly #kernel: KernelTable;

  constructor(now: Instant, config: PathGroupConfig, kernel: KernelTable, active: PathRole) {
    this.#config = config;
    this.#kernel = kernel;
    this.primary = new Path(now, "primary", config);
    this.secondary = new Path(now, "secondary", config);
    this.activeRole = active;
  }

  get active(): Path {
    return this[this.activeRole];
  }

  /** The one that stands by. */
  get idle(): Path {
    return this[otherRole(this.activeRole)];
  }

  both(): readonly Path[] {
    return [this.primary, this.secondary];
  }

  /** @param target an interface, by the name that it has or by that of the file, or a role */
  roleOf(target: string): PathRole | undefined {
    if (target === "primary" || target === "secondary") return target;
    const called = this.both().find((path) => path.interface === target);
    return (called ?? this.both().find(({ role }) => this.#config[role].interface === target))?.role;
  }

  /** Goes on with the interfaces that the paths were before the file was read anew. */
  follow(before: PathPair): void {
    for (const path of this.both()) path.follow(before[path.role]);
  }

  /** Has one of the paths take in what the kernel says now. */
  observe(now: Instant, path: Path): void {
    path.observe(now, this.#kernel, this[otherRole(path.role)].link);
  }

  /** Addresses that somebody configured on the path, but for the dummy of a warm standby. */
  carried(role: PathRole): readonly string[] {
    const dummy = dummyOf(this.#config)?.address;
    return carriedBy(this[role].link, this.#kernel)
      .map(({ address }) => address)
      .filter((address) => address !== dummy);
  }

  /** Another list when something came to the interface or went from it: a name, addresses, and VLANs that are switched on. */
  imprint(role: PathRole): readonly string[] {
    return [
      this[role].interface,
      ...this.carried(role),
      ...vlansOn(this[role].link, this.#kernel).flatMap(({ name, up }) => (up ? [name] : [])),
    ];
  }

  /** What there is of the path that stands by; undefined: its interface is not there. */
  standbyState(spareMac: string | undefined): StandbyState | undefined {
    const { active, idle } = this;
    if (idle.link === undefined) return undefined;
    return {
      link: idle.link,
      addresses: this.carried(idle.role),
      hasDummy: this.#hasDummy(idle.role),
      dummyElsewhere: this.#hasDummy(active.role) ? active.interface : undefined,
      takenMac: this.#config.mac === "move" ? active.link?.mac : undefined,
      spareMac,
    };
  }

  /** Whether each address of the active path could go to the other one now. */
  prospects(facts: EligibilityFacts): readonly Eligibility[] {
    const { active, idle } = this;
    const move = { group: this.#config, from: active.interface, to: idle.interface, healthOfTo: idle.health };
    return moveEligibility(carriedBy(active.link, this.#kernel), move, facts);
  }

  /** Those that could not, and what speaks against it. */
  obstacles(facts: EligibilityFacts): readonly UnmovedAddress[] {
    return this.prospects(facts)
      .map((each) => ({ address: each.address, interface: this.active.interface, against: moveObjections(each) }))
      .filter(({ against }) => against.length > 0);
  }

  #hasDummy(role: PathRole): boolean {
    const dummy = dummyOf(this.#config)?.address;
    return carriedBy(this[role].link, this.#kernel).some(({ address }) => address === dummy);
  }

  /** What carries addresses is active; where both or none do, what was active before. */
  adopt(): void {
    const other = otherRole(this.activeRole);
    if (this.carried(this.activeRole).length === 0 && this.carried(other).length > 0) this.activeRole = other;
  }

  /** Only a path that stands by warm is off on purpose. */
  setPurpose(now: Instant): void {
    const isWarm = this.#config.standby.kind === "warm";
    for (const path of this.both()) path.setOffOnPurpose(now, isWarm && path.role !== this.activeRole);
  }

  /** @param hastened a round of the active path that stays unanswered is enough */
  watches(hastened: boolean): readonly PathWatch[] {
    const { ping, need, interval, downFor } = this.#config.monitor;
    if (ping.length === 0) return [];
    return this.both()
      .filter(({ health }) => isWatched(health))
      .map(({ role, interface: name }) => {
        const idle = role !== this.activeRole;
        const timeout = hastened && !idle ? hastenedTimeout(interval, downFor) : downFor;
        return { group: this.#config.name, role, interface: name, targets: ping, need, interval, timeout, idle };
      });
  }
}

/**
 * Answers come an interval apart, give or take what one takes longer than the other: silence is a round without an answer,
 * not an answer that is a moment late.
 */
const hastenedTimeout = (interval: Duration, downFor: Duration): Duration =>
  microseconds(Math.min(Math.round(HASTENED_ROUNDS * interval), downFor));
