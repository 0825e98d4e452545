import { type Paint, printable, type Tone } from "./paint.js";

/** One cell of a table, or one piece of a line. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

export const cell = (text: string, tone?: Tone): Cell => ({ text, tone });

export interface TableLayout {
  readonly width: number;
  readonly paint: Paint;
}

const INDENT = "  ";
const GAP = "  ";
/** A last column narrower than this is no column any more; its rows are folded. */
const LAST_WIDTH_MIN = 16;

/** Rows as aligned columns; the last column takes what is left and wraps within itself. */
export const tableLines = (
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  layout: TableLayout,
): readonly string[] => tableBlocks(heading, rows, layout).flat();

/** The same, with the lines of each row together; the heading, if there is one, comes first. */
export function tableBlocks(
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  { width, paint }: TableLayout,
): readonly (readonly string[])[] {
  const all = withHeading(heading, rows);
  const widths = columnWidths(all);
  const lead = leadOf(widths);
  const lastWidth = Math.max(width - lead, LAST_WIDTH_MIN);
  const blocks = all.map((row) => rowLines(row, { widths, lead, lastWidth, paint }));
  // Where the columns before the last leave no room, a terminal would break their rows within words.
  return lead + lastWidth <= width ? blocks : blocks.map((lines) => lines.flatMap((line) => folded(line, width)));
}

/** Whether the last column of these rows would be wide enough to be one. */
export const hasRoom = (heading: readonly string[], rows: readonly (readonly Cell[])[], width: number): boolean =>
  leadOf(columnWidths(withHeading(heading, rows))) + LAST_WIDTH_MIN <= width;

const withHeading = (heading: readonly string[], rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] =>
  heading.length === 0 ? rows : [heading.map((title) => cell(title, "dim")), ...rows];

/** Where the last column begins. */
const leadOf = (widths: readonly number[]): number =>
  widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, INDENT.length);

function columnWidths(rows: readonly (readonly Cell[])[]): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, column) => Math.max(...rows.map((row) => row[column]?.text.length ?? 0)));
}

function rowLines(
  row: readonly Cell[],
  { widths, lead, lastWidth, paint }: { widths: readonly number[]; lead: number; lastWidth: number; paint: Paint },
): readonly string[] {
  const isLast = (column: number): boolean => column === widths.length - 1;
  const start = row
    .filter((_, column) => !isLast(column))
    .map(
      ({ text, tone }, column) => paint(tone, printable(text)) + " ".repeat((widths[column] ?? 0) - text.length) + GAP,
    )
    .join("");
  const last = row[widths.length - 1];
  const [first = "", ...more] = wrapped(last?.text ?? "", lastWidth);
  return [
    (INDENT + start + paint(last?.tone, first)).trimEnd(),
    ...more.map((line) => " ".repeat(lead) + paint(last?.tone, line)),
  ];
}

/** What has no column, under its row. */
export const linesBelow = (text: string, indent: string, { width, paint }: TableLayout): readonly string[] =>
  wrapped(text, width - indent.length).map((line) => indent + paint("dim", line));

/** Text in lines of at most a width, broken between words where there is a place. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width || line === "") {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

/** A line in as many as it takes to fit a width, broken between words: what is painted keeps its paint. */
export function folded(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let [now, column, gap, hasWord] = ["", 0, "", false];
  const begin = (): void => {
    if (hasWord) lines.push(now);
    now = (hasWord ? "" : now) + INDENT_FOLDED;
    [column, gap, hasWord] = [INDENT_FOLDED.length, "", false];
  };
  for (const [part] of line.matchAll(PARTS)) {
    if (part.startsWith("\u001B")) now += part;
    else if (part.startsWith(" ")) gap += part;
    else {
      for (const piece of piecesOf(part, Math.max(1, width - INDENT_FOLDED.length))) {
        if (column + gap.length + piece.length > width) begin();
        now += gap + piece;
        column += gap.length + piece.length;
        [gap, hasWord] = ["", true];
      }
    }
  }
  return hasWord || lines.length === 0 ? [...lines, now] : lines;
}

/** A change of paint, spaces, a word: of what a terminal obeys, printed text has nothing else. */
const PARTS = /\p{Cc}\[\d+m|\u0020+|[^\u0020\p{Cc}]+/gu;
const INDENT_FOLDED = "    ";

/** A word that is wider than a line. */
const piecesOf = (word: string, most: number): readonly string[] =>
  word.length <= most
    ? [word]
    : Array.from({ length: Math.ceil(word.length / most) }, (_, at) => word.slice(at * most, (at + 1) * most));
