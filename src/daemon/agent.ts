/*
 * The agent: joins the decisions of `core/` with the machine. This file says what is connected with what; how it starts
 * and ends as a process is in agent-process.ts.
 *
 *     heartbeat thread --reports-->  +------+  --bulletins-->  heartbeat thread --> peers
 *     watch thread  ----changes-->   |      |  --addresses-->  kernel
 *     peer streams  -----states-->   | loop |  -----states-->  peer streams
 *     API  -----------commands-->    |      |  ----answers-->  API
 *     guard  ----------firings-->    +------+  -----orders-->  guard; ledger, state directory, events, log
 */
import type { AgentPort } from "../api/agent-port.js";
import { known } from "../base/assert.js";
import { describeError, LocumError } from "../base/locum-error.js";
import type { Duration } from "../base/time.js";
import { Node } from "../core/node.js";
import { livingNodes } from "../core/rules/actor.js";
import type { Cluster } from "../model/cluster.js";
import { asShown } from "../model/finding-shown.js";
import type { KernelSnapshot } from "../model/kernel.js";
import type { NodeOptions } from "../model/node-io.js";
import type { KeptPrograms, ProgramEffect } from "../model/program.js";
import { nodeStopMax } from "../model/program-stop-time.js";
import type { NodeView, ServiceView } from "../model/status.js";
import { bootId } from "../os/linux/boot-id.js";
import { LinuxKernel } from "../os/linux/linux-kernel.js";
import { processesOutlive } from "../os/node/machine-end.js";
import { keyId } from "../os/node/secret-file.js";
import type { BlackBox } from "./records/black-box.js";
import { ConnectionReader } from "./connection-reader.js";
import { CommandReplies } from "./command-replies.js";
import type { Configuration } from "./configuration-source.js";
import { Detection } from "./detection.js";
import { Errands } from "./errands/errands.js";
import type { Foundation } from "./foundation.js";
import { GuardLink } from "./guard/guard-link.js";
import { hastenMain, relaxMain } from "./haste.js";
import { Ledger } from "./records/ledger.js";
import { Loop } from "./loop.js";
import { measurements } from "./measurements.js";
import { Notifier } from "./errands/notifier.js";
import { Peers } from "./peers.js";
import { Performer } from "./performer.js";
import { PlanFile } from "./records/plan-file.js";
import type { FoundHost } from "./programs/host-process.js";
import { type DoorKeeper, ProgramDoors } from "./programs/program-doors.js";
import { ProgramLink } from "./programs/program-link.js";
import { logsDirectory } from "./programs/program-logs.js";
import { rehearse } from "./rehearsal.js";
import { RouteRecord } from "./records/route-record.js";
import { SnapshotFile } from "./records/snapshot-file.js";
import { ViewChanges } from "./view-changes.js";
import { Watch } from "./watch/watch.js";

/** One does, unless a peer with the secret is out of its mind: then the operator reads of it, and it ends here. */
const RENUMBERINGS_MAX = 10;

/** So long do hooks have for what is told at the end. */
const LAST_WORDS_MS = 2_000;

export interface AgentParts {
  readonly foundation: Foundation;
  readonly configuration: Configuration;
  readonly recorder: BlackBox;
  /** The host of an earlier agent. */
  readonly programs: FoundHost;
  /** The decisions ended the agent in order: everything is released, goodbye is being said. */
  readonly exit: () => void;
  /** A part without which the agent is of no use died. */
  readonly broken: (problem: string) => void;
}

export class Agent {
  readonly #parts: AgentParts;
  readonly #kernel = new LinuxKernel();
  readonly #connections = new ConnectionReader({
    read: (addresses) => this.#kernel.readConnections(addresses),
    onInput: (input) => this.#loop.post(input),
    clock: () => performance.now(),
  });
  readonly #ledger: Ledger;
  readonly #plans: PlanFile;
  readonly #routes: RouteRecord;
  readonly #snapshot: SnapshotFile;
  readonly #guard: GuardLink;
  readonly #programs: ProgramLink;
  readonly #doors: ProgramDoors;
  readonly #watch: Watch;
  readonly #detection: Detection;
  readonly #replies: CommandReplies;
  readonly #errands: Errands;
  readonly #notifier: Notifier;
  readonly #peers: Peers;
  readonly #core: Node;
  readonly #loop: Loop;
  readonly #views = new ViewChanges();
  /** What was read together with each cluster file that the decisions were told of. */
  readonly #read = new WeakMap<Cluster, Configuration>();
  #configuration: Configuration;
  #renumberings = 0;

  constructor(parts: AgentParts) {
    const { foundation, configuration, recorder } = parts;
    const { clock, place, state, impairments, options } = foundation;
    const { cluster, self } = configuration;
    impairments.onChange(() => this.#views.changed());
    this.#parts = parts;
    this.#configuration = configuration;
    this.#ledger = new Ledger(place.ledger, impairments);
    this.#plans = new PlanFile(place.plans, impairments);
    this.#routes = new RouteRecord(place.routes, impairments);
    this.#snapshot = new SnapshotFile(options.state, impairments);
    this.#guard = this.#makeGuard();
    this.#doors = new ProgramDoors(place.socket);
    this.#programs = this.#makePrograms();
    this.#watch = this.#makeWatch();
    this.#detection = this.#makeDetection();
    this.#replies = new CommandReplies((input) => this.#loop.post(input), `${self}-${state.incarnation}`);
    this.#peers = new Peers({
      configuration,
      program: options.program,
      incarnation: () => state.incarnation,
      clock,
      impairments,
      replies: this.#replies,
      onInput: (input) => this.#loop.post(input),
      onHookTold: (hook, key) => this.#notifier.heardTold(hook, key),
    });
    this.#errands = new Errands({ socket: place.socket, impairments, onInput: (input) => this.#loop.post(input) });
    this.#notifier = this.#makeNotifier();
    this.#notifier.reconfigure(cluster, []);
    foundation.history.subscribe({}, (event) => this.#notifier.tell(event));
    const { saved, incarnation } = state;
    const ledger = this.#ledger.read();
    const now = clock();
    const [plans, snapshots] = [this.#plans.read(), this.#snapshot.read()];
    const found = { saved, ledger, plans, snapshots, ...this.#machine() };
    const nodeOptions = { cluster, self, incarnation, program: options.program, ...found };
    recorder.begin(now, nodeOptions);
    this.#core = new Node(now, nodeOptions);
    const performer = this.#makePerformer();
    this.#loop = new Loop({
      clock,
      core: this.#core,
      recorder,
      perform: (effect) => performer.perform(effect),
      begun: hastenMain,
      // The process may have been frozen at any moment: what waits was then meant for one that held its addresses.
      beforeEach: () => this.#guard.poll(),
      settled: () => {
        relaxMain();
        this.#notifier.review();
        this.#views.changed();
      },
    });
  }

  /** The decisions begin, and the peers hear of them. @throws {LocumError} when the machine refuses what is needed. */
  async start(): Promise<void> {
    const ready = Promise.all([this.#startGuard(), this.#watch.watching()]);
    this.#rehearse();
    await ready;
    this.#renewLease();
    this.#clearIdentities();
    this.#clearRoutes();
    const programs = this.#resumePrograms();
    if (programs === undefined && this.#programs.mayHaveRemains) this.#programs.start();
    this.#startPrograms();
    this.#loop.begin({
      kind: "started",
      kernel: this.#readKernel(),
      ...(programs === undefined ? {} : { programs }),
    });
    this.#detection.start(this.#parts.foundation.state.incarnation);
  }

  /** Releases everything in order; ends with the call of `exit`. */
  requestStop(): void {
    this.#loop.post({ kind: "stop-requested" });
  }

  /** Lets programs in, from before the first of them starts. */
  servePrograms(keeper: DoorKeeper): void {
    this.#doors.serve(keeper);
  }

  /** How much longer the programs may make that. */
  get programsStopMax(): Duration {
    const { cluster, self } = this.#configuration;
    return nodeStopMax(cluster, self);
  }

  /** Asks the decisions to take another configuration into use; what it does not change is not touched. */
  reconfigure(configuration: Configuration): void {
    const { cluster, faults } = configuration;
    this.#read.set(cluster, configuration);
    this.#loop.post({ kind: "configuration-changed", cluster, ...(faults.length === 0 ? {} : { faults }) });
  }

  /** The file has this node no longer: releases everything in order, unless the decisions have reason not to. */
  dismiss(cluster: Cluster): void {
    this.#loop.post({ kind: "configuration-changed", cluster });
  }

  #use(cluster: Cluster): void {
    const configuration = known(this.#read.get(cluster), "decisions use no file that was not read");
    this.#tellOfKeys(configuration.secrets);
    this.#configuration = configuration;
    this.#watch.reconfigure(configuration);
    this.#detection.reconfigure(configuration);
    this.#peers.reconfigure(configuration);
    this.#notifier.reconfigure(cluster, this.#served());
    this.#startPrograms();
    this.#renewLease();
  }

  /** Those that outlived an earlier agent, in a pause. */
  #resumePrograms(): KeptPrograms | undefined {
    const kept = this.#programs.resume(this.#parts.programs);
    if (kept === undefined) return undefined;
    this.#doors.kept(kept);
    this.#programs.doorsOpened();
    return kept;
  }

  /** The first program is not to wait for its host. */
  #startPrograms(): void {
    if (this.#configuration.cluster.services.some(({ programs }) => programs !== undefined)) this.#programs.start();
  }

  /** Who changes keys on many nodes must know of each step that it is done on all of them. */
  #tellOfKeys(secrets: readonly Uint8Array[]): void {
    const [used = "", ...accepted] = secrets.map(keyId);
    if ([used, ...accepted].join() === this.#configuration.secrets.map(keyId).join()) return;
    this.#parts.foundation.chronicle.say({ code: "keys.changed", used, accepted });
  }

  /** Ends all threads and connections, after everything was released and the peers were told. */
  async finish(): Promise<void> {
    this.#loop.stop();
    await this.#detection.left();
    this.#peers.close();
    await this.#programs.close();
    // A router that is told of each change must hear of the last one too.
    await this.#notifier.settle(LAST_WORDS_MS);
    this.#notifier.close();
    this.#errands.close();
    this.#guard.disarm();
    await this.#watch.end();
    await this.#snapshot.close();
    this.#connections.close();
    this.#kernel.close();
  }

  /** Wakes the threads, so that the process can end at once; the guard does what remains. */
  abandon(): void {
    this.#loop.stop();
    void this.#detection.end();
    void this.#watch.end();
  }

  /** What the API sees of the agent. */
  port(): AgentPort {
    const { clock, history, wall, options } = this.#parts.foundation;
    return {
      program: options.program,
      clock: wall,
      events: history,
      configuration: () => this.#configuration.cluster,
      view: () => this.#view(),
      outlook: (service) => this.#core.outlook(service),
      ruleStandings: () => this.#core.ruleStandings(clock()),
      onViewChange: (listener) => this.#views.listen(listener),
      command: (command) => this.#replies.submit(command),
      programSaid: (run, saying) => this.#loop.post({ kind: "program-said", run, saying }),
      measurements: () => measurements({ backlog: this.#loop.backlog, refusals: this.#detection.refusals }),
    };
  }

  #rehearse(): void {
    const { cluster, self } = this.#configuration;
    rehearse({ cluster, self, snapshot: this.#readKernel(), kernel: this.#kernel });
  }

  /** What an earlier agent listened for is asked for anew, where it is wanted still. */
  #clearIdentities(): void {
    const problem = this.#kernel.clearRules();
    if (problem !== undefined) this.#parts.foundation.impairments.raise("packet filters", problem.message);
  }

  /** Where an earlier agent's routes lead may not be so any more; what is wanted is made anew. */
  #clearRoutes(): void {
    const problem = this.#kernel.clearRoutes(this.#routes.read());
    if (problem !== undefined) this.#parts.foundation.impairments.raise("host routes", problem.message);
  }

  /** An agent without a guard is better than none: the link goes on trying. */
  async #startGuard(): Promise<void> {
    try {
      await this.#guard.start();
    } catch (error) {
      this.#parts.foundation.impairments.raise("guard", describeError(error));
    }
  }

  #view(): NodeView {
    const { clock, impairments } = this.#parts.foundation;
    const view = this.#core.view(clock());
    return asShown({ ...view, findings: [...view.findings, ...impairments.findings()] });
  }

  #served(): readonly ServiceView[] {
    const { self } = this.#configuration;
    return this.#core
      .view(this.#parts.foundation.clock())
      .services.filter(({ holder, state }) => holder === self && state === "active");
  }

  #machine(): Pick<NodeOptions, "machine"> {
    const boot = bootId();
    return boot === undefined ? {} : { machine: { boot, mayHaveRemains: this.#programs.mayHaveRemains } };
  }

  #makeNotifier(): Notifier {
    const { clock, impairments } = this.#parts.foundation;
    return new Notifier({
      self: this.#configuration.self,
      errands: this.#errands,
      impairments,
      clock,
      living: () => livingNodes(this.#core.view(clock())),
      sayTold: (hook, key) => this.#peers.hookTold(hook, key),
    });
  }

  #makeGuard(): GuardLink {
    const { place, impairments } = this.#parts.foundation;
    return new GuardLink({
      socket: place.socket,
      onFiring: () => this.#fenced(),
      onTrouble: (problem) => impairments.raise("guard", problem),
      onRecovered: () => impairments.clear("guard"),
    });
  }

  #makePrograms(): ProgramLink {
    const { place, options, impairments } = this.#parts.foundation;
    return new ProgramLink({
      host: { socket: place.socket, node: this.#configuration.self, logs: logsDirectory(options.state) },
      onInput: (input) => {
        this.#doors.heard(input);
        this.#loop.post(input);
      },
      onTrouble: (problem) => impairments.raise("program host", problem),
      onRecovered: () => impairments.clear("program host"),
      mayOutlive: processesOutlive,
    });
  }

  #makeWatch(): Watch {
    const { clock, impairments } = this.#parts.foundation;
    return new Watch({
      configuration: this.#configuration,
      clock,
      impairments,
      onInput: (input) => this.#loop.post(input),
      onGap: () => this.#loop.post({ kind: "kernel-read", kernel: this.#readKernel() }),
      onDeath: (problem) => this.#parts.broken(`the watch thread died twice within a minute: ${problem}`),
    });
  }

  #makeDetection(): Detection {
    const { chronicle, impairments } = this.#parts.foundation;
    return new Detection({
      configuration: this.#configuration,
      impairments,
      note: (note) => chronicle.say(note),
      onInput: (input) => {
        if (input.kind === "detector-reported") this.#peers.heed(input.report);
        this.#loop.post(input);
      },
      onOutdated: (known) => this.#outdated(known),
      onGoodbyesPrepared: (goodbyes) => this.#guard.prepareGoodbyes(goodbyes),
      onDeath: (problem) => this.#parts.broken(`the heartbeat thread died: ${problem}`),
    });
  }

  #makePerformer(): Performer {
    const { foundation, exit } = this.#parts;
    return new Performer({
      kernel: this.#kernel,
      connections: this.#connections,
      heartbeat: this.#detection,
      peers: this.#peers,
      watch: this.#watch,
      programs: { perform: (effect) => this.#order(effect), keep: (isKeeping) => this.#programs.keep(isKeeping) },
      ledger: this.#ledger,
      plans: this.#plans,
      routes: this.#routes,
      snapshot: this.#snapshot,
      guard: this.#guard,
      state: foundation.state,
      commands: this.#replies,
      errands: this.#errands,
      notes: foundation.chronicle,
      use: (cluster) => this.#use(cluster),
      exit,
    });
  }

  #order(effect: ProgramEffect): void {
    this.#doors.ordered(effect);
    this.#programs.perform(effect);
  }

  /** The guard judges by the same measure as the peers: when they take over, the address is off here. */
  #renewLease(): void {
    this.#detection.renewLease(this.#guard.renewalsFd, this.#configuration.cluster.detection.timeout);
  }

  /** The guard took the addresses off while this agent was out: it goes on as another incarnation. */
  #fenced(): void {
    const incarnation = this.#parts.foundation.state.beginIncarnation();
    this.#detection.beginIncarnation(incarnation);
    this.#loop.overtake({ kind: "guard-fired", incarnation });
  }

  /** The state directory was lost and the clock is behind: it goes on with a number that the peers will believe in. */
  #outdated(known: number): void {
    if (this.#renumberings >= RENUMBERINGS_MAX) return;
    this.#renumberings += 1;
    const incarnation = this.#parts.foundation.state.beginIncarnation(known);
    this.#detection.beginIncarnation(incarnation);
    this.#loop.post({ kind: "incarnation-outdated", incarnation });
  }

  #readKernel(): KernelSnapshot {
    const kernel = this.#kernel.snapshot();
    if (kernel.ok) return kernel.value;
    const message = `Cannot read the interfaces of this machine: ${kernel.problem.message}`;
    throw new LocumError({ code: "agent.kernel-unreadable", message });
  }
}
