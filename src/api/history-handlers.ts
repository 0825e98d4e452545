import { unknownCodeAdvice } from "../model/codes.js";
import type { AgentEvent } from "../model/event.js";
import { historyDocument } from "../model/history/history-document.js";
import { serviceName } from "../model/names.js";
import { CHANGE_KINDS, type ChangeDocument } from "../model/status-document-change.js";
import { type EventDocument, eventDocument } from "../model/status-document-event.js";
import type { AgentPort, EventFilter } from "./agent-port.js";
import type { ChangeWish } from "./change-feed.js";
import type { EventStream } from "./event-stream.js";
import { problem } from "./problem.js";
import { knownService, SHOWN_MAX } from "./known-names.js";
import { timeOf, wholeNumber } from "./request.js";
import type { Answer, ApiParts, Call } from "./route.js";

/** Events in one answer, unless another number is asked for; and at most. */
const EVENTS_DEFAULT = 1_000;
const EVENTS_MAX = 10_000;
/** Earlier events that a stream may start with; so few that they always fit its buffer. */
const STREAM_START_MAX = 1_000;

const isoOf = (ms: number): string => new Date(ms).toISOString();

const documentOf = (event: AgentEvent): EventDocument => eventDocument(event, isoOf(event.atMs));

export function answerEvents(call: Call, { port }: ApiParts): Answer {
  const filter = eventFilter(call);
  checkService(filter, port);
  if (!call.wantsStream) {
    const events = port.events.recent({ ...filter, limit: filter.limit ?? EVENTS_DEFAULT });
    return { kind: "json", body: events.map(documentOf) };
  }
  return {
    kind: "stream",
    start: (stream) => {
      const send = (event: AgentEvent): void =>
        stream.send({ event: "event", id: event.sequence, data: documentOf(event) });
      if (wantsEarlier(filter)) port.events.recent(startFilter(filter)).forEach(send);
      return port.events.subscribe(filter, send);
    },
  };
}

/** @param call its service and the time that it asks for narrow the answer, not what it is made from */
export function answerHistory({ query }: Call, { port }: ApiParts): Answer {
  const { node } = port.view();
  const service = query.get("service") ?? undefined;
  if (service !== undefined) checkService({ service: serviceName(service) }, port);
  const events = port.events.recent({}).filter((event) => event.node === node);
  const nowMs = Date.now();
  const body = historyDocument({ node, events, nowMs, isoOf, sinceMs: timeOf(query, "since"), service });
  return { kind: "json", body };
}

/** A service that has neither a place nor a history is a typing error. */
function checkService({ service }: EventFilter, port: AgentPort): void {
  if (service === undefined || port.events.recent({ service, limit: 1 }).length > 0) return;
  knownService(port, service);
}

const wantsEarlier = ({ sinceMs, afterSequence, limit }: EventFilter): boolean =>
  sinceMs !== undefined || afterSequence !== undefined || limit !== undefined;

/** A reader that comes back wants all that it missed, however few it began with. */
function startFilter(filter: EventFilter): EventFilter {
  const wanted = filter.afterSequence === undefined ? filter.limit : undefined;
  return { ...filter, limit: Math.min(wanted ?? STREAM_START_MAX, STREAM_START_MAX) };
}

function eventFilter({ query, lastEventId }: Call): EventFilter {
  const sinceMs = timeOf(query, "since");
  const limit = wholeNumber(query, "limit", { min: 0, max: EVENTS_MAX });
  const service = query.get("service");
  const codes = query.getAll("code");
  codes.forEach(checkCode);
  return {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(limit === undefined ? {} : { limit }),
    ...(service === null ? {} : { service: serviceName(service) }),
    ...(codes.length === 0 ? {} : { codes }),
    ...(lastEventId === undefined ? {} : { afterSequence: sequenceOf(lastEventId) }),
  };
}

/** One that does not exist would be answered by no events, as if nothing had happened. */
function checkCode(code: string): void {
  const advice = unknownCodeAdvice(code);
  if (advice === undefined) return;
  throw problem("bad-request", `"${code.slice(0, SHOWN_MAX)}" is no code of an event, and no area of codes`, advice);
}

function sequenceOf(lastEventId: string): number {
  if (/^\d{1,16}$/.test(lastEventId)) return Number(lastEventId);
  throw problem("bad-request", `Last-Event-ID must be the id of an event of this stream, not "${lastEventId}"`);
}

export function answerChanges(call: Call, { changes }: ApiParts): Answer {
  const wish = changeWish(call);
  if (!call.wantsStream) {
    throw problem("bad-request", "/v1/changes is a stream only", "Send Accept: text/event-stream, or read /v1/status");
  }
  return {
    kind: "stream",
    start: (stream: EventStream) => {
      const send = (change: ChangeDocument): void => stream.send({ event: "change", data: change });
      const { status, unsubscribe } = changes.subscribe(wish, send);
      stream.send({ event: "status", data: status });
      return unsubscribe;
    },
  };
}

function changeWish({ query }: Call): ChangeWish {
  const kinds = query.getAll("kind").map((text) => {
    const kind = CHANGE_KINDS.find((each) => each === text);
    if (kind === undefined) throw problem("bad-request", `"kind" must be one of ${CHANGE_KINDS.join(", ")}`);
    return kind;
  });
  return {
    filter: { kinds, nodes: query.getAll("node"), services: query.getAll("service") },
    roundTrips: query.get("roundTrips") === "true",
  };
}
