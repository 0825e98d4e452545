/** The programs of a scenario's nodes: they start, end and answer as they are told to, in the scenario's own time. */
import { type Instant, between } from "../../src/base/time.js";
import type { NodeName } from "../../src/model/names.js";
import type {
  KeptPrograms,
  ProgramEffect,
  ProgramExit,
  ProgramInput,
  ProgramLeft,
  ProgramProbe,
  ProgramRun,
} from "../../src/model/program.js";

/** What a program does instead of starting within 20 ms, ending within 5, and hearing of its role within 10. */
export interface Manners {
  readonly startMs?: number;
  readonly stopMs?: number;
  readonly roleMs?: number;
  /** It cannot be started, for that reason. */
  readonly refuses?: string;
  /** It ends by itself instead of becoming ready. */
  readonly exits?: ProgramExit;
  readonly isUnkillable?: boolean;
}

interface Around {
  readonly now: () => Instant;
  readonly say: (line: string) => void;
  readonly input: (node: NodeName, input: ProgramInput) => void;
}

interface Running {
  readonly node: NodeName;
  readonly start: ProgramRun;
  readonly begun: Instant;
}

export class BenchPrograms {
  /** How programs behave: by name, what makes them other than willing. */
  readonly manners: Map<string, Manners> = new Map();
  /** `web1 db`: what runs there without an agent having started it, as those that ask are told; nothing ends it by itself. */
  readonly strays: Set<string> = new Set();
  /** Whether they go on when their agent ends, as in a pause. */
  outliveAgents = false;
  readonly #around: Around;
  #running: readonly Running[] = [];
  readonly #coming: { readonly at: number; readonly happen: () => void }[] = [];

  constructor(around: Around) {
    this.#around = around;
  }

  /** What runs on a node, in the order of starting. */
  on(node: string): readonly string[] {
    return this.#running.filter((each) => each.node === node).map(({ start }) => start.config.name);
  }

  /** A program ends by itself. */
  end(node: string, program: string, exit: ProgramExit): void {
    for (const each of this.#named(node, program)) this.#exit(each, exit);
  }

  /** A word about a program that runs. */
  tell(node: string, program: string, word: (run: number) => ProgramInput): void {
    for (const { node: name, start } of this.#named(node, program)) this.#around.input(name, word(start.run));
  }

  agentEnded(node: string): void {
    if (!this.outliveAgents) this.killAll(node);
  }

  /** What the next agent is told of those that outlived the one before. */
  kept(node: NodeName): { readonly programs?: KeptPrograms } {
    if (!this.outliveAgents) return {};
    const own = this.#running.filter((each) => each.node === node);
    const runs = own.map(({ start, begun }) => {
      const age = between(begun, this.#around.now());
      return { start, age, readyFor: age, role: start.role, facts: [] };
    });
    return { programs: { runs, left: [] } };
  }

  /** The machine lost its power. */
  killEverything(node: string): void {
    this.killAll(node);
    for (const each of this.strays) if (each.startsWith(`${node} `)) this.strays.delete(each);
  }

  killAll(node: string): void {
    this.#running = this.#running.filter((each) => each.node !== node);
  }

  /** Another agent starts on the machine: the programs of the one before are killed, and what does not end is left. */
  inherit(node: NodeName): readonly ProgramLeft[] {
    const isHere = (each: Running): boolean => each.node === node;
    const left = this.#running
      .filter((each) => isHere(each) && this.manners.get(each.start.config.name)?.isUnkillable === true)
      .map(({ start, begun }, index): Running => ({ node, start: { ...start, run: -1 - index }, begun }));
    this.#running = [...this.#running.filter((each) => !isHere(each)), ...left];
    return left.map(({ start: { run, service, config } }) => ({ run, service, program: config.name }));
  }

  order(node: NodeName, effect: ProgramEffect): void {
    if (effect.kind === "probe-program") return this.#probe(node, effect.probe);
    if (effect.kind === "end-stray") return;
    if (effect.kind === "start-program") {
      return this.#start({ node, start: effect.start, begun: this.#around.now() });
    }
    const running = this.#running.find((each) => each.node === node && each.start.run === effect.run);
    if (running === undefined) return;
    const { name } = running.start.config;
    const { stopMs = 5, roleMs = 10, isUnkillable } = this.manners.get(name) ?? {};
    if (effect.kind === "stop-program") {
      this.#later(stopMs, () => this.#exit(running, { kind: "signal", signal: "SIGTERM" }));
    } else if (effect.kind === "tell-role") {
      const { run, role } = effect;
      this.#around.say(`${node} tells ${name} that it is ${role}`);
      this.#later(roleMs, () => this.#tell(running, { kind: "role-told", run, role, problem: undefined }));
    } else if (effect.kind === "kill-program" && isUnkillable !== true)
      this.#exit(running, { kind: "signal", signal: "SIGKILL" });
  }

  /** When something is to happen next; infinite: nothing is. */
  get nextAt(): number {
    return this.#next?.at ?? Infinity;
  }

  happen(): void {
    const next = this.#next;
    if (next === undefined) return;
    this.#coming.splice(this.#coming.indexOf(next), 1);
    next.happen();
  }

  get #next(): { readonly at: number; readonly happen: () => void } | undefined {
    return this.#coming.toSorted((a, b) => a.at - b.at)[0];
  }

  #probe(node: NodeName, { probe, service, config: { name: program } }: ProgramProbe): void {
    const answer = this.strays.has(`${node} ${program}`)
      ? ({ kind: "runs", isPromoted: false } as const)
      : ({ kind: "not-running" } as const);
    this.#later(2, () => this.#around.input(node, { kind: "program-probed", service, program, probe, answer }));
  }

  #start(running: Running): void {
    const { run, config } = running.start;
    const { startMs = 20, refuses, exits } = this.manners.get(config.name) ?? {};
    if (refuses !== undefined) {
      this.#later(1, () => this.#around.input(running.node, { kind: "program-not-started", run, problem: refuses }));
      this.#later(1, () => this.#around.input(running.node, { kind: "program-gone", run }));
      return;
    }
    this.#running = [...this.#running, running];
    this.#later(1, () => this.#tell(running, { kind: "program-started", run, pid: run }));
    if (exits !== undefined) this.#later(startMs, () => this.#exit(running, exits));
    else this.#later(startMs, () => this.#tell(running, { kind: "program-ready", run }));
  }

  #exit(running: Running, exit: ProgramExit): void {
    if (!this.#running.includes(running)) return;
    const { run } = running.start;
    this.#running = this.#running.filter((each) => each !== running);
    this.#around.input(running.node, { kind: "program-exited", run, exit });
    this.#around.input(running.node, { kind: "program-gone", run });
  }

  #tell(running: Running, word: ProgramInput): void {
    if (this.#running.includes(running)) this.#around.input(running.node, word);
  }

  #named(node: string, program: string): readonly Running[] {
    return this.#running.filter((each) => each.node === node && each.start.config.name === program);
  }

  #later(ms: number, happen: () => void): void {
    this.#coming.push({ at: this.#around.now() + ms * 1_000, happen });
  }
}
