import { assert } from "../base/assert.js";
import type { Machine } from "../base/machine.js";
import { type Instant, between } from "../base/time.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import { agedState } from "../model/state-age.js";
import { Alarm } from "./alarm.js";

/** More inputs than this behind the one in hand mean that decisions no longer keep up; the peers do better then. */
export const INPUTS_WAITING_MAX = 10_000;
/** Answers to steps lead to further steps; a chain longer than this would never end. */
export const ANSWERS_MAX = 10_000;

/** The black box: told of every input before it is handled, and then of what it led to. */
export interface Recorder {
  record(now: Instant, input: NodeInput): void;
  handled(effects: readonly NodeEffect[]): void;
}

/** What no client and no peer waits for: it is done when all that waited is handled. */
const AT_LEISURE: ReadonlySet<NodeEffect["kind"]> = new Set<NodeEffect["kind"]>([
  "publish-state",
  "publish-connections",
  "relay-state",
  "save",
  "save-snapshot",
]);

export interface LoopParts {
  readonly clock: () => Instant;
  readonly core: Machine<NodeInput, NodeEffect>;
  readonly recorder: Recorder;
  /** Carries out one effect; the answer to one with a step comes back at once. */
  readonly perform: (effect: NodeEffect) => NodeInput | undefined;
  /** Called before the first of several inputs that wait is handled. */
  readonly begun: () => void;
  /** Called before each of them; what must be known first can be handed in here by `overtake`. */
  readonly beforeEach: () => void;
  /** Called when everything that waited has been handled. */
  readonly settled: () => void;
}

interface Waiting {
  readonly input: NodeInput;
  readonly since: Instant;
}

/**
 * The one place where the world and the decisions meet: record an input, decide, perform the effects in order, then
 * the answers of their steps, then the next input. Nothing here waits, so that a takeover runs in one go from the
 * verdict to the claim that peers hear.
 */
export class Loop {
  readonly #parts: LoopParts;
  readonly #alarm: Alarm;
  readonly #waiting: Waiting[] = [];
  /** As many as the inputs of one turn lead to. */
  #leisure: NodeEffect[] = [];
  /** Until the first input is there; and for good after an exception: nothing is decided after a broken invariant. */
  #busy = true;
  #stopped = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => this.post({ kind: "ticked" }));
  }

  /** How many inputs wait: what the API looks at before it takes another command. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /** Handles the first of all inputs, then those that came before it. */
  begin(first: NodeInput): void {
    this.#waiting.unshift({ input: first, since: this.#parts.clock() });
    this.#run();
  }

  /** Handles the input now, or after those before it when called from within an effect. */
  post(input: NodeInput): void {
    if (this.#stopped) return;
    assert(this.#waiting.length < INPUTS_WAITING_MAX, "decisions must keep up with what happens");
    this.#waiting.push({ input, since: this.#parts.clock() });
    if (!this.#busy) this.#run();
  }

  /** Hands in what makes those that wait look different: it is handled before them. */
  overtake(input: NodeInput): void {
    if (this.#stopped) return;
    this.#waiting.unshift({ input, since: this.#parts.clock() });
    if (!this.#busy) this.#run();
  }

  /** No input is handled any more. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#alarm.set(undefined);
  }

  #run(): void {
    this.#busy = true;
    this.#parts.begun();
    for (let input = this.#next(); input !== undefined; input = this.#next()) this.#handleAll(input);
    this.#performLeisure();
    this.#busy = false;
    if (this.#stopped) return;
    this.#alarm.set(this.#parts.core.deadline()?.at);
    this.#parts.settled();
  }

  #next(): NodeInput | undefined {
    if (this.#waiting.length > 0) this.#parts.beforeEach();
    const next = this.#waiting.shift();
    return next === undefined ? undefined : afterWaiting(next, this.#parts.clock());
  }

  #performLeisure(): void {
    const effects = this.#leisure;
    this.#leisure = [];
    for (const effect of effects) this.#parts.perform(effect);
  }

  /** One input and the answers that it leads to, before anything else. */
  #handleAll(input: NodeInput): void {
    const due = [input];
    for (let next = due.shift(), count = 0; next !== undefined; next = due.shift(), count += 1) {
      assert(count < ANSWERS_MAX, "steps that lead to steps must come to an end");
      due.push(...this.#handle(next));
    }
  }

  #handle(input: NodeInput): readonly NodeInput[] {
    const { clock, core, recorder, perform } = this.#parts;
    const now = clock();
    recorder.record(now, input);
    const effects = core.handle(now, input);
    recorder.handled(effects);
    const answers: NodeInput[] = [];
    for (const effect of effects) {
      const answer = AT_LEISURE.has(effect.kind) ? void this.#leisure.push(effect) : perform(effect);
      if (answer !== undefined) answers.push(answer);
    }
    return answers;
  }
}

/** What a peer says of spans of time is as of when it came: an agent that starts takes it in a good while later. */
function afterWaiting({ input, since }: Waiting, now: Instant): NodeInput {
  if ((input.kind !== "peer-state-received" && input.kind !== "state-relayed") || now === since) return input;
  return { ...input, state: agedState(input.state, between(since, now)) };
}
