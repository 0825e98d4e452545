import type { Random } from "../base/random.js";
import { refused, type Result } from "../base/result.js";
import { milliseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { InterfaceChange, InterfaceConfiguration } from "../model/interface-configuration.js";
import type { PlacedAddress } from "../model/kernel.js";
import type { LedgerEntry, StepProblem } from "../model/node-io.js";
import { NOTHING_SAVED, type SavedState } from "../model/node-state.js";
import type { FailoverPlan, PathGroupConfig } from "../model/path.js";
import { SimAgent } from "./agent.js";
import { HostClock, type WorldTime } from "./clock.js";
import { SimGuard } from "./guard.js";
import { captureInterface, changeInterface } from "./interface-changes.js";
import { type KernelAnswer, type KernelEvent, SimKernel } from "./kernel.js";
import { addOwnAddress, removeOwnAddress } from "./made-interfaces.js";
import type { KernelOrder } from "./observer.js";
import { configureAnew, configureBooted, imageOf } from "./own-configuration.js";
import { drawn } from "./pace.js";
import { SimPrograms } from "./programs.js";
import type { FreezeScope, HostPlan, InterfacePlan, RefusedOrder } from "./plan.js";
import type { Site } from "./site.js";

/** A wall clock that stands here at the world's beginning: any time after 2020 does. */
const WALL_MS_START = 1_700_000_000_000;

/** The supervisor (systemd, by default) starts an agent that died anew after so long. */
const RESTART = milliseconds(100);

/** Of the parts of a change, the kernel refuses about so many while it refuses changes. */
const PARTS_REFUSED = 0.5;

/** What of a machine may stand still by itself. */
type Part = "heartbeat" | "main" | "guard" | "programs";

/** One machine: kernel, disk, clocks, at most one agent, and the guards that outlive theirs. */
export class SimHost {
  readonly index: number;
  readonly plan: HostPlan;
  readonly site: Site;
  readonly random: Random;
  clock: HostClock;
  kernel: SimKernel;
  agent: SimAgent | undefined;
  /** The cluster file on this machine's disk. */
  cluster: Cluster;
  isOn = true;
  /** How often it was switched on. */
  #boots = 1;
  readonly programs: SimPrograms;
  /** In memory that survives the agent, not the machine. */
  ledger: readonly LedgerEntry[] = [];
  /** As the ledger. */
  plans: readonly FailoverPlan[] = [];
  /** Addresses to which there may be routes of ours. */
  routesOnRecord: readonly string[] = [];
  /** On disk. */
  snapshots: readonly InterfaceConfiguration[] = [];
  /** Interfaces whose way beyond the switch is dead, with how many faults keep it so. */
  readonly #deadPaths = new Map<string, number>();
  /** By segment. */
  readonly #interfaces: readonly (readonly InterfacePlan[])[];
  #snapshotsWanted: readonly InterfaceConfiguration[] = [];
  #stored: { incarnation: number; saved: SavedState } = { incarnation: 0, saved: NOTHING_SAVED };
  #wallOffsetMs = 0;
  #wallMsMin = 0;
  /** Of this agent and of earlier ones whose work may not be done. */
  #guards: SimGuard[] = [];
  readonly #frozen: Record<Part, number> = { heartbeat: 0, main: 0, guard: 0, programs: 0 };
  readonly #refusals: { readonly order: RefusedOrder; readonly code: string }[] = [];
  #eventsLost = 0;

  constructor(site: Site, index: number, plan: HostPlan) {
    this.site = site;
    this.index = index;
    this.plan = plan;
    this.cluster = site.plan.cluster;
    this.random = site.world.random(`host ${plan.name}`);
    this.programs = new SimPrograms(this);
    this.clock = new HostClock(site.world.clock, plan.clock);
    this.#interfaces = site.plan.segments.map(({ name }) => plan.interfaces.filter(({ segment }) => segment === name));
    this.kernel = this.#boot();
  }

  get name(): string {
    return this.plan.name;
  }

  /** As the newest cluster file has them. */
  get pathGroups(): readonly PathGroupConfig[] {
    return this.cluster.nodes.find(({ name }) => name === this.plan.name)?.paths ?? [];
  }

  /** An agent runs, and neither of its threads is held up by a fault. */
  get isRunning(): boolean {
    return this.agent !== undefined && this.#frozen.heartbeat === 0 && this.#frozen.main === 0;
  }

  /** Nothing at all happens on it. */
  get isStandingStill(): boolean {
    return this.#frozen.programs > 0;
  }

  /** What the disk keeps. */
  get saved(): SavedState {
    return this.#stored.saved;
  }

  /** Its agent hears nothing of what the kernel says. */
  get isLosingEvents(): boolean {
    return this.#eventsLost > 0;
  }

  /** Orders of our agent are refused now. */
  get isRefusing(): boolean {
    return this.#refusals.length > 0;
  }

  /** Whether frames to and from the machine's interface on a segment get past its own end. */
  isAttached(segment: number): boolean {
    const name = this.interfaceOn(segment)?.name;
    return name !== undefined && this.conducts(name);
  }

  /** Frames get over the interface to the switch and beyond. */
  conducts(name: string): boolean {
    return this.isOn && this.kernel.isWorking(name) && !this.#deadPaths.has(this.kernel.lowerOf(name));
  }

  /** One, or the two paths of a group. */
  interfacesOn(segment: number): readonly InterfacePlan[] {
    return this.#interfaces[segment] ?? [];
  }

  /** The interface over which the machine itself talks on a segment: of two, the one that has its own address. */
  interfaceOn(segment: number): InterfacePlan | undefined {
    const [first, second] = this.interfacesOn(segment);
    const own = first?.addresses[0]?.address;
    if (first === undefined || second === undefined || own === undefined) return first;
    const places = this.kernel.interfacesWith(own);
    return [first, second].find(({ name }) => places.includes(name));
  }

  killPath(name: string): void {
    this.#deadPaths.set(name, (this.#deadPaths.get(name) ?? 0) + 1);
  }

  revivePath(name: string): void {
    const left = (this.#deadPaths.get(name) ?? 1) - 1;
    if (left > 0) this.#deadPaths.set(name, left);
    else this.#deadPaths.delete(name);
  }

  startAgent(): void {
    if (!this.isOn || this.agent !== undefined) return;
    const incarnation = this.beginIncarnation();
    const options = {
      cluster: this.cluster,
      self: this.plan.name,
      incarnation,
      program: "simulated",
      saved: this.#stored.saved,
      ledger: this.ledger,
      plans: this.plans,
      snapshots: this.snapshots,
      machine: { boot: `${this.plan.name} ${this.#boots}`, mayHaveRemains: this.programs.mayHaveRemains },
    };
    const guard = new SimGuard(this);
    this.#guards = [...this.#guards.filter((each) => !each.isDone), guard];
    this.site.resetStreams(this.index);
    this.kernel.macFilters.clearRules();
    this.kernel.ownRoutes.clear(this.routesOnRecord);
    this.kernel.sourceRules.clear();
    this.agent = new SimAgent(this, options, guard, this.site.makeCore);
    this.programs.agentStarted(this.agent);
    this.applyFreezes();
    for (const observer of this.site.observers) observer.agentStarted?.(this);
  }

  /** Starts the agent where none runs; one that is still about to end dies first. */
  restartAgent(): void {
    if (this.agent?.isDoomed !== true) {
      this.startAgent();
      return;
    }
    this.crashAgent(false);
    this.site.world.planIn(RESTART, () => this.startAgent());
  }

  /** The cluster file on disk is replaced, and the agent told to read it. */
  readConfiguration(cluster: Cluster): void {
    this.cluster = cluster;
    this.agent?.configurationRead(cluster);
  }

  /** A number for a new incarnation, on record before anybody hears it. */
  beginIncarnation(): number {
    const incarnation = Math.max(this.#stored.incarnation + 1, this.#wallMs());
    this.#stored = { incarnation, saved: this.#stored.saved };
    return incarnation;
  }

  /** The process dies without a word; its guard may be gone too. */
  crashAgent(guardToo: boolean): void {
    const { agent } = this;
    if (agent === undefined) return;
    this.#endAgent("crash");
    if (guardToo) agent.guard.kill();
    else agent.guard.agentDied();
  }

  agentExited(): void {
    this.agent?.guard.disarm();
    this.#endAgent("exit");
  }

  powerOff(): void {
    if (!this.isOn) return;
    for (const guard of this.#guards) guard.kill();
    this.#endAgent("power");
    this.programs.powerOff();
    this.site.fencing.machineStopped(this);
    this.isOn = false;
  }

  /** The machine boots: disk and wall clock are as they were, all else begins anew. */
  powerOn(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.#boots += 1;
    this.ledger = [];
    this.plans = [];
    this.routesOnRecord = [];
    this.clock = new HostClock(this.site.world.clock, {
      offset: -this.site.world.now * this.plan.clock.rate,
      rate: this.plan.clock.rate,
    });
    this.kernel = this.#boot();
    this.site.showSignals(this);
  }

  /**
   * The state directory is emptied. Then the wall clock alone keeps incarnations rising: one that is set back as well
   * makes peers refuse the node until it heeds which number they know, and no world does both.
   */
  loseState(): void {
    this.#wallMsMin = Math.max(this.#wallMsMin, this.#stored.incarnation + 1);
    this.#stored = { incarnation: 0, saved: NOTHING_SAVED };
    this.snapshots = [];
  }

  setWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  freeze(scope: FreezeScope): void {
    for (const part of partsOf(scope)) this.#frozen[part] += 1;
    this.applyFreezes();
  }

  thaw(scope: FreezeScope): void {
    for (const part of partsOf(scope)) this.#frozen[part] -= 1;
    this.applyFreezes();
  }

  /** Keeps what the agent wants kept, a little later; lost when the agent dies before that. */
  save(saved: SavedState): void {
    const { agent } = this;
    this.site.world.planIn(drawn(this.random, this.plan.pace.save), () => {
      if (agent !== undefined && agent === this.agent) this.#stored = { incarnation: agent.incarnation, saved };
    });
  }

  /** The same for what interfaces are configured with, of which the newest counts. */
  saveSnapshots(interfaces: readonly InterfaceConfiguration[]): void {
    const { agent } = this;
    this.#snapshotsWanted = interfaces;
    this.site.world.planIn(drawn(this.random, this.plan.pace.save), () => {
      if (agent !== undefined && agent === this.agent) this.snapshots = this.#snapshotsWanted;
    });
  }

  capture(name: string): Result<InterfaceConfiguration, StepProblem> {
    const refusal = this.#refusals.find(({ order }) => order === "capture");
    return refusal === undefined ? captureInterface(this.kernel, name) : refused(byChance(refusal.code));
  }

  /** Our agent changes an interface. */
  change(change: InterfaceChange): StepProblem | undefined {
    const before = imageOf(this.kernel);
    const refusal = this.#refusals.find(({ order }) => order === "change");
    const problem = changeInterface(this.kernel, change, () =>
      refusal !== undefined && this.random.chance(PARTS_REFUSED) ? byChance(refusal.code) : undefined,
    );
    if (change.kind === "announce-addresses" && problem === undefined) {
      for (const address of change.addresses) this.site.announce(this, { interface: change.interface, ...address });
    }
    for (const observer of this.site.observers) observer.interfaceChanged?.(this, { change, before, problem });
    return problem;
  }

  /** Somebody changes the machine's addresses. */
  order(by: KernelOrder["by"], what: KernelOrder["what"], placed: PlacedAddress): KernelAnswer {
    const before = this.kernel.addresses;
    const answer = this.#answer(by, what, placed);
    for (const observer of this.site.observers) {
      observer.kernelAsked?.(this, { by, what, placed, before }, answer);
    }
    return answer;
  }

  /** The kernel refuses our agent's orders of one kind. @returns what ends that */
  refuse(order: RefusedOrder, code: string): () => void {
    const refusal = { order, code };
    this.#refusals.push(refusal);
    return () => void this.#refusals.splice(this.#refusals.indexOf(refusal), 1);
  }

  beginLosingEvents(): void {
    this.#eventsLost += 1;
  }

  /** The listener notices the overrun and reads everything anew. */
  endLosingEvents(): void {
    this.#eventsLost -= 1;
    if (this.#eventsLost === 0) this.agent?.watched({ kind: "kernel-read", kernel: this.kernel.snapshot() });
  }

  /** An interface is brought up again, with the machine's own addresses on it. */
  bringUp(name: string): void {
    this.kernel.setUp(name, true);
    configureAnew(this, name);
  }

  /** An interface that was deleted comes back. */
  plugIn(name: string): void {
    const plan = this.plan.interfaces.find((each) => each.name === name);
    if (plan === undefined || this.kernel.link(name) !== undefined) return;
    this.kernel.createLink(name, plan.mac);
    configureAnew(this, name);
  }

  /** Everything that the faults may have left behind is as it was at first: machine on, agent running. */
  putRight(): void {
    this.powerOn();
    for (const { name, spare } of this.plan.interfaces) {
      this.plugIn(name);
      if (spare === undefined) this.bringUp(name);
    }
    this.restartAgent();
  }

  #wallMs(): number {
    return Math.max(WALL_MS_START + this.#wallOffsetMs + Math.floor(this.site.world.now / 1_000), this.#wallMsMin);
  }

  #answer(by: KernelOrder["by"], what: KernelOrder["what"], placed: PlacedAddress): KernelAnswer {
    const refusal = this.#refusals.find(({ order }) => order === what);
    if (by === "agent" && refusal !== undefined) {
      return refused(byChance(refusal.code));
    }
    const { kernel } = this;
    if (by === "stranger") return what === "add" ? kernel.addAddress(placed) : kernel.removeAddress(placed);
    return what === "add" ? addOwnAddress(kernel, placed) : removeOwnAddress(kernel, placed);
  }

  #boot(): SimKernel {
    const kernel = new SimKernel((event) => this.#kernelSaid(event), this.plan.promotesSecondaries);
    for (const each of this.plan.interfaces) {
      kernel.createLink(each.name, each.mac);
      configureBooted(kernel, each);
    }
    return kernel;
  }

  #kernelSaid(event: KernelEvent): void {
    for (const observer of this.site.observers) observer.kernelSaid?.(this, event);
    if (this.#eventsLost === 0) this.agent?.watched(event);
  }

  #endAgent(how: "exit" | "crash" | "power"): void {
    const { agent } = this;
    if (agent === undefined) return;
    agent.end();
    this.programs.agentEnded();
    this.kernel.macFilters.endMemberships();
    this.agent = undefined;
    if (how !== "power") this.site.resetStreams(this.index);
    for (const observer of this.site.observers) observer.agentEnded?.(this, how);
  }

  /** Everything that runs here stands still or not, as the faults have it now. */
  applyFreezes(): void {
    for (const guard of this.#guards) {
      if (this.#frozen.guard > 0) guard.freeze();
      else guard.thaw();
    }
    this.agent?.setFrozen("heartbeat", this.#frozen.heartbeat > 0);
    this.agent?.setFrozen("main", this.#frozen.main > 0);
    this.programs.setFrozen(this.#frozen.programs > 0);
  }

  get now(): WorldTime {
    return this.site.world.now;
  }
}

const byChance = (code: string): StepProblem => ({ code, message: `refused with ${code}` });

function partsOf(scope: FreezeScope): readonly Part[] {
  switch (scope) {
    case "machine":
      return ["heartbeat", "main", "guard", "programs"];
    case "agent":
      return ["heartbeat", "main"];
    case "heartbeat-thread":
      return ["heartbeat"];
    case "main-thread":
      return ["main"];
    case "guard":
      return ["guard"];
  }
}
