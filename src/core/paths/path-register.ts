/**
 * What all path groups of a node have on record and watch together: plans that are being carried out, how the active
 * interfaces are configured (in case that can't be read when it is needed), and which paths are watched. Each is ordered
 * as a whole, when it changes.
 */
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { FailoverPlan, PathGroupName, PathWatch } from "../../model/path.js";
import type { Renamings } from "../addresses/kernel-table.js";
import type { PathEffects } from "./path-effects.js";
import { renamedConfiguration, renamedPlan } from "./recorded-names.js";

export class PathRegister {
  readonly #plans = new Map<PathGroupName, FailoverPlan>();
  readonly #snapshots = new Map<string, InterfaceConfiguration>();
  readonly #watches = new Map<PathGroupName, readonly PathWatch[]>();
  #watched = "[]";

  /** @param plans and snapshots that an earlier run of the agent left */
  constructor(plans: readonly FailoverPlan[], snapshots: readonly InterfaceConfiguration[]) {
    for (const plan of plans) this.#plans.set(plan.group, plan);
    for (const each of snapshots) this.#snapshots.set(each.interface, each);
  }

  plans(): readonly FailoverPlan[] {
    return [...this.#plans.values()];
  }

  plan(group: PathGroupName): FailoverPlan | undefined {
    return this.#plans.get(group);
  }

  /** Writes the group's plan down; undefined strikes it out. */
  writePlan(group: PathGroupName, plan: FailoverPlan | undefined, effects: PathEffects): void {
    if (plan === undefined) this.#plans.delete(group);
    else this.#plans.set(group, plan);
    effects.push({ kind: "write-plans", plans: this.plans() });
  }

  snapshot(interfaceName: string): InterfaceConfiguration | undefined {
    return this.#snapshots.get(interfaceName);
  }

  /** @param instead an interface whose configuration this is no longer */
  saveSnapshot(configuration: InterfaceConfiguration, effects: PathEffects, instead?: string): void {
    const before = this.#snapshots.get(configuration.interface);
    const left = instead !== undefined && this.#snapshots.delete(instead);
    if (!left && JSON.stringify(before) === JSON.stringify(configuration)) return;
    this.#snapshots.set(configuration.interface, configuration);
    this.#save(effects);
  }

  /** What is on record of interfaces is so under their new names. */
  relabel(renamings: Renamings, effects: PathEffects): void {
    const nameNow = (name: string): string => renamings.get(name) ?? name;
    this.#relabelPlans(nameNow, effects);
    const before = [...this.#snapshots.values()];
    const after = before.map((each) => renamedConfiguration(each, nameNow));
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.#snapshots.clear();
    for (const each of after) this.#snapshots.set(each.interface, each);
    this.#save(effects);
  }

  #relabelPlans(nameNow: (name: string) => string, effects: PathEffects): void {
    const before = JSON.stringify(this.plans());
    for (const [group, plan] of this.#plans) this.#plans.set(group, renamedPlan(plan, nameNow));
    if (JSON.stringify(this.plans()) !== before) effects.push({ kind: "write-plans", plans: this.plans() });
  }

  #save(effects: PathEffects): void {
    effects.push({ kind: "save-snapshot", interfaces: [...this.#snapshots.values()] });
  }

  /** Forgets interfaces that no group has any more; it is written with the next snapshot. */
  keepSnapshots(interfaces: ReadonlySet<string>): void {
    for (const name of this.#snapshots.keys()) if (!interfaces.has(name)) this.#snapshots.delete(name);
  }

  /** The paths of the group to watch from now on, instead of those before. */
  watch(group: PathGroupName, paths: readonly PathWatch[], effects: PathEffects): void {
    this.#watches.set(group, paths);
    const all = [...this.#watches.values()].flat();
    const watched = JSON.stringify(all);
    if (watched === this.#watched) return;
    this.#watched = watched;
    effects.push({ kind: "monitor-paths", paths: all });
  }
}
