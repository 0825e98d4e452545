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

/** Of all processes that there are and were since the machine's start. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in clock ticks since then. */
  readonly started: string;
}

/** Of those that are there. */
export const identitiesOf = (pids: readonly number[]): readonly ProcessIdentity[] =>
  pids.flatMap((pid) => {
    const stat = statOf(pid);
    return stat === undefined ? [] : [{ pid, started: stat.started }];
  });

/**
 * Whether its number is its own still: so it is until its parent has taken it away, though it be dead. Others that look
 * whether there is a process of that number, by kill(2) with signal 0, would find one.
 */
export const hasItsNumber = ({ pid, started }: ProcessIdentity): boolean => statOf(pid)?.started === started;

interface ProcessStat {
  readonly name: string;
  readonly state: string;
  readonly started: string;
}

/** Place of starttime, of the fields that follow the name. */
const STARTED_AT = 19;

/** Of one that is there; a name may have brackets and blanks in it. */
function statOf(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  return { name: text.slice(text.indexOf("(") + 1, end), state: fields[0] ?? "", started: fields[STARTED_AT] ?? "" };
}
