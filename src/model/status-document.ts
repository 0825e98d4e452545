import type { AttributeValue } from "./attribute.js";
import type { FenceState, FenceView } from "./fencing.js";
import { fenceCauseText } from "./note-text-fence.js";
import { ordererOf, whoOrdered } from "./halt-text.js";
import type { MoveReason } from "./node-state.js";
import { byDepth } from "./finding-order.js";
import type { Finding, Severity } from "./note.js";
import { findingAdvice } from "./note-text-advice.js";
import { findingSeverity, findingText } from "./note-text-finding.js";
import { exitText } from "./exit-text.js";
import { moveReasonText, reasonText } from "./note-text-reason.js";
import { type PathGroupDocument, pathGroupDocument, type ToIso } from "./status-document-path.js";
import type { ProgramRole, ProgramState } from "./program.js";
import type { Candidate, FindingView, NodeCondition, NodeView, PeerView, ProgramView, ServiceView } from "./status.js";
import type { UnfitReason } from "./unfit-reasons.js";

/** `locum status --json` and `GET /v1/status`: one node's view for programs. Times are ISO 8601 in UTC. */
export interface StatusDocument {
  readonly cluster: string;
  /** The node that answers. */
  readonly node: string;
  /** Version of the program on that node. */
  readonly version: string;
  readonly configHash: string;
  readonly paused: boolean;
  readonly nodes: Readonly<Record<string, NodeDocument>>;
  readonly services: Readonly<Record<string, ServiceDocument>>;
  /** Causes before what may follow from them. */
  readonly findings: readonly FindingDocument[];
}

export interface NodeDocument {
  readonly state: NodeCondition;
  readonly since: string;
  readonly networks: Readonly<Record<string, ReachDocument>>;
  /** The address by which the node that answers reaches it now; null: by none. */
  readonly address: string | null;
  /** Version of the program on that node; null while it is not known. */
  readonly version: string | null;
  readonly bannedUntil: string | null;
  /** Its path groups, in the order of the configuration; empty where it has none, or they are not known. */
  readonly paths: Readonly<Record<string, PathGroupDocument>>;
  /** What operators, applications, checks and rules say of it, by name; empty where it is not there to say so. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** How it is being cut off by force, or was, or could not be; null: nobody did since it last came up. */
  readonly fence: FenceDocument | null;
}

export interface FenceDocument {
  readonly state: FenceState;
  /** The node that fences. */
  readonly by: string;
  readonly since: string;
  /** As a clause: `an operator said so`. */
  readonly cause: string;
  readonly causeCode: FenceView["cause"]["kind"];
  /** Of `done`: the method; `operator`: somebody made sure that it is off. */
  readonly method: string | null;
  /** What each method said that failed, this time or, while it goes on, the time before. */
  readonly problem: string | null;
}

export interface ReachDocument {
  /** Packets arrive both ways; of the node that answers: its interface has a link. */
  readonly reachable: boolean;
  /** Packets arrive only from that node (`in`), or only there (`out`); null: both ways or neither. */
  readonly oneWay: "in" | "out" | null;
  /** The latest measured round trip; null where there is none, as to the node itself. */
  readonly rttMs: number | null;
}

export interface ServiceDocument {
  readonly holder: string | null;
  readonly epoch: number;
  readonly state: ServiceView["state"];
  /** Since when its holder has it, or nobody has it: its state may be younger. */
  readonly since: string;
  /** Since when nobody serves it, whoever has held it meanwhile; null: it is served, or nobody was there yet who could. */
  readonly unservedSince: string | null;
  /** Why it is where it is, as a clause: `web1 fell silent`. */
  readonly reason: string;
  readonly reasonCode: MoveReason["kind"] | null;
  /** Who stopped it until it is started again: `operator`, `rule hot`; null: it is not stopped. */
  readonly stoppedBy: string | null;
  readonly addresses: readonly string[];
  /** Which address to use for each of them on the node that answers. */
  readonly reach: readonly ReachableAddressDocument[];
  /** In order of preference. */
  readonly candidates: readonly CandidateDocument[];
  /** On each node that has something to tell of them; empty where the service has none. */
  readonly programs: readonly ProgramDocument[];
  /** MACs of nodes that are gone, of which the node that answers receives what is sent to the service's addresses. */
  readonly listensFor: readonly IdentityDocument[];
}

export interface ReachableAddressDocument {
  /** Without prefix length. */
  readonly address: string;
  /** Itself, or an address of the holder on a network that works; null: no way there is known. */
  readonly use: string | null;
}

export interface ProgramDocument {
  readonly program: string;
  readonly node: string;
  readonly state: ProgramState;
  readonly role: ProgramRole;
  readonly since: string;
  /** Restarts that its policy led to, since that node's agent started. */
  readonly restarts: number;
  /** How it last ended by itself, with what that usually means; null: it never did, or an order or a trouble ended a run after that. */
  readonly lastExit: string | null;
  /** What is wrong with it, or what it said last of itself. */
  readonly words: string | null;
  /** When it is tried again there; null: it is not down, or waits for no time. */
  readonly retryAt: string | null;
  /** It failed there, and until then its node has the service as the last choice, if at all; null: it is not so. */
  readonly bannedUntil: string | null;
}

/** `GET /v1/program`: who the program is that asks. */
export interface SelfDocument {
  readonly service: string;
  readonly program: string;
  /** Where it runs. */
  readonly node: string;
  /** Null: it is not known yet, or no more. */
  readonly role: ProgramRole | null;
  readonly state: ProgramState | null;
}

export interface IdentityDocument {
  readonly node: string;
  readonly mac: string;
  /** Of the node that answers. */
  readonly interface: string;
}

export interface CandidateDocument {
  readonly node: string;
  /** Whether it may hold the service; with `reasons` against it, as with a ban, only as the last choice. */
  readonly eligible: boolean;
  /** Why it is not, or only as the last choice, as clauses: `it is drained`. */
  readonly reasons: readonly string[];
  /** The same as codes, in the same order. */
  readonly codes: readonly UnfitReason["code"][];
  /** When a ban among them ends, of the node or because of a program that failed on it; null: there is none. */
  readonly until: string | null;
}

export interface FindingDocument {
  readonly kind: Finding["kind"];
  readonly severity: Severity;
  readonly since: string;
  readonly text: string;
  /** What to do about it, as one sentence. */
  readonly advice: string;
  /** What it is about: node, network, service, address and so on, by kind. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** The view as programs read it. */
export function statusDocument(view: NodeView, clock: ToIso, version: string): StatusDocument {
  return {
    cluster: view.cluster,
    node: view.node,
    version,
    configHash: view.configHash,
    paused: view.paused,
    nodes: Object.fromEntries(view.nodes.map((node) => [node.name, nodeDocument(node, clock)])),
    services: Object.fromEntries(view.services.map((service) => [service.name, serviceDocument(service, clock)])),
    findings: findingDocuments(view.findings, clock),
  };
}

const nodeDocument = (node: PeerView, clock: ToIso): NodeDocument => ({
  state: node.state,
  since: clock.toIso(node.since),
  networks: Object.fromEntries(node.networks.map((network) => [network.network, reachDocument(network)])),
  address: node.address ?? null,
  version: node.program ?? null,
  bannedUntil: node.bannedUntil === undefined ? null : clock.toIso(node.bannedUntil),
  paths: Object.fromEntries((node.paths ?? []).map((group) => [group.name, pathGroupDocument(group, clock)])),
  attributes: Object.fromEntries((node.attributes ?? []).map(({ name, value }) => [name, value])),
  fence: node.fence === undefined ? null : fenceDocument(node.fence, clock),
});

const fenceDocument = ({ state, by, since, cause, method, problem }: FenceView, clock: ToIso): FenceDocument => ({
  state,
  by,
  since: clock.toIso(since),
  cause: fenceCauseText(cause),
  causeCode: cause.kind,
  method: method ?? null,
  problem: problem ?? null,
});

const reachDocument = (network: PeerView["networks"][number]): ReachDocument => ({
  reachable: network.reachable,
  oneWay: network.oneWay ?? null,
  rttMs: network.roundTripUs === undefined ? null : network.roundTripUs / 1_000,
});

export const serviceDocument = (service: ServiceView, clock: ToIso): ServiceDocument => ({
  holder: service.holder ?? null,
  epoch: service.epoch,
  state: service.state,
  since: clock.toIso(service.since),
  unservedSince: service.unservedSince === undefined ? null : clock.toIso(service.unservedSince),
  reason: placeReasonText(service),
  reasonCode: service.reason?.kind ?? null,
  stoppedBy: service.halt === undefined ? null : ordererOf(service.halt.by),
  addresses: service.addresses,
  reach: service.reach.map(({ address, use }) => ({ address, use: use ?? null })),
  candidates: service.candidates.map((each) => candidateDocument(each, clock)),
  programs: service.programs.map((program) => programDocument(program, clock)),
  listensFor: service.listensFor,
});

const programDocument = (
  { lastExit, words, since, retryAt, bannedUntil, ...program }: ProgramView,
  clock: ToIso,
): ProgramDocument => ({
  program: program.program,
  node: program.node,
  state: program.state,
  role: program.role,
  since: clock.toIso(since),
  restarts: program.restarts,
  lastExit: lastExit === undefined ? null : exitText(lastExit),
  words: words ?? null,
  retryAt: retryAt === undefined ? null : clock.toIso(retryAt),
  bannedUntil: bannedUntil === undefined ? null : clock.toIso(bannedUntil),
});

/** Why a service is where it is; also when it is nowhere, or its holder has not said why yet. */
function placeReasonText(service: ServiceView): string {
  if (service.state === "stopped" && service.holder !== undefined) {
    return `${service.holder} is gone since the pause, and its machine may still have it`;
  }
  if (service.state === "stopped" && service.halt !== undefined) return `${whoOrdered(service.halt.by)} stopped it`;
  if (service.holder === undefined && !service.candidates.some((candidate) => candidate.eligible)) {
    return "no node can hold it";
  }
  // Somebody could take it, and it does not even move.
  if (service.holder === undefined && service.state === "blocked") return "nothing moves in the pause";
  if (service.reason !== undefined) return moveReasonText(service.reason, service.holder ?? "it");
  return service.holder === undefined ? "no node has taken it yet" : `${service.holder} has not said why yet`;
}

const candidateDocument = (candidate: Candidate, clock: ToIso): CandidateDocument => ({
  node: candidate.node,
  eligible: candidate.eligible,
  reasons: candidate.reasons.map(reasonText),
  codes: candidate.reasons.map((reason) => reason.code),
  until: candidate.until === undefined ? null : clock.toIso(candidate.until),
});

/** Causes first. */
export const findingDocuments = (findings: readonly FindingView[], clock: ToIso): readonly FindingDocument[] =>
  findings.toSorted((a, b) => byDepth(a.finding, b.finding)).map((finding) => findingDocument(finding, clock));

function findingDocument({ finding, since }: FindingView, clock: ToIso): FindingDocument {
  const { kind, ...about } = finding;
  return {
    kind,
    severity: findingSeverity(finding),
    since: clock.toIso(since),
    text: findingText(finding),
    advice: findingAdvice(finding),
    about,
  };
}
