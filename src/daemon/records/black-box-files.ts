import { mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

export interface BlackBoxLimits {
  /** A run goes on in another file when one has this size. */
  readonly fileBytes: number;
  /** All files of all runs; the oldest make room. Full files are packed, to about a tenth. */
  readonly totalBytes: number;
  readonly files: number;
}

export const BLACK_BOX_LIMITS: BlackBoxLimits = { fileBytes: 4 * 2 ** 20, totalBytes: 32 * 2 ** 20, files: 256 };
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const NAME = /^\d{16}-\d{6}\.box(\.gz)?$/;
const PACKED = ".gz";

const packed = promisify(gzip);

/** In alphabetical order, the files are in the order of time. */
const fileName = (run: number, file: number): string =>
  `${String(run).padStart(16, "0")}-${String(file).padStart(6, "0")}.box`;

/** The black box's files in a directory, the oldest first. */
export const boxFilesAmong = (names: readonly string[]): readonly string[] =>
  names.filter((name) => NAME.test(name)).toSorted();

/** On a full disk, the state directory needs what little room is left: nothing half-written stays. */
async function replaceByPacked(path: string): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await writeFile(fresh, await packed(await readFile(path)), { mode: FILE_MODE });
    await rename(fresh, `${path}${PACKED}`);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await rm(path);
}

/** The files of one run, written one after the other, in a ring that all runs share. */
export class BlackBoxFiles {
  readonly #directory: string;
  readonly #run: number;
  readonly #limits: BlackBoxLimits;
  #handle: FileHandle | undefined;
  #file = -1;
  #size = 0;

  constructor(directory: string, run: number, limits: BlackBoxLimits = BLACK_BOX_LIMITS) {
    this.#directory = directory;
    this.#run = run;
    this.#limits = limits;
  }

  /** Whether what is written next needs another file. */
  get isFull(): boolean {
    return this.#handle === undefined || this.#size >= this.#limits.fileBytes;
  }

  /** The number of the file that is begun next. */
  get nextFile(): number {
    return this.#file + 1;
  }

  async begin(): Promise<void> {
    await this.close();
    await mkdir(this.#directory, { recursive: true, mode: DIRECTORY_MODE });
    await this.#pack();
    this.#makeRoom();
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
    this.#makeRoom();
    // One more than the file that an unfinished `begin` may be making.
    writeSync(openSync(this.#path(this.#file + 2), "w", FILE_MODE), text);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Packs what is complete: the files of earlier runs, and all of this one. */
  async #pack(): Promise<void> {
    const loose = boxFilesAmong(await readdir(this.#directory)).filter((name) => !name.endsWith(PACKED));
    for (const name of loose) await replaceByPacked(join(this.#directory, name));
  }

  /** A few directory entries in memory: not worth a wait. */
  #makeRoom(): void {
    const files = boxFilesAmong(readdirSync(this.#directory)).map((name) => {
      const path = join(this.#directory, name);
      return { path, size: statSync(path).size };
    });
    const { fileBytes, totalBytes, files: filesMax } = this.#limits;
    let total = files.reduce((sum, { size }) => sum + size, fileBytes);
    for (const [index, { path, size }] of files.entries()) {
      if (total <= totalBytes && files.length - index < filesMax) return;
      rmSync(path, { force: true });
      total -= size;
    }
  }

  #path(file: number): string {
    return join(this.#directory, fileName(this.#run, file));
  }
}
