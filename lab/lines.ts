import type { Readable } from "node:stream";

/** What comes without a line's end is kept up to this length; more is dropped. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024;

/**
 * Gives every line of a stream as it comes, the last one also without its end. Unlike `node:readline` it leaves the
 * stream's errors to whoever owns the stream.
 */
export function readLines(source: Readable, take: (line: string) => void): void {
  let rest = "";
  source.setEncoding("utf8");
  source.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, LINE_LENGTH_MAX);
    for (const line of lines) take(line);
  });
  source.on("end", () => {
    if (rest !== "") take(rest);
  });
}
