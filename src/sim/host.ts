import type { Random } from "../base/random.js";
import { refused } from "../base/result.js";
import { milliseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { PlacedAddress } from "../model/kernel.js";
import type { LedgerEntry } from "../model/node-io.js";
import { NOTHING_SAVED, type SavedState } from "../model/node-state.js";
import { SimAgent } from "./agent.js";
import { HostClock, type WorldTime } from "./clock.js";
import { SimGuard } from "./guard.js";
import { type KernelAnswer, type KernelEvent, SimKernel } from "./kernel.js";
import type { KernelOrder } from "./observer.js";
import { drawn } from "./pace.js";
import { SimPrograms } from "./programs.js";
import type { FreezeScope, HostPlan, InterfacePlan } from "./plan.js";
import type { Site } from "./site.js";

/** A wall clock that stands here at the world's beginning: any time after 2020 does. */
const WALL_MS_START = 1_700_000_000_000;

/** The supervisor (systemd, by default) starts an agent that died anew after so long. */
const RESTART = milliseconds(100);

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
  readonly programs: SimPrograms;
  /** In memory that survives the agent, not the machine. */
  ledger: readonly LedgerEntry[] = [];
  #stored: { incarnation: number; saved: SavedState } = { incarnation: 0, saved: NOTHING_SAVED };
  #wallOffsetMs = 0;
  #wallMsMin = 0;
  /** Of this agent and of earlier ones whose work may not be done. */
  #guards: SimGuard[] = [];
  readonly #frozen: Record<"heartbeat" | "main" | "guard", number> = { heartbeat: 0, main: 0, guard: 0 };
  readonly #refusals: { readonly order: KernelOrder["what"]; readonly code: string }[] = [];
  #eventsLost = 0;

  constructor(site: Site, index: number, plan: HostPlan) {
    this.site = site;
    this.index = index;
    this.plan = plan;
    this.cluster = site.plan.cluster;
    this.random = site.world.random(`host ${plan.name}`);
    this.programs = new SimPrograms(this);
    this.clock = new HostClock(site.world.clock, plan.clock);
    this.kernel = this.#boot();
  }

  get name(): string {
    return this.plan.name;
  }

  /** An agent runs, and neither of its threads is held up by a fault. */
  get isRunning(): boolean {
    return this.agent !== undefined && this.#frozen.heartbeat === 0 && this.#frozen.main === 0;
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
    return this.isOn && name !== undefined && this.kernel.isWorking(name);
  }

  interfaceOn(segment: number): InterfacePlan | undefined {
    const { name } = this.site.segment(segment);
    return this.plan.interfaces.find((each) => each.segment === name);
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
    };
    const guard = new SimGuard(this);
    this.#guards = [...this.#guards.filter((each) => !each.isDone), guard];
    this.site.resetStreams(this.index);
    this.kernel.macFilters.clearRules();
    this.agent = new SimAgent(this, options, guard, this.site.makeCore);
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
    this.isOn = false;
  }

  /** The machine boots: disk and wall clock are as they were, all else begins anew. */
  powerOn(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.ledger = [];
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
  refuse(order: KernelOrder["what"], code: string): () => void {
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
    this.#addOwnAddresses(name);
  }

  /** An interface that was deleted comes back. */
  plugIn(name: string): void {
    const plan = this.plan.interfaces.find((each) => each.name === name);
    if (plan === undefined || this.kernel.link(name) !== undefined) return;
    this.kernel.createLink(name, plan.mac);
    this.#addOwnAddresses(name);
  }

  /** Everything that the faults may have left behind is as it was at first: machine on, agent running. */
  putRight(): void {
    this.powerOn();
    for (const { name } of this.plan.interfaces) {
      this.plugIn(name);
      this.bringUp(name);
    }
    this.restartAgent();
  }

  #addOwnAddresses(name: string): void {
    const addresses = this.plan.interfaces.find((each) => each.name === name)?.addresses ?? [];
    for (const address of addresses) {
      if (!this.kernel.interfacesWith(address.address).includes(name)) {
        this.kernel.addAddress({ interface: name, ...address });
      }
    }
  }

  #wallMs(): number {
    return Math.max(WALL_MS_START + this.#wallOffsetMs + Math.floor(this.site.world.now / 1_000), this.#wallMsMin);
  }

  #answer(by: KernelOrder["by"], what: KernelOrder["what"], placed: PlacedAddress): KernelAnswer {
    const refusal = this.#refusals.find(({ order }) => order === what);
    if (by === "agent" && refusal !== undefined) {
      return refused({ code: refusal.code, message: `refused with ${refusal.code}` });
    }
    const isOurs = by !== "stranger";
    return what === "add" ? this.kernel.addAddress(placed, isOurs) : this.kernel.removeAddress(placed, isOurs);
  }

  #boot(): SimKernel {
    const kernel = new SimKernel((event) => this.#kernelSaid(event), this.plan.promotesSecondaries);
    for (const { name, mac, addresses } of this.plan.interfaces) {
      kernel.createLink(name, mac);
      for (const address of addresses) kernel.addAddress({ interface: name, ...address });
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
    this.programs.killAll();
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
  }

  get now(): WorldTime {
    return this.site.world.now;
  }
}

function partsOf(scope: FreezeScope): readonly ("heartbeat" | "main" | "guard")[] {
  switch (scope) {
    case "machine":
      return ["heartbeat", "main", "guard"];
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
