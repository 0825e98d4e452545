import { unreachable } from "../base/assert.js";
import type { Machine } from "../base/machine.js";
import type { Result } from "../base/result.js";
import { between, type Duration, type Instant, seconds } from "../base/time.js";
import { Detector } from "../core/membership/detector.js";
import { detectorSettings, type DetectorSettings } from "../core/membership/detector-settings.js";
import type { Cluster, Detection } from "../model/cluster.js";
import { type ClaimBrief, type DetectorReport, HEARTBEAT_VERSIONS, type Heartbeat } from "../model/heartbeat.js";
import type { InterfaceConfiguration } from "../model/interface-configuration.js";
import type { NodeName } from "../model/names.js";
import type { IdentityEffect, NodeEffect, NodeInput, NodeOptions, RouteEffect, StepProblem } from "../model/node-io.js";
import type { NodeState } from "../model/node-state.js";
import { agedState } from "../model/state-age.js";
import type { PathEffect } from "../model/path.js";
import { isProgramEffect, type ProgramInput } from "../model/program.js";
import type { NodeView } from "../model/status.js";
import type { SimGuard } from "./guard.js";
import { HeartbeatThread } from "./heartbeat-thread.js";
import type { SimHost } from "./host.js";
import type { KernelAnswer } from "./kernel.js";
import { Lane } from "./lane.js";
import { MainThread } from "./main-thread.js";
import { drawn } from "./pace.js";
import { PathMonitor } from "./path-monitor.js";
import { PingMonitor } from "./ping-monitor.js";
import type { StreamMessage } from "./stream.js";

/** A node's decisions, as the agent drives them. */
export interface NodeCore extends Machine<NodeInput, NodeEffect> {
  view(now: Instant): NodeView;
}

/** Makes a node's decisions: the real ones, or ones that are broken on purpose. */
export type CoreFactory = (now: Instant, options: NodeOptions) => NodeCore;

/** How long the guard waits for a sign of life of the heartbeat thread. */
export const leaseOf = (detection: Detection): Duration => detection.timeout;

/** A main thread that is away for longer decides nothing: the lease is not renewed. */
const MAIN_STALL_MAX: Duration = seconds(2);

/** Inputs that wait for the main thread in the course of things. */
const BACKLOG_USUAL = 16;

type PeerEffect = Extract<
  NodeEffect,
  { readonly kind: "publish-state" | "publish-connections" | "relay-bulletin" | "relay-state" }
>;

/** One run of the agent on a machine: its two threads, and everything that ends with the process. */
export class SimAgent {
  readonly host: SimHost;
  incarnation: number;
  readonly core: NodeCore;
  readonly guard: SimGuard;
  readonly #main: MainThread;
  #heartbeat: HeartbeatThread;
  readonly #pings: PingMonitor;
  readonly #paths: PathMonitor;
  /** Kernel events and reports come to the main thread in order, each kind by its own way. */
  readonly #watch: Lane;
  readonly #reports: Lane;
  readonly #programs: Lane;
  #cluster: Cluster;
  #arming = 0;
  #stopRequested = false;
  #mainAwaySince: Instant | undefined;
  #crashIn: { effects: number; guardToo: boolean } | undefined;
  /** What was published last. */
  state: NodeState | undefined;
  #stateAt: Instant;
  claims: readonly ClaimBrief[] = [];

  constructor(host: SimHost, options: NodeOptions, guard: SimGuard, makeCore: CoreFactory) {
    this.host = host;
    this.guard = guard;
    this.#cluster = options.cluster;
    this.incarnation = options.incarnation;
    this.#watch = new Lane(host.site.world);
    this.#reports = new Lane(host.site.world);
    this.#programs = new Lane(host.site.world);
    this.#stateAt = host.clock.now();
    this.core = makeCore(host.clock.now(), options);
    this.#main = this.#mainThread();
    this.#heartbeat = this.#heartbeatThread(options.cluster);
    this.#pings = new PingMonitor(host, (input) => this.watched(input));
    this.#paths = new PathMonitor(host, (input) => this.watched(input));
    const { kept } = host.programs;
    this.receive({
      kind: "started",
      kernel: host.kernel.snapshot(),
      ...(kept === undefined ? {} : { programs: kept }),
    });
  }

  /** The state that a new connection begins with. */
  get latestState(): NodeState | undefined {
    return this.state && agedState(this.state, between(this.#stateAt, this.host.clock.now()));
  }

  /** Its main thread has far more to take in than usual, as after a long absence. */
  get isBehind(): boolean {
    return this.#main.backlog > BACKLOG_USUAL;
  }

  receive(input: NodeInput): void {
    this.#main.receive(input);
  }

  /** Something that the watching thread noticed. */
  watched(input: NodeInput): void {
    this.#watch.send(drawn(this.host.random, this.host.plan.pace.watch), () => this.receive(input));
  }

  /** A word of the process that watches programs. */
  programSaid(delay: Duration, input: ProgramInput): void {
    this.#programs.send(delay, () => this.receive(input));
  }

  heartbeatArrived(heartbeat: Heartbeat): void {
    this.#heartbeat.arrive(heartbeat.network, heartbeat);
  }

  configurationRead(cluster: Cluster): void {
    this.receive({ kind: "configuration-changed", cluster });
  }

  /** The goodbyes of the guard ended the incarnation: heartbeats begin anew, as those of a new one. */
  guardFired(arming: number): void {
    this.#main.receive(() => {
      this.#arming = arming;
      this.incarnation = this.host.beginIncarnation();
      this.#heartbeat.kill();
      this.#heartbeat = this.#heartbeatThread(this.#cluster);
      this.host.applyFreezes();
      return { kind: "guard-fired", incarnation: this.incarnation };
    });
  }

  setFrozen(thread: "heartbeat" | "main", frozen: boolean): void {
    const target = thread === "heartbeat" ? this.#heartbeat : this.#main;
    if (frozen) target.freeze();
    else target.thaw();
    if (thread !== "main") return;
    this.#mainAwaySince = frozen ? (this.#mainAwaySince ?? this.host.clock.now()) : undefined;
    for (const { turns } of [this.#pings, this.#paths]) {
      if (frozen) turns.freeze();
      else turns.thaw();
    }
  }

  /** It was told to stop, or will crash: it is about to end. */
  get isDoomed(): boolean {
    return this.#crashIn !== undefined || this.#stopRequested;
  }

  /** SIGTERM. */
  requestStop(): void {
    this.#stopRequested = true;
    this.receive({ kind: "stop-requested" });
  }

  /** The agent will die before the effect after so many more. */
  armCrash(effects: number, guardToo: boolean): void {
    this.#crashIn = { effects, guardToo };
  }

  /** The process is gone, whatever it was at. */
  end(): void {
    this.#main.kill();
    this.#heartbeat.kill();
    this.#pings.turns.kill();
    this.#paths.turns.kill();
    this.#watch.clear();
    this.#reports.clear();
    this.#programs.clear();
  }

  #settings(cluster: Cluster): DetectorSettings {
    return detectorSettings(cluster, {
      self: this.host.plan.name,
      incarnation: this.incarnation,
      versions: HEARTBEAT_VERSIONS,
      claimsPerPage: this.host.site.plan.claimsPerPage,
    });
  }

  #mainThread(): MainThread {
    const { host, core } = this;
    return new MainThread({
      world: host.site.world,
      clock: host.clock,
      pace: host.plan.pace,
      random: host.random,
      core,
      perform: (effect) => this.#perform(effect),
      handled: (now, input, effects) => {
        for (const observer of host.site.observers) observer.handled?.(host, now, input, effects);
      },
    });
  }

  #heartbeatThread(cluster: Cluster): HeartbeatThread {
    const { host } = this;
    return new HeartbeatThread({
      world: host.site.world,
      clock: host.clock,
      pace: host.plan.pace,
      random: host.random,
      detector: new Detector(this.#settings(cluster), host.clock.now()),
      lease: leaseOf(cluster.detection),
      send: (heartbeat) => host.site.sendHeartbeat(host.index, heartbeat),
      report: (report) => this.#report(report),
      renew: (at, lease) => this.#renew(at, lease),
      prepared: (goodbyes) => this.guard.prepareGoodbyes(this.#arming, goodbyes),
    });
  }

  /** The heartbeat thread vouches for the main thread too. */
  #renew(at: Instant, lease: Duration): void {
    const away = this.#mainAwaySince === undefined ? 0 : between(this.#mainAwaySince, at);
    if (away <= MAIN_STALL_MAX) this.guard.renew(at, lease);
  }

  #report(report: DetectorReport): void {
    for (const observer of this.host.site.observers) observer.reported?.(this.host, report);
    this.#reports.send(drawn(this.host.random, this.host.plan.pace.wakeUp), () => {
      this.host.site.heed(this.host, report);
      this.receive({ kind: "detector-reported", report });
    });
  }

  #perform(effect: NodeEffect): NodeInput | undefined {
    if (effect.kind !== "note" && this.#diesNow()) return undefined;
    const answer = this.#carryOut(effect);
    for (const observer of this.host.site.observers) observer.performed?.(this.host, effect);
    return answer;
  }

  #diesNow(): boolean {
    if (this.#crashIn === undefined) return false;
    this.#crashIn.effects -= 1;
    if (this.#crashIn.effects >= 0) return false;
    this.host.crashAgent(this.#crashIn.guardToo);
    return true;
  }

  #carryOut(effect: NodeEffect): NodeInput | undefined {
    const { host } = this;
    if (isProgramEffect(effect)) return void host.programs.order(this, effect);
    switch (effect.kind) {
      case "add-address":
      case "remove-address":
        return answered(effect.step, host.order("agent", ADDRESS_ORDERS[effect.kind], effect.placed));
      case "announce":
        return void host.site.announce(host, effect.placed);
      case "probe-address":
        return void host.site.probe(host, effect.placed);
      case "listen-for-mac":
      case "stop-listening":
      case "show-mac":
        return this.#changeIdentity(effect);
      case "add-route":
      case "remove-route":
      case "record-routes":
        return this.#changeRoutes(effect);
      case "write-ledger":
        return void this.#writeLedger(effect);
      case "publish-bulletin":
        this.claims = effect.bulletin.claims;
        return void this.#heartbeat.order({ ...effect, kind: "bulletin-published" });
      case "use-configuration":
        return void this.#useConfiguration(effect.cluster);
      case "say-goodbye":
        return void this.#heartbeat.order({ kind: "departure-decided" });
      case "monitor-pings":
        return void this.#pings.monitor(effect);
      case "save":
        return void host.save(effect.saved);
      case "publish-state":
      case "publish-connections":
      case "relay-bulletin":
      case "relay-state":
        return void this.#tellPeers(effect);
      case "forward-command":
        return this.#forward(effect);
      case "answer-command":
        return void host.site.commandAnswered(host, effect.id, effect.outcome);
      case "read-connections":
        return this.#readConnections(effect);
      case "exit":
        return void host.agentExited();
      case "capture-interface":
      case "change-interface":
      case "monitor-paths":
      case "write-plans":
      case "save-snapshot":
        return this.#carryOutPath(effect);
      case "run-errand":
        return void host.site.errands.run(this, effect);
      case "run-checks":
      case "tickle":
      case "note":
        return undefined;
      default:
        return unreachable(effect);
    }
  }

  /** The streams are made anew, as the real ones are, when the file is another. */
  #useConfiguration(cluster: Cluster): void {
    if (cluster.hash !== this.#cluster.hash) this.host.site.resetStreams(this.host.index);
    this.#cluster = cluster;
    this.#heartbeat.order({ kind: "reconfigured", settings: this.#settings(cluster) });
  }

  #writeLedger({ entries, guarded }: Extract<NodeEffect, { readonly kind: "write-ledger" }>): void {
    this.host.ledger = entries;
    this.host.programs.keep(!guarded);
    this.guard.order(this.#arming, entries, guarded);
  }

  #readConnections({ service, addresses }: Extract<NodeEffect, { readonly kind: "read-connections" }>): NodeInput {
    return { kind: "connections-read", service, connections: this.host.site.connectionsTo(addresses) };
  }

  #tellPeers(effect: PeerEffect): void {
    const { host } = this;
    switch (effect.kind) {
      case "publish-state":
        this.state = effect.state;
        this.#stateAt = host.clock.now();
        return void host.site.broadcast(host, { kind: "state", state: effect.state });
      case "publish-connections":
        return void host.site.broadcast(host, { ...effect, kind: "connections" });
      case "relay-bulletin":
        return void this.#relay(effect.to, { kind: "relayed-bulletin", relayed: effect.relayed });
      case "relay-state":
        return void this.#relay(effect.to, { kind: "relayed-state", state: effect.state });
    }
  }

  #carryOutPath(effect: PathEffect): NodeInput | undefined {
    const { host } = this;
    switch (effect.kind) {
      case "capture-interface":
        return captured(effect.step, host.capture(effect.interface));
      case "change-interface":
        return answerTo(effect.step, host.change(effect.change));
      case "monitor-paths":
        return void this.#paths.order(effect.paths);
      case "write-plans":
        return void (host.plans = effect.plans);
      case "save-snapshot":
        return void host.saveSnapshots(effect.interfaces);
    }
  }

  #changeRoutes(effect: RouteEffect): NodeInput | undefined {
    const { host } = this;
    switch (effect.kind) {
      case "add-route":
        return answered(effect.step, host.kernel.addHostRoute(effect.route));
      case "remove-route":
        return answered(effect.step, host.kernel.removeHostRoute(effect.route));
      case "record-routes":
        return void (host.routesOnRecord = effect.addresses);
      default:
        return unreachable(effect);
    }
  }

  #changeIdentity(effect: IdentityEffect): NodeInput | undefined {
    const { kernel } = this.host;
    switch (effect.kind) {
      case "listen-for-mac":
        return answered(effect.step, kernel.macFilters.listen(kernel.link(effect.peer.interface), effect.peer));
      case "stop-listening":
        return answered(effect.step, kernel.macFilters.stop(effect.station));
      // Simulated segments reach everybody: there is no switch that has to learn.
      case "show-mac":
        return undefined;
      default:
        return unreachable(effect);
    }
  }

  #relay(to: readonly NodeName[], message: StreamMessage): void {
    for (const peer of this.host.site.hosts) {
      if (to.includes(peer.plan.name)) this.host.site.sendStream(this.host.index, peer.index, message);
    }
  }

  #forward({ id, to, command }: Extract<NodeEffect, { readonly kind: "forward-command" }>): NodeInput | undefined {
    const peer = this.host.site.hosts.find((host) => host.plan.name === to);
    const message: StreamMessage = { kind: "command", id, command };
    if (peer !== undefined && this.host.site.sendStream(this.host.index, peer.index, message)) return undefined;
    const outcome = { ok: false, code: "node-unreachable", message: `no stream to ${to}` } as const;
    return { kind: "command-answered", id, outcome };
  }
}

const ADDRESS_ORDERS = { "add-address": "add", "remove-address": "remove" } as const;

const answerTo = (step: number, problem: StepProblem | undefined): NodeInput =>
  problem === undefined ? { kind: "step-done", step } : { kind: "step-failed", step, problem };

const answered = (step: number, answer: KernelAnswer): NodeInput =>
  answerTo(step, answer.ok ? undefined : answer.problem);

const captured = (step: number, answer: Result<InterfaceConfiguration, StepProblem>): NodeInput =>
  answer.ok ? { kind: "interface-captured", step, configuration: answer.value } : answerTo(step, answer.problem);
