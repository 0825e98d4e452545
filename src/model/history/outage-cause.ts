/** Why nobody served a service, from what nodes said of it. */
import { exitText } from "../exit-text.js";
import type { HandoverCause } from "../heartbeat.js";
import type { Mover } from "../mover.js";
import type { NodeName } from "../names.js";
import type { MoveReason } from "../node-state.js";
import type { Finding, Note, ReleaseReason } from "../note.js";
import type { StopCause } from "../program-note.js";
import type { ProgramName } from "../program.js";
import { moveReasonText, releaseReasonText } from "../note-text-reason.js";
import { type UnfitReason, isOfOrder, isOfPrograms } from "../unfit-reasons.js";

export interface OutageCause {
  readonly kind: OutageKind;
  /** As a clause. */
  readonly text: string;
}

export type OutageKind =
  /** Its node was not heard any more. */
  | "node-down"
  /** The agent of its node died. */
  | "node-crashed"
  /** Its node left in order: somebody stopped the agent, or the machine. */
  | "node-left"
  | "program-failed"
  /** An operator stopped it, moved it, or restarted a program of it. */
  | "operator"
  /** A rule stopped it, moved it, or drained its node. */
  | "rule"
  /** One of its programs asked for a move. */
  | "program-asked"
  /** It went back to a node that is preferred, as the file says, and may run on one node at a time only. */
  | "failback"
  /** Its node could not hold it any longer, or no node could: a link, an address, room for others. */
  | "node-unfit"
  /** The network of its clients was gone for all nodes. */
  | "network-down"
  /** Its node let go of it, and did not say why. */
  | "let-go";

/** All of them, for who reads one that somebody else wrote. */
export const OUTAGE_KINDS: Readonly<Record<OutageKind, true>> = {
  "node-down": true,
  "node-crashed": true,
  "node-left": true,
  "program-failed": true,
  operator: true,
  rule: true,
  "program-asked": true,
  failback: true,
  "node-unfit": true,
  "network-down": true,
  "let-go": true,
};

/** Somebody wanted it so. */
export const isOrdered = ({ kind }: OutageCause): boolean => ORDERED.has(kind);
const ORDERED: ReadonlySet<OutageKind> = new Set(["operator", "rule", "program-asked", "node-left"]);

/** Why this node let go of it. */
export function causeOfRelease(why: ReleaseReason, self: NodeName): OutageCause {
  return { kind: kindOfRelease(why), text: `${self} let go of it: ${releaseReasonText(why)}` };
}

function kindOfRelease(why: ReleaseReason): OutageKind {
  switch (why.kind) {
    case "halted":
      return why.by === undefined ? "operator" : "rule";
    case "stopping":
      return "node-left";
    case "unfit":
      return kindOfReasons(why.reasons);
    case "handed-over":
      return kindOfHandover(why.cause, why.by);
    case "not-configured":
      return "operator";
    default:
      return "node-unfit";
  }
}

function kindOfHandover(cause: HandoverCause, by: Mover | undefined): OutageKind {
  switch (cause) {
    case "unfit":
    case "placement":
      return "node-unfit";
    case "stopping":
      return "node-left";
    case "failback":
      return cause;
    default:
      return kindOfMover(by?.kind);
  }
}

/** Why the one who takes it does so. */
export function causeOfClaim(reason: MoveReason, by: NodeName): OutageCause {
  return { kind: kindOfClaim(reason), text: moveReasonText(reason, by) };
}

function kindOfClaim(reason: MoveReason): OutageKind {
  switch (reason.kind) {
    case "holder-silent":
    case "holder-fenced":
      return "node-down";
    case "holder-crashed":
      return "node-crashed";
    case "holder-left":
      return "node-left";
    case "holder-drained":
      return kindOfMover(reason.by === undefined ? undefined : "rule");
    case "rule":
    case "program":
      return kindOfMover(reason.kind);
    case "operator":
    case "failback":
      return reason.kind;
    case "placement":
      return "node-unfit";
    case "holder-unfit":
    case "lost-to-all":
      return kindOfReasons(reason.reasons);
    case "vacant":
      return reason.reasons.length === 0 ? "let-go" : kindOfReasons(reason.reasons);
    default:
      return "let-go";
  }
}

function kindOfMover(kind: Mover["kind"] | undefined): OutageKind {
  if (kind === "program") return "program-asked";
  return kind ?? "operator";
}

function kindOfReasons(reasons: readonly UnfitReason[]): OutageKind {
  const [first] = reasons;
  if (first !== undefined && isOfOrder(first) && reasons.length === 1)
    return first.detail === undefined ? "operator" : "rule";
  return reasons.some(isOfPrograms) ? "program-failed" : "node-unfit";
}

/** A node holds it and does not serve all of it. */
export function causeOfCondition(
  { condition, node, byOrder }: Note & { readonly code: "service.unserved" },
  trouble: OutageCause | undefined,
): OutageCause {
  if (condition === "stopping") return { kind: "let-go", text: `${node} let go of it` };
  if (trouble === undefined && byOrder === true)
    return { kind: "operator", text: `an operator had a program of it restarted or changed on ${node}` };
  return trouble ?? { kind: "program-failed", text: `a program of it was down on ${node}` };
}

/** The agent of its node ended in a pause, and when it was back, programs of the service were not there. */
export const causeOfLeave = (node: NodeName, kind: OutageKind): OutageCause => ({
  kind,
  text: `the agent on ${node} ended in a pause, and its programs were not running when it was back`,
});

/** Nobody served it before either. */
export const causeOfBeginning = (node: NodeName): OutageCause => ({
  kind: "program-failed",
  text: `it did not become ready on ${node}`,
});

/** A node that let go of it cannot, until it is cut off. */
export const causeOfStuck = ({ node, program }: Finding & { readonly kind: "program-stuck" }): OutageCause => ({
  kind: "program-failed",
  text: `${program} could not be ended on ${node}`,
});

/** Nobody holds it. `waiting`, `paused`: there are nodes that could, if it were not for other services, or for a pause. */
export const causeOfVacancy = (why: "unfit" | "waiting" | "paused"): OutageCause => ({
  kind: "node-unfit",
  text: VACANCY_TEXT[why],
});

const VACANCY_TEXT = {
  unfit: "no node could hold it",
  waiting: "it waited for other services",
  paused: "it waited for the end of a pause",
} as const;

/** What a note says of a program that is down or about to be; undefined: it says something else. */
export function programTrouble(note: Note): OutageCause | undefined {
  switch (note.code) {
    case "program.exited":
      return note.isDone === true ? undefined : failed(`${note.program} ended: ${exitText(note.exit)}`);
    case "program.not-started":
      return failed(`${note.program} could not be started: ${note.problem}`);
    case "program.late":
      return failed(`${note.program} was not ready in time`);
    case "program.troubled":
      return failed(`${note.program} was in trouble: ${note.problem}`);
    case "program.host-lost":
      return failed(`the program host died, and ${note.program} with it`);
    case "program.stopping":
      return causeOfRestart(note.program, note.why);
    default:
      return undefined;
  }
}

const failed = (text: string): OutageCause => ({ kind: "program-failed", text });

/** Only operators order restarts, and change files. */
function causeOfRestart(program: ProgramName, why: StopCause): OutageCause | undefined {
  switch (why) {
    case "order":
      return { kind: "operator", text: `an operator restarted ${program}` };
    case "changed":
      return { kind: "operator", text: `${program} was restarted, since the cluster file changed it` };
    case "not-wanted":
    case "stray":
      return undefined;
  }
}
