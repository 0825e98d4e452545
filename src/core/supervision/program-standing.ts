/**
 * What is known of one program of a service on this machine: where it is in its life, what is wrong with it, and what
 * follows from that for whoever asks. What becomes of it is decided in program.ts.
 */
import type { Deadline } from "../../base/machine.js";
import type { Instant } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { ProgramConfig, ProgramExit, ProgramName, ProgramRole, ProgramState } from "../../model/program.js";
import type { ProgramEvent } from "../../model/program-note.js";
import type { Effects } from "../effects.js";
import { knowsRole, mayHold, type Run } from "./program-run.js";
import { deadlineOf, type Failure, isWellOrUntried, mayBegin, shownAs, type State } from "./program-state.js";
import { ENDED, RestartPolicy } from "./restart-policy.js";
import { StrayProbe } from "./stray-probe.js";

export class ProgramStanding {
  readonly service: ServiceName;
  readonly policy: RestartPolicy;
  /** Whether it runs, although this agent did not start it. */
  readonly probe: StrayProbe;
  /** It was to begin anew, and has not been ready since. */
  protected isToBeginAnew = false;
  #config: ProgramConfig;
  #current: State = { kind: "stopped" };
  #since: Instant;
  #lastExit: ProgramExit | undefined;
  #failure: Failure | undefined;
  #problem: string | undefined;
  #words: string | undefined;

  constructor(now: Instant, service: ServiceName, config: ProgramConfig) {
    this.service = service;
    this.#config = config;
    this.#since = now;
    this.policy = new RestartPolicy(config.restart);
    this.probe = new StrayProbe(service, config);
  }

  get config(): ProgramConfig {
    return this.#config;
  }

  protected set config(config: ProgramConfig) {
    this.#config = config;
  }

  get name(): ProgramName {
    return this.#config.name;
  }

  get since(): Instant {
    return this.#since;
  }

  protected set since(since: Instant) {
    this.#since = since;
  }

  get lastExit(): ProgramExit | undefined {
    return this.#lastExit;
  }

  protected set lastExit(exit: ProgramExit | undefined) {
    this.#lastExit = exit;
  }

  /** What is wrong with it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  protected set problem(problem: string | undefined) {
    this.#problem = problem;
  }

  /** What it says of itself. */
  get words(): string | undefined {
    return this.#words;
  }

  protected set words(words: string | undefined) {
    this.#words = words;
  }

  /** It is down, and this node has no means left to bring it up but time. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  protected set failure(failure: Failure | undefined) {
    this.#failure = failure;
  }

  protected get current(): State {
    return this.#current;
  }

  /** Where it is and was, with more to it. */
  protected set current(state: State) {
    this.#current = state;
  }

  protected get run(): Run | undefined {
    return "run" in this.#current ? this.#current.run : undefined;
  }

  /** It is down because somebody wanted it restarted, and not for a fault of its own. */
  get isRestartedByOrder(): boolean {
    return this.isToBeginAnew && this.#problem === undefined;
  }

  /** Nothing of it runs, as far as is known. */
  get isGone(): boolean {
    return this.run === undefined;
  }

  get role(): ProgramRole | undefined {
    return this.run?.role;
  }

  get state(): ProgramState {
    return shownAs(this.#current);
  }

  /** It has done its work, and is down for good. */
  get isDone(): boolean {
    return this.#current.kind === "ended" && this.#problem === undefined;
  }

  /** It serves, as far as is known; one that is done for good is in nobody's way. */
  isReadyAs(role: ProgramRole): boolean {
    return this.#current.kind === "ready" ? knowsRole(this.#current.run, role, this.#config) : this.isDone;
  }

  /** Why one that stands by could not take over with the data that it has. */
  get behind(): string | undefined {
    return this.role === "standby" ? this.run?.behind : undefined;
  }

  /** What only a holder may do is, or may still be, done by it here. */
  get holdsOn(): boolean {
    return this.run !== undefined && mayHold(this.run, this.#config);
  }

  /** It runs and is not well, or is down, and what was done about it so far has not helped. */
  get isInTrouble(): boolean {
    return this.state === "troubled" || (this.#problem !== undefined && this.#problem !== ENDED);
  }

  /** Whether it may be started now, as far as it is itself concerned. */
  mayStart(now: Instant): boolean {
    return !this.probe.isFoundAsOther(this.#config) && mayBegin(now, this.#current);
  }

  /** When it has something to do by itself. */
  deadline(): Deadline | undefined {
    return deadlineOf(this.#current);
  }

  protected enter(now: Instant, state: State): void {
    this.policy.setAging(now, isWellOrUntried(state));
    if (!("run" in state)) this.#words = undefined;
    this.#current = state;
    this.#since = now;
  }

  protected note(effects: Effects, event: ProgramEvent): void {
    effects.note({ service: this.service, program: this.name, ...event });
  }
}
