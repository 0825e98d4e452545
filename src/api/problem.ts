import { LocumError } from "../base/locum-error.js";
import type { CommandRefusal } from "../model/command.js";
import type { ProblemDocument } from "../model/status-document-problem.js";

/** Every code that the API answers with, and its HTTP status. */
export const PROBLEM_STATUS: Readonly<Record<ProblemCode, number>> = {
  "bad-request": 400,
  forbidden: 403,
  "no-such-path": 404,
  "unknown-service": 404,
  "unknown-node": 404,
  "unknown-path-group": 404,
  "unknown-interface": 404,
  "unknown-program": 404,
  "unknown-attribute": 404,
  "method-not-allowed": 405,
  "not-a-candidate": 409,
  "not-eligible": 409,
  "too-many-attributes": 409,
  paused: 409,
  "serves-on": 409,
  "left-behind": 409,
  "no-holder": 409,
  "no-fencing": 409,
  busy: 409,
  stopping: 409,
  "body-too-large": 413,
  "too-many-requests": 429,
  internal: 500,
  "node-unreachable": 502,
  "too-many-streams": 503,
  starting: 503,
  "timed-out": 504,
};

export type ProblemCode =
  | CommandRefusal
  | "bad-request"
  | "forbidden"
  | "too-many-requests"
  | "no-such-path"
  | "method-not-allowed"
  | "body-too-large"
  | "too-many-streams"
  | "starting"
  | "internal";

/** A problem as something to throw; the server turns it into an answer. */
export function problem(code: ProblemCode, message: string, advice?: string): LocumError {
  return new LocumError({ code, message, ...(advice === undefined ? {} : { advice }) });
}

/** The answer to a request that ended in an error; undefined when the error is none that a request may cause. */
export function problemAnswer(error: unknown): { readonly status: number; readonly body: ProblemDocument } | undefined {
  if (!(error instanceof LocumError) || !isProblemCode(error.failure.code)) return undefined;
  const { code, message, advice } = error.failure;
  return { status: PROBLEM_STATUS[code], body: { code, message, ...(advice === undefined ? {} : { advice }) } };
}

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEM_STATUS, code);
