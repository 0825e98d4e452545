/**
 * This node's fencing of one other: its methods in order, one command at a time, until one of them has cut it off.
 *
 *     waiting ──▶ running ──status 0──▶ watching ──not heard──▶ done
 *        ▲           │ failed, late        │ heard as before
 *        │           ▼                     ▼
 *        │      the next method, or ◀──────┘
 *        └──── failed (again after a while)
 *
 * That a command ended with status 0 is not believed of a node that goes on being heard in the same run of its agent: it
 * cut off something else. Of a node that was silent already nothing else can be known.
 */
import { known } from "../../base/assert.js";
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Duration, type Instant, after, between } from "../../base/time.js";
import type { ErrandOutcome } from "../../model/errand.js";
import type { FenceBrief, FenceCause, FenceConfig, FenceMethod, FenceNote, FenceState } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";
import type { MachineBrief } from "../../model/node-state.js";
import type { Effects } from "../effects.js";
import { inputFor } from "./method-input.js";

/** Words about the node as it is now. */
export interface Victim {
  readonly isHeard: boolean;
  /** Of its agent, as known now. */
  readonly incarnation: number;
  /** The boot of its machine, in that run; undefined: it has said nothing in it yet. Empty where an older version says nothing. */
  readonly machine: Partial<Pick<MachineBrief, "boot">> | undefined;
  /** Its own addresses, by network. */
  readonly addresses: Readonly<Record<string, string>>;
}

export interface FenceOrder {
  readonly node: NodeName;
  readonly cause: FenceCause;
  readonly config: FenceConfig;
  /** Those that can be used here; at least one. */
  readonly methods: readonly FenceMethod[];
  readonly self: NodeName;
  readonly wait: Duration;
  /** How long it may be heard after it was cut off. */
  readonly echo: Duration;
}

type State =
  /** To run a method. */
  | { readonly kind: "waiting"; readonly method: number; readonly until: Instant }
  | { readonly kind: "running"; readonly method: number; readonly order: number; readonly since: Instant }
  | { readonly kind: "watching"; readonly method: number; readonly since: Instant; readonly until: Instant }
  | { readonly kind: "done"; readonly method: string }
  | { readonly kind: "failed"; readonly problem: string; readonly again: Instant };

export class Fence {
  readonly node: NodeName;
  readonly cause: FenceCause;
  readonly #order: FenceOrder;
  readonly #begun: Instant;
  readonly #attempt: number;
  #state: State;
  #since: Instant;
  #run: VictimRun;
  readonly #problems: string[] = [];
  /** Of the attempt before. */
  readonly #earlier: string | undefined;

  constructor(now: Instant, order: FenceOrder, victim: Victim, effects: Effects, before?: Fence) {
    const { node, cause, methods, wait } = order;
    this.node = node;
    this.cause = cause;
    this.#order = order;
    this.#attempt = (before?.attempt ?? 0) + 1;
    this.#earlier = before?.problem;
    this.#begun = now;
    this.#since = now;
    this.#run = runOf(victim);
    this.#state = { kind: "waiting", method: 0, until: after(now, wait) };
    effects.note({ code: "fence.began", node, cause, methods: methods.map(({ name }) => name), wait });
  }

  get state(): FenceState {
    const { kind } = this.#state;
    return kind === "done" || kind === "failed" ? kind : "under-way";
  }

  get begun(): Instant {
    return this.#begun;
  }

  /** What is to be cut off, or was. */
  get run(): VictimRun {
    return this.#run;
  }

  /** Of `done`. */
  get method(): string | undefined {
    return this.#state.kind === "done" ? this.#state.method : undefined;
  }

  /** Why it failed, this time or, while that goes on, the time before. */
  get problem(): string | undefined {
    if (this.#state.kind === "done") return undefined;
    return this.#state.kind === "failed" ? this.#state.problem : this.#earlier;
  }

  /** How often in a row it was tried, this time among them. */
  get attempt(): number {
    return this.#attempt;
  }

  /** It was tried in vain as often as it may be in a row: whoever only wanted it once gets no more. */
  get isExhausted(): boolean {
    return this.#state.kind === "failed" && this.#attempt % this.#order.config.attempts === 0;
  }

  /** Its order is over, and nothing came of it: told to nobody, and kept so that it is not begun anew. */
  isSpent(now: Instant): boolean {
    return this.cause.kind !== "stuck" && this.isExhausted && this.again !== undefined && this.again <= now;
  }

  /** Whether no command runs, and one is to, so that it can be called off. */
  get isWaiting(): boolean {
    return this.#state.kind === "waiting";
  }

  /** For the peers. */
  brief(now: Instant): FenceBrief {
    const { node, run, state, cause, method, problem } = this;
    return {
      node,
      incarnation: run.incarnation,
      state,
      cause,
      lasted: between(this.#since, now),
      ...(method === undefined ? {} : { method }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  deadline(): Deadline | undefined {
    const state = this.#state;
    switch (state.kind) {
      case "waiting":
      case "watching":
        return dueAt(state.until, "fence");
      case "failed":
        return dueAt(state.again, "fence again");
      default:
        return undefined;
    }
  }

  /** When it may be tried again; undefined: it has not failed. */
  get again(): Instant | undefined {
    return this.#state.kind === "failed" ? this.#state.again : undefined;
  }

  /** A command has ended; false when it was none of this. */
  take(now: Instant, order: number, outcome: ErrandOutcome, victim: Victim, effects: Effects): boolean {
    const state = this.#state;
    if (state.kind !== "running" || state.order !== order) return false;
    const { problem } = outcome;
    if (problem === undefined) {
      this.#enter(now, {
        kind: "watching",
        method: state.method,
        since: state.since,
        until: after(now, this.#order.echo),
      });
      this.watch(now, victim, effects);
    } else this.#failed(now, { method: state.method, problem, took: outcome.took }, effects);
    return true;
  }

  /** Time passed, and nothing speaks against the method that waits. */
  proceed(now: Instant, victim: Victim, effects: Effects): void {
    const state = this.#state;
    if (state.kind === "waiting" && state.until <= now) this.#execute(now, state.method, victim, effects);
  }

  /** Time passed, or something was heard. */
  watch(now: Instant, victim: Victim, effects: Effects): void {
    const state = this.#state;
    if (state.kind === "done") return;
    // Another run of the agent is to be cut off as well.
    if (sequelTo(this.#run, victim) === "same") this.#run = runOf(victim, this.#run);
    if (state.kind !== "watching") return;
    if (this.#isGone(victim)) this.#done(now, state.method, victim, effects);
    else if (state.until <= now) {
      const problem = "it says that it is done, and the node is heard as before";
      this.#failed(now, { method: state.method, problem, took: between(state.since, now) }, effects);
    }
  }

  /** A machine that was started anew is as good as off: what bound its services is gone. */
  #isGone(victim: Victim): boolean {
    return !victim.isHeard || sequelTo(this.#run, victim) === "anew";
  }

  #execute(now: Instant, at: number, victim: Victim, effects: Effects): void {
    const { node, cause, self } = this.#order;
    const method = known(this.#order.methods[at], "a method is run that there is");
    const { command, timeout, secretFile, speech } = method;
    const order = effects.nextStep();
    this.#enter(now, { kind: "running", method: at, order, since: now });
    effects.push({
      kind: "run-errand",
      errand: { kind: "fence", node, order },
      command,
      timeout,
      input: inputFor(method, { node, cause, self, addresses: victim.addresses }),
      ...(secretFile === undefined
        ? {}
        : { secret: { file: secretFile, as: speech.kind === "agent" ? "input" : "environment" } as const }),
    });
  }

  /** The next method waits to be run: whether it is still to be is for others to say. */
  #failed(now: Instant, failure: Failure, effects: Effects): void {
    const { methods } = this.#order;
    const { name: method } = known(methods[failure.method], "a method failed that there is");
    const next = methods[failure.method + 1];
    const { problem, took } = failure;
    this.#problems.push(`${method}: ${problem}`);
    this.#note(effects, {
      code: "fence.method-failed",
      method,
      problem,
      took,
      ...(next === undefined ? {} : { following: next.name }),
    });
    if (next === undefined) this.#giveUp(now, effects);
    else this.#enter(now, { kind: "waiting", method: failure.method + 1, until: now });
  }

  #giveUp(now: Instant, effects: Effects): void {
    const { attempts, retry, rest } = this.#order.config;
    const again = this.#attempt % attempts === 0 ? rest : retry;
    this.#enter(now, {
      kind: "failed",
      problem: this.#problems.join("; ").slice(0, PROBLEM_MAX),
      again: after(now, again),
    });
    const { cause } = this;
    const isLast = cause.kind !== "stuck" && this.isExhausted;
    this.#note(effects, { code: "fence.failed", cause, ...(isLast ? {} : { again }) });
  }

  #done(now: Instant, at: number, victim: Victim, effects: Effects): void {
    const { name: method } = known(this.#order.methods[at], "a method succeeded that there is");
    this.#enter(now, { kind: "done", method });
    if (!victim.isHeard && victim.incarnation > this.#run.incarnation) this.#run = runOf(victim);
    this.#note(effects, { code: "fence.done", method, cause: this.cause, took: between(this.#begun, now) });
  }

  #enter(now: Instant, state: State): void {
    this.#state = state;
    this.#since = now;
  }

  #note(effects: Effects, note: Said): void {
    effects.note({ node: this.node, ...note });
  }
}

/** A run of an agent, and the boot of its machine; undefined: not known. */
export interface VictimRun {
  readonly incarnation: number;
  readonly boot: string | undefined;
}

export const runOf = ({ incarnation, machine }: Victim, before?: VictimRun): VictimRun => ({
  incarnation,
  boot: machine?.boot ?? before?.boot,
});

/**
 * What a node is now, beside an earlier run of its agent. `same`: the machine, whatever runs of the agent there were; `anew`: it
 * was started since, or nobody can tell. `unsaid`: the node has not said yet.
 */
export function sequelTo(run: VictimRun, { incarnation, machine }: Victim): "same" | "anew" | "unsaid" {
  if (incarnation === 0) return "unsaid";
  if (incarnation <= run.incarnation) return "same";
  if (machine === undefined) return "unsaid";
  return machine.boot !== undefined && machine.boot === run.boot ? "same" : "anew";
}

type Said = FenceNote extends infer Each ? (Each extends FenceNote ? Omit<Each, "node"> : never) : never;

interface Failure {
  readonly method: number;
  readonly problem: string;
  readonly took: Duration;
}

/** What is told of failures beyond this is cut off. */
const PROBLEM_MAX = 500;
