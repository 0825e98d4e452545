import { describeError } from "../../base/locum-error.js";
import { ok, refused, type Result } from "../../base/result.js";
import { Node } from "../../core/node.js";
import type { NodeEffect } from "../../model/node-io.js";
import { outcomeOf, type Outcome } from "./black-box-format.js";
import type { NumberedInput, Recording } from "./recording.js";

/** How the decisions of this program compare to those of the recording. */
export type ReplayResult =
  | { readonly kind: "same"; readonly inputs: number }
  /** The first input that led to something else. */
  | { readonly kind: "diverged"; readonly at: NumberedInput; readonly effects: readonly NodeEffect[] }
  /** They did not come back from an input; `recorded`: neither did those of the recording. */
  | { readonly kind: "broken"; readonly at: NumberedInput; readonly problem: string; readonly recorded: boolean }
  | { readonly kind: "impossible"; readonly why: string };

/** One input as it was decided again; without effects where it could not be. */
export interface ReplayStep {
  readonly at: NumberedInput;
  readonly effects: readonly NodeEffect[] | undefined;
}

/**
 * Makes all decisions of a recording again and compares what they lead to. With `goOn` it does not end at the first
 * difference.
 */
export function replay(
  recording: Recording,
  { onStep, goOn = false }: { readonly onStep?: (step: ReplayStep) => void; readonly goOn?: boolean } = {},
): ReplayResult {
  const { header, inputs, incomplete } = recording;
  if (incomplete !== undefined) {
    for (const at of inputs) onStep?.({ at, effects: undefined });
    return { kind: "impossible", why: incomplete };
  }
  const node = new Node(header.now, header.options);
  let diverged: ReplayResult | undefined;
  for (const at of inputs) {
    const decided = decide(node, at);
    if (!decided.ok) return diverged ?? decided.problem;
    const effects = decided.value;
    onStep?.({ at, effects });
    if (isSame(at.outcome, outcomeOf(effects))) continue;
    diverged ??= { kind: "diverged", at, effects };
    if (!goOn) return diverged;
  }
  return diverged ?? { kind: "same", inputs: inputs.length };
}

function decide(node: Node, at: NumberedInput): Result<readonly NodeEffect[], ReplayResult> {
  try {
    return ok(node.handle(at.now, at.input));
  } catch (error) {
    const recorded = at.outcome.kind === "unfinished";
    return refused({ kind: "broken", at, problem: describeError(error), recorded });
  }
}

/** An input that was not finished when the process ended says nothing. */
const isSame = (recorded: Outcome, now: Outcome): boolean =>
  recorded.kind === "unfinished" || now.kind === "unfinished" || recorded.digest === now.digest;
