/** The words for the fencing of nodes. */
import { unreachable } from "../base/assert.js";
import { durationText } from "./duration-text.js";
import { BY_OPERATOR, type FenceCause, type FenceNote } from "./fencing.js";
import type { NodeName } from "./names.js";
import type { Severity } from "./note.js";

export function fenceNoteSeverity({ code }: FenceNote): Severity {
  switch (code) {
    case "fence.confirmed":
    case "fence.called-off":
    case "fence.cancelled":
      return "notice";
    case "fence.began":
    case "fence.method-failed":
    case "fence.done":
    case "fence.heard":
      return "warning";
    case "fence.failed":
    case "fence.belied":
      return "error";
    default:
      return unreachable(code);
  }
}

/** What is said of a fencing, as one sentence without a full stop. */
export function fenceNoteText(note: FenceNote, speaker: NodeName): string {
  const { node } = note;
  switch (note.code) {
    case "fence.began": {
      const wait = note.wait === 0 ? "" : `, in ${durationText(note.wait)}`;
      return `${speaker} fences ${node} by ${note.methods.join(", then ")}${wait}, because ${fenceCauseText(note.cause)}`;
    }
    case "fence.method-failed": {
      const next = note.following === undefined ? "" : `; ${note.following} is next`;
      return `${note.method} did not cut off ${node} from ${speaker}, after ${durationText(note.took)}: ${note.problem}${next}`;
    }
    case "fence.done":
      return `${speaker} fenced ${node} by ${note.method}, in ${durationText(note.took)}, because ${fenceCauseText(note.cause)}`;
    case "fence.failed": {
      const again = note.again === undefined ? "" : `; all of it is tried again in ${durationText(note.again)}`;
      return `${speaker} could not fence ${node}: no method succeeded${again}`;
    }
    case "fence.called-off":
      return `${speaker} does not fence ${node} after all`;
    case "fence.cancelled":
      return `An operator took back the order to fence ${node}`;
    case "fence.confirmed":
      return `An operator made sure that ${node} is off: it counts as fenced`;
    case "fence.heard":
      return note.method === BY_OPERATOR
        ? `An operator said on ${note.by} that ${node} is off: it counts as fenced`
        : `${note.by} fenced ${node} by ${note.method}`;
    case "fence.belied":
      return `${node} is heard again as it was, although it was fenced by ${note.method}: that cut off something else, or nothing`;
    default:
      return unreachable(note);
  }
}

/** Why a node is fenced, as what follows `because`. */
export function fenceCauseText(cause: FenceCause): string {
  switch (cause.kind) {
    case "operator":
      return "an operator said so";
    case "rule":
      return `the rule ${cause.rule} says so`;
    case "stuck":
      return cause.found === true
        ? `${cause.program} of ${cause.service}, which its agent did not start, may still run there`
        : `${cause.program} of ${cause.service} cannot be ended there`;
    default:
      return unreachable(cause);
  }
}
