import { milliseconds } from "../base/time.js";
import { durationText } from "../model/duration-text.js";
import type { HistoryDocument, OutageDocument, ServiceHistoryDocument } from "../model/history/history-document.js";
import { type Cell, cell, tableLines, type TableLayout } from "./table.js";
import { dayText, preciseTimeText } from "./time-text.js";

/** How much of the time services were served, and each outage, for a person. */
export function historyLines(history: HistoryDocument, layout: TableLayout): readonly string[] {
  const { node, since, services, outages } = history;
  const rows = Object.entries(services).map(([name, service]) => summaryRow(name, service));
  return [
    layout.paint("strong", `As ${node} knows it, since ${momentText(since)}`),
    "",
    ...(rows.length === 0 ? ["  Nothing is known of any service"] : tableLines(SUMMARY_HEADING, rows, layout)),
    ...(outages.length === 0 ? [] : ["", ...tableLines(OUTAGE_HEADING, outages.map(outageRow), layout)]),
  ];
}

const SUMMARY_HEADING = ["SERVICE", "SERVED", "OUTAGES", "LONGEST", "IN ALL", "BY ORDER", "KNOWN FOR"];
const OUTAGE_HEADING = ["BEGAN", "SERVICE", "LENGTH", "SERVED BY", "TAKEN BY", "BECAUSE"];

function summaryRow(name: string, service: ServiceHistoryDocument): readonly Cell[] {
  const { availability, outages, longestMs, downMs, orderedMs, knownMs } = service;
  return [
    cell(name, "strong"),
    availability === null ? cell("unknown", "dim") : cell(shareText(availability), outages === 0 ? "good" : undefined),
    cell(String(outages)),
    cell(spanText(longestMs)),
    cell(spanText(downMs)),
    cell(spanText(orderedMs)),
    cell(spanText(knownMs), "dim"),
  ];
}

function outageRow({ service, from, lengthMs, state, servedBy, takenBy, reason }: OutageDocument): readonly Cell[] {
  const length = durationText(milliseconds(lengthMs));
  return [
    cell(momentText(from), "dim"),
    cell(service, "strong"),
    state === "lasting" ? cell(`${length} so far`, "bad") : cell(state === "lost" ? `${length} or more` : length),
    cell(servedBy ?? "unknown"),
    cell(takenBy ?? (state === "lasting" ? "nobody" : "unknown")),
    cell(reason),
  ];
}

const momentText = (iso: string): string => {
  const at = new Date(iso);
  return `${dayText(at)} ${preciseTimeText(at)}`;
};

const spanText = (ms: number): string => (ms === 0 ? "none" : durationText(milliseconds(ms)));

/** Never rounded up to the whole: three nines are three nines. */
const shareText = (share: number): string => `${Math.floor(share * 1e5) / 1e3} %`;
