import type { ChildProcess } from "node:child_process";
import { describeError } from "../../base/locum-error.js";
import { type Duration, doubled, inMilliseconds, milliseconds } from "../../base/time.js";
import { type CheckConfig, checkName, type ErrandOutcome } from "../../model/errand.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { CommandEnd } from "../../os/node/command-run.js";
import type { Post, PostEnd } from "../../os/node/webhook.js";
import { ERRAND_LINE_MAX, type ErrandOrder, type ErrandReport } from "./errand-protocol.js";
import { HelperProgram } from "../helper-program.js";
import type { Impairments } from "../impairments.js";
import { LineBuffer } from "../line-buffer.js";

const NODE_OPTIONS: readonly string[] = ["--max-old-space-size=32", "--max-semi-space-size=1"];

/** Errands that are under way; the decisions and the hooks have limits of their own, far below. */
const PENDING_MAX = 256;
/** Orders that the process has not read yet, in bytes: one that leaves so much unread is of no use. */
const UNREAD_MAX = 8_388_608;
const RESTART_MS = 100;
const RESTART_MS_MAX = 10_000;

export interface ErrandsOptions {
  readonly socket: string;
  readonly impairments: Impairments;
  readonly onInput: (input: NodeInput) => void;
}

type Pending =
  | { readonly kind: "run"; readonly ended: (end: CommandEnd) => void }
  | { readonly kind: "post"; readonly ended: (end: PostEnd) => void };

/** Has commands run and messages sent by a process of their own, which is started when there is something to do. */
export class Errands {
  readonly #options: ErrandsOptions;
  readonly #program = new HelperProgram("errands/errand-runner.js", NODE_OPTIONS);
  readonly #pending = new Map<number, Pending>();
  #checks: readonly CheckConfig[] = [];
  #child: ChildProcess | undefined;
  #count = 0;
  #failures = 0;
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ErrandsOptions) {
    this.#options = options;
  }

  /** A command of a rule or of fencing; its end comes back as an input. */
  run({ errand, command, timeout, input, secret }: Extract<NodeEffect, { readonly kind: "run-errand" }>): void {
    const order = { command, timeoutMs: inMilliseconds(timeout), input, ...(secret === undefined ? {} : { secret }) };
    this.command(order, (end) => this.#options.onInput({ kind: "errand-ended", errand, outcome: outcomeOf(end) }));
  }

  /** The checks of this node, in place of those before. */
  check(checks: readonly CheckConfig[]): void {
    this.#checks = checks;
    if (checks.length > 0 || this.#child !== undefined) this.#order(this.#checkOrder());
  }

  command(
    order: Omit<Extract<ErrandOrder, { readonly kind: "run" }>, "kind" | "id">,
    ended: (end: CommandEnd) => void,
  ): void {
    this.#keep({ kind: "run", ended }, (id) => ({ kind: "run", id, ...order }));
  }

  post(message: Post, ended: (end: PostEnd) => void): void {
    this.#keep({ kind: "post", ended }, (id) => ({ kind: "post", id, post: message }));
  }

  /** Everything that runs is ended. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    this.#pending.clear();
    this.#child?.stdin?.end();
    this.#child?.unref();
  }

  #keep(pending: Pending, order: (id: number) => ErrandOrder): void {
    if (this.#isClosed) return;
    if (this.#pending.size >= PENDING_MAX) {
      fail(pending, `${PENDING_MAX} are under way already`);
      return;
    }
    this.#count += 1;
    this.#pending.set(this.#count, pending);
    this.#order(order(this.#count));
  }

  #order(order: ErrandOrder): void {
    const child = this.#child ?? this.#launch();
    child?.stdin?.write(`${JSON.stringify(order)}\n`);
    if ((child?.stdin?.writableLength ?? 0) > UNREAD_MAX) child?.kill("SIGKILL");
  }

  #checkOrder(): ErrandOrder {
    const checks = this.#checks.map(({ name, command, interval, timeout }) => {
      return { name, command, intervalMs: inMilliseconds(interval), timeoutMs: inMilliseconds(timeout) };
    });
    return { kind: "check", checks };
  }

  #launch(): ChildProcess | undefined {
    if (this.#isClosed) return undefined;
    try {
      this.#child = this.#program.start([this.#options.socket], ["pipe", "pipe", "ignore"]);
    } catch (error) {
      // Not before the order is on its way: who gives it does not expect to hear of it at once.
      setImmediate(() => this.#lost(describeError(error)));
      return undefined;
    }
    return this.#listen(this.#child);
  }

  #listen(child: ChildProcess): ChildProcess {
    const lines = new LineBuffer(ERRAND_LINE_MAX);
    child.stdout?.on("data", (bytes: Buffer) => {
      // Our own child wrote it.
      for (const line of lines.push(bytes)) this.#take(JSON.parse(line) as ErrandReport);
    });
    // That it ended is noticed in its own way.
    child.stdin?.on("error", () => undefined);
    child.on("error", (error) => this.#ended(child, describeError(error)));
    child.on("exit", (code, signal) => this.#ended(child, `it ended with ${signal ?? `code ${code}`}`));
    return child;
  }

  #take(report: ErrandReport): void {
    this.#failures = 0;
    this.#options.impairments.clear("errands");
    if (report.kind === "checked") {
      const errand = { kind: "check", check: checkName(report.name) } as const;
      this.#options.onInput({ kind: "errand-ended", errand, outcome: outcomeOf(report.end) });
      return;
    }
    const pending = this.#pending.get(report.id);
    this.#pending.delete(report.id);
    if (pending?.kind === "run" && report.kind === "ran") pending.ended(report.end);
    if (pending?.kind === "post" && report.kind === "posted") pending.ended(report.end);
  }

  /** What it was doing has failed; the checks go on in another one. */
  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    this.#lost(how);
  }

  #lost(how: string): void {
    if (this.#isClosed) return;
    this.#options.impairments.raise("errands", `The process that runs commands does not run: ${how}`);
    this.#failures += 1;
    const delay = doubled(RESTART_MS, this.#failures - 1, RESTART_MS_MAX);
    this.#restart ??= setTimeout(() => this.#again(), delay).unref();
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of lost) fail(pending, "the process that ran it ended");
  }

  #again(): void {
    this.#restart = undefined;
    this.check(this.#checks);
  }
}

function fail(pending: Pending, problem: string): void {
  if (pending.kind === "post") pending.ended({ kind: "failed", problem, isFinal: false });
  else pending.ended({ problem, output: "", tookMs: 0, asksAgain: true });
}

const outcomeOf = ({ problem, output, tookMs }: CommandEnd): ErrandOutcome => ({
  // JSON has no undefined: a problem that is not there is missing.
  problem,
  output,
  took: milliseconds(tookMs) as Duration,
});
