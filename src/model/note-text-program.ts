/** Words for what programs do. */
import { unreachable } from "../base/assert.js";
import { durationText } from "./duration-text.js";
import type { NodeName } from "./names.js";
import type { Severity } from "./note.js";
import type { ProgramNext, ProgramNote, StopCause } from "./program-note.js";
import type { ProgramExit } from "./program.js";

export function programNoteSeverity(note: ProgramNote): Severity {
  switch (note.code) {
    case "program.starting":
    case "program.stopping":
    case "program.stopped":
    case "program.role-told":
    case "program.kept":
      return "info";
    case "program.ready":
    case "program.recovered":
      return "notice";
    case "program.stuck":
      return "error";
    case "program.killed":
    case "program.killed-at-once":
      return "warning";
    case "program.exited":
      return note.isDone === true ? "info" : nextSeverity(note.next);
    default:
      return nextSeverity(note.next);
  }
}

const nextSeverity = ({ kind }: ProgramNext): Severity =>
  kind === "move" || kind === "stop" || kind === "retry" ? "error" : "warning";

/** A note about a program as one sentence without a full stop; `speaker` is the node that it runs on. */
export function programNoteText(note: ProgramNote, speaker: NodeName): string {
  const program = `${note.program} of ${note.service}`;
  const there = `${program} on ${speaker}`;
  switch (note.code) {
    case "program.starting":
      return `${speaker} starts ${program}${note.role === "standby" ? " as a standby" : ""}`;
    case "program.ready":
      return `${there} is ready, ${durationText(note.took)} after it was started`;
    case "program.stopping":
      return `${speaker} stops ${program}, because ${STOP_TEXT[note.why]}`;
    case "program.stopped":
      return `${there} ended within ${durationText(note.took)}`;
    case "program.exited":
      return `${there} ${exitedText(note)}`;
    case "program.not-started":
      return `${there} cannot be started: ${note.problem}; ${nextText(note.next)}`;
    case "program.late":
      return `${there} did not become ready within ${durationText(note.waited)}; ${nextText(note.next)}`;
    case "program.troubled":
      return `${there} is in trouble: ${note.problem}; ${nextText(note.next)}`;
    case "program.recovered":
      return `${there} is well again`;
    case "program.killed":
      return `${there} did not end within ${durationText(note.waited)}: everything that is left of it is killed`;
    case "program.killed-at-once":
      return `${there} is killed at once, because another node has begun to run it`;
    case "program.stuck":
      return `${there} cannot be ended: SIGKILL did nothing within ${durationText(note.waited)}`;
    case "program.role-told":
      return `${there} knows that it is ${note.role === "holder" ? "the holder's" : "a standby's"} now`;
    case "program.role-refused":
      return `${there} did not become ${note.role === "holder" ? "the holder's" : "a standby's"}: ${note.problem}; ${nextText(note.next)}`;
    case "program.kept":
      return `${there} has run through the restart of the agent, for ${durationText(note.ranFor)} now, as ${note.role === "holder" ? "the holder's" : "a standby's"}`;
    case "program.left":
      return `${there} may still run, though the process that watched it is gone: it is killed, and counts as running until nothing is left of it`;
    case "program.host-lost":
      return `${there} went with the process that watches programs; ${nextText(note.next)}`;
    default:
      return unreachable(note);
  }
}

function exitedText({ ranFor, ago, exit, next, isDone }: ProgramNote & { readonly code: "program.exited" }): string {
  const when = ago === undefined ? "" : `, ${durationText(ago)} ago, while no agent was there`;
  const follows = isDone === true ? "its work is done" : nextText(next);
  return `ended by itself after ${durationText(ranFor)}${when}: ${exitText(exit)}; ${follows}`;
}

const STOP_TEXT: Readonly<Record<StopCause, string>> = {
  "not-wanted": "it is not to run there now",
  order: "an operator restarts it",
  changed: "its configuration changed",
};

/** What is done about it, as a clause. */
function nextText(next: ProgramNext): string {
  switch (next.kind) {
    case "restart":
      return `it is restarted ${next.delay === 0 ? "at once" : `in ${durationText(next.delay)}`} (${next.nth} of ${next.of} in ${durationText(next.within)})`;
    case "start-again":
      return "it is started again";
    case "move":
      return `${usedUpText(next.usedUp)}another node shall have the service`;
    case "stop":
      return `${usedUpText(next.usedUp)}it stays down`;
    case "retry":
      return `${usedUpText(next.usedUp)}it is tried again in ${durationText(next.delay)}`;
    case "nothing":
      return "nothing is done about it";
    default:
      return unreachable(next);
  }
}

const usedUpText = (restarts: number): string =>
  restarts === 0 ? "" : `${restarts} ${restarts === 1 ? "restart was" : "restarts were"} of no use: `;

/** How a program ended, and what that usually means. */
export function exitText(exit: ProgramExit): string {
  switch (exit.kind) {
    case "status":
      return `exit status ${exit.status}${meaningText(STATUS_MEANINGS.get(exit.status))}`;
    case "signal":
      return `${exit.signal}${meaningText(SIGNAL_MEANINGS.get(exit.signal))}`;
    case "out-of-memory":
      return "killed, since it used more memory than its limit";
    case "not-running":
      return "found not running any more";
    default:
      return unreachable(exit);
  }
}

const meaningText = (meaning: string | undefined): string => (meaning === undefined ? "" : ` (${meaning})`);

/** Of shells (POSIX, 2.8.2) and of sysexits.h; what a program means by its other statuses, only it knows. */
const STATUS_MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, "success"],
  [1, "failure"],
  [2, "wrong usage, in most programs"],
  [64, "wrong usage"],
  [65, "bad input data"],
  [66, "input not found"],
  [69, "a service that it needs is unavailable"],
  [70, "internal error"],
  [71, "error of the operating system"],
  [73, "cannot create a file"],
  [74, "input or output error"],
  [75, "temporary failure"],
  [77, "permission denied"],
  [78, "configuration error"],
  [126, "found, but cannot be executed"],
  [127, "command not found"],
]);

const SIGNAL_MEANINGS: ReadonlyMap<string, string> = new Map([
  ["SIGKILL", "killed by somebody, or by the kernel for want of memory"],
  ["SIGTERM", "asked to end by somebody"],
  ["SIGINT", "interrupted"],
  ["SIGSEGV", "crashed: bad memory access"],
  ["SIGBUS", "crashed: bad memory access"],
  ["SIGABRT", "crashed: it aborted itself"],
  ["SIGILL", "crashed: illegal instruction"],
  ["SIGFPE", "crashed: arithmetic error"],
  ["SIGSYS", "crashed: forbidden system call"],
  ["SIGHUP", "its terminal is gone"],
  ["SIGPIPE", "nobody reads what it writes"],
]);
