import type { Failback } from "./cluster.js";
import { type AddressOutlook, type EligibilityCheck, type EligibilityResult, objections } from "./eligibility.js";
import { eligibilityText } from "./note-text-eligibility.js";
import { durationText } from "./duration-text.js";
import { ordererText } from "./halt-text.js";
import { listText } from "./note-text-reason.js";
import type { CandidateDocument, FindingDocument, ServiceDocument } from "./status-document.js";
import type { EventDocument } from "./status-document-event.js";

/** `locum explain` and `GET /v1/services/{name}/explain`: why a service is where it is, and what could be else. */
export interface ExplainDocument extends Omit<ServiceDocument, "candidates"> {
  readonly service: string;
  readonly paused: boolean;
  /** In order of preference. */
  readonly nodes: readonly VerdictDocument[];
  /** Where its addresses are or could go on the node that answers: only a node itself knows. */
  readonly places: readonly PlaceDocument[];
  /** The node that answers. */
  readonly answeredBy: string;
  /** What is wrong with it now. */
  readonly findings: readonly FindingDocument[];
  /** What happens when a node that is preferred to the holder is fit again. */
  readonly failback: string;
  /** The event with which it came to the present holder, or else to the last; null when it is older than the history. */
  readonly lastMove: EventDocument | null;
  /** The latest events of the service, oldest first. */
  readonly history: readonly EventDocument[];
}

export interface VerdictDocument extends CandidateDocument {
  readonly holder: boolean;
  /** One clause about the node: `would take it if web1 failed`. */
  readonly verdict: string;
}

/** An interface of the node that answers, for one address. */
export interface PlaceDocument {
  readonly address: string;
  readonly interface: string;
  /** The address is there now. */
  readonly here: boolean;
  /** Nothing speaks against it. */
  readonly eligible: boolean;
  /** What speaks against it, as clauses. */
  readonly reasons: readonly string[];
  readonly checks: readonly CheckAnswerDocument[];
}

export interface CheckAnswerDocument {
  readonly check: EligibilityCheck;
  /** `unknown` speaks against nothing. */
  readonly verdict: EligibilityResult["verdict"];
  readonly text: string;
}

/** What an explanation is made from, besides the service's status. */
export interface ExplainSources {
  /** The node that answers. */
  readonly node: string;
  readonly outlook: readonly AddressOutlook[];
  readonly paused: boolean;
  readonly failback: Failback;
  /** All findings: those about other services are left out. */
  readonly findings: readonly FindingDocument[];
  /** Of the service; the latest of them are shown. */
  readonly history: readonly EventDocument[];
}

/** Events that an explanation shows. */
const HISTORY_SHOWN = 12;

/** Puts together why a service is where it is. */
export function explainDocument(name: string, status: ServiceDocument, sources: ExplainSources): ExplainDocument {
  const { candidates: _, ...service } = status;
  return {
    service: name,
    ...service,
    paused: sources.paused,
    nodes: verdicts(name, status, sources.paused),
    places: sources.outlook.map(placeDocument),
    answeredBy: sources.node,
    findings: sources.findings.filter((finding) => concerns(name, service.addresses, finding)),
    failback: failbackText(name, status, sources.failback),
    lastMove: lastMove(sources.history, status),
    history: sources.history.slice(-HISTORY_SHOWN),
  };
}

export function placeDocument(outlook: AddressOutlook): PlaceDocument {
  const against = objections(outlook).map((result) => eligibilityText(result, outlook));
  return {
    address: outlook.address,
    interface: outlook.interface,
    here: outlook.isHere,
    eligible: against.length === 0,
    reasons: against,
    checks: outlook.results.map((result) => ({
      check: result.check,
      verdict: result.verdict,
      text: eligibilityText(result, outlook),
    })),
  };
}

/** A node that is cut off knows of no service what became of it. */
function concerns(name: string, addresses: readonly string[], { kind, about }: FindingDocument): boolean {
  const { service, services, address } = about;
  if (kind === "cut-off" || service === name || (Array.isArray(services) && services.includes(name))) return true;
  return addresses.some((each) => each.split("/")[0] === address);
}

/** A holder that takes a service anew, as after a restart, was there before: that is no move that others see. */
function lastMove(history: readonly EventDocument[], { holder, epoch }: ServiceDocument): EventDocument | null {
  const latest = history.findLast((event) => takerIn(event) !== undefined && Number(event.data["epoch"]) <= epoch);
  return latest !== undefined && (holder === null || takerIn(latest) === holder) ? latest : null;
}

/** Who took the service: in its own words, or as another node saw it. */
function takerIn({ code, node, data }: EventDocument): unknown {
  if (code === "service.claimed") return node;
  return code === "service.moved" ? data["to"] : undefined;
}

function verdicts(name: string, status: ServiceDocument, paused: boolean): readonly VerdictDocument[] {
  const { candidates, holder, state, stoppedBy } = status;
  const heirs = inOrderOfTaking(candidates.filter((each) => each.node !== holder));
  const waits = paused
    ? "nothing moves while the cluster is paused"
    : stoppedBy === null
      ? undefined
      : `${ordererText(stoppedBy)} stopped it: \`locum start ${name}\` has it taken`;
  return candidates.map((candidate) => {
    const isHolder = candidate.node === holder;
    const before = heirs.slice(0, heirs.indexOf(candidate.node));
    const verdict = isHolder
      ? holderVerdict(candidate, state)
      : standbyVerdict(candidate, { name, before, holder, waits });
    return { ...candidate, holder: isHolder, verdict };
  });
}

/** Those that could take it, the first one first; those with something against them, such as a ban, last. */
function inOrderOfTaking(candidates: readonly CandidateDocument[]): readonly string[] {
  const eligible = candidates.filter((each) => each.eligible);
  const sound = eligible.filter((each) => each.reasons.length === 0);
  return [...sound, ...eligible.filter((each) => each.reasons.length > 0)].map((each) => each.node);
}

function holderVerdict(candidate: CandidateDocument, state: ServiceDocument["state"]): string {
  if (state === "stopped") return "is gone since the pause, and its machine may still have it";
  return candidate.eligible ? "holds it" : `holds it, but should not: ${listText(candidate.reasons)}`;
}

interface Succession {
  readonly name: string;
  /** Who would take it rather than this one. */
  readonly before: readonly string[];
  readonly holder: string | null;
  /** Why nobody takes it now, whoever could. */
  readonly waits: string | undefined;
}

function standbyVerdict(candidate: CandidateDocument, { name, before, holder, waits }: Succession): string {
  if (!candidate.eligible) {
    const again = candidate.codes.includes("program-failed") ? ` (\`locum start ${name}\` has it tried)` : "";
    return `cannot hold it: ${listText(candidate.reasons)}${again}`;
  }
  if (waits !== undefined) return `could hold it, but ${waits}`;
  const others = holder === null ? before : [holder, ...before];
  const verdict = others.length === 0 ? "is about to take it" : `would take it if ${listText(others)} failed`;
  return candidate.reasons.length === 0 ? verdict : `${verdict}, as the last choice: ${listText(candidate.reasons)}`;
}

function failbackText(name: string, status: ServiceDocument, failback: Failback): string {
  const eligible = status.candidates.filter((candidate) => candidate.eligible);
  const best = eligible[0]?.node;
  const rank = status.candidates.findIndex((candidate) => candidate.node === best);
  const holderRank = status.candidates.findIndex((candidate) => candidate.node === status.holder);
  const isAway = best !== undefined && status.holder !== null && rank < holderRank;
  if (failback.kind === "never") {
    return isAway
      ? `${best} is preferred and could hold it, but failback is off: \`locum move ${name} --to ${best}\` moves it there`
      : "it stays where it is when a preferred node is fit again (failback is off)";
  }
  const delay =
    failback.delay === 0 ? "as soon as it is fit" : `once it has been fit for ${durationText(failback.delay)}`;
  return isAway ? `it goes back to ${best} ${delay}` : `it goes back to a preferred node ${delay}`;
}
