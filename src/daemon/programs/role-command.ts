import type { Duration } from "../../base/time.js";
import { durationText } from "../../model/duration-text.js";
import { exitText } from "../../model/exit-text.js";
import { type ProgramInput, type ProgramRole, type ProgramRun, roleTimeout } from "../../model/program.js";
import { commandProblem } from "../../os/node/program-process.js";
import type { TimeLimit, Workplace } from "./program-workplace.js";

/** Tells a program its roles by its role command, each when it has acted on the one before. */
export class RoleCommand {
  readonly #start: ProgramRun;
  readonly #say: (input: ProgramInput) => void;
  readonly #workplace: () => Workplace | undefined;
  #roles: Promise<void> = Promise.resolve();
  /** Of the command that told it its role last. */
  #limit: TimeLimit | undefined;

  /** @param workplace of a program that can be told something now. */
  constructor(start: ProgramRun, say: (input: ProgramInput) => void, workplace: () => Workplace | undefined) {
    this.#start = start;
    this.#say = say;
    this.#workplace = workplace;
  }

  /** A program without such a command is told, too: nothing of it is waited for. Answers when it has acted on it, or not. */
  tell(role: ProgramRole): Promise<void> {
    this.#roles = this.#roles.then(() => this.#tell(role));
    return this.#roles;
  }

  /** What is under way has so much time from now on. */
  extend(by: Duration): void {
    this.#limit?.extend(by);
  }

  async #tell(role: ProgramRole): Promise<void> {
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
    const { exit, isLate, words } = end;
    if (exit.kind === "status" && exit.status === 0) return undefined;
    if (!isLate) return `${exitText(exit)} ${words}`.trimEnd();
    const given = this.#limit?.isExtended === true ? "it had asked for" : durationText(timeout);
    return `it took longer than ${given}`;
  }
}
