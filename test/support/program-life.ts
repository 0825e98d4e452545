import { type Instant, instant, milliseconds } from "../../src/base/time.js";
import { Effects } from "../../src/core/effects.js";
import { Program } from "../../src/core/supervision/program.js";
import { serviceName } from "../../src/model/names.js";
import type { NodeEffect } from "../../src/model/node-io.js";
import type { Note } from "../../src/model/note.js";
import type { ProgramConfig, ProgramEffect, ProgramExit, ProgramInput } from "../../src/model/program.js";
import { programConfig } from "./program-config.js";

export const KILLED: ProgramExit = { kind: "signal", signal: "SIGKILL" };

/** One program, time that is set by hand, and the orders and notes that come of it. */
export class Life {
  now: Instant = instant(0);
  readonly effects = new Effects();
  readonly program: Program;
  readonly orders: ProgramEffect[] = [];
  readonly notes: string[] = [];
  lastNote: Note | undefined;

  constructor(changes: Partial<ProgramConfig> = {}) {
    this.program = new Program(this.now, serviceName("shop"), programConfig("db", changes));
  }

  get run(): number {
    const last = this.orders.findLast((each) => each.kind === "start-program");
    return last?.kind === "start-program" ? last.start.run : 0;
  }

  get last(): string {
    return this.orders.at(-1)?.kind ?? "none";
  }

  do(action: (program: Program) => void): this {
    action(this.program);
    for (const effect of this.effects.take()) this.#heed(effect);
    return this;
  }

  start(): this {
    return this.do((program) => program.start(this.now, "holder", this.effects));
  }

  hear(input: ProgramInput): this {
    return this.do((program) => program.take(this.now, input, this.effects));
  }

  /** It is up and ready. */
  ready(): this {
    this.start().hear({ kind: "program-started", run: this.run, pid: 7 });
    return this.hear({ kind: "program-ready", run: this.run });
  }

  /** It ends by itself, and nothing of it is left. */
  end(exit: ProgramExit = KILLED): this {
    const { run } = this;
    return this.hear({ kind: "program-exited", run, exit }).hear({ kind: "program-gone", run });
  }

  pass(ms: number): this {
    const end = this.now + milliseconds(ms);
    for (let due = this.program.deadline(); due !== undefined && due.at <= end; due = this.program.deadline()) {
      if (due.at < this.now || this.program.isGone) break;
      this.now = due.at;
      this.do((program) => program.tick(this.now, this.effects));
    }
    this.now = instant(end);
    return this;
  }

  #heed(effect: NodeEffect): void {
    if (effect.kind === "note") {
      this.lastNote = effect.note;
      this.notes.push(effect.note.code);
    } else this.orders.push(effect as ProgramEffect);
  }
}
