import { unreachable } from "../base/assert.js";
import { durationText } from "./duration-text.js";
import type { InterfaceChange } from "./interface-configuration.js";
import type { NodeName } from "./names.js";
import { objectionsText } from "./note-text-eligibility.js";
import type { Severity } from "./note.js";
import { owedText } from "./note-text-finding.js";
import { listText } from "./note-text-reason.js";
import { pathHealthText } from "./path-state-text.js";
import type { PathNote, StepRemedy } from "./path-note.js";
import type { Obstacle, PathRefusal, PathSwitchReason, SwitchProblem } from "./path.js";

type NoteOf<Code extends PathNote["code"]> = PathNote & { readonly code: Code };

const SEVERITY: Readonly<Record<PathNote["code"], Severity>> = {
  "path.adopted": "info",
  "path.step-done": "info",
  "path.peer-switched": "info",
  "path.recovered": "notice",
  "path.switching": "notice",
  "path.switched": "notice",
  "path.switch-refused": "notice",
  "path.paused": "notice",
  "path.resumed": "notice",
  "path.detached": "notice",
  "path.attached": "notice",
  "path.appeared": "notice",
  "path.failed": "warning",
  "path.standby-dead": "warning",
  "path.step-refused": "warning",
  "path.held-back": "warning",
  "path.immovable": "warning",
  "path.capture-failed": "warning",
  "path.plan-resumed": "warning",
  "path.switch-undone": "error",
  "path.put-off": "error",
  "path.caught-up": "notice",
  "path.given-up": "warning",
  "path.address-kept": "error",
};

export const pathNoteSeverity = ({ code }: PathNote): Severity => SEVERITY[code];

/** A note about a path group as one sentence without a full stop; `speaker` is the node that the group is on. */
export function pathNoteText(note: PathNote, speaker: NodeName): string {
  const group = `${note.group} of ${speaker}`;
  switch (note.code) {
    case "path.switching":
      return `${group} moves from ${note.from} to ${note.to}, because ${switchReasonText(note.reason)}`;
    case "path.step-done":
      return `${group}: ${CHANGE_TEXT[note.change]} ${note.interface}: done in ${durationText(note.took)}`;
    case "path.step-refused":
      return `${group}: cannot ${CHANGE_TEXT[note.change]} ${note.interface}: ${note.problem}; ${REMEDY_TEXT[note.remedy]}`;
    case "path.switched":
      return switchedText(note, group);
    case "path.switch-undone":
      return `${group} stays on ${note.from}, after ${durationText(note.took)}: ${switchProblemText(note.problem)}`;
    case "path.switch-refused":
      return `${group} does not move to ${note.to}: ${pathRefusalText(note.why)}`;
    case "path.held-back":
      return `${group} changed paths ${note.switches} times lately: the next change waits ${durationText(note.delay)}`;
    case "path.address-kept":
      return keptText(note, group);
    case "path.plan-resumed":
      return planResumedText(note, group);
    case "path.put-off":
      return `${group} could not take along from ${note.to} to ${note.from}: ${owedText(note)}; it is tried again`;
    case "path.caught-up":
      return `${group} has everything in place that it could not take along from ${note.to} to ${note.from} before`;
    case "path.given-up":
      return `${group} no longer tries to take along from ${note.to} to ${note.from}: ${owedText(note)}, since ${NO_PLACE}`;
    case "path.peer-switched":
      return `${note.node}, at the other end of ${group}, changed paths`;
    case "path.paused":
      return `${group} is paused: it is watched, and nothing moves by itself`;
    case "path.resumed":
      return `${group} is no longer paused`;
    default:
      return interfaceNoteText(note, group);
  }
}

type InterfaceNote = NoteOf<
  | "path.adopted"
  | "path.failed"
  | "path.standby-dead"
  | "path.recovered"
  | "path.immovable"
  | "path.capture-failed"
  | "path.detached"
  | "path.attached"
  | "path.appeared"
>;

function interfaceNoteText(note: InterfaceNote, group: string): string {
  const name = note.interface;
  switch (note.code) {
    case "path.adopted":
      return note.addresses.length === 0
        ? `${group} uses ${name}`
        : `${group} uses ${name}, which has ${listText(note.addresses)}`;
    case "path.failed":
      return `${name}, the active path of ${group}, failed: ${switchReasonText(note.reason)}`;
    case "path.standby-dead":
      return `${name}, the standby path of ${group}, failed: ${switchReasonText(note.reason)}`;
    case "path.recovered":
      return `${name}, a path of ${group}, is healthy again after ${durationText(note.outFor)}`;
    case "path.immovable":
      return `What ${group} cannot move away from ${name}: ${listText(note.what)}`;
    case "path.capture-failed":
      return `Cannot read how ${name} of ${group} is configured (${note.problem}): ${FALLBACK_TEXT[note.fallback]}`;
    case "path.detached":
      return `${name} is detached from ${group}: it may be unplugged`;
    case "path.attached":
      return `${name} belongs to ${group} again`;
    case "path.appeared":
      return `${name} has appeared, and is taken into ${group}`;
    default:
      return unreachable(note);
  }
}

const FALLBACK_TEXT = {
  snapshot: "what was on record is used",
  none: "nothing is on record",
} as const;

const CHANGE_TEXT: Readonly<Record<InterfaceChange["kind"], string>> = {
  disable: "switch off",
  enable: "switch on",
  "set-mac": "set the MAC of",
  "set-mtu": "set the MTU of",
  "add-addresses": "put addresses on",
  "remove-addresses": "take addresses off",
  "add-routes": "put routes on",
  "remove-routes": "take routes off",
  "add-neighbours": "put neighbour entries on",
  "remove-neighbours": "take neighbour entries off",
  "create-vlans": "make VLANs on",
  "delete-vlans": "delete VLANs on",
  "forget-neighbours": "forget what was learnt on",
  "announce-addresses": "announce addresses on",
};

const REMEDY_TEXT: Readonly<Record<StepRemedy, string>> = {
  "tried-again": "it is tried again",
  split: "it is tried in parts",
  "left-out": "it is left out",
  "looked-up": "it is looked up what is there",
  "put-off": "it is tried again later",
  undone: "everything is undone",
};

const NO_PLACE = "its interface is gone, or somebody put another in its place";

function switchedText({ from, to, addresses, took }: NoteOf<"path.switched">, group: string): string {
  const moved = addresses === 1 ? "1 address" : `${addresses} addresses`;
  return `${group} moved from ${from} to ${to} with ${moved} in ${durationText(took)}`;
}

function keptText(note: NoteOf<"path.address-kept">, group: string): string {
  const { address, interface: name, to, against, problem } = note;
  const why = problem ?? objectionsText(against, { address, interface: to });
  return `${address} of ${group} stays on ${name}, because ${why}`;
}

function planResumedText({ from, to, direction }: NoteOf<"path.plan-resumed">, group: string): string {
  const what = direction === "forward" ? "finishes" : "undoes";
  return `${group} ${what} the change from ${from} to ${to} that an earlier run of the agent began`;
}

/** Why a group's traffic changed paths, or a path failed, as what follows `because`. */
export function switchReasonText(reason: PathSwitchReason): string {
  switch (reason.kind) {
    case "carrier-lost":
      return "it has no carrier";
    case "targets-silent":
      return reason.targets.length === 0 ? "its targets are silent" : `${listText(reason.targets)} did not answer`;
    case "trunk-below-threshold":
      return `${reason.failed} of ${reason.members} members of its trunk have failed`;
    case "interface-gone":
      return "the interface is gone";
    case "switched-off":
      return "the interface was switched off";
    case "interface-returned":
      return "the interface is back, without its configuration";
    case "peer-switched":
      return `${reason.node} changed paths`;
    case "operator":
      return "an operator said so";
    case "detached":
      return "an operator detached the interface";
    case "failback":
      return "the primary path is healthy again";
    case "down-at-start":
      return "the interface was down when the agent started";
    default:
      return unreachable(reason);
  }
}

/** Why an order was not followed, as a clause. */
export function pathRefusalText(why: PathRefusal): string {
  switch (why.kind) {
    case "unknown-interface":
      return `${why.interface} is no path of it`;
    case "unusable":
      return `${why.interface} ${pathHealthText(why.health)}`;
    case "switching":
      return "a change of paths is under way";
    case "not-detached":
      return `${why.interface} is not detached`;
    default:
      return unreachable(why);
  }
}

/** Why a change of paths came to nothing, as a clause. */
export function switchProblemText(problem: SwitchProblem): string {
  switch (problem.kind) {
    case "not-captured":
      return `how ${problem.interface} is configured could not be read: ${problem.problem}`;
    case "none-eligible":
      return `none of ${listText(problem.addresses)} may move${obstacleText(problem.against)}`;
    case "would-cut-off":
      return `${listText(problem.addresses)} cannot move, and would stay on an interface that is switched off${obstacleText(problem.against)}`;
    case "interrupted":
      return "the agent died while the change was carried out";
    case "step-refused":
      return `the kernel refused to ${CHANGE_TEXT[problem.change]} an interface: ${problem.problem}`;
    default:
      return unreachable(problem);
  }
}

const obstacleText = (obstacle: Obstacle | undefined): string =>
  obstacle === undefined ? "" : `: ${objectionsText(obstacle.against, { ...obstacle, interface: obstacle.to })}`;
