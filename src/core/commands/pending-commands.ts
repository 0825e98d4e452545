/**
 * Commands that were accepted and are not yet answered: each is answered once, at the latest when its time is over.
 */
import type { Deadline } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { Command, CommandOutcome, CommandRefusal } from "../../model/command.js";
import { commandText } from "./command-text.js";

const COMMAND_PATIENCE: Duration = seconds(5);
const PENDING_MAX = 100;

interface Pending {
  readonly id: string;
  readonly command: Command;
  readonly deadline: Instant;
  readonly forwarded: boolean;
}

/** What a waiting command looks at: undefined while it must wait on. */
export type Judge = (command: Command) => CommandOutcome | undefined;

export type Answer = (id: string, outcome: CommandOutcome) => void;

export class PendingCommands {
  readonly #pending = new Map<string, Pending>();

  /** Keeps a command until it is answered; false when too many wait. */
  keep(now: Instant, id: string, command: Command, forwarded: boolean): boolean {
    if (this.#pending.size >= PENDING_MAX) return false;
    this.#pending.set(id, { id, command, forwarded, deadline: after(now, COMMAND_PATIENCE) });
    return true;
  }

  /** The answer of the node that a command was forwarded to. */
  answered(id: string, outcome: CommandOutcome, answer: Answer): void {
    if (this.#pending.delete(id)) answer(id, outcome);
  }

  /** Answers what is decided by now, and what has waited too long. */
  review(now: Instant, judge: Judge, answer: Answer): void {
    for (const { id, command, deadline, forwarded } of this.#pending.values()) {
      const outcome = (forwarded ? undefined : judge(command)) ?? (deadline <= now ? timedOut(command) : undefined);
      if (outcome !== undefined) this.answered(id, outcome, answer);
    }
  }

  deadline(): Deadline | undefined {
    const [first] = this.#pending.values();
    return first === undefined ? undefined : { at: first.deadline, why: "command" };
  }
}

export const accepted = (message: string): CommandOutcome => ({ ok: true, message });
export const rejected = (code: CommandRefusal, message: string): CommandOutcome => ({ ok: false, code, message });

const timedOut = (command: Command): CommandOutcome =>
  rejected(
    "timed-out",
    `\`locum ${commandText(command)}\` was not finished within 5 s; see the events for what happened`,
  );
