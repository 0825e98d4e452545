/** Words for what programs do. */
import { unreachable } from "../base/assert.js";
import type { Duration } from "../base/time.js";
import { durationText } from "./duration-text.js";
import { exitText } from "./exit-text.js";
import type { NodeName } from "./names.js";
import type { Severity } from "./note.js";
import type { ProgramNext, ProgramNote, StopCause } from "./program-note.js";

export function programNoteSeverity(note: ProgramNote): Severity {
  switch (note.code) {
    case "program.starting":
    case "program.stopping":
    case "program.stopped":
    case "program.role-told":
    case "program.kept":
    case "program.unusable":
      return "info";
    case "program.ready":
    case "program.recovered":
      return "notice";
    case "program.stuck":
      return "error";
    case "program.killed":
    case "program.killed-at-once":
    case "program.stray":
    case "program.unprobed":
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
      return note.by === "guard"
        ? `${there} was killed by the guard, because the agent was out for too long`
        : `${there} is killed at once, because another node has begun to run it`;
    case "program.stuck":
      return `${there} cannot be ended: ${note.problem ?? `SIGKILL did nothing within ${durationText(note.waited)}`}`;
    case "program.role-told":
      return `${there} knows that it is ${note.role === "holder" ? "the holder's" : "a standby's"} now`;
    case "program.role-refused":
      return `${there} did not become ${note.role === "holder" ? "the holder's" : "a standby's"}: ${note.problem}; ${nextText(note.next)}`;
    case "program.kept":
      return `${there} has run through the restart of the agent, for ${durationText(note.ranFor)} now, as ${note.role === "holder" ? "the holder's" : "a standby's"}`;
    case "program.left":
      return `${there} may still run, though the process that watched it is gone: it is killed, and counts as running until nothing is left of it`;
    case "program.stray":
      return `${there} was found running${note.isPromoted ? ", promoted," : ""} although it must not, and the agent did not start it`;
    case "program.unusable":
      return `${there} does not run, and could not as things are: ${note.problem}`;
    case "program.unprobed":
      return `Whether ${there} runs cannot be found out: ${note.problem}`;
    case "program.host-lost":
      return `${there} went with the process that watches programs${agoText(note.ago)}; ${nextText(note.next)}`;
    default:
      return unreachable(note);
  }
}

const agoText = (ago: Duration | undefined): string => (ago === undefined ? "" : `, ${durationText(ago)} ago`);

function exitedText({ ranFor, ago, exit, next, isDone }: ProgramNote & { readonly code: "program.exited" }): string {
  const when = ago === undefined ? "" : `, ${durationText(ago)} ago, while no agent was there`;
  const follows = isDone === true ? "its work is done" : nextText(next);
  return `ended by itself after ${durationText(ranFor)}${when}: ${exitText(exit)}; ${follows}`;
}

const STOP_TEXT: Readonly<Record<StopCause, string>> = {
  "not-wanted": "it is not to run there now",
  order: "an operator restarts it",
  changed: "its configuration changed",
  stray: "it must not run there, and somebody else started it",
};

/** What is done about it, as a clause. */
function nextText(next: ProgramNext): string {
  switch (next.kind) {
    case "restart":
      return `it is restarted ${next.delay === 0 ? "at once" : `in ${durationText(next.delay)}`} (${next.nth} of ${next.of} in ${durationText(next.within)})`;
    case "start-again":
      return "it is started again";
    case "move":
      return `${usedUpText(next.usedUp)}${moveText(next.again)}`;
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

const moveText = (again: Duration | undefined): string =>
  again === undefined
    ? "another node shall have the service"
    : `no other node can have the service, so it is tried again here in ${durationText(again)}`;

const usedUpText = (restarts: number): string =>
  restarts === 0 ? "" : `${restarts} ${restarts === 1 ? "restart was" : "restarts were"} of no use: `;
