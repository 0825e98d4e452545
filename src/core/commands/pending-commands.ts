/**
 * Commands that were accepted and are not yet answered: each is answered once, at the latest when its time is over.
 */
import type { Deadline } from "../../base/machine.js";
import { type Duration, type Instant, after, earliest, seconds } from "../../base/time.js";
import type { Command, CommandOutcome, CommandRefusal } from "../../model/command.js";
import { commandText } from "./command-text.js";

const COMMAND_PATIENCE: Duration = seconds(5);
/** For one that is plainly under way; who asked is answered by then in any case (command-replies.ts). */
const PATIENCE_MAX: Duration = seconds(25);
/** Whom it was passed on to answers first. */
const FORWARD_MARGIN: Duration = seconds(2);
/** How often it is looked whether one is still under way. */
const LOOK: Duration = seconds(1);
const PENDING_MAX = 100;

interface Pending {
  readonly id: string;
  readonly command: Command;
  deadline: Instant;
  readonly latest: Instant;
  readonly forwarded: boolean;
}

/** What a waiting command looks at: undefined while it must wait on. */
export type Judge = (command: Command) => CommandOutcome | undefined;

/** Says what a command that goes on is waiting for; undefined: nothing that takes its time. */
export type Awaited = (command: Command) => string | undefined;

export type Answer = (id: string, outcome: CommandOutcome) => void;

export class PendingCommands {
  readonly #pending = new Map<string, Pending>();

  /** Keeps a command until it is answered; false when too many wait. */
  keep(now: Instant, id: string, command: Command, forwarded: boolean): boolean {
    if (this.#pending.size >= PENDING_MAX) return false;
    const latest = after(now, (PATIENCE_MAX + (forwarded ? FORWARD_MARGIN : 0)) as Duration);
    this.#pending.set(id, { id, command, forwarded, deadline: after(now, COMMAND_PATIENCE), latest });
    return true;
  }

  /** The answer of the node that a command was forwarded to. */
  answered(id: string, outcome: CommandOutcome, answer: Answer): void {
    if (this.#pending.delete(id)) answer(id, outcome);
  }

  /** Answers what is decided by now, and what has waited too long. */
  review(now: Instant, judge: Judge, awaited: Awaited, answer: Answer): void {
    for (const pending of this.#pending.values()) {
      const { id, command, forwarded } = pending;
      const outcome = (forwarded ? undefined : judge(command)) ?? this.#outOfTime(now, pending, awaited);
      if (outcome !== undefined) this.answered(id, outcome, answer);
    }
  }

  deadline(): Deadline | undefined {
    const times = [...this.#pending.values()].map(({ deadline }) => deadline);
    return times.length === 0 ? undefined : { at: times.reduce((a, b) => earliest(a, b)), why: "command" };
  }

  /** What takes the time that it is given is not given up. */
  #outOfTime(now: Instant, pending: Pending, awaited: Awaited): CommandOutcome | undefined {
    const { command, latest } = pending;
    if (now < pending.deadline) return undefined;
    const what = awaited(command);
    if (what === undefined || latest <= now) return timedOut(command, what);
    pending.deadline = earliest(after(now, LOOK), latest);
    return undefined;
  }
}

export const accepted = (message: string): CommandOutcome => ({ ok: true, message });
export const rejected = (code: CommandRefusal, message: string): CommandOutcome => ({ ok: false, code, message });

const timedOut = (command: Command, awaited: string | undefined): CommandOutcome =>
  rejected(
    "timed-out",
    awaited === undefined
      ? `\`locum ${commandText(command)}\` was not finished within 5 s; see the events for what happened`
      : `\`locum ${commandText(command)}\` goes on: ${awaited}`,
  );
