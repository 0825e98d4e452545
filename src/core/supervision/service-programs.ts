/**
 * The programs of one service on this machine: which of them are wanted now and in which role, in which order they
 * start and end, and what their failures mean for the node.
 *
 * A program starts when those that it comes after are ready, whatever else starts meanwhile; it is asked to end when
 * those that come after it are gone, also where several are to begin anew. Programs that run on standbys too are told their role when it changes. A node on
 * which a program came to the end of its means is unfit for the service, for longer with each time, so that two nodes
 * do not throw it to each other for ever; a node that nobody can relieve goes on trying.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, between, doubled, latest } from "../../base/time.js";
import type { Damping, ServiceConfig } from "../../model/cluster.js";
import type {
  KeptPrograms,
  KeptRun,
  ProgramBrief,
  ProgramConfig,
  ProgramElsewhere,
  ProgramInput,
  ProgramName,
  ProgramRole,
  ProgramState,
} from "../../model/program.js";
import { programsStopMax } from "../../model/program-stop-time.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import type { Effects } from "../effects.js";
import { Program } from "./program.js";
import type { RunElsewhere } from "./runs-elsewhere.js";

/** A ban that was doubled so often is longer than any limit. */
const BAN_DOUBLINGS_MAX = 20;

/** What one unit is for other services of this node: they may share it. */
export interface Units {
  /** It runs here for one of them, or is to. */
  readonly areOurs: (program: ProgramConfig) => boolean;
  /** This node may still take one of them, and go on with what runs. */
  readonly mayBeOurs: (program: ProgramConfig) => boolean;
}

export class ServicePrograms {
  #config: ServiceConfig;
  /** Those that run on the holder only, and come after the addresses, or after one that does. */
  #behindAddresses: ReadonlySet<ProgramName>;
  readonly #damping: () => Damping;
  /** In the order of the file. */
  #programs: readonly Program[] = [];
  /** Of an earlier configuration, until nothing of them is left. */
  #leaving: readonly Program[] = [];
  /** To begin anew in their turn. */
  readonly #renewals = new Map<Program, "order" | "changed">();
  #wanted: ProgramRole | undefined;
  /** The holder is about to let go: what comes after its addresses ends first, and the rest only when these are off. */
  #isClearing = false;
  /** How often its programs asked for another node, as far as that has led to a ban. */
  #movesSeen = 0;
  /** Number of the last order to start the service. */
  #heeded = 0;
  /** What outlived the agent before serves as the holder's, and it is open yet whether this node holds the service. */
  #isFound = false;
  /** Those that run on another node, which ends them: they do not begin here before that. */
  #awaited: readonly RunElsewhere[] = [];
  #noticedAfter: Duration | undefined;
  /** After a failure that only another node could help with. */
  #ban: { readonly until: Instant; readonly program: ProgramName } | undefined;

  constructor(now: Instant, config: ServiceConfig, damping: () => Damping) {
    this.#config = config;
    this.#behindAddresses = behindAddresses(config);
    this.#damping = damping;
    this.#programs = listOf(config).map((each) => new Program(now, config.name, each));
  }

  /** The service has none, and nothing of earlier ones is left. */
  get isEmpty(): boolean {
    return this.#all().length === 0;
  }

  /** Nothing of them runs. */
  get idle(): boolean {
    return this.#all().every((each) => each.isGone);
  }

  /** Another node must not begin yet: something that only the holder may run, or do, is left here. */
  get holdsOn(): boolean {
    return this.#all().some((each) => each.holdsOn);
  }

  /** What ties the service to this node: it may run on the holder only, and cannot be ended. */
  get bound(): ProgramName | undefined {
    return this.#all().find((each) => each.state === "stuck" && each.holdsOn)?.name;
  }

  /** A holder has to end something before another node may begin, and that takes a while; be it what the file has no longer. */
  get areBound(): boolean {
    return this.holdsOn || this.#programs.some(({ config }) => !config.standby || config.awaitsRole === true);
  }

  /** All of them serve. */
  get ready(): boolean {
    return this.#programs.every((each) => each.isReadyAs("holder"));
  }

  /** Those that stand by do so. */
  get readyToStandBy(): boolean {
    return this.#programs.every((each) => !each.config.standby || each.isReadyAs("standby"));
  }

  /**
   * One that starts here, while others like it stand by and are asked whether they have all that it needs. Undefined: none does;
   * one of them is not asked, and what is ready first may be what has the least to load; or another would have to end here for it.
   */
  get startingWarm(): Program | undefined {
    if (this.#all().some(({ config, isGone }) => !config.standby && !isGone)) return undefined;
    const warm = this.#programs.filter(({ config }) => config.standby);
    if (warm.some(({ config }) => config.caughtUp === undefined)) return undefined;
    return warm.find(({ state }) => state === "starting");
  }

  /** Those that must be ready before the addresses go on are. */
  get readyForAddresses(): boolean {
    const { beforeAddresses = [] } = this.#config.programs ?? {};
    return beforeAddresses.every((name) => this.#named(name)?.isReadyAs("holder") !== false);
  }

  /** One is down, and this holder can do no more than wait. */
  get failed(): boolean {
    return this.#programs.some((each) => each.failure !== undefined || each.state === "stuck");
  }

  /** How long it takes at most until nothing of them is left, or known that it can't be ended. */
  get stopMax(): Duration {
    return programsStopMax(this.#all().map(({ config }) => config));
  }

  /** Takes up what outlived the agent before. Nothing of a holder's is started, ended or told until this node is wanted for something. */
  adopt(now: Instant, { runs, left, ended }: Required<Omit<KeptPrograms, "lastRun">>, effects: Effects): void {
    this.#isFound = runs.some((run) => run.role === "holder" && !wasEnded(run));
    // Whether another node could take it, nobody knows yet.
    this.setAlone(now, this.#isFound, effects);
    for (const past of ended) this.#named(past.start.config.name)?.recall(now, past);
    for (const kept of runs) {
      const program = this.#orLeaving(now, kept.start.config);
      if (program.adopt(now, kept, effects)) this.#renewals.set(program, "changed");
      else if (isToRestart(kept)) this.#renewals.set(program, "order");
    }
    for (const each of this.#all())
      if (left.some(({ program }) => program === each.name))
        each.take(now, { kind: "program-host-lost", left }, effects);
    this.#renewInTurn(now, effects);
    this.#noticeFailures(now);
  }

  /** Programs of an earlier run of the agent are there, neither taken into use nor given up yet. */
  get found(): boolean {
    return this.#isFound;
  }

  /** What was found is not to stay as it is. */
  drop(): void {
    this.#isFound = false;
  }

  /**
   * What a node is wanted for: to hold the service, to stand by, or neither.
   * @param isClearing it holds the service, and is about to let go: what comes after the addresses is not wanted any more
   */
  want(now: Instant, role: ProgramRole | undefined, isClearing = false): void {
    this.#isClearing = isClearing;
    if (role === "holder" && this.#wanted !== "holder")
      for (const each of this.#programs) if (!this.#isFound || !each.isDone) each.renew(now);
    if (role === "holder") this.drop();
    this.#wanted = role;
  }

  /** The addresses are still used: what comes after them has not ended, and can be. */
  get needAddresses(): boolean {
    return this.#programs.some(
      (each) => this.#behindAddresses.has(each.name) && !each.isGone && each.state !== "stuck",
    );
  }

  /** Starts and ends what is due, and tells roles. */
  review(now: Instant, addressesUp: boolean, effects: Effects): void {
    for (const each of this.#all()) each.tick(now, effects);
    this.#noticeFailures(now);
    this.#reviewBan(now);
    if (this.ready) this.#noticedAfter = undefined;
    if (!this.#isFound) for (const each of this.#unwanted()) this.#stopInTurn(now, each, effects);
    for (const each of this.#leaving) this.#stopInTurn(now, each, effects);
    this.#renewInTurn(now, effects);
    this.#leaving = this.#leaving.filter((each) => !each.isGone || each.probe.isFound);
    if (!this.#isFound) for (const each of this.#programs) this.#run(now, each, addressesUp, effects);
  }

  /** Asks of each that may run, although this agent did not start it, whether it does. @param isOurs whether this node may hold the service */
  ask(now: Instant, isOurs: boolean, effects: Effects): void {
    for (const each of this.#programs) each.askWhetherItRuns(now, isOurs, effects);
    for (const each of this.#leaving) each.askWhetherItRuns(now, false, effects);
  }

  /**
   * What was found running is no business of this node's, where it is to be nothing here.
   * @param isDecided whether it is known that this node is not to hold the service now; what the file has no more goes even so
   * @param mayEnd whether it is to be ended now
   */
  judgeStrays(now: Instant, isDecided: boolean, units: Units, mayEnd: boolean, effects: Effects): void {
    if (this.#isFound) return;
    const unwanted = isDecided
      ? this.#unwanted()
      : this.#programs.filter(({ probe, config }) => probe.isFoundAsOther(config));
    for (const each of [...unwanted, ...this.#leaving].filter(({ isGone, probe }) => isGone && probe.isFound))
      if (units.areOurs(each.probe.config)) each.probe.settle();
      else if (!units.mayBeOurs(each.probe.config)) each.judgeStray(now, mayEnd, effects);
  }

  /** One of them runs here that was not started by this agent, and is not its own. */
  get hasStrays(): boolean {
    return this.#all().some(({ probe }) => probe.isFound);
  }

  /** @param runs of its programs that run on one node only, on other nodes: they do not begin here meanwhile */
  await(runs: readonly RunElsewhere[]): void {
    this.#awaited = runs;
  }

  /** Of which it is not known yet whether they run here, without having been started by this agent. */
  get unlooked(): readonly ProgramName[] {
    return this.#all().flatMap(({ name, isGone, probe }) => (isGone && probe.isOpen ? [name] : []));
  }

  /** Those that run here, begun or adopted by this agent, or are to. */
  get begun(): readonly ProgramConfig[] {
    return this.#all().flatMap((each) => {
      const runs = !each.isGone && !each.probe.isStray;
      return runs || (!this.#leaving.includes(each) && this.#roleOf(each) !== undefined) ? [each.config] : [];
    });
  }

  get configs(): readonly ProgramConfig[] {
    return listOf(this.#config);
  }

  /** Takes a fact in; false when it is about no run of this service. */
  take(now: Instant, input: ProgramInput, effects: Effects): boolean {
    const taken = this.#all().filter((each) => each.take(now, input, effects));
    if (input.kind === "program-host-lost" && taken.length > 0) this.#noticedAfter = input.ago;
    this.#noticeFailures(now);
    return taken.length > 0;
  }

  /** So long after they went with their host that was known; undefined: at once, or they are all there again. */
  get noticedAfter(): Duration | undefined {
    return this.#noticedAfter;
  }

  /** Whether one of them cannot be ended here. */
  get isStuck(): boolean {
    return this.#programs.some(({ state }) => state === "stuck");
  }

  /** Whether it is for an order that one of them is down which shall run. */
  get restartedByOrder(): boolean {
    return this.#programs.some((each) => each.isRestartedByOrder && this.#roleOf(each) !== undefined);
  }

  /** Why this node should not hold the service, in the experience with its programs. */
  unfit(now: Instant): readonly UnfitReason[] {
    // One that left the file is no part of what is to be served; to let go for it would leave the service to nobody.
    const stuck = this.#programs.filter((each) => each.state === "stuck");
    // Whoever goes on as the holder tries again what failed while no agent was there.
    const failed = this.#isFound ? [] : this.#programs.filter((each) => each.failure === "move");
    return [
      ...stuck.map(({ name }): UnfitReason => ({ code: "program-stuck", detail: name })),
      ...failed.map(({ name }): UnfitReason => ({ code: "program-failed", detail: name })),
      ...(failed.length === 0 && !this.#isFound ? this.#banned(now) : []),
      ...(this.#wanted !== "holder" && !this.#isFound ? this.#unready() : []),
    ];
  }

  /** When `review` is due. */
  deadline(): Deadline | undefined {
    const wishes = this.#all().map((each) => this.#deadlineOf(each));
    const answers = this.#awaited.map(({ until }) => dueAt(until, "program elsewhere"));
    return [...wishes, ...answers].reduce<Deadline | undefined>(soonest, dueAt(this.#ban?.until, "program ban"));
  }

  /** An operator restarts one of them, or all in order. */
  restart(now: Instant, name: ProgramName | undefined, effects: Effects): void {
    this.#forgive(now);
    for (const each of this.#programs) if (name === undefined || each.name === name) this.#renewals.set(each, "order");
    this.#renewInTurn(now, effects);
    for (const [each, why] of this.#renewals) if (why === "order") each.planRestart(effects);
  }

  /** Whether no other node could take the service now. */
  setAlone(now: Instant, isAlone: boolean, effects: Effects): void {
    for (const each of this.#programs) each.setAlone(now, isAlone, effects);
  }

  /** An operator had the service started, on this node or another: whatever failed before is mended, as far as he knows. */
  heed(now: Instant, startOrder: number): void {
    if (startOrder <= this.#heeded) return;
    this.#heeded = startOrder;
    this.#forgive(now);
  }

  /** What failed may be tried at once, and this node is fit again as far as that is concerned. What has done its work is done. */
  #forgive(now: Instant): void {
    this.#ban = undefined;
    for (const each of this.#programs) if (!each.isDone) each.forgive(now);
  }

  /** Whatever only a holder may run ends at once: another node has begun. */
  killHolders(now: Instant, effects: Effects): void {
    for (const each of this.#all()) if (each.holdsOn) each.kill(now, "rival", effects);
  }

  /** The guard has killed them all while the agent was out: no end of theirs is their own. */
  fenced(now: Instant, effects: Effects): void {
    for (const each of this.#all()) if (!each.isGone) each.kill(now, "guard", effects);
  }

  reconfigure(now: Instant, config: ServiceConfig, effects: Effects): void {
    this.#config = config;
    this.#behindAddresses = behindAddresses(config);
    const before = new Map(this.#programs.map((each) => [each.name, each]));
    this.#programs = listOf(config).map((next) => {
      const known = before.get(next.name);
      before.delete(next.name);
      if (known === undefined) return new Program(now, config.name, next);
      if (known.reconfigure(now, next, effects)) this.#renewals.set(known, "changed");
      return known;
    });
    for (const each of before.values()) this.#renewals.delete(each);
    this.#leaving = [...this.#leaving, ...before.values()];
    this.#renewInTurn(now, effects);
    if (this.#ban !== undefined && this.#named(this.#ban.program) === undefined) this.#ban = undefined;
  }

  /** Whether, with another configuration, one of them that can't start would end what is well here, or be one more where all serve. */
  isUndoneBy({ programs }: ServiceConfig, name: ProgramName): boolean {
    const next = programs?.list.find((each) => each.name === name);
    const known = this.#named(name);
    if (next === undefined || known === undefined) return next !== undefined && this.#wanted === "holder" && this.ready;
    return this.#roleOf(known) !== undefined && known.isUndoneBy(next);
  }

  /** Those of which there is something to tell. */
  briefs(now: Instant): readonly ProgramBrief[] {
    return this.#all()
      .filter((each) => hasNews(each) || this.#awaitedBy(each) !== undefined)
      .map((each) => {
        const at = this.#retryAt(each);
        const brief = briefOf(now, each, this.#roleOf(each), this.#awaitedBy(each));
        const until = this.#ban?.program === each.name && this.#wanted !== "holder" ? this.#ban.until : undefined;
        return {
          ...brief,
          ...(at === undefined ? {} : { retryIn: between(now, latest(now, at)) }),
          ...(until === undefined ? {} : { bannedFor: between(now, latest(now, until)) }),
        };
      });
  }

  /** What runs on other nodes, and keeps one from beginning here that is to run. */
  get awaited(): readonly RunElsewhere[] {
    if (this.#awaited.length === 0) return this.#awaited;
    return this.#programs.flatMap((each) => this.#awaitedBy(each) ?? []);
  }

  /** What keeps one from beginning here that is to run. */
  #awaitedBy(program: Program): RunElsewhere | undefined {
    if (!program.isGone || program.isDone || this.#roleOf(program) !== "holder") return undefined;
    return this.#awaited.find((each) => each.program === program.name);
  }

  /** When one that is down is tried again here. */
  #retryAt(program: Program): Instant | undefined {
    if (!RESTING.has(program.state)) return undefined;
    return this.#roleOf(program) === undefined ? undefined : program.deadline()?.at;
  }

  /** Of those that are down or in trouble. */
  troubles(): readonly Program[] {
    return this.#all().filter(
      ({ state, failure }) => failure !== undefined || state === "troubled" || state === "stuck",
    );
  }

  // --- order -----------------------------------------------------------------------------------------------------

  #run(now: Instant, program: Program, addressesUp: boolean, effects: Effects): void {
    const role = this.#roleOf(program);
    if (role === undefined) return;
    // One that begins as the holder's ends as the standby's: after what comes after it.
    if (program.state !== "starting" || this.#isLast(program)) program.tellRole(now, role, effects);
    if (this.#isClearing || !program.mayStart(now)) return;
    if (this.#isItsTurn(program, role, addressesUp)) program.start(now, role, effects);
    else program.retry(now);
  }

  #isItsTurn({ name, config }: Program, role: ProgramRole, addressesUp: boolean): boolean {
    const { afterAddresses = [] } = this.#config.programs ?? {};
    if (this.#leaving.some((each) => each.name === name)) return false;
    if (afterAddresses.includes(name) && !addressesUp) return false;
    if (this.#awaited.some(({ program }) => program === name)) return false;
    return config.after.every((before) => this.#servesAs(this.#named(before), role));
  }

  /** One that the file does not have is waited for by nobody; nor does one serve that is to begin anew. */
  #servesAs(program: Program | undefined, role: ProgramRole): boolean {
    return program === undefined || (program.isReadyAs(role) && !this.#renewals.has(program));
  }

  /** Asked to end once everything that comes after it, and is to end too, is gone. */
  #stopInTurn(now: Instant, program: Program, effects: Effects): void {
    if (this.#isLast(program)) program.stop(now, effects);
  }

  #isLast(program: Program): boolean {
    return this.#dependantsOf(program).every((each) => each.isGone || this.#staysUp(each));
  }

  /** It goes on, if in another role: nothing that is to end waits for it. */
  #staysUp(program: Program): boolean {
    const role = this.#leaving.includes(program) ? undefined : this.#roleOf(program);
    const isToEnd = role === undefined || program.endsAs(role) || this.#renewals.has(program);
    return !isToEnd && !ENDING.has(program.state);
  }

  /** Those that are to begin anew end once everything that comes after them, and is to begin anew too, has ended. */
  #renewInTurn(now: Instant, effects: Effects): void {
    const due = [...this.#renewals].filter(
      ([each]) => !this.#dependantsOf(each).some((other) => this.#renewals.has(other) || ENDING.has(other.state)),
    );
    for (const [each, why] of due) {
      this.#renewals.delete(each);
      each.restart(now, why, effects);
    }
    // What had ended already keeps nobody waiting.
    if (due.length > 0) this.#renewInTurn(now, effects);
  }

  #dependantsOf({ name }: Program): readonly Program[] {
    return this.#all().filter(({ config }) => config.after.includes(name));
  }

  #unwanted(): readonly Program[] {
    return this.#programs.filter((each) => this.#roleOf(each) === undefined);
  }

  #roleOf(program: Program): ProgramRole | undefined {
    const { config } = program;
    if (this.#wanted === "holder")
      return this.#isClearing && this.#behindAddresses.has(program.name) ? undefined : "holder";
    return this.#wanted === "standby" && config.standby ? "standby" : undefined;
  }

  /** A restart that waits for others, or is not wanted, wakes nobody. */
  #deadlineOf(program: Program): Deadline | undefined {
    const isResting = program.isGone && (this.#isFound || this.#isClearing || this.#roleOf(program) === undefined);
    return isResting ? program.probe.deadline : soonest(program.deadline(), program.probe.deadline);
  }

  // --- fitness ---------------------------------------------------------------------------------------------------

  /**
   * A standby whose programs are not ready, or given up for now, would take longer than another one, and may lack the data; so
   * may one that has yet to catch up. So would one that is not to stand by now: it says so before it may again.
   */
  #unready(): readonly UnfitReason[] {
    const waited = this.#programs.find((each) => each.config.standby && each.failure !== "move" && !isPrepared(each));
    return waited === undefined ? [] : [{ code: "program-not-ready", detail: waited.name }];
  }

  /** One that stands by and is ready has shown that it can be had, if as the last choice: the ban is there for the throwing to and fro. */
  #banned(now: Instant): readonly UnfitReason[] {
    if (this.#wanted === "holder" || this.#ban === undefined || this.#ban.until <= now) return [];
    const { program: detail } = this.#ban;
    const standsBy = this.#wanted === "standby" && this.#unready().length === 0;
    const isWell = standsBy && this.#named(detail)?.isReadyAs("standby") === true;
    return [{ code: isWell ? "banned" : "program-failed", detail }];
  }

  /** The node is banned by the first failure that asks for another one, for longer with each in a row. */
  #noticeFailures(now: Instant): void {
    const moves = this.#programs.reduce((sum, { policy }) => sum + policy.moves, 0);
    const failed = this.#programs.find(({ failure }) => failure === "move");
    if (failed === undefined || moves === this.#movesSeen) return;
    this.#movesSeen = moves;
    const { ban, banMax } = this.#damping();
    const doublings = Math.min(failed.policy.failures - 1, BAN_DOUBLINGS_MAX);
    this.#ban = { until: after(now, doubled(ban, doublings, banMax)), program: failed.name };
  }

  /** Whoever serves all of it has shown that it can. */
  #reviewBan(now: Instant): void {
    if (this.#ban === undefined) return;
    const isOver = this.#ban.until <= now;
    if (isOver || (this.#wanted === "holder" && this.ready)) this.#ban = undefined;
    if (isOver && this.#wanted !== "holder") for (const each of this.#programs) this.#giveAnotherTry(now, each);
  }

  /** What runs on standbys too has to show that it is well again; of the rest, nothing else can be known. */
  #giveAnotherTry(now: Instant, program: Program): void {
    if (this.#roleOf(program) === undefined) program.renew(now);
    else program.retry(now);
  }

  #named(name: ProgramName): Program | undefined {
    return this.#programs.find((each) => each.name === name);
  }

  /** The one of that name; one that the file does not have is on its way out. */
  #orLeaving(now: Instant, config: ProgramConfig): Program {
    const known = this.#named(config.name);
    if (known !== undefined) return known;
    const leaving = new Program(now, this.#config.name, config);
    this.#leaving = [...this.#leaving, leaving];
    return leaving;
  }

  #all(): readonly Program[] {
    return this.#leaving.length === 0 ? this.#programs : [...this.#programs, ...this.#leaving];
  }
}

const RESTING: ReadonlySet<ProgramState> = new Set(["waiting", "failed"]);

/** It stands by, and could take over with what it has. */
const isPrepared = (program: Program): boolean => program.isReadyAs("standby") && program.behind === undefined;

/** One that SIGKILL did not end is waited for by nobody. */
const ENDING: ReadonlySet<ProgramState> = new Set(["stopping", "killing"]);

/** By an order, and nothing of it is left: its service may have been given away. */
const wasEnded = ({ ending, facts }: KeptRun): boolean =>
  ending !== undefined && facts.some(({ kind }) => kind === "program-gone");

/** By order, and its turn had not come. */
const isToRestart = ({ ending, plan }: KeptRun): boolean => ending === undefined && plan?.next.kind === "start-again";

function behindAddresses({ programs }: ServiceConfig): ReadonlySet<ProgramName> {
  const behind = new Set<ProgramName>();
  const isBehind = ({ name, after }: ProgramConfig): boolean =>
    programs?.afterAddresses.includes(name) === true || after.some((before) => behind.has(before));
  let left = programs?.list.filter(({ standby }) => !standby) ?? [];
  // The file has them in any order.
  for (let found = left; found.length > 0;) {
    found = left.filter(isBehind);
    for (const { name } of found) behind.add(name);
    left = left.filter(({ name }) => !behind.has(name));
  }
  return behind;
}

const listOf = ({ programs }: ServiceConfig): readonly ProgramConfig[] => programs?.list ?? [];

const hasNews = ({ state, policy, lastExit, probe }: Program): boolean =>
  state !== "stopped" || policy.total > 0 || lastExit !== undefined || probe.isFound || probe.problem !== undefined;

/** @param wanted what it is to be here; undefined: it is to be down. @param awaited what it waits for */
const briefOf = (
  now: Instant,
  program: Program,
  wanted: ProgramRole | undefined,
  awaited: RunElsewhere | undefined,
): ProgramBrief => {
  const { service, name, state, since, policy, lastExit } = program;
  const { isFound, isStray, problem: unprobed } = program.probe;
  // Why it was ended matters less than what keeps it from ending.
  const words = state === "stuck" ? program.words : (unprobed ?? program.problem ?? program.behind ?? program.words);
  return {
    service,
    program: name,
    state,
    role: program.role ?? wanted ?? (program.config.standby ? "standby" : "holder"),
    lasted: between(since, now),
    restarts: policy.total,
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(wanted !== undefined && program.failure !== undefined ? { failing: true as const } : {}),
    ...(wanted !== undefined && program.isInTrouble ? { troubled: true as const } : {}),
    ...(state === "ready" && program.behind !== undefined ? { behind: true as const } : {}),
    ...(isFound ? { found: true as const } : {}),
    ...(isStray ? { stray: true as const } : {}),
    ...(unprobed === undefined ? {} : { unprobed: true as const }),
    ...(awaited === undefined ? {} : { awaits: elsewhereOf(awaited) }),
    ...(words === undefined ? {} : { words }),
  };
};

const elsewhereOf = ({ node, until, isSilent }: RunElsewhere): ProgramElsewhere => ({
  node,
  isKnown: until === undefined,
  ...(isSilent ? { isSilent } : {}),
});
