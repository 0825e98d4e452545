import { open, stat } from "node:fs/promises";
import { watch } from "node:fs";
import { dirname } from "node:path";
import { LineCutter } from "./line-cutter.js";
import { logFiles } from "./program-log.js";

const BLOCK = 65_536;
/** A line of the log, whose text has at most 8 KiB. */
const LINE_BYTES_MAX: number = 2 ** 16;
/** When the kernel's word of a change does not come, as on some file systems. */
const LOOK_MS = 1_000;

/** One line of a program's log. */
export interface LogLine {
  /** ISO 8601. */
  readonly time: string;
  /** `locum`: words of the program host. */
  readonly source: "out" | "err" | "locum";
  readonly text: string;
}

/**
 * The last lines of a program's log, oldest first, over all of its files.
 * @param end where it ended at a time; what was written later is left out.
 */
export async function lastLogLines(file: string, count: number, end?: LogPlace): Promise<readonly LogLine[]> {
  let lines: readonly LogLine[] = [];
  for (const each of logFiles(file)) {
    if (lines.length >= count) break;
    const found = await lastLinesOf(each, count - lines.length, end);
    lines = [...found, ...lines];
  }
  return lines;
}

/** From its end on, block by block, until there are enough. */
async function lastLinesOf(file: string, count: number, end: LogPlace | undefined): Promise<readonly LogLine[]> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined || count <= 0) return [];
  try {
    const { ino, size: whole } = await handle.stat();
    const size = ino === end?.inode ? Math.min(end.size, whole) : whole;
    let text: Buffer = Buffer.alloc(0);
    for (let from = size; from > 0;) {
      const length = Math.min(BLOCK, from);
      from -= length;
      const block = Buffer.alloc(length);
      await handle.read(block, 0, length, from);
      text = Buffer.concat([block, text]);
      if (countNewlines(text) > count) break;
    }
    return text.toString("utf8").split("\n").flatMap(logLineOf).slice(-count);
  } finally {
    await handle.close();
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

/**
 * Each line that is added from now on, also when the file is changed for a new one, until the signal says that it is enough.
 * @param start where it ended when its last lines were read; absent: where it ends now.
 */
export async function* followLog(file: string, signal: AbortSignal, start?: LogPlace): AsyncGenerator<LogLine> {
  const cutter = new LineCutter(LINE_BYTES_MAX);
  let place = start ?? (await endOfLog(file));
  while (!signal.aborted) {
    const next = await endOfLog(file);
    // What was written last before the change lies in the file that was set aside.
    const isOther = next.inode !== place.inode && place.inode !== undefined;
    if (isOther) yield* linesFrom(logFiles(file)[1] ?? file, place.size, Infinity, cutter);
    const from = isOther || next.size < place.size ? 0 : place.size;
    yield* linesFrom(file, from, next.size, cutter);
    place = next;
    await changed(file, signal);
  }
}

/** The end of a log at some time. */
export interface LogPlace {
  readonly inode: number | undefined;
  readonly size: number;
}

export async function endOfLog(file: string): Promise<LogPlace> {
  const found = await stat(file).catch(() => undefined);
  return { inode: found?.ino, size: found?.size ?? 0 };
}

async function* linesFrom(file: string, from: number, to: number, cutter: LineCutter): AsyncGenerator<LogLine> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    const block = Buffer.alloc(BLOCK);
    for (let at = from; at < to;) {
      const { bytesRead } = await handle.read(block, 0, Math.min(BLOCK, to - at), at);
      if (bytesRead === 0) return;
      at += bytesRead;
      for (const line of cutter.push(block.subarray(0, bytesRead))) yield* logLineOf(line);
    }
  } finally {
    await handle.close();
  }
}

/** Resolves when something happens in the log's directory, or after a while. */
function changed(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    const watcher = watchQuietly(dirname(file), done);
    signal.addEventListener("abort", done);
  });
}

function watchQuietly(directory: string, onChange: () => void): { close(): void } | undefined {
  try {
    return watch(directory, onChange).on("error", onChange);
  } catch {
    // Not there yet, or there are too many watchers: the timer will do.
    return undefined;
  }
}

function logLineOf(line: string): LogLine[] {
  const [, time, source, text = ""] = /^(\S+Z) (out|err|locum) (.*)$/s.exec(line) ?? [];
  if (time === undefined || (source !== "out" && source !== "err" && source !== "locum")) return [];
  return [{ time, source, text }];
}
