import { mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** A run goes on in another file when one has this size; the oldest files of all runs make room. */
export const FILE_BYTES_MAX: number = 4 * 2 ** 20;
export const FILES_MAX = 8;
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const NAME = /^\d{16}-\d{6}\.box$/;

/** In alphabetical order, the files are in the order of time. */
const fileName = (run: number, file: number): string =>
  `${String(run).padStart(16, "0")}-${String(file).padStart(6, "0")}.box`;

/** The black box's files in a directory, the oldest first. */
export const boxFilesAmong = (names: readonly string[]): readonly string[] =>
  names.filter((name) => NAME.test(name)).toSorted();

/** What must go before there is room for another file. */
function surplusAmong(names: readonly string[]): readonly string[] {
  const present = boxFilesAmong(names);
  return present.slice(0, Math.max(0, present.length + 1 - FILES_MAX));
}

/** The files of one run, written one after the other, in a ring that all runs share. */
export class BlackBoxFiles {
  readonly #directory: string;
  readonly #run: number;
  #handle: FileHandle | undefined;
  #file = -1;
  #size = 0;

  constructor(directory: string, run: number) {
    this.#directory = directory;
    this.#run = run;
  }

  /** Whether what is written next needs another file. */
  get isFull(): boolean {
    return this.#handle === undefined || this.#size >= FILE_BYTES_MAX;
  }

  /** The number of the file that is begun next. */
  get nextFile(): number {
    return this.#file + 1;
  }

  async begin(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    await mkdir(this.#directory, { recursive: true, mode: DIRECTORY_MODE });
    for (const name of surplusAmong(await readdir(this.#directory))) {
      await rm(join(this.#directory, name), { force: true });
    }
    this.#handle = await open(this.#path(this.#file + 1), "a", FILE_MODE);
    this.#file += 1;
    this.#size = 0;
  }

  /** What a refused write leaves in the file may be cut off: then nothing more is added to that file. */
  async write(text: string): Promise<void> {
    try {
      await this.#handle?.appendFile(text);
      this.#size += text.length;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Writes a file of its own at once, because this process is about to end. */
  writeLast(text: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: DIRECTORY_MODE });
    for (const name of surplusAmong(readdirSync(this.#directory))) rmSync(join(this.#directory, name), { force: true });
    // One more than the file that an unfinished `begin` may be making.
    writeSync(openSync(this.#path(this.#file + 2), "w", FILE_MODE), text);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #path(file: number): string {
    return join(this.#directory, fileName(this.#run, file));
  }
}
