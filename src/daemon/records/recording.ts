import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describeError, LocumError } from "../../base/locum-error.js";
import {
  BLACK_BOX_FORMAT,
  type BlackBoxHeader,
  parseHeader,
  parseRecord,
  type RecordedInput,
} from "./black-box-format.js";
import { boxFilesAmong } from "./black-box-files.js";
import { isMissing } from "./file-error.js";

const GZIP_MAGIC = 0x1f8b;

/** What a run left, as far as it is still there. */
export interface Recording {
  readonly header: BlackBoxHeader;
  readonly inputs: readonly NumberedInput[];
  /** Why it can't be replayed, if so: the decisions depend on all that came before. */
  readonly incomplete: string | undefined;
}

export interface NumberedInput extends RecordedInput {
  /** From 0 at the start of the run. */
  readonly number: number;
}

/**
 * Reads the recording in a file, packed or not, or the newest one in a directory.
 * @throws {LocumError} when there is none.
 */
export function readRecording(path: string): Recording {
  const text = readBoxText(path);
  const recording = parseRecording(text);
  if (recording === undefined) throw unusable(path, "it is no black box file, or its beginning is missing");
  const { format } = recording.header;
  if (format !== BLACK_BOX_FORMAT)
    throw unusable(path, `it has format ${format}, and this program reads format ${BLACK_BOX_FORMAT}`);
  return recording;
}

/**
 * The text of a recording: of a directory, all files of its newest run, one after the other.
 * @throws {LocumError} when it can't be read.
 */
export function readBoxText(path: string): string {
  try {
    if (!statSync(path).isDirectory()) return unpacked(readFileSync(path));
    const names = boxFilesAmong(readdirSync(path));
    const run = names.at(-1)?.split("-")[0];
    if (run === undefined) throw unusable(path, "it has no black box files");
    return names
      .filter((name) => name.startsWith(`${run}-`))
      .map((name) => unpacked(readFileSync(join(path, name))))
      .join("");
  } catch (error) {
    throw error instanceof LocumError
      ? error
      : unusable(path, isMissing(error) ? NO_RECORDING : describeError(error), error);
  }
}

const NO_RECORDING = "it does not exist; an agent keeps its recordings in `black-box`, below its state directory";

const unpacked = (bytes: Buffer): string =>
  (bytes.length >= 2 && bytes.readUInt16BE(0) === GZIP_MAGIC ? gunzipSync(bytes) : bytes).toString("utf8");

/**
 * Puts the files of a run together again. A header says at which number it goes on: what was written twice, since a
 * write was refused half-way, is skipped; what is missing ends the possibility of a replay.
 */
export function parseRecording(text: string): Recording | undefined {
  const lines = text.split("\n");
  const header = parseHeader(lines[0] ?? "");
  if (header === undefined) return undefined;
  const inputs: NumberedInput[] = [];
  let next = header.first;
  let number = header.first;
  let incomplete = header.first === 0 ? undefined : missingText(0, header.first);
  for (const line of lines.slice(1)) {
    const continued = line.startsWith("{") ? parseHeader(line) : undefined;
    if (continued !== undefined) {
      if (continued.first > next) incomplete ??= missingText(next, continued.first);
      number = continued.first;
      continue;
    }
    const record = parseRecord(line);
    if (record === undefined) continue;
    if (number >= next) {
      inputs.push({ number, ...record });
      next = number + 1;
    }
    number += 1;
  }
  return { header, inputs, incomplete };
}

const missingText = (from: number, to: number): string =>
  `inputs ${from} to ${to - 1} of the run are no longer there, and what follows depends on them`;

const unusable = (path: string, why: string, cause?: unknown): LocumError =>
  new LocumError({ code: "replay.unusable-file", message: `Cannot replay ${path}: ${why}` }, cause);
