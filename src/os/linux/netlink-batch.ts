import type { StepProblem } from "../../model/node-io.js";
import type { Answer, NetlinkSocket } from "./netlink-socket.js";

/** One part of a batch, and what it is about in words, such as an address. */
export interface Part {
  readonly what: string;
  readonly request: Uint8Array;
}

export interface PartProblem {
  readonly what: string;
  readonly problem: StepProblem;
}

/** More refused parts than these are counted only. */
const NAMED_MAX = 5;

/** That something is there already, or gone already, is what was wanted. */
export const ALREADY_THERE: ReadonlySet<string> = new Set(["EEXIST"]);
export const ALREADY_GONE: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "ENOENT", "ESRCH", "ENODEV"]);

/** Carries out all parts, each whatever became of those before it. Answers with what was refused. */
export function performAll(
  netlink: NetlinkSocket,
  parts: readonly Part[],
  harmless: ReadonlySet<string>,
): readonly PartProblem[] {
  const answers = netlink.requestAll(parts.map(({ request }) => request));
  return refusedParts(parts, answers, harmless);
}

/** Those parts whose answer is a refusal that matters. */
export const refusedParts = (
  parts: readonly Pick<Part, "what">[],
  answers: readonly Answer[],
  harmless: ReadonlySet<string>,
): readonly PartProblem[] =>
  answers.flatMap((answer, at) => {
    const what = parts[at]?.what;
    return answer.ok || what === undefined || harmless.has(answer.problem.code)
      ? []
      : [{ what, problem: answer.problem }];
  });

/** One problem for all refused parts, which it names. */
export function problemOfAll(refusals: readonly PartProblem[]): StepProblem | undefined {
  const [first] = refusals;
  if (first === undefined) return undefined;
  const named = refusals.slice(0, NAMED_MAX).map(({ what, problem }) => `${what}: ${problem.message}`);
  const others = refusals.length > NAMED_MAX ? [`and ${refusals.length - NAMED_MAX} more`] : [];
  return { code: first.problem.code, message: [...named, ...others].join("; ") };
}
