import type {
  FenceDocument,
  FindingDocument,
  NodeDocument,
  ServiceDocument,
  StatusDocument,
} from "../model/status-document.js";
import type { Severity } from "../model/note.js";
import { shortHash } from "../model/short-hash.js";
import type { Tone } from "./paint.js";
import { type Page, isWideEnough } from "./page.js";
import { programLines } from "./program-text.js";
import { pathTableLines } from "./path-text.js";
import { banned, isKept, lacksStandby, standbys } from "./standby.js";
import { ignoranceText, verdict } from "./status-verdict.js";
import { type Cell, cell, folded, linesBelow, tableBlocks, tableLines, wrapped } from "./table.js";
import { sinceText, timeText } from "./time-text.js";

export interface StatusOrder {
  /** What is wrong comes before the tables, in a line each: for a screen that has no room for all. */
  readonly findingsFirst: boolean;
  /** What stands in place of what it comes to, which may not be so any more. */
  readonly outdated?: string | undefined;
}

/** The status for a person: what it comes to, who holds what and why, the nodes and networks, what is wrong. */
export const statusLines = (
  status: StatusDocument,
  page: Page,
  order: StatusOrder = { findingsFirst: false },
): readonly string[] => allLines(status, page, order).flatMap((line) => folded(line, page.width));

function allLines(status: StatusDocument, page: Page, { findingsFirst, outdated }: StatusOrder): readonly string[] {
  const { paint } = page;
  const findings = findingsFirst ? briefFindingLines(status.findings, page) : findingLines(status.findings, page);
  const headline = outdated === undefined ? verdict(status, page.now) : cell(outdated, "bad");
  return [
    headLine(status, page),
    ...wrapped(headline.text, page.width).map((line) => paint(headline.tone, line)),
    ...(status.paused ? [paint("warn", "Paused: nothing moves until `locum unpause`")] : []),
    ...(findingsFirst ? findings : []),
    "",
    ...serviceLines(status, page),
    ...programLines(status, page),
    "",
    ...nodeLines(status, page),
    ...pathLines(status, page),
    ...(findingsFirst ? [] : findings),
  ];
}

function headLine({ cluster, node, version, configHash }: StatusDocument, { width, paint }: Page): string {
  const head = `Cluster ${cluster}, as ${node} sees it`;
  const rest = ` (Locum ${version}, configuration ${shortHash(configHash)})`;
  return paint("strong", head) + (head.length + rest.length > width ? "" : paint("dim", rest));
}

const SERVICE_TONES: Readonly<Record<ServiceDocument["state"], Tone>> = {
  active: "good",
  moving: "warn",
  starting: "warn",
  stopped: "warn",
  blocked: "bad",
};

function serviceLines(status: StatusDocument, page: Page): readonly string[] {
  const unknown = ignoranceText(status) === undefined ? undefined : `${status.node} cannot know that now`;
  const entries = Object.entries(status.services).map(
    ([name, service]) =>
      [name, unknown === undefined || service.holder !== null ? service : { ...service, reason: unknown }] as const,
  );
  if (entries.length === 0) return ["  No services are configured"];
  const heading = ["SERVICE", "HOLDER", "STATE", "SINCE", "STANDBY"];
  const nobody = unknown === undefined ? cell("none", "bad") : cell("unknown", "warn");
  const rows = entries.map(([name, service]) => serviceRow(name, service, { ...page, nobody }));
  const wide = entries.map(([, { addresses, reason }], index) => [
    ...(rows[index] ?? []),
    cell(few(addresses, 2)),
    cell(reason, "dim"),
  ]);
  const wideHeading = [...heading, "ADDRESSES", "WHY"];
  if (isWideEnough(wideHeading, wide, page)) return tableLines(wideHeading, wide, page);
  const indent = " ".repeat(4 + Math.max("SERVICE".length, ...entries.map(([name]) => name.length)));
  const more = entries.map(([, service]) => moreText(service));
  const [headingLines = [], ...blocks] = tableBlocks(heading, rows, page);
  return [
    ...headingLines,
    ...blocks.flatMap((block, index) => [...block, ...linesBelow(more[index] ?? "", indent, page)]),
  ];
}

/** What stands under a service's row where it has no columns: its addresses, and why it is where it is. */
const moreText = ({ addresses, reason }: ServiceDocument): string =>
  addresses.length === 0 ? `because ${reason}` : `${few(addresses, 2)}, because ${reason}`;

/** @param page `nobody`: what stands for a holder where there is none */
function serviceRow(name: string, service: ServiceDocument, page: Page & { readonly nobody: Cell }): readonly Cell[] {
  const standing = standbys(service, page.now);
  return [
    cell(name, "strong"),
    service.holder === null ? page.nobody : cell(service.holder),
    cell(isKept(service) ? "no agent" : service.state, SERVICE_TONES[service.state]),
    cell(sinceText(service.since, page.now)),
    standing.length === 0
      ? cell(noneText(service, page.now), lacksStandby(service) ? "warn" : "dim")
      : cell(few(standing, 3)),
  ];
}

const noneText = (service: ServiceDocument, now: Date): string => ["none", ...banned(service, now)].join(", ");

const few = (names: readonly string[], most: number): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} +${names.length - most}`;

const NODE_TONES: Readonly<Record<NodeDocument["state"], Tone>> = {
  up: "good",
  down: "bad",
  leaving: "warn",
  drained: "warn",
  unknown: "dim",
};

function nodeLines(status: StatusDocument, page: Page): readonly string[] {
  const nodes = Object.entries(status.nodes);
  const networks = [...new Set(nodes.flatMap(([, node]) => Object.keys(node.networks)))];
  const heading = ["NODE", "STATE", "SINCE", ...networks.map((name) => `NETWORK ${name}`)];
  const rows = nodes.map(([name, node]) => [
    cell(name, "strong"),
    cell(stateText(node, name === status.node, page.now), node.bannedUntil === null ? NODE_TONES[node.state] : "warn"),
    cell(sinceText(node.since, page.now)),
    ...networks.map((network) => networkCell(node, network)),
  ]);
  return tableLines(heading, rows, page);
}

function stateText({ state, bannedUntil, fence }: NodeDocument, isOwn: boolean, now: Date): string {
  // The last that a node says is that it leaves: when others hear it, it has.
  const word = state === "leaving" && !isOwn ? "left" : state;
  const banned = bannedUntil === null ? "" : `, banned until ${timeText(new Date(bannedUntil), now)}`;
  return `${word}${fence === null ? "" : `, ${fenceText(fence)}`}${banned}`;
}

function fenceText({ state, by }: FenceDocument): string {
  if (state === "under-way") return `being fenced by ${by}`;
  return state === "done" ? "fenced" : `not fenced: ${by} failed`;
}

function networkCell(node: NodeDocument, name: string): Cell {
  const network = node.networks[name];
  if (network === undefined) return cell("-", "dim");
  if (!network.reachable) return cell(network.oneWay === null ? "silent" : `one-way ${network.oneWay}`, "bad");
  return network.rttMs === null ? cell("ok", "good") : cell(`${network.rttMs.toFixed(2)} ms`, "good");
}

function pathLines({ nodes }: StatusDocument, page: Page): readonly string[] {
  const groups = Object.entries(nodes).flatMap(([node, { paths }]) =>
    Object.entries(paths).map(([group, document]) => ({ node, group, document })),
  );
  return groups.length === 0 ? [] : ["", ...pathTableLines(groups, page)];
}

export const SEVERITY_TONES: Readonly<Record<Severity, Tone | undefined>> = {
  error: "bad",
  warning: "warn",
  notice: undefined,
  info: "dim",
};

const SEVERITY_ORDER: readonly Severity[] = ["error", "warning", "notice", "info"];

function findingLines(findings: readonly FindingDocument[], page: Page): readonly string[] {
  if (findings.length === 0) return [];
  return ["", ...tableLines(["FINDING", "SINCE", "WHAT"], findingRows(findings, page.now), page)];
}

/** So many findings leave room for tables on a small screen. */
const BRIEF_FINDINGS_MAX = 6;

/** The worst, in a line each that is cut where the page ends. */
function briefFindingLines(findings: readonly FindingDocument[], { width, paint }: Page): readonly string[] {
  if (findings.length === 0) return [];
  const shown = worstFirst(findings).slice(
    0,
    findings.length > BRIEF_FINDINGS_MAX ? BRIEF_FINDINGS_MAX - 1 : undefined,
  );
  const more = findings.length - shown.length;
  const title = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  return [
    "",
    cut(`${title} (\`locum status\` has the next steps):`, width),
    ...shown.map(({ severity, text }) =>
      paint(SEVERITY_TONES[severity], cut(`  ${severity.padEnd(7)}  ${text}`, width)),
    ),
    ...(more === 0 ? [] : [paint("dim", `  and ${more} more`)]),
  ];
}

const cut = (line: string, width: number): string => (line.length <= width ? line : `${line.slice(0, width - 1)}…`);

function worstFirst(findings: readonly FindingDocument[]): readonly FindingDocument[] {
  const rank = (finding: FindingDocument): number => SEVERITY_ORDER.indexOf(finding.severity);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** The worst first, each with what to do about it on a line below. */
export function findingRows(findings: readonly FindingDocument[], now: Date): readonly (readonly Cell[])[] {
  return worstFirst(findings).flatMap((finding) => [
    [cell(finding.severity, SEVERITY_TONES[finding.severity]), cell(sinceText(finding.since, now)), cell(finding.text)],
    [cell(""), cell(""), cell(adviceText(finding.advice), "dim")],
  ]);
}

/** The next step, as it stands below what it is about. */
export const adviceText = (advice: string): string => `Next: ${advice}`;
