/** What is known of one run of a program by what was ordered and heard of it: enough for an agent that was not there. */
import { type Instant, between } from "../../base/time.js";
import {
  isReadyOnceStarted,
  type KeptRun,
  type ProgramConfig,
  type ProgramEffect,
  type ProgramInput,
  type ProgramPlan,
  type ProgramRole,
  type ProgramRun,
} from "../../model/program.js";

/** What keeps it says that its start or its change of role takes so long. */
const ADVICE = "advice";

export class RunAccount {
  #start: ProgramRun;
  readonly #begun: Instant;
  #readySince: Instant | undefined;
  #endedAt: Instant | undefined;
  #role: ProgramRole;
  #owesRole = false;
  #wasTold = false;
  #ending: KeptRun["ending"];
  #plan: ProgramPlan | undefined;
  /** By kind. */
  readonly #facts = new Map<string, ProgramInput>();

  constructor(now: Instant, start: ProgramRun) {
    this.#start = start;
    this.#begun = now;
    this.#role = start.role;
  }

  /** As it was ordered, with the configuration that it goes by now. */
  get start(): ProgramRun {
    return this.#start;
  }

  /** Nothing of it is left. */
  get isGone(): boolean {
    return this.#facts.has("program-gone");
  }

  /** Nobody had it ended. */
  get hasEndedByItself(): boolean {
    return this.isGone && this.#facts.has("program-exited") && this.#ending === undefined;
  }

  ordered(effect: ProgramEffect): void {
    // What is left of a program that has ended is killed or let go, whatever is to become of it.
    const isEnd = effect.kind === "kill-program" || effect.kind === "stop-program";
    if (isEnd && this.#facts.has("program-exited")) return;
    if (effect.kind === "watch-program") this.#goOnBy(effect.config);
    if (effect.kind === "plan-program") this.#plan = effect.plan;
    if (effect.kind === "stop-program") this.#ending ??= "stopping";
    if (effect.kind === "kill-program") this.#ending = "killing";
    if (effect.kind !== "tell-role") return;
    // What was found of it as a standby before says nothing of it now.
    this.#facts.delete("program-caught-up");
    this.#role = effect.role;
    this.#owesRole = true;
    this.#wasTold = true;
  }

  #goOnBy(config: ProgramConfig): void {
    this.#start = { ...this.#start, config };
    // Nobody would take it back.
    if (config.caughtUp === undefined) this.#facts.delete("program-caught-up");
  }

  heard(now: Instant, input: ProgramInput): void {
    switch (input.kind) {
      case "program-started":
        if (isReadyOnceStarted(this.start.config)) this.#readySince ??= now;
        break;
      case "program-ready":
        this.#readySince ??= now;
        this.#facts.delete(ADVICE);
        break;
      case "role-told":
        this.#facts.delete(ADVICE);
        if (input.problem !== undefined) this.#keep(input.kind, input);
        else if (input.role === this.#role) this.#owesRole = false;
        break;
      case "program-said":
        this.#heardSaying(input);
        break;
      case "program-judged":
        this.#keep(`${input.kind} ${input.by ?? ""}`, input);
        break;
      case "program-host-lost":
      case "no-programs-left":
      case "program-probed":
        break;
      default:
        if (input.kind === "program-exited") this.#endedAt ??= now;
        this.#keep(input.kind, input);
    }
  }

  kept(now: Instant): KeptRun {
    return {
      start: this.start,
      age: between(this.#begun, now),
      ...(this.#readySince === undefined ? {} : { readyFor: between(this.#readySince, now) }),
      ...(this.#endedAt === undefined ? {} : { endedFor: between(this.#endedAt, now) }),
      role: this.#role,
      ...(this.#owesRole ? { owesRole: true } : {}),
      ...(this.#wasTold ? { wasTold: true } : {}),
      ...(this.#ending === undefined ? {} : { ending: this.#ending }),
      ...(this.#plan === undefined ? {} : { plan: this.#plan }),
      facts: [...this.#facts.values()],
    };
  }

  /** Of its time to start or to end it has as much again from the next agent. */
  #heardSaying(input: Extract<ProgramInput, { readonly kind: "program-said" }>): void {
    const { saying } = input;
    if (saying.kind === "trouble" || saying.kind === "well") this.#keep("trouble", input);
    else if (saying.kind !== "extending") this.#keep("status", input);
    else if (saying.isAdvised === true) this.#keep(ADVICE, input);
  }

  #keep(key: string, input: ProgramInput): void {
    this.#facts.delete(key);
    this.#facts.set(key, input);
  }
}
