import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, LocumError } from "../../base/locum-error.js";
import { ok, refused, type Result } from "../../base/result.js";
import type { SavedState } from "../../model/node-state.js";
import { replaceFile, replaceFileSync } from "./atomic-file.js";
import { isMissing } from "./file-error.js";
import type { Impairments } from "../impairments.js";
import { NOTHING_STORED, readStoredState, writeStoredState, type StoredState } from "./stored-state.js";
import { WriteBehind } from "./write-behind.js";

const MODE = 0o700;
const FILE = "state.json";
/** Whoever may open a file or directory may lock it: the directory itself may have been made for others to look into. */
const LOCK_FILE = "lock";
const LOCK_FILE_MODE = 0o600;

/** Takes a file for this process alone; the problem says why not. */
export type LockFile = (path: string) => Result<void, "held" | "impossible">;

/** Whether the cluster was paused when an agent last kept its state there. */
export function isPausedIn(path: string): boolean {
  try {
    return readStoredState(readFileSync(join(path, FILE), "utf8"))?.saved.pause.paused === true;
  } catch {
    // No agent has kept anything there.
    return false;
  }
}

export interface StateDirectoryOptions {
  readonly path: string;
  readonly impairments: Impairments;
  readonly lock: LockFile;
  readonly wallMs?: () => number;
}

/**
 * `--state`: what the agent keeps across restarts of the machine. Writing is slow and may fail, so nobody ever waits
 * for it: the newest state is written when the one before is done. While the directory can't be written, the agent goes
 * on, says so, and tries again.
 */
export class StateDirectory {
  readonly saved: SavedState;
  readonly #options: StateDirectoryOptions;
  readonly #writer = new WriteBehind({
    write: () => this.#writeWanted(),
    refused: (error) => this.#impaired(error),
  });
  #locked = false;
  #incarnation: number;
  #newest: SavedState;
  /** Newer than what is on disk; at most one, because only the newest counts. */
  #wanted: StoredState | undefined;

  /** @throws {LocumError} `state-directory-busy` when another agent has it. */
  constructor(options: StateDirectoryOptions) {
    this.#options = options;
    const lock = this.#take();
    if (!lock.ok && lock.problem.failure.code === "state-directory-busy") throw lock.problem;
    const stored = this.#read();
    this.saved = stored.saved;
    this.#newest = stored.saved;
    this.#incarnation = this.#later(stored.incarnation);
    this.#writeFirst(lock);
  }

  /** Greater than that of every run before, whatever became of the clock. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Another incarnation for this same run, later than `known` as well; it is kept, soon. */
  beginIncarnation(known: number = 0): number {
    this.#incarnation = this.#later(Math.max(known, this.#incarnation));
    this.save(this.#newest);
    return this.#incarnation;
  }

  /** Keeps the state, soon. */
  save(saved: SavedState): void {
    this.#newest = saved;
    this.#wanted = { incarnation: this.incarnation, saved };
    this.#writer.wake();
  }

  /** Resolves when the newest state is on disk, or was refused once more. */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  get #file(): string {
    return join(this.#options.path, FILE);
  }

  #later(incarnation: number): number {
    return Math.max(incarnation + 1, (this.#options.wallMs ?? Date.now)());
  }

  #take(): Result<void, LocumError> {
    const { path, lock } = this.#options;
    if (this.#locked) return ok(undefined);
    const file = join(path, LOCK_FILE);
    try {
      mkdirSync(path, { recursive: true, mode: MODE });
      writeFileSync(file, "", { flag: "a", mode: LOCK_FILE_MODE });
      chmodSync(file, LOCK_FILE_MODE);
    } catch (error) {
      return refused(new LocumError({ code: "state-directory-refused", message: describeError(error) }, error));
    }
    const answer = lock(file);
    this.#locked = answer.ok;
    if (answer.ok) return answer;
    const code = answer.problem === "held" ? "state-directory-busy" : "state-directory-refused";
    const message =
      answer.problem === "held" ? `another agent uses the state directory ${path}` : `${path} can't be locked`;
    return refused(new LocumError({ code, message, advice: "give each agent its own --state directory" }));
  }

  #read(): StoredState {
    try {
      return readStoredState(readFileSync(this.#file, "utf8")) ?? this.#setAside();
    } catch (error) {
      if (this.#locked && !isMissing(error)) this.#impaired(error);
      return NOTHING_STORED;
    }
  }

  /** The finding stays until the next start: marks that the operator relied on are gone. */
  #setAside(): StoredState {
    const aside = `${this.#file}.corrupt`;
    const lost = `${this.#file} is damaged, so drain, pause and epochs of before are forgotten`;
    try {
      renameSync(this.#file, aside);
      this.#options.impairments.raise("saved state", `${lost}; it is kept as ${aside}`);
    } catch (error) {
      this.#options.impairments.raise("saved state", `${lost}; it can't be moved aside: ${describeError(error)}`);
    }
    return NOTHING_STORED;
  }

  /** The new incarnation must be on record before a peer hears it: the clock may be set back before the next start. */
  #writeFirst(lock: Result<void, LocumError>): void {
    const first = { incarnation: this.incarnation, saved: this.saved };
    try {
      if (!lock.ok) throw lock.problem;
      replaceFileSync(this.#file, writeStoredState(first));
    } catch (error) {
      this.#wanted = first;
      this.#impaired(error);
      this.#writer.wakeLater();
    }
  }

  async #writeWanted(): Promise<void> {
    const next = this.#wanted;
    if (next === undefined) return;
    const lock = this.#take();
    if (!lock.ok) throw lock.problem;
    await replaceFile(this.#file, writeStoredState(next));
    if (this.#wanted === next) this.#wanted = undefined;
    this.#options.impairments.clear("state directory");
  }

  #impaired(error: unknown): void {
    const { impairments, path } = this.#options;
    impairments.raise("state directory", `drain, pause and epochs can't be kept in ${path}: ${describeError(error)}`);
  }
}
