import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Failure } from "../../base/locum-error.js";
import { durationText } from "../../model/duration-text.js";
import { guardReportFile, type GuardFired } from "./guard-protocol.js";
import { isJsonObject, isTextList, parseJson } from "../records/stored-json.js";

const MODE = 0o600;

/** Keeps what the guard did for the next agent. The work is done: a refusal costs the record only. */
export function keepGuardReport(socketPath: string, fired: GuardFired): void {
  try {
    writeFileSync(guardReportFile(socketPath), JSON.stringify(fired), { mode: MODE });
  } catch {
    // There is nobody left to tell.
  }
}

/** What the guard of an earlier run had to do, in words, once. */
export function takeGuardReport(socketPath: string): Failure | undefined {
  const path = guardReportFile(socketPath);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
    rmSync(path);
  } catch {
    // It had nothing to do.
    return undefined;
  }
  const fired = parseJson(text);
  return isFired(fired) ? { code: "guard.had-fired", message: firedText(fired) } : undefined;
}

/** As much of it as is used here. */
type Told = Pick<GuardFired, "removed" | "failed" | "took" | "left">;

function isFired(value: unknown): value is Told {
  if (!isJsonObject(value) || typeof value["took"] !== "number") return false;
  const { removed, failed, left } = value;
  return isTextList(left) && isTextList(removed) && Array.isArray(failed) && failed.every(isJsonObject);
}

function firedText({ removed, failed, took, left: programs }: Told): string {
  const done =
    removed.length === 0 ? "had no address to take off" : `took off ${removed.join(", ")} in ${durationText(took)}`;
  const left = failed.map(({ address, code }) => `; ${address} is still there (${code})`).join("");
  const running = programs.map((program) => `; ${program} had not ended yet`).join("");
  return `The agent before this one ended without a word; its guard ${done}${left}${running}`;
}
