import { readFileSync } from "node:fs";

const NAMED_MAX = 3;

/** As in proc_pid_stat(5): what a process that SIGKILL did not end yet may be in. */
const MEANINGS: Readonly<Record<string, string>> = {
  D: "waits in the kernel, and cannot be interrupted",
  R: "runs",
  S: "sleeps",
  T: "is stopped",
  t: "is held by a tracer",
};

/** Says of some processes which are there still, and in which state; empty: none is. */
export function survivorsText(pids: readonly number[]): string {
  const texts = pids.flatMap((pid) => survivorText(pid) ?? []);
  const more = texts.length > NAMED_MAX ? ` and ${texts.length - NAMED_MAX} more` : "";
  return texts.length === 0 ? "" : `SIGKILL did not end ${texts.slice(0, NAMED_MAX).join(", ")}${more}`;
}

function survivorText(pid: number): string | undefined {
  const stat = statOf(pid);
  const state = stat?.state ?? "Z";
  if (stat === undefined || state === "Z" || state === "X") return undefined;
  return `process ${pid} (${stat.name}), which ${MEANINGS[state] ?? "lives"} (state ${state})`;
}

interface ProcessStat {
  readonly name: string;
  readonly state: string;
}

/** Of one that is there; a name may have brackets and blanks in it. */
function statOf(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const end = text.lastIndexOf(")");
  return { name: text.slice(text.indexOf("(") + 1, end), state: text.slice(end + 2, end + 3) };
}
