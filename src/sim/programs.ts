import type { Random } from "../base/random.js";
import type { ServiceName } from "../model/names.js";
import type {
  ProgramEffect,
  ProgramExit,
  ProgramInput,
  ProgramName,
  ProgramRole,
  ProgramRun,
} from "../model/program.js";
import type { SimAgent } from "./agent.js";
import type { SimHost } from "./host.js";
import { drawn } from "./pace.js";

/** How the programs of one machine behave, as a fault has it now. */
export interface Manners {
  /** A start fails at once. */
  readonly refusesStart: boolean;
  /** It runs, and never says that it is ready. */
  readonly neverReady: boolean;
  /** SIGTERM does nothing; SIGKILL ends it. */
  readonly ignoresStop: boolean;
}

export const GOOD_MANNERS: Manners = { refusesStart: false, neverReady: false, ignoresStop: false };

/** In microseconds, each time drawn: from its start to its readiness, and from its stop signal to its end. */
const START_TIME_MAX = 40_000;
const STOP_TIME_MAX = 20_000;
/** Until SIGKILL has ended it; a word between the agent and the process that watches programs is as quick. */
const WORD_TIME_MAX = 500;

interface Process {
  readonly agent: SimAgent;
  readonly run: ProgramRun;
  role: ProgramRole;
  isReady: boolean;
  isEnding: boolean;
}

/** A program that runs, as checkers see it. */
export interface RunningProgram {
  readonly service: ServiceName;
  readonly program: ProgramName;
  readonly role: ProgramRole;
  readonly isCold: boolean;
  readonly isReady: boolean;
  readonly after: readonly ProgramName[];
}

/** The processes of a machine that our agent started, and the process that watches them: it dies with the agent. */
export class SimPrograms {
  manners: Manners = GOOD_MANNERS;
  readonly #host: SimHost;
  readonly #random: Random;
  readonly #processes = new Map<number, Process>();

  constructor(host: SimHost) {
    this.#host = host;
    this.#random = host.site.world.random(`programs of ${host.plan.name}`);
  }

  running(): readonly RunningProgram[] {
    return [...this.#processes.values()].map(({ run: { service, config }, role, isReady }) => ({
      service,
      program: config.name,
      role,
      isCold: !config.standby,
      isReady,
      after: config.after,
    }));
  }

  order(agent: SimAgent, effect: ProgramEffect): void {
    switch (effect.kind) {
      case "start-program":
        this.#start(agent, effect.start);
        return;
      case "stop-program":
        if (!this.manners.ignoresStop) this.#end(effect.run, { kind: "signal", signal: "SIGTERM" }, STOP_TIME_MAX);
        return;
      case "kill-program":
        this.#kill(agent, effect.run);
        return;
      case "tell-role":
        this.#tellRole(effect.run, effect.role);
    }
  }

  /** A program of the service ends by itself, or one that is chosen by its place among all that run. */
  crash(nth: number, exit: ProgramExit): void {
    const runs = [...this.#processes.keys()];
    const run = runs[nth % Math.max(runs.length, 1)];
    if (run !== undefined) this.#exit(run, exit);
  }

  /** One of them says that it is in trouble. */
  trouble(nth: number, health: "healthy" | "failing"): void {
    const runs = [...this.#processes.keys()];
    const run = runs[nth % Math.max(runs.length, 1)];
    if (run !== undefined) this.#tell(run, { kind: "program-judged", run, health, problem: "no answer" });
  }

  /** The process that watches them is gone, and they with it. */
  killAll(): void {
    this.#processes.clear();
  }

  /** The same, while the agent lives and starts another one. */
  loseHost(): void {
    const agents = new Set([...this.#processes.values()].map(({ agent }) => agent));
    this.#processes.clear();
    for (const agent of agents) this.#word(agent, { kind: "program-host-lost", left: [] });
  }

  #start(agent: SimAgent, run: ProgramRun): void {
    if (this.manners.refusesStart) {
      this.#word(agent, { kind: "program-not-started", run: run.run, problem: "ENOENT" });
      this.#word(agent, { kind: "program-gone", run: run.run });
      return;
    }
    this.#processes.set(run.run, { agent, run, role: run.role, isReady: false, isEnding: false });
    this.#tell(run.run, { kind: "program-started", run: run.run, pid: run.run });
    if (!this.manners.neverReady) this.#in(START_TIME_MAX, run.run, () => this.#ready(run.run));
  }

  #ready(run: number): void {
    const running = this.#processes.get(run);
    if (running === undefined || running.isEnding) return;
    running.isReady = true;
    this.#tell(run, { kind: "program-ready", run });
  }

  #kill(agent: SimAgent, run: number): void {
    if (this.#processes.has(run)) this.#end(run, { kind: "signal", signal: "SIGKILL" }, WORD_TIME_MAX);
    else this.#word(agent, { kind: "program-gone", run });
  }

  #tellRole(run: number, role: ProgramRole): void {
    const running = this.#processes.get(run);
    if (running === undefined) return;
    running.role = role;
    this.#tell(run, { kind: "role-told", run, role, problem: undefined });
  }

  #end(run: number, exit: ProgramExit, timeMax: number): void {
    const running = this.#processes.get(run);
    if (running === undefined) return;
    running.isEnding = true;
    this.#in(timeMax, run, () => this.#exit(run, exit));
  }

  #exit(run: number, exit: ProgramExit): void {
    const running = this.#processes.get(run);
    if (running === undefined) return;
    this.#processes.delete(run);
    this.#word(running.agent, { kind: "program-exited", run, exit });
    this.#word(running.agent, { kind: "program-gone", run });
  }

  #in(timeMax: number, run: number, happen: () => void): void {
    this.#host.site.world.planIn(drawn(this.#random, timeMax), () => {
      if (this.#processes.has(run)) happen();
    });
  }

  #tell(run: number, input: ProgramInput): void {
    const agent = this.#processes.get(run)?.agent;
    if (agent !== undefined) this.#word(agent, input);
  }

  #word(agent: SimAgent, input: ProgramInput): void {
    agent.programSaid(drawn(this.#random, WORD_TIME_MAX), input);
  }
}
