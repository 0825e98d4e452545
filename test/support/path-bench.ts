/**
 * Path groups on interfaces that are a map, with time set by hand: every order is carried out at once, what the kernel then
 * has is told, and the notes are kept as text.
 */
import { type Instant, instant } from "../../src/base/time.js";
import { KernelTable } from "../../src/core/addresses/kernel-table.js";
import type { EligibilityFacts } from "../../src/core/addresses/eligibility.js";
import type { PathEffects } from "../../src/core/paths/path-effects.js";
import type { PathGroup } from "../../src/core/paths/path-group.js";
import { PathGroups } from "../../src/core/paths/path-groups.js";
import type { InterfaceConfiguration } from "../../src/model/interface-configuration.js";
import type { KernelAddress, KernelLink } from "../../src/model/kernel.js";
import { nodeName } from "../../src/model/names.js";
import type { Note } from "../../src/model/note.js";
import { noteText } from "../../src/model/note-text.js";
import type {
  FailoverPlan,
  PathEffect,
  PathGroupConfig,
  PathGroupMemory,
  PathRole,
  PathWatch,
} from "../../src/model/path.js";
import { FakeInterfaces, type Refusal, address, interfaceNamed } from "./fake-interfaces.js";
import { groupConfig } from "./path-group-config.js";

/** Collects what path groups order, as the agent's Effects do. */
export class CollectedEffects implements PathEffects {
  readonly effects: PathEffect[] = [];
  readonly notes: Note[] = [];
  #lastStep = 0;

  push(effect: PathEffect): void {
    this.effects.push(effect);
  }

  note(note: Note): void {
    this.notes.push(note);
  }

  nextStep(): number {
    this.#lastStep += 1;
    return this.#lastStep;
  }

  take(): readonly PathEffect[] {
    return this.effects.splice(0);
  }
}

export class PathBench {
  readonly world: FakeInterfaces;
  kernel = new KernelTable();
  readonly config: PathGroupConfig;
  readonly configs: readonly PathGroupConfig[];
  effects = new CollectedEffects();
  now: Instant = instant(0);
  groups: PathGroups;
  watches: readonly PathWatch[] = [];
  plans: readonly FailoverPlan[] = [];
  snapshots: readonly InterfaceConfiguration[] = [];
  /** What was ordered, one word each, in order. */
  readonly orders: string[] = [];
  readonly noCarrier = new Set<string>();
  refuses: Refusal = () => false;
  claimants = new Map<string, string>();
  /** Service addresses. */
  moving: readonly string[] = [];
  /** Service addresses that this node has let go of. */
  released: readonly string[] = [];
  /** The agent dies before it hears of the step with this number. */
  dieAt: number | undefined;
  #extraLinks: readonly KernelLink[] = [];

  /** @param others groups beside the one that the bench is about */
  constructor(
    config: PathGroupConfig,
    interfaces: readonly InterfaceConfiguration[],
    others: readonly PathGroupConfig[] = [],
  ) {
    this.config = config;
    this.configs = [config, ...others];
    this.world = new FakeInterfaces(interfaces);
    this.groups = this.#newGroups([]);
  }

  get group(): PathGroup {
    const group = this.groups.group(this.config.name);
    if (group === undefined) throw new Error("the bench has one group");
    return group;
  }

  start(): this {
    this.#readKernel();
    this.#do(() => this.groups.start(this.now, this.effects));
    return this;
  }

  /** A new run of the agent, with what the old one left on disk. */
  restart(memories: readonly PathGroupMemory[] = []): this {
    this.dieAt = undefined;
    this.effects = new CollectedEffects();
    this.kernel = new KernelTable();
    this.groups = this.#newGroups(memories);
    return this.start();
  }

  /** Time passes; everything that is due meanwhile is done when it is due. */
  wait(ms: number): this {
    const end = this.now + ms * 1_000;
    for (let due = this.groups.deadline(); due !== undefined && due.at <= end; due = this.groups.deadline()) {
      this.now = instant(Math.max(due.at, this.now));
      this.#do(() => this.groups.tick(this.now, this.effects));
    }
    this.now = instant(end);
    return this;
  }

  carrier(name: string, has: boolean): this {
    if (has) this.noCarrier.delete(name);
    else this.noCarrier.add(name);
    return this.changed();
  }

  /** Both at once, as when a switch fails. */
  carriersLost(...names: readonly string[]): this {
    for (const name of names) this.noCarrier.add(name);
    return this.changed();
  }

  unplug(name: string): this {
    this.world.unplug(name);
    return this.changed();
  }

  plug(configuration: InterfaceConfiguration): this {
    this.world.set(configuration);
    return this.changed();
  }

  rename(names: Readonly<Record<string, string>>): this {
    this.world.rename(names);
    return this.changed();
  }

  /** The file is read anew, and says this of the group. */
  reconfigure(config: PathGroupConfig): this {
    this.#do(() => this.groups.reconfigure(this.now, [config], this.effects));
    return this;
  }

  judge(role: PathRole, reachable: boolean): this {
    const silent = reachable ? [] : this.config.monitor.ping;
    const input = { kind: "path-judged", group: this.config.name, role, reachable, silent } as const;
    this.#do(() => this.groups.judged(this.now, input, this.effects));
    return this;
  }

  peer(switches: number, addresses: readonly string[], name = "web2"): this {
    const brief = { group: this.config.name, active: "secondary", switches, addresses, state: "sound" } as const;
    this.#do(() => this.groups.peerTold(this.now, nodeName(name), [brief], this.effects));
    return this;
  }

  order<Answer>(what: (group: PathGroup, now: Instant, effects: PathEffects) => Answer): Answer {
    const answer = what(this.group, this.now, this.effects);
    this.#do(() => undefined);
    return answer;
  }

  /** Links beside the interfaces, such as members of trunks. */
  setLinks(links: readonly KernelLink[]): this {
    this.#extraLinks = links;
    return this.changed();
  }

  changed(): this {
    this.#readKernel();
    this.#do(() => this.groups.kernelChanged(this.now, this.effects));
    return this;
  }

  /** What was said since the last call. */
  said(): readonly string[] {
    return this.effects.notes
      .splice(0)
      .filter(({ code }) => code !== "path.step-done")
      .map((note) => noteText(note, nodeName("web1")).replaceAll("mether0 of web1", "mether0"));
  }

  #newGroups(memories: readonly PathGroupMemory[]): PathGroups {
    const { plans, snapshots, kernel } = this;
    const facts: EligibilityFacts = {
      kernel,
      isMoving: (each) => this.moving.includes(each),
      isOurs: (each) => !this.released.includes(each),
      claimant: (address) => {
        const name = this.claimants.get(address);
        return name === undefined ? undefined : nodeName(name);
      },
      rival: () => undefined,
    };
    const self = nodeName("web1");
    return new PathGroups(this.now, { self, configs: this.configs, memories, plans, snapshots }, facts);
  }

  #do(action: () => void): void {
    action();
    let changed = false;
    for (let list = this.effects.take(); list.length > 0; list = this.effects.take()) {
      for (const effect of list) {
        changed ||= effect.kind === "change-interface";
        if (!this.#perform(effect)) return;
      }
    }
    if (changed) this.changed();
  }

  /** False when the agent is dead. */
  #perform(effect: PathEffect): boolean {
    if (effect.kind === "write-plans") this.plans = structuredClone(effect.plans);
    if (effect.kind === "save-snapshot") this.snapshots = structuredClone(effect.interfaces);
    if (effect.kind === "monitor-paths") this.watches = effect.paths;
    if (effect.kind === "capture-interface") this.#capture(effect.step, effect.interface);
    this.orders.push(
      effect.kind === "change-interface" ? `${effect.change.interface} ${effect.change.kind}` : effect.kind,
    );
    if (effect.kind !== "change-interface") return true;
    const problem = this.world.apply(effect.change, this.refuses);
    if (this.dieAt === effect.step) return false;
    this.groups.answered(this.now, effect.step, problem, this.effects);
    return true;
  }

  #capture(step: number, name: string): void {
    const configuration = this.world.get(name);
    if (configuration === undefined) {
      this.groups.answered(this.now, step, { code: "ENODEV", message: "no such interface" }, this.effects);
    } else this.groups.captured(this.now, { kind: "interface-captured", step, configuration }, this.effects);
  }

  #readKernel(): void {
    const links: KernelLink[] = [...this.#extraLinks];
    const addresses: KernelAddress[] = [];
    const add = (linkIndex: number, list: InterfaceConfiguration["addresses"]): void => {
      for (const { family, address, prefixLength } of list) {
        addresses.push({ linkIndex, family, address, prefixLength, flags: 0 });
      }
    };
    for (const name of this.world.names()) {
      const each = this.world.get(name);
      if (each === undefined) continue;
      const index = this.world.index(name);
      const carrier = each.up && !this.noCarrier.has(name);
      links.push({ index, name, mac: each.mac, up: each.up, carrier, mtu: each.mtu });
      add(index, each.addresses);
      for (const vlan of each.vlans) {
        const at = 1_000 + vlan.id;
        links.push({
          index: at,
          name: vlan.name,
          mac: each.mac,
          up: vlan.configuration.up,
          carrier: carrier && vlan.configuration.up,
          mtu: 1500,
          kind: "vlan",
          parent: index,
          vlanId: vlan.id,
        });
        add(at, vlan.configuration.addresses);
      }
    }
    this.groups.relabel(this.kernel.replace({ links, addresses }), this.effects);
  }
}

export const ETH0: InterfaceConfiguration = interfaceNamed("eth0", {
  addresses: ["10.0.0.1", "10.0.0.2", "fd00::1"].map(address),
});
export const ETH1: InterfaceConfiguration = interfaceNamed("eth1");

/** mether0 after its start, with nothing said yet. */
export function startedBench(change: Partial<PathGroupConfig> = {}, interfaces = [ETH0, ETH1]): PathBench {
  const started = new PathBench(groupConfig(change), interfaces).start();
  started.said();
  started.orders.splice(0);
  return started;
}

/** The interfaces that have addresses of ETH0. */
export const placesOfGroup = ({ world }: PathBench): readonly string[] => [
  ...new Set(ETH0.addresses.flatMap((each) => world.placesOf(each.address))),
];

export const findingKinds = ({ group, now }: PathBench): readonly string[] =>
  group.findings(now).map(({ kind }) => kind);
