import { LocumError } from "../base/locum-error.js";
import { AGENT_STARTING, AGENT_UNREACHABLE } from "../client/agent-connection.js";

/** What the program's exit codes mean; scripts rely on them. */
export const EXIT = {
  done: 0,
  /** The answer is no, or it failed. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** No agent answers, or it does not begin yet. */
  noAgent: 3,
} as const;

/** The code of an error about how a command was called, beside those that commander finds. */
export const WRONG_USAGE = "usage";

const CODES: Readonly<Record<string, number>> = {
  [AGENT_UNREACHABLE]: EXIT.noAgent,
  [AGENT_STARTING]: EXIT.noAgent,
  [WRONG_USAGE]: EXIT.usage,
};

/** The exit code for an error that ends a command. */
export const exitCodeOf = (error: unknown): number =>
  (error instanceof LocumError ? CODES[error.failure.code] : undefined) ?? EXIT.failed;
