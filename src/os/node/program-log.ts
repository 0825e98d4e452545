import { mkdir, open, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of this size is set aside; so many of them are kept beside the newest. */
export const LOG_BYTES_MAX: number = 8 * 2 ** 20;
export const LOG_FILES_KEPT = 3;
/** What waits for a slow disk; what is more is left out, and counted. */
const BACKLOG_BYTES_MAX: number = 2 ** 20;
const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

/** Where a program's output is kept. Names of services and programs are such that they can't lead elsewhere. */
export const programLogFile = (logs: string, service: string, program: string): string =>
  join(logs, service, `${program}.log`);

/** The files of one log, the newest first. */
export const logFiles = (file: string): readonly string[] => [
  file,
  ...Array.from({ length: LOG_FILES_KEPT }, (_, index) => `${file}.${index + 1}`),
];

export interface ProgramLogOptions {
  readonly file: string;
  readonly bytesMax?: number;
}

/** Appends text to a file that is changed for a new one when it is full. Nobody waits for the disk, and a full one costs lines. */
export class ProgramLog {
  readonly #options: ProgramLogOptions;
  readonly #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #handle: FileHandle | undefined;
  #size = 0;
  #writing: Promise<void> | undefined;

  constructor(options: ProgramLogOptions) {
    this.#options = options;
  }

  /** @param lines whole ones, with their ends. */
  write(lines: string): void {
    const bytes = Buffer.byteLength(lines);
    if (this.#waitingBytes + bytes > BACKLOG_BYTES_MAX) {
      this.#dropped += bytes;
      return;
    }
    this.#waiting.push(lines);
    this.#waitingBytes += bytes;
    this.#writing ??= this.#writeAll();
  }

  /** What could not be written since the last question, in bytes. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = this.#waiting.splice(0).join("");
      this.#waitingBytes = 0;
      try {
        await this.#append(text);
      } catch {
        // A full or broken disk is no reason to keep a program from running: what is lost is counted.
        this.#dropped += Buffer.byteLength(text);
        await this.#handle?.close().catch(() => undefined);
        this.#handle = undefined;
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    const { bytesMax = LOG_BYTES_MAX } = this.#options;
    if (this.#handle !== undefined && this.#size >= bytesMax) await this.#rotate();
    this.#handle ??= await this.#open();
    await this.#handle.appendFile(text);
    this.#size += Buffer.byteLength(text);
  }

  async #open(): Promise<FileHandle> {
    const { file } = this.#options;
    await mkdir(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
    const handle = await open(file, "a", FILE_MODE);
    this.#size = (await handle.stat()).size;
    return handle;
  }

  async #rotate(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    const files = logFiles(this.#options.file);
    for (let index = files.length - 1; index > 0; index -= 1) {
      // There is none yet, as long as the log is young.
      await rename(files[index - 1] ?? "", files[index] ?? "").catch(() => undefined);
    }
  }
}
