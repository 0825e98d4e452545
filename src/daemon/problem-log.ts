import type { PlacedProblem } from "../model/configuration/check-problem.js";
import type { Log } from "./log.js";

/** Logs what is wrong with a cluster file, or with the machine that it is for, each with its place. */
export function logProblems(log: Log, file: string, problems: readonly PlacedProblem[]): void {
  for (const { line, column, severity, code, message, advice } of problems) {
    log.failure(severity, {
      code: `configuration.${code}`,
      message: `${file}:${line}:${column}: ${message}`,
      advice,
    });
  }
}
