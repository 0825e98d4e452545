import type { Duration } from "../../base/time.js";
import type { HealthProbe, ProgramConfig, ProgramInput, ProgramRole, ProgramRun } from "../../model/program.js";
import { ProgramCommands } from "./program-commands.js";
import { CaughtUpWatch, type HealthWatch, ReadyWatch, watchHealth } from "./program-health.js";
import type { Workplace } from "./program-workplace.js";

/** Asks a program how it is, and tells it its role, from its start until it is to end. */
export class RunWatches {
  #start: ProgramRun;
  readonly #say: (input: ProgramInput) => void;
  readonly #commands: ProgramCommands;
  readonly #caughtUp: CaughtUpWatch;
  #ready: ReadyWatch | undefined;
  #health: HealthWatch | undefined;
  #isOver = false;

  /** @param workplace of a program that has not ended. */
  constructor(start: ProgramRun, say: (input: ProgramInput) => void, workplace: () => Workplace | undefined) {
    this.#start = start;
    this.#say = say;
    this.#commands = new ProgramCommands(start, say, workplace);
    this.#caughtUp = new CaughtUpWatch(start, this.#commands.probe, say);
  }

  /** Asks whether it is ready, and no more by what was asked before. @param probe undefined: it says so itself */
  awaitReady(probe: HealthProbe | undefined, onReady: () => void): void {
    this.#ready?.end();
    this.#ready = probe === undefined ? undefined : new ReadyWatch(probe, this.#commands.probe, onReady);
  }

  /** It is ready, in the role that it was started with. */
  begin(): void {
    this.#health = watchHealth(this.#start, this.#commands.probe, this.#say);
    this.#caughtUp.follow(this.#start.role);
  }

  get haveBegun(): boolean {
    return this.#health !== undefined;
  }

  tellRole(role: ProgramRole): void {
    this.#caughtUp.pause();
    void this.#commands.tellRole(role).then(() => this.#caughtUp.follow(role));
  }

  /** The role command that is under way has so much time from now on. */
  extendRole(by: Duration): void {
    this.#commands.extend(by);
  }

  watchBy(config: ProgramConfig): void {
    this.#start = { ...this.#start, config };
    this.#commands.watchBy(config);
    this.#caughtUp.watchBy(config);
    if (!this.#isOver) this.#health?.goOnBy(config.health);
  }

  /** It ends: it is told its role as before, and asked nothing. */
  end(): void {
    this.#isOver = true;
    this.#ready?.end();
    this.#health?.end();
    this.#caughtUp.end();
  }
}
