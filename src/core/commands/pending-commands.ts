/**
 * Commands that were accepted and are not yet answered: each is answered once, at the latest when its time is over.
 */
import type { Deadline } from "../../base/machine.js";
import { type Duration, type Instant, after, between, earliest, seconds } from "../../base/time.js";
import { COMMAND_TIME_MAX, type Command, type CommandOutcome, type CommandRefusal } from "../../model/command.js";
import { durationText } from "../../model/duration-text.js";
import { commandText } from "./command-text.js";

const COMMAND_PATIENCE: Duration = seconds(5);
/** Whom it was passed on to answers first. */
const FORWARD_MARGIN: Duration = seconds(2);
/** How often it is looked whether one is still under way. */
const LOOK: Duration = seconds(1);
const PENDING_MAX = 100;

interface Pending {
  readonly id: string;
  readonly command: Command;
  readonly since: Instant;
  deadline: Instant;
  readonly latest: Instant;
  readonly forwarded: boolean;
  /** When it was looked at last. */
  wasUnderWay: boolean;
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
    const latest = after(now, (COMMAND_TIME_MAX + (forwarded ? FORWARD_MARGIN : 0)) as Duration);
    this.#pending.set(id, {
      id,
      command,
      forwarded,
      since: now,
      wasUnderWay: false,
      deadline: after(now, COMMAND_PATIENCE),
      latest,
    });
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
    const { command, since, latest } = pending;
    if (now < pending.deadline) return undefined;
    const what = awaited(command);
    // What comes of it is told a moment later than that a program is there, or is gone.
    const goesOn = what !== undefined || pending.wasUnderWay;
    pending.wasUnderWay = what !== undefined;
    if (!goesOn || latest <= now) return timedOut(command, between(since, now), what);
    pending.deadline = earliest(after(now, LOOK), latest);
    return undefined;
  }
}

export const accepted = (message: string): CommandOutcome => ({ ok: true, message });
export const rejected = (code: CommandRefusal, message: string): CommandOutcome => ({ ok: false, code, message });

const timedOut = (command: Command, passed: Duration, awaited: string | undefined): CommandOutcome =>
  rejected(
    "timed-out",
    awaited === undefined
      ? `\`locum ${commandText(command)}\` was not finished within ${durationText(passed)}; see the events for what happened`
      : `\`locum ${commandText(command)}\` goes on: ${awaited}`,
  );
