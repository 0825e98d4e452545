/**
 * What earlier runs of the agent had running on this machine, and is not proved to have ended: told to the peers, since
 * nobody else can know that it may go on.
 */
import type { MachineOptions } from "../../model/node-io.js";
import type { MachineBrief } from "../../model/node-state.js";
import { LIMITS } from "../../model/configuration/limits.js";
import type { ProgramInput, ProgramLeft } from "../../model/program.js";

export class Remains {
  /** Of the machine; undefined: a recording of an earlier program does not say. */
  readonly boot: string | undefined;
  /** Undefined: it is not known yet. */
  #left: readonly ProgramLeft[] | undefined;

  constructor(machine: MachineOptions | undefined) {
    this.boot = machine?.boot;
    this.#left = machine?.mayHaveRemains === false ? [] : undefined;
  }

  /** A host that outlived the agent tells of all that there is. */
  found(left: readonly ProgramLeft[]): void {
    this.#left = left;
  }

  /** Whether a fact changes anything. */
  take(input: ProgramInput): boolean {
    const before = this.#left;
    if (input.kind === "no-programs-left") this.#left = [];
    if (input.kind === "program-host-lost") this.#left = input.left;
    if (input.kind === "program-gone" && before?.some(({ run }) => run === input.run) === true) {
      this.#left = before.filter(({ run }) => run !== input.run);
    }
    return this.#left !== before;
  }

  /** More than fits into it is not told in part: who is not named would count as gone. */
  brief(): MachineBrief | undefined {
    const [boot, left] = [this.boot, this.#left];
    if (boot === undefined) return undefined;
    if (left === undefined || left.length > LIMITS.programs) return { boot };
    return { boot, remains: left.map(({ service, program }) => ({ service, program })) };
  }
}
