/**
 * All decisions of one node: the only place that joins membership, services, findings and commands.
 *
 * Every input is first taken in by the part that it concerns; then, if anything that matters changed or came due, every
 * service decides anew; then what the others must know is published. Same inputs, same effects: the simulator and the
 * replay of a black box run this class unchanged.
 *
 *     input -> knowledge (kernel, peers, pings) -> services decide -> findings -> bulletin and state published, and those
 *     of others passed on to peers that do not hear them
 */
import { type Deadline, type Machine, dueAt, soonest } from "../base/machine.js";
import { type Duration, type Instant, after, earliest, milliseconds, seconds } from "../base/time.js";
import { type Cluster, type Damping, type ServiceConfig, settlingTime } from "../model/cluster.js";
import type { DetectorReport, RelayedBulletin } from "../model/heartbeat.js";
import type { KernelAddress } from "../model/kernel.js";
import { type NodeName, type ServiceName, wireId } from "../model/names.js";
import type { LedgerEntry, NodeEffect, NodeInput, NodeOptions, StepProblem } from "../model/node-io.js";
import type { ProgramInput } from "../model/program.js";
import type { RuleStanding } from "../model/rule-standing.js";
import type { NodeView } from "../model/status.js";
import { AddressHolding } from "./addresses/address-holding.js";
import { Contests } from "./addresses/contests.js";
import type { HeldAddress } from "./addresses/held-address.js";
import { Strays } from "./addresses/strays.js";
import { CommandDesk, type DeskContext } from "./commands/command-desk.js";
import { Effects } from "./effects.js";
import { allFindings } from "./findings/all-findings.js";
import type { Findings } from "./findings/explained.js";
import { FindingsBoard } from "./findings/findings-board.js";
import { leftEmpty } from "./identity/own-interface.js";
import { type OrderInput, TOUCHES_FITNESS } from "./input-kinds.js";
import { KernelNews } from "./kernel-news.js";
import { Knowledge } from "./knowledge.js";
import { NodePaths } from "./paths/node-paths.js";
import type { CandidateFacts } from "./placement/place.js";
import { pingHeard } from "./membership/ping-news.js";
import { Listening } from "./membership/listening.js";
import { Publisher } from "./publisher.js";
import { Relay } from "./relay.js";
import { differenceBetween } from "./reload/changes.js";
import { HostRoutes } from "./routes/host-routes.js";
import { ReloadGate } from "./reload/reload-gate.js";
import { turnOver } from "./reload/turnover.js";
import { RuleBook } from "./rules/rule-book.js";
import { announcementHeard, isContestOver } from "./services/announcement.js";
import { type Outlook, outlookOf } from "./services/outlook.js";
import { latestEpochs } from "./services/seniority.js";
import { Service } from "./services/service.js";
import { adopt } from "./supervision/adoption.js";
import { awaitStrays, reviewStrays } from "./supervision/stray-programs.js";
import { type Situation, absenceOf } from "./services/situation.js";
import { viewOf } from "./view.js";

/** How long a stopping node waits for others to take what it offers. */
const STOP_PATIENCE: Duration = seconds(1);
/** What many small reports have changed is weighed together after this time. */
const REVIEW_PAUSE: Duration = milliseconds(5);

export class Node implements Machine<NodeInput, NodeEffect> {
  readonly #options: NodeOptions;
  readonly #knowledge: Knowledge;
  readonly #paths: NodePaths;
  readonly #effects = new Effects();
  readonly #rules = new RuleBook();
  readonly #desk = new CommandDesk(this.#rules);
  readonly #publisher: Publisher;
  readonly #reload = new ReloadGate();
  readonly #relay = new Relay();
  readonly #routes = new HostRoutes();
  readonly #board: FindingsBoard;
  readonly #contests = new Contests();
  readonly #listening: Listening;
  readonly #kernelNews: KernelNews;
  readonly #startedAt: Instant;
  #incarnation: number;
  #services: readonly Service[];
  /** Services that left the configuration, until nothing of them is on this machine. */
  #retired: readonly Service[] = [];
  readonly #strays: Strays;
  #decidedAt: Instant;
  /** When to decide because of things that were left to be weighed together. */
  #reviewAt: Instant | undefined;
  #findingsAt: Instant | undefined;
  #stopAt: Instant | undefined;
  #isDismissed = false;
  #phase: "waiting" | "running" | "stopping" | "ended" = "waiting";

  constructor(now: Instant, options: NodeOptions) {
    this.#options = options;
    this.#incarnation = options.incarnation;
    this.#knowledge = new Knowledge(now, options, {
      isOurs: (address) => this.#all().some((service) => service.addresses.hasOnRecord(address)),
      rival: (address) => this.#contests.rivalFor(address),
    });
    this.#strays = new Strays(this.#knowledge.isSeen);
    this.#paths = new NodePaths(this.#knowledge, this.#effects, () => this.#all());
    this.#publisher = new Publisher(options.program);
    this.#board = new FindingsBoard(settlingTime(options.cluster));
    this.#startedAt = now;
    this.#listening = new Listening(now, this.#knowledge.membership);
    this.#kernelNews = new KernelNews({
      knowledge: this.#knowledge,
      effects: this.#effects,
      contests: this.#contests,
      listening: this.#listening,
      services: () => this.#all(),
      strays: () => this.#strays.all,
    });
    this.#decidedAt = now;
    const epochs = latestEpochs([...options.saved.epochs, ...options.ledger]);
    const held = latestEpochs(options.saved.held ?? []);
    this.#services = options.cluster.services.map((config) =>
      this.#newService(now, config, epochs.get(config.name) ?? 0, held.get(config.name)),
    );
  }

  handle(now: Instant, input: NodeInput): readonly NodeEffect[] {
    if (this.#phase === "ended") return [];
    const isNews = this.#takeIn(now, input);
    const isNewPath = this.#paths.take(now, input);
    if (isNewPath || TOUCHES_FITNESS.has(input.kind)) this.#knowledge.forgetFitness();
    const isFence = this.#knowledge.fencing.take(now, input, this.#effects);
    const matters = isNews || isNewPath || isFence || this.#rules.take(now, input, this.#knowledge, this.#effects);
    if (matters && this.#paths.isSwitching) this.#reviewAt = now;
    // Steps come in crowds: what has become of all of them is weighed once, right after the last.
    if (this.#paths.isSwitching || (input.kind === "step-done" && !isNewPath)) return this.#effects.take();
    for (const service of this.#all()) service.tick(now, this.#effects);
    for (const stray of this.#unclaimedStrays) stray.tick(now, this.#effects);
    if (this.#phase !== "waiting" && (matters || this.#isDue(now))) this.#decide(now);
    const effects = this.#effects.take();
    const ledger = this.#publisher.ledger(this.#ledger(), !this.#knowledge.paused);
    return ledger === undefined ? effects : [ledger, ...effects];
  }

  deadline(): Deadline | undefined {
    if (this.#phase === "ended") return undefined;
    if (this.#paths.isSwitching) return this.#paths.deadline();
    return [
      ...this.#all().map((service) => service.upkeepDeadline()),
      ...this.#unclaimedStrays.map((stray) => dueAt(stray.deadline(), "stray address")),
    ].reduce<Deadline | undefined>(soonest, this.#decisionDeadline());
  }

  view(now: Instant): NodeView {
    return viewOf({
      now,
      startedAt: this.#startedAt,
      stopping: this.#phase === "stopping",
      program: this.#options.program,
      knowledge: this.#knowledge,
      isRouted: (address) => this.#routes.leadTo(address),
      services: this.#services,
      board: this.#board,
    });
  }

  /** What the checks say of the interfaces here that a service's addresses are on, or could go to. */
  outlook(name: ServiceName): Outlook {
    return outlookOf(this.#service(name), this.#knowledge);
  }

  /** How each rule stands here, with each thing that this node may come to act for. */
  ruleStandings(now: Instant): readonly RuleStanding[] {
    return this.#rules.standings(now, this.view(now));
  }

  // --- inputs ----------------------------------------------------------------------------------------------------

  /** Takes a fact in; whether decisions may depend on it. */
  #takeIn(now: Instant, input: NodeInput): boolean {
    switch (input.kind) {
      case "started":
        this.#start(now, input);
        return true;
      case "ticked":
      case "path-judged":
      case "interface-captured":
      case "errand-ended":
        return false;
      case "detector-reported":
        this.#knowledge.report(now, input.report, this.#effects);
        return this.#isUrgent(now, input.report);
      case "peer-state-received":
        return this.#knowledge.peerState(now, input.peer, input.state, this.#effects);
      case "peer-disowned":
        return this.#knowledge.disowned(now, input.peer);
      case "peer-acknowledged":
        return this.#knowledge.disowners.forget(input.peer);
      case "bulletin-relayed":
        return this.#bulletinRelayed(now, input.by, input.relayed);
      case "state-relayed":
        return this.#knowledge.stateRelayed(now, input.by, input.state, this.#effects);
      case "peer-connected":
        this.#relay.connected(input.peer);
        return true;
      case "peer-connections-received":
        this.#service(input.service)?.connectionsHeard(input.connections);
        return false;
      case "connections-read":
        this.#service(input.service)?.connectionsRead(input.connections, this.#effects);
        return false;
      case "step-done":
        return this.#stepAnswered(now, input.step, undefined);
      case "step-failed":
        return this.#stepAnswered(now, input.step, input.problem);
      case "announcement-heard":
        return announcementHeard(now, input, {
          knowledge: this.#knowledge,
          services: this.#services,
          contests: this.#contests,
          effects: this.#effects,
        });
      case "program-started":
      case "program-not-started":
      case "program-ready":
      case "program-said":
      case "program-judged":
      case "program-caught-up":
      case "program-exited":
      case "program-gone":
      case "program-host-lost":
      case "no-programs-left":
      case "role-told":
      case "program-probed":
        return this.#programHeard(now, input);
      case "ping-judged":
      case "ping-answers-changed":
        return pingHeard(now, input, this.#knowledge);
      case "command-received":
      case "command-answered":
      case "configuration-changed":
      case "guard-fired":
      case "incarnation-outdated":
      case "stop-requested":
        return this.#takeOrder(now, input);
      default:
        return this.#kernelNews.take(now, input);
    }
  }

  #programHeard(now: Instant, input: ProgramInput): boolean {
    const isTold = this.#knowledge.remains.take(input);
    return this.#all().filter((service) => service.programs.take(now, input, this.#effects)).length > 0 || isTold;
  }

  /** It may come before the first sign of life of the node that it is about: epochs count even so. */
  #bulletinRelayed(now: Instant, by: NodeName, relayed: RelayedBulletin): boolean {
    if (!this.#knowledge.bulletinRelayed(now, by, relayed, this.#effects)) return false;
    const epochs = new Map(relayed.bulletin.claims.map(({ service, epoch }) => [service, epoch]));
    for (const service of this.#services) service.epochHeard(epochs.get(wireId(service.config.name)) ?? 0);
    return true;
  }

  #takeOrder(now: Instant, input: OrderInput): boolean {
    switch (input.kind) {
      case "command-received":
        this.#desk.receive(now, input, this.#context(now));
        return true;
      case "command-answered":
        this.#desk.answered(input.id, input.outcome, this.#context(now));
        return false;
      case "configuration-changed":
        if (this.#reload.admits(input, this.#knowledge, this.#services, this.#effects))
          this.#reconfigure(now, input.cluster);
        return true;
      case "guard-fired":
        this.#effects.note({ code: "agent.fenced-by-guard" });
        this.#beginIncarnation(now, input.incarnation);
        for (const service of this.#services) service.fenced(now, this.#effects);
        this.#routes.fenced(now);
        return true;
      case "incarnation-outdated":
        this.#effects.note({ code: "agent.incarnation-outdated", incarnation: input.incarnation });
        this.#beginIncarnation(now, input.incarnation);
        return true;
      case "stop-requested":
        this.#beginStop(now);
        return true;
    }
  }

  #beginStop(now: Instant): void {
    this.#stopAt ??= after(now, STOP_PATIENCE);
    if (this.#phase === "running") this.#effects.note({ code: "agent.stopping" });
    this.#phase = "stopping";
  }

  #start(now: Instant, { kernel, programs }: Extract<NodeInput, { readonly kind: "started" }>): void {
    const { kernel: table } = this.#knowledge;
    table.replace(kernel);
    this.#phase = "running";
    this.#listening.begin(now);
    const adopted: string[] = [];
    for (const address of kernel.addresses) {
      const name = table.linkName(address.linkIndex);
      if (name !== undefined) adopted.push(...this.#findOurs(name, address));
    }
    this.#effects.note({ code: "agent.started", incarnation: this.#incarnation, adopted });
    const begin = (config: ServiceConfig): Service => this.#newService(now, config, 0);
    const adopters = { services: this.#services, remains: this.#knowledge.remains, begin };
    if (programs !== undefined) this.#retired = adopt(now, programs, adopters, this.#effects);
    this.#strays.removeAll(this.#effects);
    for (const entry of leftEmpty(this.#options.ledger, table)) this.#strays.add(entry, entry).remove(this.#effects);
    this.#paths.start(now);
    this.#monitorPings();
  }

  /** Recognises an address that is ours: a service's, or one that the ledger says we put there. */
  #findOurs(interfaceName: string, found: KernelAddress): readonly string[] {
    const { address } = found;
    const placed = this.#knowledge.kernel.placed(interfaceName, found);
    const service = this.#services.find(({ config }) => config.addresses.some((each) => each.address === address));
    if (service !== undefined) {
      service.addresses.find(placed);
      return [address];
    }
    const entry = this.#options.ledger.find((each) => each.address === address && each.interface === interfaceName);
    if (entry !== undefined) this.#strays.add(entry, placed);
    return [];
  }

  /** Where a service has put its own meanwhile, it is the service's to take off. */
  get #unclaimedStrays(): readonly HeldAddress[] {
    return this.#strays.all.filter(({ placed }) => !this.#all().some(({ addresses }) => addresses.isPlaced(placed)));
  }

  #stepAnswered(now: Instant, step: number, problem: StepProblem | undefined): boolean {
    if (this.#paths.owns(step)) return false;
    const isOther =
      this.#knowledge.standIns.answer(now, step, problem, this.#effects) ||
      this.#routes.answer(now, step, problem, this.#effects);
    const taken = isOther || this.#all().some((service) => service.answer(now, step, problem, this.#effects));
    if (!taken) this.#strays.answer(now, step, problem, this.#effects);
    this.#strays.forget();
    this.#reviewAt = now;
    return problem !== undefined;
  }

  #beginIncarnation(now: Instant, incarnation: number): void {
    this.#incarnation = incarnation;
    this.#listening.begin(now);
    this.#publisher.restart();
    this.#knowledge.membership.doubtBulletins();
  }

  #reconfigure(now: Instant, cluster: Cluster): void {
    if (!cluster.nodes.some(({ name }) => name === this.#knowledge.self)) {
      this.#effects.note({ code: "agent.dismissed" });
      this.#isDismissed = true;
      this.#beginStop(now);
    } else this.#goBy(now, cluster);
  }

  #goBy(now: Instant, cluster: Cluster): void {
    this.#effects.push({ kind: "use-configuration", cluster });
    if (cluster.hash === this.#knowledge.cluster.hash) return;
    const difference = differenceBetween(this.#knowledge.cluster, cluster, this.#knowledge.self);
    this.#knowledge.reconfigure(now, cluster, this.#effects);
    this.#board.settle = settlingTime(cluster);
    const change = { now, before: this.#services, next: cluster.services };
    const begin = (each: ServiceConfig): Service => this.#revived(now, each) ?? this.#newService(now, each, 0);
    const { services, retired } = turnOver({ ...change, begin }, this.#effects);
    this.#services = services;
    this.#retired = [...this.#retired, ...retired];
    this.#effects.note({ code: "configuration.changed", hash: cluster.hash, ...difference });
    this.#monitorPings();
  }

  /** A service that left the configuration and comes back before all of it was off this machine. */
  #revived(now: Instant, config: ServiceConfig): Service | undefined {
    const service = this.#retired.find((each) => each.config.name === config.name);
    this.#retired = this.#retired.filter((each) => each !== service);
    service?.reconfigure(config, now, this.#effects);
    return service;
  }

  /** The many reports about links between others can wait a moment, to be weighed together. */
  #isUrgent(now: Instant, report: DetectorReport): boolean {
    switch (report.kind) {
      case "round-trip-measured":
        return false;
      case "packets-refused":
      case "hearing-changed":
      case "peer-described":
        this.#reviewAt ??= after(now, REVIEW_PAUSE);
        return false;
      default:
        return true;
    }
  }

  // --- decisions -------------------------------------------------------------------------------------------------

  #decide(now: Instant): void {
    this.#decidedAt = now;
    this.#reviewAt = undefined;
    this.#knowledge.review(now, this.#effects);
    this.#knowledge.reviewPings(now);
    this.#knowledge.forgetPeers(now);
    const mayFence = this.#phase === "running" && !this.#isListening(now);
    this.#knowledge.fencing.review(now, this.#services, mayFence, this.#effects);
    this.#knowledge.reviewPlacement(now, this.#services);
    awaitStrays(this.#services, this.#knowledge);
    for (const service of this.#services) service.decide(this.#situation(now, service), this.#effects);
    this.#reviewStrays(now);
    for (const service of this.#retired) service.review(now, this.#effects);
    this.#retired = this.#retired.filter((service) => !service.idle);
    this.#knowledge.standIns.review(now, this.#services, this.#effects);
    this.#reviewRoutes(now);
    this.#contests.review(now, (rival) => isContestOver(rival, this.#all(), this.#knowledge));
    const settled = soonest(this.#board.deadline(), this.#rules.deadline());
    this.#findingsAt = earliest(this.#findingsAt ?? after(now, REVIEW_PAUSE), settled?.at ?? after(now, REVIEW_PAUSE));
    if (this.#findingsAt <= now) {
      this.#findingsAt = undefined;
      this.#board.update(now, this.#findings(now), this.#effects);
      this.#rules.review(now, this.#context(now), this.#desk);
    }
    this.#desk.review(now, this.#context(now));
    if (this.#phase === "stopping") this.#stop(now);
    this.#publisher.publish(now, this.#incarnation, this.#knowledge, [this.#services, this.#retired], this.#effects);
    this.#relay.review(now, this.#knowledge, this.#effects);
    if (this.#phase === "ended") this.#end();
  }

  #reviewStrays(now: Instant): void {
    const [isStopping, isListening] = [this.#phase === "stopping", this.#isListening(now)];
    const around = { knowledge: this.#knowledge, retired: this.#retired, isListening, isStopping };
    this.#effects.afterwards(() => reviewStrays(now, this.#services, around, this.#effects));
  }

  #reviewRoutes(now: Instant): void {
    const stopping = this.#phase === "stopping";
    this.#effects.afterwards(() => this.#routes.review(now, this.#services, this.#knowledge, stopping, this.#effects));
  }

  /** Lets go in order: first what others take, then, unless paused, the rest, and only then says goodbye. */
  #stop(now: Instant): void {
    const patient = this.#stopAt !== undefined && now < this.#stopAt;
    if (patient && this.#services.some((service) => service.offeredTo !== undefined)) return;
    const { paused } = this.#knowledge;
    if (!paused) for (const service of this.#services) service.dismiss(now, this.#effects, { kind: "stopping" });
    const forced = this.#stopAt !== undefined && now >= after(this.#stopAt, this.#stopMax);
    const isOff = ({ programs, addresses }: Service): boolean =>
      (!this.#isLeaving || programs.idle) && (paused || (addresses.idle && !programs.hasStrays));
    if (forced || (this.#all().every(isOff) && this.#routes.idle)) this.#phase = "ended";
  }

  /** The agent ends, and its programs with it: in a pause they outlive it, if there is to be another one. */
  get #isLeaving(): boolean {
    return this.#phase === "stopping" && (!this.#knowledge.paused || this.#isDismissed);
  }

  /** Programs have the time that they are configured with; what is left then cannot be ended. */
  get #stopMax(): Duration {
    return (STOP_PATIENCE + Math.max(0, ...this.#all().map(({ programs }) => programs.stopMax))) as Duration;
  }

  #end(): void {
    this.#effects.note({ code: "agent.stopped" });
    this.#effects.push({ kind: "say-goodbye" });
    this.#effects.push({ kind: "exit" });
  }

  #situation(now: Instant, service: Service): Situation {
    const knowledge = this.#knowledge;
    const { membership, cluster } = knowledge;
    let facts: readonly CandidateFacts[] | undefined;
    const isAwaited = (): boolean => this.#listening.awaitsWordOf(service.config.nodes, now, cluster.detection.timeout);
    return {
      now,
      self: knowledge.self,
      paused: knowledge.paused,
      isKept: () => knowledge.kept.some((each) => each.service === service.config.name),
      stopping: this.#phase === "stopping",
      leaving: this.#isLeaving,
      starting: this.#isListening(now),
      get awaitsWord() {
        return isAwaited();
      },
      cutOff: knowledge.cutOff,
      mayBeCutOff: knowledge.mayBeCutOff,
      disowned: knowledge.disowners.names.length > 0,
      drained: knowledge.standing.drained,
      ...knowledge.halts.ordersFor(service.config.name),
      // Most services of a large cluster are decided without a look at their candidates.
      get facts() {
        return (facts ??= knowledge.factsToActOn(now, service));
      },
      claims: membership.claimsOf(service.config.name),
      turnSince: knowledge.sharing.turnSince(service.config.name),
      mustStop: knowledge.sharing.mustStop(now, service.config.name),
      patience: cluster.detection.timeout,
      speaks: (node) => membership.speaks(node),
      hasSpoken: (node) => membership.hasSpoken(node),
      hasRead: (node) => membership.goesByOwnFile(node),
      isStateOld: (node) => membership.isStateOld(node),
      awaitsFencing: knowledge.awaitsFencing(service) !== undefined,
      mover: (node, epoch) => membership.moverOf(node, service.config.name, epoch),
      absence: (node) => absenceOf(membership.peer(node), knowledge.fencing.isFenced(node)),
    };
  }

  /** Whether this node is too fresh to take what nobody seems to hold. */
  #isListening(now: Instant): boolean {
    return this.#listening.isOn(now, this.#knowledge.cluster.detection.timeout);
  }

  #findings(now: Instant): Findings {
    return allFindings(now, {
      knowledge: this.#knowledge,
      services: this.#services,
      retired: this.#retired,
      listening: this.#isListening(now),
      told: [
        ...this.#reload.findings,
        ...this.#contests.findings(),
        ...this.#rules.findings(now, this.#knowledge.self),
        ...this.#routes.findings(),
        ...this.#knowledge.fencing.findings(),
      ],
    });
  }

  // --- parts -----------------------------------------------------------------------------------------------------

  #isDue(now: Instant): boolean {
    return (this.#decisionDeadline()?.at ?? Infinity) <= now;
  }

  #decisionDeadline(): Deadline | undefined {
    const { pings, nextForgotten, cluster } = this.#knowledge;
    const wishes: (Deadline | undefined)[] = [
      ...this.#services.map((service) => service.decisionDeadline()),
      // Of these nothing is decided any more: whatever else they once waited for would be due for ever.
      ...this.#retired.map(({ programs }) => programs.deadline()),
      ...this.#contests.deadlines(),
      this.#board.deadline(),
      this.#rules.deadline(),
      dueAt(this.#reviewAt, "review"),
      dueAt(this.#findingsAt, "findings"),
      dueAt(this.#knowledge.membership.caughtUpAt(this.#decidedAt), "findings"),
      this.#desk.deadline(),
      this.#relay.deadline(),
      this.#routes.deadline(),
      dueAt(pings.doubtedUntil, "ping targets"),
      dueAt(nextForgotten, "noticed peer"),
      dueAt(this.#knowledge.nextChange(), "ban or attribute"),
      this.#phase === "waiting" ? undefined : this.#listening.deadline(this.#decidedAt, cluster.detection.timeout),
      this.#stopDeadline(),
      this.#paths.deadline(),
      this.#knowledge.standIns.deadline(),
      this.#knowledge.sharing.deadline(),
      this.#knowledge.fencing.deadline(),
    ];
    return wishes.reduce<Deadline | undefined>(soonest, undefined);
  }

  #stopDeadline(): Deadline | undefined {
    if (this.#stopAt === undefined) return undefined;
    return dueAt(this.#decidedAt < this.#stopAt ? this.#stopAt : after(this.#stopAt, this.#stopMax), "stop");
  }

  #ledger(): readonly LedgerEntry[] {
    const ofServices = this.#all().flatMap(({ addresses }) => addresses.entries());
    return [...ofServices, ...this.#strays.entries()].flatMap((entry) => this.#paths.places(entry));
  }

  #monitorPings(): void {
    const { cluster, pings } = this.#knowledge;
    this.#effects.push({ kind: "monitor-pings", targets: pings.targets, ...cluster.detection });
  }

  #newService(now: Instant, config: ServiceConfig, knownEpoch: number, heldBefore?: number): Service {
    const addresses = new AddressHolding(config, this.#knowledge.locator, this.#knowledge.isSeen);
    const damping = (): Damping => this.#knowledge.cluster.damping;
    return new Service(now, config, { addresses, knownEpoch, heldBefore, damping });
  }

  #service(name: ServiceName): Service | undefined {
    return this.#services.find((service) => service.config.name === name);
  }

  #all(): readonly Service[] {
    return this.#retired.length === 0 ? this.#services : [...this.#services, ...this.#retired];
  }

  #context(now: Instant): DeskContext {
    return {
      knowledge: this.#knowledge,
      effects: this.#effects,
      stopping: this.#phase === "stopping",
      listening: this.#isListening(now),
      view: () => this.view(now),
      service: (name) => this.#service(name),
      services: () => this.#services,
      situation: (service) => this.#situation(now, service),
    };
  }
}
