/** Problems as a compiler prints them: place, code, message, the line itself, advice. */
import { LIMITS } from "../model/configuration/limits.js";
import type { PlacedProblem } from "../model/configuration/check-problem.js";
import type { Place } from "../model/configuration/located-node.js";
import type { CheckReport } from "./check.js";
import { printable } from "./paint.js";

const EXCERPT_WIDTH = 100;
/** So much of a long line is shown before the place. */
const EXCERPT_LEAD = 60;

export function problemsText({ file, problems }: Pick<CheckReport, "file" | "problems">, text: string): string {
  if (problems.length === 0) return "";
  const lines = text.split("\n");
  const shown = problems.map((problem) => problemText(problem, { file, lines }));
  return `${shown.join("\n")}\n${closing(problems)}\n`;
}

function problemText(problem: PlacedProblem, { file, lines }: { file: string; lines: readonly string[] }): string {
  const { line, column, severity, code, message, advice } = problem;
  return [
    `${file}:${line}:${column}: ${severity} [${code}] ${message}`,
    ...excerpt(lines[line - 1] ?? "", problem),
    `    ${advice}`,
    "",
  ].join("\n");
}

/** The line of the file with a mark under the place; nothing for an empty line. */
function excerpt(content: string, { line, column }: Place): string[] {
  if (content.trim() === "") return [];
  const start = Math.max(0, column - 1 - EXCERPT_LEAD);
  // One sign for one, so that the mark stays under its place.
  const cut = printable(content.slice(start, start + EXCERPT_WIDTH).replaceAll("\t", " ")).trimEnd();
  const margin = String(line).padStart(5);
  return [`${margin} | ${cut}`, `${" ".repeat(margin.length)} | ${" ".repeat(column - 1 - start)}^`];
}

function closing(problems: readonly PlacedProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const counts = [count(errors, "error"), count(problems.length - errors, "warning")].filter((part) => part !== "");
  return counts.join(", ") + (errors === LIMITS.problems ? " (no more are shown)" : "");
}

const count = (number: number, word: string): string =>
  number === 0 ? "" : `${number} ${word}${number === 1 ? "" : "s"}`;
