import { milliseconds } from "../base/time.js";
import { durationText } from "../model/duration-text.js";
import { pathHealthText } from "../model/path-state-text.js";
import { listText } from "../model/note-text-reason.js";
import type { PathHealth, PathRole } from "../model/path.js";
import type { PathDocument, PathGroupDocument } from "../model/status-document-path.js";
import type { Tone } from "./paint.js";
import { type Page, isWideEnough } from "./page.js";
import { type Cell, cell, tableLines, wrapped } from "./table.js";
import { sinceText } from "./time-text.js";

/** A path group and where it is. */
export interface PlacedGroup {
  readonly node: string;
  readonly group: string;
  readonly document: PathGroupDocument;
}

const STATE_TONES: Readonly<Record<PathGroupDocument["state"], Tone>> = {
  sound: "good",
  degraded: "warn",
  switching: "warn",
  failed: "bad",
};

const HEALTH_TONES: Readonly<Record<PathHealth, Tone>> = {
  healthy: "good",
  failing: "warn",
  failed: "bad",
  recovering: "warn",
  unwatched: "dim",
  detached: "warn",
  missing: "bad",
};

/** Path groups as a table; times and reasons where there is room. */
export function pathTableLines(groups: readonly PlacedGroup[], page: Page): readonly string[] {
  const wide = pathTable(groups, page, true);
  const isWide = isWideEnough(wide.heading, wide.rows, page);
  const { heading, rows } = isWide ? wide : pathTable(groups, page, false);
  return tableLines(heading, rows, page);
}

interface Table {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

function pathTable(groups: readonly PlacedGroup[], page: Page, isWide: boolean): Table {
  const ifWide = <Item>(item: Item): readonly Item[] => (isWide ? [item] : []);
  const heading = ["PATHS", "NODE", "ON", "STATE", ...ifWide("SINCE"), "PRIMARY", "SECONDARY", ...ifWide("WHY")];
  const rows = groups.map(({ node, group, document }) => [
    cell(group, "strong"),
    cell(node),
    cell(document.interface),
    cell(stateText(document), stateTone(document)),
    ...ifWide(cell(sinceText(document.since, page.now))),
    pathCell(document.primary),
    pathCell(document.secondary),
    ...ifWide(cell(document.reason, "dim")),
  ]);
  return { heading, rows };
}

/** A group may be sound, and a failover leave addresses behind all the same. */
const stateText = ({ state, paused, obstacles }: PathGroupDocument): string =>
  [state, ...(paused ? ["paused"] : []), ...(obstacles.length > 0 ? [`${obstacles.length} would stay`] : [])].join(
    ", ",
  );

const stateTone = ({ state, paused, obstacles }: PathGroupDocument): Tone =>
  state !== "failed" && (paused || obstacles.length > 0) ? "warn" : STATE_TONES[state];

function pathCell({ interface: link, health, members }: PathDocument): Cell {
  const trunk = members === null ? "" : ` ${members.up}/${members.total}`;
  return cell(`${link} ${health ?? "unknown"}${trunk}`, health === null ? "dim" : HEALTH_TONES[health]);
}

/** One path group, with its reasons. */
export function pathGroupLines({ node, group, document }: PlacedGroup, page: Page): readonly string[] {
  const { paint, width, now } = page;
  const { active, reason, interface: link } = document;
  const headline = `${group} on ${node} uses ${link}, the ${active} path, because ${reason}`;
  return [
    ...wrapped(headline, width).map((line) => paint("strong", line)),
    "",
    ...tableLines([], factRows(document, now), page),
  ];
}

function factRows(document: PathGroupDocument, now: Date): readonly (readonly Cell[])[] {
  const { state, since, switches, lastSwitch, unmoved, obstacles, immovable, paused } = document;
  return [
    [cell("State", "dim"), cell(`${state} since ${sinceText(since, now)}`, STATE_TONES[state])],
    pathRow("primary", document),
    pathRow("secondary", document),
    [cell("Switches", "dim"), cell(`${switches} since the agent started`)],
    ...(lastSwitch === null ? [] : [[cell("Last switch", "dim"), cell(lastSwitchText(lastSwitch, now))]]),
    ...unmoved.map((text) => [cell("Stayed", "bad"), cell(text, "bad")]),
    ...obstacles.map((text) => [cell("Would stay", "warn"), cell(text, "warn")]),
    ...(immovable.length === 0 ? [] : [[cell("Cannot move", "warn"), cell(listText(immovable), "warn")]]),
    ...(paused ? [[cell("Paused", "warn"), cell("nothing moves until `locum path resume`", "warn")]] : []),
  ];
}

function pathRow(role: PathRole, document: PathGroupDocument): readonly Cell[] {
  const { interface: link, health, members } = document[role];
  const how = health === null ? "is known to its own node only" : pathHealthText(health);
  const trunk = members === null ? "" : `; ${members.up} of ${members.total} members are up`;
  const title = role === "primary" ? "Primary" : "Secondary";
  return [cell(title, "dim"), cell(`${link} ${how}${trunk}`, health === null ? undefined : HEALTH_TONES[health])];
}

const lastSwitchText = ({ at, reason, tookMs }: NonNullable<PathGroupDocument["lastSwitch"]>, now: Date): string =>
  `${sinceText(at, now)}, in ${durationText(milliseconds(tookMs))}, because ${reason}`;
