import type { TableLayout } from "./table.js";

/** What a view for people is laid out for. */
export interface Page extends TableLayout {
  readonly now: Date;
}

/** With less width than this, reasons have no column of their own, and addresses are left out. */
export const WIDE = 110;
