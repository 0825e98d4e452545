import type { RunAccount } from "../../core/supervision/run-account.js";
import { LIMITS } from "../../model/configuration/limits.js";
import type { ProgramRun } from "../../model/program.js";

/**
 * How programs last ended by themselves, for as long as they are down: the next agent is not to start what has done its work
 * under those that come after it.
 */
export class PastRuns {
  readonly #byProgram = new Map<string, RunAccount>();
  /** They were over when the agent last showed that it reads. */
  #told: readonly number[] = [];

  /** The agent reads: what it was told before it did so the last time, it has heard. */
  review(accounts: Map<number, RunAccount>): void {
    for (const run of this.#told) {
      const account = accounts.get(run);
      accounts.delete(run);
      if (account?.hasEndedByItself === true) this.#keep(account);
    }
    this.#told = [...accounts].flatMap(([run, { isGone }]) => (isGone ? [run] : []));
  }

  /** It is begun anew. */
  forget(start: ProgramRun): void {
    this.#byProgram.delete(keyOf(start));
  }

  get all(): readonly RunAccount[] {
    return [...this.#byProgram.values()];
  }

  #keep(account: RunAccount): void {
    this.#byProgram.set(keyOf(account.start), account);
    const [oldest] = this.#byProgram.keys();
    if (this.#byProgram.size > LIMITS.programs && oldest !== undefined) this.#byProgram.delete(oldest);
  }
}

const keyOf = ({ service, config }: ProgramRun): string => `${service} ${config.name}`;
