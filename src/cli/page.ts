import { type Cell, type TableLayout, hasRoom } from "./table.js";

/** What a view for people is laid out for. */
export interface Page extends TableLayout {
  readonly now: Date;
}

/** With less width than this, reasons and addresses have no column of their own, and stand below their row. */
const WIDE = 110;

/** Whether a table gets its wide columns: on a page that is wide enough, and where the columns before the last leave it room. */
export const isWideEnough = (
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  { width }: Page,
): boolean => width >= WIDE && hasRoom(heading, rows, width);
