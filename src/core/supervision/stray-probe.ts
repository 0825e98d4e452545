/**
 * What is known of a program that this agent did not start, and that may run all the same: an operator started its unit by
 * hand, systemd did at boot, the cluster manager before left its resource. Asked once, where nothing of ours runs, and again
 * when a program host was lost with what it had; what could not be found out is asked for again and again.
 *
 *     due ──asked──▶ asked ──does not run──▶ settled
 *                      ├──runs──▶ found ──must not──▶ stray ──nothing of it is left──▶ settled
 *                      └──who knows──▶ unknown ──a while──▶ due
 *
 * Whatever is started here meanwhile is ours, and goes on with what runs: that settles it, and makes an answer void.
 */
import { unreachable } from "../../base/assert.js";
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import { PROGRAM_WORDS_MAX, type ProgramConfig, type ProgramInput, type ProgramName } from "../../model/program.js";
import type { ProgramEvent } from "../../model/program-note.js";
import type { Effects } from "../effects.js";
import { processOf } from "../../model/program-parts.js";

/** How long after an answer that says nothing it is asked for again. */
const ASK_AGAIN: Duration = seconds(30);

type Probed = Extract<ProgramInput, { readonly kind: "program-probed" }>;

type Known =
  | { readonly kind: "due" | "asked" | "settled" }
  | { readonly kind: "found" | "stray"; readonly isPromoted: boolean }
  | { readonly kind: "unknown"; readonly problem: string; readonly until: Instant };

export class StrayProbe {
  readonly #service: ServiceName;
  readonly #program: ProgramName;
  #known: Known;
  /** What was asked about last. */
  #config: ProgramConfig;
  /** Questions so far. */
  #asked = 0;

  constructor(service: ServiceName, config: ProgramConfig) {
    this.#service = service;
    this.#program = config.name;
    this.#config = config;
    this.#known = { kind: isAsked(config) ? "due" : "settled" };
  }

  /** It runs, and was not started here. */
  get isFound(): boolean {
    return this.#known.kind === "found" || this.isStray;
  }

  /** Nobody has said yet whether it runs. */
  get isOpen(): boolean {
    return OPEN.has(this.#known.kind);
  }

  /** And it must not run. */
  get isStray(): boolean {
    return this.#known.kind === "stray";
  }

  /** What it was found as, whatever the file has made of it since. */
  get config(): ProgramConfig {
    return this.#config;
  }

  /** What was found is not what the file makes of the program now: it cannot go on as that. */
  isFoundAsOther(config: ProgramConfig): boolean {
    return this.isFound && processOf(this.#config) !== processOf(config);
  }

  /** Why nobody knows whether it runs; undefined: it is known, or soon will be. */
  get problem(): string | undefined {
    return this.#known.kind === "unknown" ? this.#known.problem : undefined;
  }

  /** When it is to be asked for again. */
  get deadline(): Deadline | undefined {
    return this.#known.kind === "unknown" ? dueAt(this.#known.until, "program probe") : undefined;
  }

  /** Asks, where that is due. */
  ask(now: Instant, config: ProgramConfig, effects: Effects): void {
    const known = this.#known;
    if (known.kind !== "due" && (known.kind !== "unknown" || known.until > now)) return;
    this.#asked += 1;
    this.#config = config;
    const probe = this.#asked;
    // What is unknown stays so for those who want to know, until there is another answer.
    this.#known = known.kind === "unknown" ? { ...known, until: after(now, ASK_AGAIN) } : { kind: "asked" };
    effects.push({ kind: "probe-program", probe: { probe, service: this.#service, config } });
  }

  /** Takes an answer in. @returns whether it is to the last question, and that is still open */
  take(now: Instant, { service, program, probe, answer }: Probed, effects: Effects): boolean {
    const before = this.#known.kind;
    const isMine = service === this.#service && program === this.#program && probe === this.#asked;
    if (!isMine || (before !== "asked" && before !== "unknown")) return false;
    switch (answer.kind) {
      case "runs":
        this.#known = { kind: "found", isPromoted: answer.isPromoted };
        break;
      case "not-running":
        this.settle();
        break;
      case "unusable":
        this.settle();
        this.#note(effects, { code: "program.unusable", problem: answer.problem });
        break;
      case "unknown":
        this.#known = {
          kind: "unknown",
          problem: answer.problem.slice(0, PROGRAM_WORDS_MAX),
          until: after(now, ASK_AGAIN),
        };
        if (before !== "unknown") this.#note(effects, { code: "program.unprobed", problem: answer.problem });
        break;
      default:
        return unreachable(answer);
    }
    return true;
  }

  /** It must not run here. @returns whether it runs promoted; undefined: it does not run, as far as is known */
  judge(effects: Effects): boolean | undefined {
    const known = this.#known;
    if (known.kind !== "found" && known.kind !== "stray") return undefined;
    if (known.kind === "found") this.#note(effects, { code: "program.stray", isPromoted: known.isPromoted });
    this.#known = { ...known, kind: "stray" };
    return known.isPromoted;
  }

  /** Nothing of it runs, or what does is ours. */
  settle(): void {
    this.#known = { kind: "settled" };
  }

  /** Nothing is left of a run; of what the file has made of the program meanwhile nobody could ask. */
  runEnded(former: ProgramConfig, config: ProgramConfig): void {
    this.settle();
    if (processOf(former) !== processOf(config)) this.renew(config);
  }

  /** What was known of it is not sure any more; what was found stays so until it is ended, or is the agent's own. */
  renew(config: ProgramConfig): void {
    if (this.isFound) return;
    this.#known = { kind: isAsked(config) ? "due" : "settled" };
  }

  #note(effects: Effects, event: ProgramEvent): void {
    effects.note({ service: this.#service, program: this.#program, ...event });
  }
}

const OPEN: ReadonlySet<Known["kind"]> = new Set(["due", "asked", "unknown"]);

/** Of a command, nobody but who started it knows. */
const isAsked = ({ source }: ProgramConfig): boolean => source.kind !== "command";
