import type { ProgramState } from "../model/program.js";
import type { ProgramDocument, StatusDocument } from "../model/status-document.js";
import type { Tone } from "./paint.js";
import { type Page, isWideEnough } from "./page.js";
import { type Cell, cell, linesBelow, tableBlocks, tableLines } from "./table.js";
import { sinceText, timeText } from "./time-text.js";

const STATE_TONES: Readonly<Record<ProgramState, Tone>> = {
  stopped: "dim",
  waiting: "warn",
  starting: "warn",
  ready: "good",
  troubled: "warn",
  stopping: "warn",
  killing: "warn",
  stuck: "bad",
  ended: "dim",
  failed: "bad",
};

/** Programs as a table; how they ended, and what they say, below each where there is no room beside it. */
export function programLines({ services }: StatusDocument, page: Page): readonly string[] {
  const programs = Object.entries(services).flatMap(([service, each]) =>
    each.programs.map((program) => ({ service, program, role: roleText(program, each.holder) })),
  );
  if (programs.length === 0) return [];
  const heading = ["PROGRAM", "NODE", "ROLE", "STATE", "SINCE", "RESTARTS"];
  const rows = programs.map(({ service, program, role }) =>
    programRow(`${service}/${program.program}`, { ...program, role }, page),
  );
  const wide = programs.map(({ program }, index) => [...(rows[index] ?? []), ...endCells(program, page.now)]);
  const wideHeading = [...heading, "LAST EXIT", "SAYS"];
  if (isWideEnough(wideHeading, wide, page)) return ["", ...tableLines(wideHeading, wide, page)];
  const [headingLines = [], ...blocks] = tableBlocks(heading, rows, page);
  const more = programs.map(({ program }) => endAndWords(program, page.now).join("; "));
  const below = (text = ""): readonly string[] => (text === "" ? [] : linesBelow(text, INDENT_BELOW, page));
  return ["", ...headingLines, ...blocks.flatMap((block, index) => [...block, ...below(more[index])])];
}

/** What stands under a row that has no columns for it. */
const INDENT_BELOW = "    ";

/** What would run here only if its node held the service has no role there while it does not run. */
const roleText = ({ role, state, node }: ProgramDocument, holder: string | null): string =>
  role === "holder" && node !== holder && DOWN.has(state) ? "-" : role;
const DOWN: ReadonlySet<ProgramState> = new Set(["stopped", "waiting", "ended", "failed"]);

const programRow = (
  name: string,
  program: Omit<ProgramDocument, "role"> & { readonly role: string },
  page: Page,
): readonly Cell[] => [
  cell(name, "strong"),
  cell(program.node),
  cell(program.role, program.role === "holder" ? undefined : "dim"),
  cell(program.state, STATE_TONES[program.state]),
  cell(sinceText(program.since, page.now)),
  cell(String(program.restarts), program.restarts === 0 ? "dim" : "warn"),
];

const endCells = (program: ProgramDocument, now: Date): readonly Cell[] => [
  cell(program.lastExit ?? "", "dim"),
  cell([...(program.words === null ? [] : [program.words]), ...retryTexts(program, now)].join("; "), "dim"),
];

/** The same of one service, with all that there is to say of each, wrapped below itself. */
export function programFactLines(programs: readonly ProgramDocument[], page: Page): readonly string[] {
  if (programs.length === 0) return [];
  const rows = programs.map((program) => [
    cell(program.program, "strong"),
    cell(program.node),
    cell(program.state, STATE_TONES[program.state]),
    cell(factsText(program, page.now)),
  ]);
  return ["", "Its programs:", ...tableLines([], rows, page)];
}

function factsText(program: ProgramDocument, now: Date): string {
  const { role, since, restarts } = program;
  return [
    `as ${role} since ${sinceText(since, now)}`,
    ...(restarts === 0 ? [] : [restarts === 1 ? "restarted once" : `restarted ${restarts} times`]),
    ...endAndWords(program, now),
  ].join("; ");
}

const endAndWords = (program: ProgramDocument, now: Date): readonly string[] => [
  ...(program.lastExit === null ? [] : [`last end: ${program.lastExit}`]),
  ...(program.words === null ? [] : [`says: ${program.words}`]),
  ...retryTexts(program, now),
];

const retryTexts = ({ retryAt, bannedUntil }: ProgramDocument, now: Date): readonly string[] => [
  ...(retryAt === null ? [] : [`tried again at ${timeText(new Date(retryAt), now)}`]),
  ...(bannedUntil === null ? [] : [`its node is banned until ${timeText(new Date(bannedUntil), now)}`]),
];
