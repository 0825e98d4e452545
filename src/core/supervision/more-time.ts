/**
 * What a program, or whoever keeps it, says that a start, a change of role or an end needs: that much from now on. What it has
 * already is not taken away, and nothing goes on for ever.
 */
import { type Instant, after, between } from "../../base/time.js";
import { durationText } from "../../model/duration-text.js";
import type { ProgramConfig, ProgramSaying } from "../../model/program.js";
import { programEndMax } from "../../model/program-stop-time.js";
import { extended, extendRole, STEP_MAX } from "./program-run.js";
import type { State } from "./program-state.js";

type Extending = Extract<ProgramSaying, { readonly kind: "extending" }>;

/** The state with more time for what is under way; `words`: what the program has said by that. */
export function moreTime(
  now: Instant,
  state: State,
  config: ProgramConfig,
  { by, isAdvised }: Extending,
): { readonly state: State; readonly words: string | undefined } {
  const asked = after(now, by);
  const words = (what: string, due: Instant): string | undefined =>
    isAdvised === true ? undefined : `its ${what} may take ${durationText(between(now, due))} more, it says`;
  if (state.kind === "starting") {
    const due = extended(state.due, asked, after(state.run.startedAt, STEP_MAX));
    return { state: { ...state, due }, words: words("start", due) };
  }
  if (state.kind === "ready") extendRole(state.run, asked);
  if (state.kind !== "ending" || state.phase.kind !== "stopping") return { state, words: undefined };
  // What the file gives for the end is what its author wants of it.
  if (isAdvised === true && config.stop.isUsual === undefined) return { state, words: undefined };
  const due = extended(state.phase.due, asked, after(state.phase.since, programEndMax(config)));
  return { state: { ...state, phase: { ...state.phase, due } }, words: words("end", due) };
}
