import type { Random } from "../base/random.js";
import type { Duration } from "../base/time.js";
import type { ServiceName } from "../model/names.js";
import { RunAccount } from "../core/supervision/run-account.js";
import {
  isForEarlierRun,
  type KeptPrograms,
  type ProbedProgram,
  type ProgramConfig,
  type ProgramEffect,
  type ProgramExit,
  type ProgramInput,
  type ProgramLeft,
  type ProgramName,
  type ProgramProbe,
  type ProgramRun,
} from "../model/program.js";
import type { SimAgent } from "./agent.js";
import type { SimHost } from "./host.js";
import { Manners, type Misbehaviour } from "./misbehaviour.js";
import { drawn } from "./pace.js";
import { type ProcessChange, SimProcess } from "./process.js";

/** In microseconds, each time drawn. A word between the agent and the program host: */
const WORD_TIME_MAX = 500;
/** From the agent's, or the former host's, end until what it had runs no more, if it can be killed: */
const NOTICE_TIME_MAX = 2_000;
/** From the start of a program host until it takes orders: */
const HOST_START_MAX = 80_000;
/** What it finds on record has so much time to be gone before it says what is left: */
const REMAINS_WAIT = 200_000;
/** The agent tells itself what died, when the last of it is gone, or leaves that to the next host. */
const LOOK_TIME_MAX = 300_000;
const START_FAILS_MAX = 5_000;
const PROBE_TIME_MAX = 50_000;

/** The process that starts and watches programs for an agent. */
interface ProgramHost {
  /** Undefined: it keeps everything for the next one. */
  agent: SimAgent | undefined;
  /** Orders that wait until it takes some; undefined: it does. */
  waiting: ProgramEffect[] | undefined;
  /** An earlier one died, and programs with it. `until`: the agent has heard of it, and which was the last run by then. */
  lost: { readonly until?: number } | undefined;
  /** Earlier agents may have left some: what is found of that is told, be it nothing. */
  readonly looks: boolean;
}

type RunInput = Extract<ProgramInput, { readonly run: number }>;

/** A process, and who hears of it by which number; undefined: nobody does, until a program host finds it on record. */
interface Hosted {
  readonly child: SimProcess;
  readonly startedBy: SimAgent;
  owner: { readonly agent: SimAgent; readonly number: number } | undefined;
  /** No agent began it. */
  readonly isStray?: true;
}

/**
 * The programs of a machine, the host that watches them for the agent, and its record of what runs. The host ends when its
 * agent does, and kills everything; what cannot be killed is told to the next agent as left. In a pause it goes on, and so does
 * everything that it has; the next agent is told of it.
 */
export class SimPrograms {
  readonly #host: SimHost;
  readonly #random: Random;
  readonly #manners = new Map<string, Manners>();
  /** Those that ended for good as they should, since the agent's start. */
  readonly #done = new Set<string>();
  #hosted: readonly Hosted[] = [];
  /** What somebody else began, and no agent has taken up. */
  #strays: readonly SimProcess[] = [];
  #programHost: ProgramHost | undefined;
  /** By number of the run, until an agent has heard that nothing of it is left. */
  readonly #accounts = new Map<number, RunAccount>();
  /** Number of the latest run that was ordered. */
  #lastRun = 0;
  /** What runs is to outlive the agent. */
  #isKeeping = false;
  #isFrozen = false;
  /** Of troubles in which nobody says whether a unit runs. */
  #unanswering = 0;
  /** What would have happened while the machine stood still. */
  #putOff: (() => void)[] = [];

  constructor(host: SimHost) {
    this.#host = host;
    this.#random = host.site.world.random(`programs of ${host.plan.name}`);
  }

  /** Of which something runs that an agent began. */
  get running(): readonly SimProcess[] {
    return this.#hosted.filter(({ isStray }) => isStray !== true).map(({ child }) => child);
  }

  /** Of which something runs that somebody else began. */
  get strays(): readonly SimProcess[] {
    return [...this.#strays, ...this.#hosted.filter(({ isStray }) => isStray === true).map(({ child }) => child)];
  }

  /** Somebody starts a unit by hand, unless it runs. */
  beginStray(service: ServiceName, config: ProgramConfig): void {
    if (this.#isHere(service, config.name)) return;
    const stray: SimProcess = this.#process({ run: 0, service, config, role: "holder" });
    this.#strays = [...this.#strays, stray];
  }

  #isHere(service: ServiceName, program: ProgramName): boolean {
    const all = [...this.#strays, ...this.#hosted.map(({ child }) => child)];
    return all.some(({ run }) => run.service === service && run.config.name === program);
  }

  get isEmpty(): boolean {
    return this.#hosted.length === 0;
  }

  /** The agent that runs now started it, and hears of it. */
  isWatched(child: SimProcess): boolean {
    const owner = this.#hosted.find((each) => each.child === child)?.owner;
    return owner !== undefined && owner.agent === this.#host.agent && owner.number > 0;
  }

  /** It outlived the agent that started it. */
  isKept(child: SimProcess): boolean {
    const startedBy = this.#hosted.find((each) => each.child === child)?.startedBy;
    return startedBy !== undefined && startedBy !== this.#host.agent;
  }

  /** The agent hears of what happens to programs; not so while one host of them has died and the next begins. */
  get isHeard(): boolean {
    return this.#programHost === undefined || this.#programHost.waiting === undefined;
  }

  isDone(service: ServiceName, program: ProgramName): boolean {
    return this.#done.has(keyOf(service, program));
  }

  order(agent: SimAgent, effect: ProgramEffect): void {
    const host =
      this.#programHost ?? this.#startHost({ agent, waiting: [], lost: undefined, looks: false }, HOST_START_MAX);
    if (effect.kind === "start-program" || effect.kind === "end-stray") this.#lastRun = effect.start.run;
    if (host.waiting === undefined) this.#obey(agent, effect);
    else host.waiting.push(effect);
  }

  /** The agent says whether programs are to outlive it. */
  keep(isKeeping: boolean): void {
    this.#isKeeping = isKeeping;
  }

  /** What the next agent is to go on with; undefined: nobody kept anything for it. */
  get kept(): KeptPrograms | undefined {
    if (this.#programHost === undefined) return undefined;
    const now = this.#host.clock.now();
    return {
      runs: [...this.#accounts.values()].map((account) => account.kept(now)),
      left: this.#hosted.flatMap(({ owner, child: { run } }) =>
        owner === undefined || owner.number > 0
          ? []
          : { run: owner.number, service: run.service, program: run.config.name },
      ),
      lastRun: this.#lastRun,
    };
  }

  /** An earlier agent left some, and no program host kept them: the next one ends them, and tells of that. */
  get mayHaveRemains(): boolean {
    return this.#programHost === undefined && this.#hosted.length > 0;
  }

  /** Where an earlier agent left some, the new one's program host begins at once, unless it was kept. */
  agentStarted(agent: SimAgent): void {
    if (this.#programHost !== undefined) {
      this.#adoptedBy(agent, this.#programHost);
      return;
    }
    if (!this.mayHaveRemains) return;
    this.killAll();
    this.#startHost({ agent, waiting: [], lost: undefined, looks: true }, HOST_START_MAX + REMAINS_WAIT);
  }

  /** The program host notices, kills everything and ends, or keeps it. */
  agentEnded(): void {
    if (this.#isKeeping && this.#programHost?.waiting === undefined && this.#hosted.length > 0) {
      if (this.#programHost !== undefined) this.#programHost.agent = undefined;
      return;
    }
    this.#end();
    this.#done.clear();
    this.#disown();
    this.#in(drawn(this.#random, NOTICE_TIME_MAX), () => this.killAll());
  }

  powerOff(): void {
    this.#end();
    this.#putOff = [];
    this.#strays = [];
    for (const { child } of this.#hosted) child.vanish();
  }

  /** The program host dies: the agent kills what it had, and starts another one. */
  killHost(): void {
    const host = this.#programHost;
    if (host === undefined) return;
    const { agent, waiting, looks } = host;
    this.#end();
    this.#disown();
    // Without an agent, what runs goes on unwatched until there is one.
    if (agent === undefined) return;
    this.killAll();
    const lost = waiting === undefined ? {} : host.lost;
    const next = { agent, waiting: waiting ?? [], lost, looks };
    this.#startHost(next, NOTICE_TIME_MAX + HOST_START_MAX + REMAINS_WAIT);
    this.#in(drawn(this.#random, LOOK_TIME_MAX), () => this.#tellWhatDied(agent, next));
  }

  /** Nobody waits for the next host to hear of processes that are gone; units and resources are that one's to end. */
  #tellWhatDied(agent: SimAgent, next: ProgramHost): void {
    if (this.#programHost !== next || next.waiting === undefined || next.lost === undefined) return;
    const there = this.#hosted.filter(({ owner }) => owner === undefined).map(({ child }) => child.run);
    if (next.lost.until !== undefined || there.some(({ config }) => config.source.kind === "command")) return;
    const until = this.#lastRun;
    next.lost = there.length === 0 ? undefined : { until };
    next.waiting = [];
    const left = there.map(leftOf);
    this.#word(agent, { kind: "program-host-lost", left, until });
  }

  /** SIGKILL to everything. */
  killAll(): void {
    for (const { child } of this.#hosted) child.kill();
  }

  /** One of those that run ends by itself. */
  end(nth: number, exit: ProgramExit): void {
    this.#hosted[nth % Math.max(this.#hosted.length, 1)]?.child.exit(exit);
  }

  /** @returns what makes it behave again */
  misbehave(service: ServiceName, program: ProgramName, how: Misbehaviour): () => void {
    const manners = this.mannersOf(service, program);
    const change = (): void => {
      for (const child of this.#named(service, program)) child.mannersChanged();
    };
    manners.add(how);
    change();
    return () => {
      manners.remove(how);
      change();
    };
  }

  /** Nobody says whether what no agent began runs. @returns what ends that */
  leaveUnanswered(): () => void {
    this.#unanswering += 1;
    return () => {
      this.#unanswering -= 1;
    };
  }

  mannersOf(service: ServiceName, program: ProgramName): Manners {
    const key = keyOf(service, program);
    const known = this.#manners.get(key) ?? new Manners();
    this.#manners.set(key, known);
    return known;
  }

  setFrozen(isFrozen: boolean): void {
    if (this.#isFrozen === isFrozen) return;
    this.#isFrozen = isFrozen;
    for (const happen of isFrozen ? [] : this.#putOff.splice(0)) happen();
  }

  #end(): void {
    this.#programHost = undefined;
    this.#accounts.clear();
  }

  #adoptedBy(agent: SimAgent, host: ProgramHost): void {
    host.agent = agent;
    for (const each of this.#hosted) if (each.owner !== undefined) each.owner = { ...each.owner, agent };
    for (const [run, { isGone }] of this.#accounts) if (isGone) this.#accounts.delete(run);
  }

  #startHost(host: ProgramHost, timeMax: number): ProgramHost {
    this.#programHost = host;
    this.#in(drawn(this.#random, timeMax), () => {
      if (this.#programHost === host) this.#hostStarted(host);
    });
    return host;
  }

  /** Orders that were given for programs which the agent takes for running, while some are left, mean nothing any more. */
  #hostStarted(host: ProgramHost): void {
    const { agent, lost, looks, waiting = [] } = host;
    host.waiting = undefined;
    if (agent === undefined) return;
    const left = this.#adopt(agent);
    const isLost = lost !== undefined || left.length > 0;
    const until = lost?.until ?? (isLost ? this.#lastRun : 0);
    if (isLost) this.#word(agent, { kind: "program-host-lost", left, until });
    else if (looks) this.#word(agent, { kind: "no-programs-left" });
    for (const effect of waiting) if (!isForEarlierRun(effect, until)) this.#obey(agent, effect);
  }

  /** Everything that is on record and nobody hears of was killed, and is told of from now on. */
  #adopt(agent: SimAgent): readonly ProgramLeft[] {
    return this.#hosted
      .filter(({ owner }) => owner === undefined)
      .map((each, index) => {
        const left = leftOf(each.child.run, index);
        each.owner = { agent, number: left.run };
        return left;
      });
  }

  #obey(agent: SimAgent, effect: ProgramEffect): void {
    if (effect.kind === "start-program") return this.#start(agent, effect.start);
    if (effect.kind === "probe-program") return this.#probe(agent, effect.probe);
    if (effect.kind === "end-stray") return this.#endStray(agent, effect.start);
    this.#accounts.get(effect.run)?.ordered(effect);
    const child = this.#hosted.find(({ owner }) => owner?.agent === agent && owner.number === effect.run)?.child;
    if (effect.kind === "stop-program") child?.stop();
    else if (effect.kind === "kill-program") child?.kill();
    else if (effect.kind === "tell-role") child?.tellRole(effect.role);
    else if (effect.kind === "watch-program") child?.watchBy(effect.config);
  }

  #start(agent: SimAgent, run: ProgramRun): void {
    // Not beside what is left of it, of which the agent has not heard yet.
    if (this.#hosted.some(({ child, owner }) => owner !== undefined && owner.number < 0 && isOf(child, run))) {
      this.#word(agent, { kind: "program-gone", run: run.run });
      return;
    }
    const manners = this.mannersOf(run.service, run.config.name);
    this.#accounts.set(run.run, new RunAccount(this.#host.clock.now(), run));
    if (manners.has("does-not-start") && !this.#strays.some((each) => isOf(each, run))) {
      this.#in(drawn(this.#random, START_FAILS_MAX), () => {
        this.#heard({ kind: "program-not-started", run: run.run, problem: "ENOENT" });
        this.#heard({ kind: "program-gone", run: run.run });
      });
      return;
    }
    // A unit that runs is not started: what is of it is this run's now.
    this.#strays = this.#strays.filter((each) => !isOf(each, run));
    const child = this.#process(run);
    this.#hosted = [...this.#hosted, { child, startedBy: agent, owner: { agent, number: run.run } }];
    this.#changed("begun", child);
    child.begin();
  }

  #process(run: ProgramRun): SimProcess {
    const child: SimProcess = new SimProcess(run, {
      world: this.#host.site.world,
      random: this.#random,
      manners: this.mannersOf(run.service, run.config.name),
      in: (wait, happen) => this.#in(wait, happen),
      say: (input) => this.#say(child, input),
      changed: (what) => this.#changed(what, child),
    });
    return child;
  }

  #probe(agent: SimAgent, { probe, service, config }: ProgramProbe): void {
    this.#in(drawn(this.#random, PROBE_TIME_MAX), () => {
      const answer = this.#answerAbout(service, config.name);
      this.#word(agent, { kind: "program-probed", service, program: config.name, probe, answer });
    });
  }

  #answerAbout(service: ServiceName, program: ProgramName): ProbedProgram {
    if (this.#unanswering > 0) return { kind: "unknown", problem: "systemd does not answer" };
    return this.#isHere(service, program) ? { kind: "runs", isPromoted: false } : { kind: "not-running" };
  }

  #endStray(agent: SimAgent, run: ProgramRun): void {
    const stray = this.#strays.find((each) => isOf(each, run));
    const account = new RunAccount(this.#host.clock.now(), run);
    this.#accounts.set(run.run, account);
    account.ordered({ kind: "stop-program", run: run.run });
    if (stray === undefined) {
      // It has ended meanwhile.
      this.#heard({ kind: "program-gone", run: run.run });
      return;
    }
    this.#strays = this.#strays.filter((each) => each !== stray);
    this.#hosted = [
      ...this.#hosted,
      { child: stray, startedBy: agent, owner: { agent, number: run.run }, isStray: true },
    ];
    stray.stop();
  }

  #changed(what: ProcessChange, child: SimProcess): void {
    const key = keyOf(child.run.service, child.run.config.name);
    if (what === "exited" && child.isDone) this.#done.add(key);
    if (what === "begun") this.#done.delete(key);
    if (what === "gone") this.#strays = this.#strays.filter((each) => each !== child);
    if (what === "gone") this.#hosted = this.#hosted.filter((each) => each.child !== child);
    if (this.#hosted.some((each) => each.child === child && each.isStray === true)) return;
    for (const observer of this.#host.site.observers) observer.programChanged?.(this.#host, what, child);
  }

  /** Of what was left, nothing is heard but its end. */
  #say(child: SimProcess, input: ProgramInput): void {
    const owner = this.#hosted.find((each) => each.child === child)?.owner;
    if (owner === undefined || !("run" in input)) return;
    if (owner.number > 0 || input.kind === "program-gone") this.#heard({ ...input, run: owner.number });
  }

  /** An agent hears of a run, or the next one will. */
  #heard(input: RunInput): void {
    const agent = this.#programHost?.agent;
    this.#accounts.get(input.run)?.heard(this.#host.clock.now(), input);
    if (agent === undefined) return;
    if (input.kind === "program-gone") this.#accounts.delete(input.run);
    this.#word(agent, input);
  }

  #word(agent: SimAgent, input: ProgramInput): void {
    agent.programSaid(drawn(this.#random, WORD_TIME_MAX), input);
  }

  #disown(): void {
    for (const each of this.#hosted) each.owner = undefined;
  }

  #named(service: ServiceName, program: ProgramName): readonly SimProcess[] {
    return [...this.running, ...this.strays].filter(
      ({ run }) => run.service === service && run.config.name === program,
    );
  }

  #in(wait: Duration, happen: () => void): void {
    this.#host.site.world.planIn(wait, () => {
      if (this.#isFrozen) this.#putOff.push(happen);
      else happen();
    });
  }
}

/** What a host tells to be left, with the number that stands for it. */
const leftOf = ({ service, config }: ProgramRun, index: number): ProgramLeft => ({
  run: -1 - index,
  service,
  program: config.name,
});

const isOf = ({ run }: SimProcess, { service, config }: ProgramRun): boolean =>
  run.service === service && run.config.name === config.name;

const keyOf = (service: ServiceName, program: ProgramName): string => `${service} ${program}`;
