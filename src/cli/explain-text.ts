import type { ExplainDocument, VerdictDocument } from "../model/status-document-explain.js";
import { EventsText } from "./events-text.js";
import { placesLines } from "./explain-places.js";
import type { Page } from "./page.js";
import { programFactLines } from "./program-text.js";
import { isKept, untilText } from "./standby.js";
import { findingRows } from "./status-text.js";
import { type Cell, cell, tableLines, wrapped } from "./table.js";
import { sinceText } from "./time-text.js";

/**
 * Why a service is where it is, for a person.
 *
 * @param options `checks`: every check of every place of its addresses
 */
export function explainLines(
  explanation: ExplainDocument,
  page: Page,
  { checks = false }: { readonly checks?: boolean } = {},
): readonly string[] {
  const { service, nodes, programs, findings, history } = explanation;
  const { paint } = page;
  const events = new EventsText(
    page,
    history.map((event) => event.node),
  );
  return [
    ...wrapped(headline(explanation), page.width).map((line) => paint("strong", line)),
    "",
    ...tableLines([], factRows(explanation, page.now), page),
    "",
    `Nodes that may hold ${service}, the preferred one first:`,
    ...tableLines(
      [],
      nodes.map((node, index) => nodeRow(node, index + 1, page.now)),
      page,
    ),
    ...programFactLines(programs, page),
    ...placesLines(explanation, checks, page),
    ...(findings.length === 0 ? [] : ["", "What is wrong:", ...tableLines([], findingRows(findings, page.now), page)]),
    ...(history.length === 0
      ? []
      : ["", "Latest events:", ...history.flatMap((event) => events.lines(event, { advice: false }))]),
  ];
}

const headline = ({ service, holder, reason }: ExplainDocument): string =>
  holder === null ? `${service} is on no node: ${reason}` : `${service} is on ${holder}, because ${reason}`;

function factRows(explanation: ExplainDocument, now: Date): readonly (readonly Cell[])[] {
  const { since, epoch, addresses, failback, lastMove, paused, listensFor } = explanation;
  return [
    [cell("State", "dim"), cell(`${stateText(explanation)} since ${sinceText(since, now)}, epoch ${epoch}`)],
    [cell("Addresses", "dim"), cell(addresses.join(", "))],
    [
      cell("Last move", "dim"),
      cell(lastMove === null ? "before the events that are kept" : lastMoveText(lastMove, explanation, now)),
    ],
    ...listensFor.map(({ node, mac, interface: name }) => [
      cell("Stands in", "dim"),
      cell(`for ${node}: ${name} also receives what is sent to ${mac}`),
    ]),
    [cell("Failback", "dim"), cell(failback)],
    ...(paused ? [[cell("Paused", "warn"), cell("nothing moves until `locum unpause`", "warn")]] : []),
  ];
}

/** A service that is held may have come to its state long after it came to its holder: it is of the latter that the time is. */
function stateText(explanation: ExplainDocument): string {
  const { state, stoppedBy, holder } = explanation;
  if (isKept(explanation)) return `kept by ${holder}, whose agent is away,`;
  if (state === "stopped") return stoppedBy === null ? state : `stopped by ${stoppedBy}`;
  return holder === null ? state : `${state}, on ${holder}`;
}

/** Another node may have learned of a move long after it was: since when it is there and why, the holder knows. */
function lastMoveText(
  { code, data, text, time }: NonNullable<ExplainDocument["lastMove"]>,
  { epoch, since, holder, reason }: ExplainDocument,
  now: Date,
): string {
  const isPresent = holder !== null && data["epoch"] === epoch;
  const because = isPresent && code === "service.moved" ? `, because ${reason}` : "";
  return `${sinceText(isPresent ? since : time, now)}: ${text}${because}`;
}

function nodeRow(node: VerdictDocument, preference: number, now: Date): readonly Cell[] {
  const tone = node.eligible ? (node.holder ? "good" : undefined) : "warn";
  return [
    cell(`${preference}.`, "dim"),
    cell(node.node, "strong"),
    cell(node.until === null ? node.verdict : `${node.verdict} (${untilText(node.until, now).trimStart()})`, tone),
  ];
}
