import { inMilliseconds } from "../base/time.js";
import { COMMAND_TIME_MAX, type Command, type CommandOutcome } from "../model/command.js";
import type { NodeName } from "../model/names.js";
import type { NodeInput } from "../model/node-io.js";

/** Commands that wait for their outcome; more are told to come again. */
export const COMMANDS_PENDING_MAX = 100;
/** The decisions answer every command; this is for one that got lost. */
const OUTCOME_TIMEOUT_MS = inMilliseconds(COMMAND_TIME_MAX) + 5_000;

const BUSY: CommandOutcome = { ok: false, code: "busy", message: "Too many commands are under way: try again" };
const TIMED_OUT: CommandOutcome = { ok: false, code: "timed-out", message: "No answer came" };

type Reply = (outcome: CommandOutcome) => void;
type CommandInput = Extract<NodeInput, { readonly kind: "command-received" }>;

interface Pending {
  readonly reply: Reply;
  readonly timeout: NodeJS.Timeout;
}

/** Where commands wait for the decisions: those of this node's users and those that peers passed on. */
export class CommandReplies {
  readonly #post: (input: NodeInput) => void;
  readonly #idPrefix: string;
  readonly #pending = new Map<string, Pending>();
  #count = 0;

  /** @param idPrefix Makes ids unique among all nodes and runs. */
  constructor(post: (input: NodeInput) => void, idPrefix: string) {
    this.#post = post;
    this.#idPrefix = idPrefix;
  }

  submit(command: Command): Promise<CommandOutcome> {
    this.#count += 1;
    const id = `${this.#idPrefix}-${this.#count}`;
    return new Promise((resolve) => this.#accept({ kind: "command-received", id, command }, resolve));
  }

  /** A command of a peer, with the id that it gave it. */
  acceptFrom(origin: NodeName, id: string, command: Command, reply: Reply): void {
    this.#accept({ kind: "command-received", id, origin, command }, reply);
  }

  #accept(input: CommandInput, reply: Reply): void {
    const { id } = input;
    if (this.#pending.size >= COMMANDS_PENDING_MAX || this.#pending.has(id)) {
      reply(BUSY);
      return;
    }
    const timeout = setTimeout(() => this.answer(id, TIMED_OUT), OUTCOME_TIMEOUT_MS).unref();
    this.#pending.set(id, { reply, timeout });
    this.#post(input);
  }

  /** An outcome that nobody waits for any more is dropped: its asker was told so. */
  answer(id: string, outcome: CommandOutcome): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timeout);
    pending.reply(outcome);
  }
}
