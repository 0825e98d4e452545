import { doubled, inMilliseconds } from "../../base/time.js";
import type { HookConfig } from "../../model/hook.js";
import type { Errands } from "./errands.js";

/** An event for a hook, as it will be sent: one line of JSON, without what was dropped before it. */
export interface HookEvent {
  readonly document: object;
  /** By which other nodes know the same, of what all see. */
  readonly key?: string | undefined;
}

/** Events that wait for a hook; of more, the newest are dropped, and the next that is told says how many. */
export const WAITING_MAX = 1_000;
/** An event that a server does not take, or for which a command asks to be run again, is tried so often, over some 13 minutes. */
export const ATTEMPTS_MAX = 11;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 300_000;

export interface HookParts {
  readonly config: HookConfig;
  readonly errands: Pick<Errands, "command" | "post">;
  /** The event was not told, and why; undefined: it was. */
  readonly told: (problem: string | undefined, event: HookEvent) => void;
  /** The wait before the first repetition; each one doubles it. */
  readonly retryMs?: number;
}

/** Tells one hook of its events, in their order and one at a time. */
export class Hook {
  readonly #parts: HookParts;
  readonly #waiting: HookEvent[] = [];
  #dropped = 0;
  /** Of which the event that is being told says that they were dropped. */
  #admitted = 0;
  #isBusy = false;
  /** What it is told of now. */
  #telling: HookEvent | undefined;
  /** Between two attempts. */
  #isResting = false;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #whenIdle: (() => void)[] = [];

  constructor(parts: HookParts) {
    this.#parts = parts;
  }

  /** How many events were dropped and not told of yet. */
  get dropped(): number {
    return this.#dropped;
  }

  tell(event: HookEvent): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(event);
    this.#next();
  }

  /** Another node told the first of what waits by this key. @returns whether any does */
  strike(key: string): boolean {
    const at = this.#waiting.findIndex((event) => event.key === key);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Resolves when it was told of everything so far. */
  async idle(): Promise<void> {
    if (!this.#isBusy && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** @returns what it was not told of; what is being told now is not among it */
  close(): readonly HookEvent[] {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    return [...(this.#isResting ? [this.#telling] : []), ...this.#waiting].flatMap((event) => event ?? []);
  }

  #next(): void {
    if (this.#isBusy || this.#isClosed) return;
    const event = this.#waiting.shift();
    if (event === undefined) {
      for (const resolve of this.#whenIdle.splice(0)) resolve();
      return;
    }
    this.#isBusy = true;
    this.#telling = event;
    const dropped = this.#dropped;
    this.#admitted = dropped;
    this.#dropped = 0;
    this.#send(JSON.stringify(dropped === 0 ? event.document : { ...event.document, dropped }), 1);
  }

  #send(text: string, attempt: number): void {
    this.#isResting = false;
    const { target, timeout } = this.#parts.config;
    const timeoutMs = inMilliseconds(timeout);
    if (target.kind === "command") {
      const order = { command: target.command, timeoutMs, input: `${text}\n` };
      this.#parts.errands.command(order, ({ problem, asksAgain }) =>
        asksAgain === true ? this.#failed(text, attempt, problem) : this.#done(problem),
      );
      return;
    }
    const { url, secretFile, caFile } = target;
    this.#parts.errands.post({ url, body: text, timeoutMs, secretFile, caFile }, (end) => {
      if (end.kind === "delivered") this.#done(undefined);
      else if (end.isFinal) this.#done(end.problem);
      else this.#failed(text, attempt, end.problem);
    });
  }

  #failed(text: string, attempt: number, problem: string | undefined): void {
    if (attempt < ATTEMPTS_MAX) return this.#tryAgain(text, attempt, problem);
    this.#dropped += this.#admitted + 1;
    this.#done(problem);
  }

  #tryAgain(text: string, attempt: number, problem: string | undefined): void {
    if (this.#isClosed) return;
    this.#report(problem);
    this.#isResting = true;
    const delay = doubled(this.#parts.retryMs ?? RETRY_MS, attempt - 1, RETRY_MS_MAX);
    this.#retry = setTimeout(() => this.#send(text, attempt + 1), delay).unref();
  }

  #report(problem: string | undefined): void {
    if (this.#telling !== undefined) this.#parts.told(problem, this.#telling);
  }

  #done(problem: string | undefined): void {
    this.#isBusy = false;
    if (this.#isClosed) return;
    this.#report(problem);
    this.#next();
  }
}
