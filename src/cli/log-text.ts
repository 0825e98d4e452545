import { type Paint, printable, type Tone } from "./paint.js";
import { dayText, preciseTimeText } from "./time-text.js";

/** A line that a program wrote, or that was written about it. */
export interface ProgramLine {
  readonly program: string;
  /** ISO 8601. */
  readonly time: string;
  /** Its standard output or error; `locum`: the words of its host. */
  readonly source: "out" | "err" | "locum";
  readonly text: string;
}

const TONES: Readonly<Record<ProgramLine["source"], Tone | undefined>> = { out: undefined, err: "warn", locum: "dim" };
const SOURCE_WIDTH = 5;

/** One line for a person: when, which program, how it was said, what. */
export function programLineText({ program, time, source, text }: ProgramLine, paint: Paint): string {
  const at = new Date(time);
  const when = paint("dim", `${dayText(at)} ${preciseTimeText(at)}`);
  return `${when} ${program} ${source.padEnd(SOURCE_WIDTH)} ${paint(TONES[source], printable(text.replaceAll("\t", " ")))}`;
}
