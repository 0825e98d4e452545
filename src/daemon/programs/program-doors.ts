import { rmSync } from "node:fs";
import type { ProgramCaller } from "../../api/route.js";
import type { KeptPrograms, ProgramEffect, ProgramInput, ProgramRun } from "../../model/program.js";
import { doorDirectory, doorOf } from "./program-protocol.js";

/** What opens and closes sockets for programs: the API's server. */
export interface DoorKeeper {
  openDoor(path: string, caller: ProgramCaller): void;
  closeDoor(path: string): void;
}

/** The sockets of programs that run: each is there before its run begins, and goes with it. */
export class ProgramDoors {
  readonly #socket: string;
  readonly #open = new Map<number, string>();
  #keeper: DoorKeeper | undefined;

  /** @param socket of the agent: the doors lie beside it. */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** From here on programs are let in; what an earlier agent left leads nowhere. */
  serve(keeper: DoorKeeper): void {
    this.#keeper = keeper;
    rmSync(doorDirectory(this.#socket), { recursive: true, force: true });
  }

  /** To be called before a program is ordered to start. */
  ordered(effect: ProgramEffect): void {
    if (effect.kind === "start-program") this.#openFor(effect.start);
  }

  /** Programs that outlived an earlier agent find their doors where they were. */
  kept({ runs }: KeptPrograms): void {
    for (const { start, facts } of runs) if (!facts.some(({ kind }) => kind === "program-gone")) this.#openFor(start);
  }

  #openFor({ run, service, config }: ProgramRun): void {
    const path = doorOf(this.#socket, run);
    this.#open.set(run, path);
    this.#keeper?.openDoor(path, { run, service, program: config.name });
  }

  /** What was heard of programs; those of a host that is lost may go on for a moment, unheard. */
  heard(input: ProgramInput): void {
    if (input.kind === "program-gone") this.#close(input.run);
    if (input.kind !== "program-host-lost") return;
    const { until = Infinity } = input;
    for (const run of this.#open.keys()) if (run <= until) this.#close(run);
  }

  #close(run: number): void {
    const path = this.#open.get(run);
    if (path !== undefined) this.#keeper?.closeDoor(path);
    this.#open.delete(run);
  }
}
