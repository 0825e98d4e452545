import { after, between, type Duration, type Instant } from "../../src/base/time.js";

/**
 * What a client that asks at a steady pace saw: how long it was not served, by whom it was served when. Times are those
 * of sending, because a client counts from when it asked. The client's own lateness, seen as a longer time than agreed
 * between two requests, is stated beside every gap: a gap is at most `duration` and at least `duration - stalled`.
 */
export interface ProbeRequest {
  readonly sentAt: Instant;
  /** Undefined when no answer came in time. */
  readonly answeredAt: Instant | undefined;
  readonly server: string | undefined;
}

export interface Gap {
  /** When the last request was sent that was answered before; undefined when none had been. */
  readonly from: Instant | undefined;
  /** When the first request was sent that was answered again; undefined when it was still going on at the end. */
  readonly until: Instant | undefined;
  /** From the one to the other; where one is missing, from the first or until the last request. */
  readonly duration: Duration;
  /** How much of it the client itself was late. */
  readonly stalled: Duration;
  readonly lost: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A stretch of time in which all answers came from one server. */
export interface ServedSpan {
  readonly server: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly answers: number;
}

export interface ProbeReport {
  readonly interval: Duration;
  readonly from: Instant | undefined;
  readonly until: Instant | undefined;
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  /** In the order of time, the {@link GAPS_MAX} first ones. Every gap has lost at least one request. */
  readonly gaps: readonly Gap[];
  /** The longest time between two consecutive served requests, lost or not. */
  readonly longestGap: Duration;
  /** The longest time without any answer coming in. */
  readonly longestSilence: Duration;
  readonly timeline: readonly ServedSpan[];
  readonly latency: { readonly median: Duration; readonly p99: Duration; readonly max: Duration };
  /** The client's own lateness: over everything, and the longest. */
  readonly stalled: { readonly total: Duration; readonly longest: Duration };
}

export const GAPS_MAX = 1_000;
const SPANS_MAX = 1_000;
const NONE = 0 as Duration;

export function reportOf(requests: readonly ProbeRequest[], interval: Duration): ProbeReport {
  const answered = requests.filter((request) => request.answeredAt !== undefined);
  const steps = requests
    .slice(1)
    .map((request, index) => between(requests[index]?.sentAt ?? request.sentAt, request.sentAt));
  return {
    interval,
    from: requests[0]?.sentAt,
    until: requests.at(-1)?.sentAt,
    sent: requests.length,
    answered: answered.length,
    lost: requests.length - answered.length,
    gaps: gapsOf(requests, interval),
    longestGap: longestStep(answered.map(({ sentAt }) => sentAt)),
    longestSilence: longestStep(arrivals(answered)),
    timeline: timelineOf(answered),
    latency: latencyOf(answered),
    stalled: { total: stalledIn(requests, interval), longest: Math.max(0, largest(steps) - interval) as Duration },
  };
}

/** The gap that a fault at `at` caused: the longest that was going on then or began within `window` after it. */
export function gapAfter(report: ProbeReport, at: Instant, window: Duration): Gap | undefined {
  const end = after(at, window);
  const begun = report.gaps.filter(
    (gap) => (gap.from === undefined || gap.from <= end) && (gap.until === undefined || gap.until >= at),
  );
  return begun.toSorted((a, b) => b.duration - a.duration)[0];
}

/** Runs of unanswered requests, each with the answered ones around it. */
function gapsOf(requests: readonly ProbeRequest[], interval: Duration): readonly Gap[] {
  const gaps: Gap[] = [];
  let last = -1;
  for (const [index, request] of requests.entries()) {
    const ends = request.answeredAt !== undefined;
    if (ends && index - last > 1) gaps.push(gapBetween(requests, last, index, interval));
    if (ends) last = index;
  }
  if (last < requests.length - 1) gaps.push(gapBetween(requests, last, requests.length, interval));
  return gaps.slice(0, GAPS_MAX);
}

function gapBetween(requests: readonly ProbeRequest[], left: number, right: number, interval: Duration): Gap {
  const before = requests[left];
  const next = requests[right];
  const touched = requests.slice(Math.max(0, left), right + 1);
  const start = touched[0]?.sentAt;
  const end = touched.at(-1)?.sentAt;
  return {
    from: before?.sentAt,
    until: next?.sentAt,
    duration: start === undefined || end === undefined ? NONE : between(start, end),
    stalled: stalledIn(touched, interval),
    lost: right - left - 1,
    before: before?.server,
    after: next?.server,
  };
}

function timelineOf(answered: readonly ProbeRequest[]): readonly ServedSpan[] {
  const spans: ServedSpan[] = [];
  for (const { server, sentAt } of answered) {
    const current = spans.at(-1);
    if (server === undefined) continue;
    if (current?.server === server)
      spans[spans.length - 1] = { ...current, until: sentAt, answers: current.answers + 1 };
    else if (spans.length < SPANS_MAX) spans.push({ server, from: sentAt, until: sentAt, answers: 1 });
  }
  return spans;
}

function latencyOf(answered: readonly ProbeRequest[]): ProbeReport["latency"] {
  const sorted = answered.map(({ sentAt, answeredAt }) => between(sentAt, answeredAt ?? sentAt)).sort((a, b) => a - b);
  const at = (share: number): Duration =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NONE;
  return { median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? NONE };
}

/** The time in which requests should have left but none did: what these took, less what they should have taken. */
function stalledIn(requests: readonly ProbeRequest[], interval: Duration): Duration {
  const first = requests[0]?.sentAt;
  const last = requests.at(-1)?.sentAt;
  if (first === undefined || last === undefined) return NONE;
  return Math.max(0, between(first, last) - (requests.length - 1) * interval) as Duration;
}

const arrivals = (answered: readonly ProbeRequest[]): readonly Instant[] =>
  answered.map(({ sentAt, answeredAt }) => answeredAt ?? sentAt).sort((a, b) => a - b);

const longestStep = (times: readonly Instant[]): Duration =>
  largest(times.slice(1).map((time, index) => between(times[index] ?? time, time)));

const largest = (spans: readonly Duration[]): Duration =>
  spans.reduce((most, span) => Math.max(most, span), 0) as Duration;
