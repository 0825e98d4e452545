import type { AgentEvent } from "../event.js";
import { type OutageKind, isOrdered } from "./outage-cause.js";
import { type Outage, type ServiceHistory, serviceHistories } from "./outages.js";

/** `locum history --json` and `GET /v1/history`: how long services were served, and each outage. */
export interface HistoryDocument {
  /** The node whose record it is. */
  readonly node: string;
  /** The time that it is about: since when was asked for, or since the record begins. */
  readonly since: string;
  readonly until: string;
  readonly services: Readonly<Record<string, ServiceHistoryDocument>>;
  /** Oldest first. */
  readonly outages: readonly OutageDocument[];
}

export interface ServiceHistoryDocument {
  /** The part of the known time in which it was served, from 0 to 1; null: nothing is known. */
  readonly availability: number | null;
  /** How long it is known whether it was served. */
  readonly knownMs: number;
  readonly outages: number;
  readonly downMs: number;
  /** The part of that which an operator, a rule, or who stopped the agent ordered. */
  readonly orderedMs: number;
  readonly longestMs: number;
}

export interface OutageDocument {
  readonly service: string;
  readonly from: string;
  /** Null: it lasts, or its end is not known. */
  readonly until: string | null;
  /** How long nobody served, as far as it is known. */
  readonly lengthMs: number;
  /** `lost`: the agent did not run, was frozen, or was cut off, when it ended. */
  readonly state: Outage["state"];
  readonly cause: OutageKind;
  /** As a clause: `web1 fell silent`. */
  readonly reason: string;
  /** Somebody wanted it so: an operator, a rule, or who stopped the agent. */
  readonly ordered: boolean;
  /** Who served it before. */
  readonly servedBy: string | null;
  /** Who served it after that. */
  readonly takenBy: string | null;
}

/** Milliseconds since 1970. */
interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface HistorySources {
  readonly node: string;
  /** Of that node, oldest first. */
  readonly events: readonly AgentEvent[];
  readonly nowMs: number;
  /** The time of day of a moment in milliseconds since 1970, as ISO 8601 in UTC. */
  readonly isoOf: (ms: number) => string;
  /** Undefined: all that is known. */
  readonly sinceMs: number | undefined;
  /** Undefined: of all services. */
  readonly service: string | undefined;
}

export function historyDocument({ node, events, nowMs, isoOf, sinceMs, service }: HistorySources): HistoryDocument {
  const begin = events[0]?.atMs ?? nowMs;
  const window = { fromMs: Math.min(nowMs, Math.max(sinceMs ?? begin, begin)), untilMs: nowMs };
  const histories = serviceHistories(events, nowMs).filter((each) => service === undefined || each.service === service);
  const outages = histories
    .flatMap((each) => each.outages)
    .filter(({ untilMs }) => untilMs >= window.fromMs)
    .toSorted((a, b) => a.fromMs - b.fromMs);
  return {
    node,
    since: isoOf(window.fromMs),
    until: isoOf(window.untilMs),
    services: Object.fromEntries(histories.map((each) => [each.service, summaryOf(each, window)])),
    outages: outages.map((outage) => outageDocument(outage, isoOf)),
  };
}

function summaryOf({ served, outages }: ServiceHistory, window: Window): ServiceHistoryDocument {
  const within = outages.filter(({ untilMs }) => untilMs >= window.fromMs);
  const lengths = within.map((each) => lengthIn(each, window));
  const servedMs = sum(served.map((each) => lengthIn(each, window)));
  const downMs = sum(lengths);
  const knownMs = servedMs + downMs;
  return {
    availability: knownMs === 0 ? null : servedMs / knownMs,
    knownMs,
    outages: within.length,
    downMs,
    orderedMs: sum(within.filter(({ cause }) => isOrdered(cause)).map((each) => lengthIn(each, window))),
    longestMs: Math.max(0, ...lengths),
  };
}

const lengthIn = (span: Window, { fromMs, untilMs }: Window): number =>
  Math.max(0, Math.min(span.untilMs, untilMs) - Math.max(span.fromMs, fromMs));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const outageDocument = (
  { service, fromMs, untilMs, state, cause, from, to }: Outage,
  isoOf: HistorySources["isoOf"],
): OutageDocument => ({
  service,
  from: isoOf(fromMs),
  until: state === "over" ? isoOf(untilMs) : null,
  lengthMs: untilMs - fromMs,
  state,
  cause: cause.kind,
  reason: cause.text,
  ordered: isOrdered(cause),
  servedBy: from ?? null,
  takenBy: to ?? null,
});
