import type { Duration } from "../../base/time.js";
import { durationText } from "../../model/duration-text.js";
import { exitText } from "../../model/exit-text.js";
import {
  type ProgramConfig,
  type ProgramInput,
  type ProgramRole,
  type ProgramRun,
  roleTimeout,
} from "../../model/program.js";
import { noAnswerWithin, type RunCommand } from "../../os/node/health-probe.js";
import { commandProblem } from "../../os/node/program-process.js";
import type { CommandEnd, TimeLimit, Workplace } from "./program-workplace.js";

/** What is said of a program by commands that run beside it: how it is, to us, and which role it has, to it. */
export class ProgramCommands {
  #start: ProgramRun;
  readonly #say: (input: ProgramInput) => void;
  readonly #workplace: () => Workplace | undefined;
  #roles: Promise<void> = Promise.resolve();
  /** Of the command that told it its role last. */
  #limit: TimeLimit | undefined;

  /** @param workplace of a program that has not ended. */
  constructor(start: ProgramRun, say: (input: ProgramInput) => void, workplace: () => Workplace | undefined) {
    this.#start = start;
    this.#say = say;
    this.#workplace = workplace;
  }

  readonly probe: RunCommand = async (command, timeout, signal) => {
    const end = await this.#workplace()?.runToEnd(command, timeout, {}, (limit) => limit.endWith(signal));
    return end === undefined ? "it has ended" : problemIn(end, noAnswerWithin(timeout));
  };

  watchBy(config: ProgramConfig): void {
    this.#start = { ...this.#start, config };
  }

  /**
   * Each role when it has acted on the one before. A program without such a command is told, too: nothing is waited for.
   * Answers when it has acted on it, or not.
   */
  tellRole(role: ProgramRole): Promise<void> {
    this.#roles = this.#roles.then(() => this.#tellRole(role));
    return this.#roles;
  }

  /** The role command that is under way has so much time from now on. */
  extend(by: Duration): void {
    this.#limit?.extend(by);
  }

  async #tellRole(role: ProgramRole): Promise<void> {
    const { config, run } = this.#start;
    const workplace = this.#workplace();
    if (workplace === undefined) return;
    const problem = config.roleCommand === undefined ? undefined : await this.#try(workplace, config.roleCommand, role);
    this.#say({ kind: "role-told", run, role, problem });
  }

  async #try(workplace: Workplace, command: readonly string[], role: ProgramRole): Promise<string | undefined> {
    const refusal = commandProblem(command, undefined);
    if (refusal !== undefined) return refusal;
    const timeout = roleTimeout(this.#start.config);
    const ordered = { LOCUM_ROLE: role };
    const end = await workplace.runToEnd([...command, role], timeout, ordered, (limit) => (this.#limit = limit));
    const given = this.#limit?.isExtended === true ? "it had asked for" : durationText(timeout);
    return problemIn(end, `it took longer than ${given}`);
  }
}

function problemIn({ exit, isLate, words }: CommandEnd, late: string): string | undefined {
  if (exit.kind === "status" && exit.status === 0) return undefined;
  return isLate ? late : `${exitText(exit)} ${words}`.trimEnd();
}
