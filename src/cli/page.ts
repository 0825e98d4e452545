import type { TableLayout } from "./table.js";

/** What a view for people is laid out for. */
export interface Page extends TableLayout {
  readonly now: Date;
}

/** With less width than this, reasons and addresses have no column of their own, and stand below their row. */
export const WIDE = 110;
