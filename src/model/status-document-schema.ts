import { z } from "zod";
import type {
  CandidateDocument,
  FindingDocument,
  FenceDocument,
  NodeDocument,
  ProgramDocument,
  ReachDocument,
  SelfDocument,
  ServiceDocument,
  StatusDocument,
} from "./status-document.js";
import type { PathDocument, PathGroupDocument, SwitchDocument } from "./status-document-path.js";
import type { ChangeDocument } from "./status-document-change.js";
import type { EventDocument } from "./status-document-event.js";
import type { ExplainDocument, PlaceDocument, VerdictDocument } from "./status-document-explain.js";
import type { ConfigurationDocument } from "./status-document-configuration.js";
import type { RulesDocument } from "./status-document-rule.js";
import type { DoneDocument, HealthDocument, ProblemDocument } from "./status-document-problem.js";
import type { AttributeValue } from "./attribute.js";
import { NOTE_CODES } from "./codes.js";
import { FINDING_KINDS } from "./finding-kinds.js";
import type { HistoryDocument, OutageDocument } from "./history/history-document.js";
import { OUTAGE_KINDS } from "./history/outage-cause.js";
import { NAME_PATTERN } from "./names.js";
import type { MoveReason } from "./node-state.js";
import { PROGRAM_STATES } from "./program.js";
import type { Finding, NoteCode, Severity } from "./note.js";
import type { PathHealth, PathSwitchReason } from "./path.js";
import { UNFIT_CODES } from "./unfit-reasons.js";

// The schemas describe the documents for others, for the OpenAPI document and for tests. The agent makes the documents
// from its own types and never runs a schema, so a process that answers no question about them need not load zod.

/** A schema of a union of codes; the compiler asks for a line here when a code is added. */
const everyOf = <Code extends string>(codes: Readonly<Record<Code, unknown>>): z.ZodType<Code> =>
  z.enum(Object.keys(codes)) as unknown as z.ZodType<Code>;

const name = z.string().regex(NAME_PATTERN);
const time = z.iso.datetime().meta({ description: "ISO 8601 in UTC" });
const code = z.string().meta({ description: "Stable, for programs" });
const text = z.string().meta({ description: "For people" });
const severity: z.ZodType<Severity> = everyOf<Severity>({ info: true, notice: true, warning: true, error: true });
const fields = z.record(z.string(), z.unknown());

const reach: z.ZodType<ReachDocument> = z.object({
  reachable: z.boolean(),
  oneWay: z.enum(["in", "out"]).nullable(),
  rttMs: z.number().nullable(),
});

const pathHealth = everyOf<PathHealth>({
  healthy: true,
  failing: true,
  failed: true,
  recovering: true,
  unwatched: true,
  detached: true,
  missing: true,
});

const switchReason = everyOf<PathSwitchReason["kind"]>({
  "carrier-lost": true,
  "targets-silent": true,
  "trunk-below-threshold": true,
  "interface-gone": true,
  "switched-off": true,
  "interface-returned": true,
  "peer-switched": true,
  operator: true,
  detached: true,
  failback: true,
  "down-at-start": true,
});

const path: z.ZodType<PathDocument> = z.object({
  interface: z.string(),
  health: pathHealth.nullable(),
  members: z.object({ up: z.int().nonnegative(), total: z.int().nonnegative() }).nullable(),
});

const pathSwitch: z.ZodType<SwitchDocument> = z.object({
  at: time,
  reason: text,
  reasonCode: switchReason,
  tookMs: z.number().nonnegative(),
});

const pathGroup: z.ZodType<PathGroupDocument> = z.object({
  active: everyOf<PathGroupDocument["active"]>({ primary: true, secondary: true }),
  interface: z.string(),
  state: everyOf<PathGroupDocument["state"]>({ sound: true, degraded: true, switching: true, failed: true }),
  since: time,
  reason: text,
  reasonCode: switchReason.nullable(),
  paused: z.boolean(),
  primary: path,
  secondary: path,
  switches: z.int().nonnegative(),
  lastSwitch: pathSwitch.nullable(),
  unmoved: z.array(text),
  obstacles: z.array(text),
  immovable: z.array(text),
});

const attributeValue: z.ZodType<AttributeValue> = z.union([z.string(), z.number(), z.boolean()]);

const fence: z.ZodType<FenceDocument> = z.object({
  state: everyOf<FenceDocument["state"]>({ "under-way": true, done: true, failed: true }),
  by: name,
  since: time,
  cause: text,
  causeCode: everyOf<FenceDocument["causeCode"]>({ operator: true, rule: true, stuck: true }),
  method: z.string().nullable(),
  problem: z.string().nullable(),
});

const node: z.ZodType<NodeDocument> = z.object({
  state: everyOf<NodeDocument["state"]>({ up: true, down: true, leaving: true, drained: true, unknown: true }),
  since: time,
  networks: z.record(name, reach),
  address: z.string().nullable(),
  version: z.string().nullable(),
  bannedUntil: time.nullable(),
  paths: z.record(name, pathGroup),
  attributes: z.record(name, attributeValue),
  fence: fence.nullable(),
});

const unfitCode = everyOf(UNFIT_CODES);

const candidateShape = {
  node: name,
  eligible: z.boolean(),
  reasons: z.array(text),
  codes: z.array(unfitCode),
  until: time.nullable(),
};
const candidate: z.ZodType<CandidateDocument> = z.object(candidateShape);

const program: z.ZodType<ProgramDocument> = z.object({
  program: name,
  node: name,
  state: everyOf(PROGRAM_STATES),
  role: everyOf<ProgramDocument["role"]>({ holder: true, standby: true }),
  since: time,
  restarts: z.int().nonnegative(),
  lastExit: text.nullable(),
  words: text.nullable(),
  retryAt: time.nullable(),
  bannedUntil: time.nullable(),
});

const placeShape = {
  holder: name.nullable(),
  epoch: z.int().nonnegative(),
  state: everyOf<ServiceDocument["state"]>({
    active: true,
    moving: true,
    starting: true,
    stopped: true,
    blocked: true,
  }),
  since: time,
  unservedSince: time.nullable(),
  reason: text,
  reasonCode: everyOf<MoveReason["kind"]>({
    "cluster-start": true,
    "holder-silent": true,
    "holder-left": true,
    "holder-crashed": true,
    "holder-fenced": true,
    "holder-unfit": true,
    "holder-drained": true,
    placement: true,
    operator: true,
    rule: true,
    program: true,
    failback: true,
    started: true,
    vacant: true,
    "lost-to-all": true,
    adopted: true,
  }).nullable(),
  stoppedBy: z.string().nullable(),
  addresses: z.array(z.string()),
  reach: z.array(z.object({ address: z.string(), use: z.string().nullable() })),
  programs: z.array(program),
  listensFor: z.array(z.object({ node: z.string(), mac: z.string(), interface: z.string() })),
};
const service: z.ZodType<ServiceDocument> = z.object({ ...placeShape, candidates: z.array(candidate) });

const finding: z.ZodType<FindingDocument> = z.object({
  kind: everyOf<Finding["kind"]>(FINDING_KINDS),
  severity,
  since: time,
  text,
  advice: text,
  about: fields,
});

const clusterShape = {
  cluster: z.string(),
  node: name,
  version: z.string(),
  configHash: z.string(),
  paused: z.boolean(),
};

const status: z.ZodType<StatusDocument> = z.object({
  ...clusterShape,
  nodes: z.record(name, node),
  services: z.record(name, service),
  findings: z.array(finding),
});

const event: z.ZodType<EventDocument> = z.object({
  sequence: z.int(),
  time,
  node: name,
  code: everyOf<NoteCode>(NOTE_CODES),
  severity,
  text,
  advice: z.exactOptional(text),
  data: fields,
});

const change: z.ZodType<ChangeDocument> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("cluster"), value: z.object(clusterShape) }),
  z.object({ kind: z.literal("node"), name, value: node.nullable() }),
  z.object({ kind: z.literal("service"), name, value: service.nullable() }),
  z.object({ kind: z.literal("findings"), value: z.array(finding) }),
]);

const verdict: z.ZodType<VerdictDocument> = z.object({ ...candidateShape, holder: z.boolean(), verdict: text });

const place: z.ZodType<PlaceDocument> = z.object({
  address: text,
  interface: text,
  here: z.boolean(),
  eligible: z.boolean(),
  reasons: z.array(text),
  checks: z.array(
    z.object({
      check: z.enum([
        "interface-present",
        "interface-up",
        "path-healthy",
        "same-network",
        "same-subnet",
        "vlan-available",
        "free-in-cluster",
        "free-on-wire",
        "room-for-address",
        "room-for-mac",
        "mtu",
      ]),
      verdict: z.enum(["yes", "no", "unknown"]),
      text,
    }),
  ),
});

const explanation: z.ZodType<ExplainDocument> = z.object({
  service: name,
  ...placeShape,
  paused: z.boolean(),
  nodes: z.array(verdict),
  places: z.array(place),
  answeredBy: name,
  findings: z.array(finding),
  failback: text,
  lastMove: event.nullable(),
  history: z.array(event),
});

const configuration: z.ZodType<ConfigurationDocument> = z.object({
  answeredBy: name,
  cluster: name,
  hash: text,
  programs: z.array(
    z.object({
      service: name,
      program: name,
      parts: z.array(z.object({ key: text, text, isOfProcess: z.boolean() })),
    }),
  ),
});

const rules: z.ZodType<RulesDocument> = z.object({
  answeredBy: name,
  rules: z.array(
    z.object({
      rule: name,
      each: z.enum(["cluster", "node", "service"]),
      about: name.nullable(),
      condition: z.enum(["true", "false", "broken", "resting"]),
      since: time.nullable(),
      problem: text.nullable(),
      readings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable()),
      lastActed: z.object({ at: time, node: name.nullable() }).nullable(),
      waits: z.object({ until: time, by: z.enum(["for", "every", "holdOff", "limit"]) }).nullable(),
      suspendedUntil: time.nullable(),
      next: text,
    }),
  ),
});

const milliseconds = z.number().nonnegative();

const history: z.ZodType<HistoryDocument> = z.object({
  node: name,
  since: time,
  until: time,
  services: z.record(
    name,
    z.object({
      availability: z.number().min(0).max(1).nullable(),
      knownMs: milliseconds,
      outages: z.int().nonnegative(),
      downMs: milliseconds,
      orderedMs: milliseconds,
      longestMs: milliseconds,
    }),
  ),
  outages: z.array(
    z.object({
      service: name,
      from: time,
      until: time.nullable(),
      lengthMs: milliseconds,
      state: everyOf<OutageDocument["state"]>({ over: true, lasting: true, lost: true }),
      cause: everyOf(OUTAGE_KINDS),
      reason: text,
      ordered: z.boolean(),
      servedBy: name.nullable(),
      takenBy: name.nullable(),
    }),
  ),
});

const problem: z.ZodType<ProblemDocument> = z.object({
  code,
  message: text,
  advice: z.exactOptional(text),
});

const done: z.ZodType<DoneDocument> = z.object({ message: text });

const health: z.ZodType<HealthDocument> = z.object({
  ok: z.boolean(),
  cluster: z.string(),
  node: name,
  version: z.string(),
});

const events: z.ZodType<readonly EventDocument[]> = z.array(event);
const move: z.ZodType<{ readonly to: string }> = z.object({ to: name });
const switchOrder: z.ZodType<{ readonly to: string }> = z.object({
  to: z.string().meta({ description: "An interface of the group" }),
});

const attribute: z.ZodType<{ readonly value: AttributeValue; readonly for?: string }> = z.object({
  value: attributeValue,
  for: z.exactOptional(z.string().meta({ description: "It vanishes after so long unless it is set again: `30s`" })),
});

const self: z.ZodType<SelfDocument> = z.object({
  service: name,
  program: name,
  node: name,
  role: everyOf<ProgramDocument["role"]>({ holder: true, standby: true }).nullable(),
  state: everyOf(PROGRAM_STATES).nullable(),
});

const report: z.ZodType<{ readonly state?: "well" | "trouble"; readonly words?: string }> = z.object({
  state: z.exactOptional(everyOf<"well" | "trouble">({ well: true, trouble: true })),
  words: z.exactOptional(text),
});

const moveOwn: z.ZodType<{ readonly to?: string }> = z.object({
  to: z.exactOptional(name.meta({ description: "Unless given, the best of the other nodes" })),
});

/** Every document of the API by the name that the OpenAPI document gives it. */
export const DOCUMENT_SCHEMAS: Readonly<Record<DocumentName, z.ZodType>> = {
  Status: status,
  Change: change,
  Event: event,
  Events: events,
  Explanation: explanation,
  History: history,
  Rules: rules,
  Configuration: configuration,
  Done: done,
  Health: health,
  Move: move,
  MoveOwn: moveOwn,
  Report: report,
  Self: self,
  Switch: switchOrder,
  Attribute: attribute,
  Problem: problem,
};

export type DocumentName =
  | "Status"
  | "Change"
  | "Event"
  | "Events"
  | "Explanation"
  | "History"
  | "Rules"
  | "Configuration"
  | "Done"
  | "Health"
  | "Move"
  | "MoveOwn"
  | "Report"
  | "Self"
  | "Switch"
  | "Attribute"
  | "Problem";
