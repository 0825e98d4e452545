/** Where a program is in its life, and what is known of it there. */
import { after, type Duration, type Instant } from "../../base/time.js";
import type { ProgramNext } from "../../model/program-note.js";
import type { Condition, Run } from "./program-run.js";

/** It came to the end of its means here: what shall become of it, until it is ready again or wanted anew. */
export type Failure = "move" | "retry" | "stop";

export type State =
  | { readonly kind: "stopped" | "ended" }
  | { readonly kind: "waiting"; readonly until: Instant }
  | { readonly kind: "failed"; readonly until: Instant }
  | { readonly kind: "starting"; readonly run: Run; readonly due: Instant }
  | { readonly kind: "ready"; readonly run: Run; readonly condition: Condition }
  | {
      readonly kind: "ending";
      readonly run: Run;
      /** When it was first asked to end, or had. */
      readonly begun: Instant;
      readonly phase: EndPhase;
      readonly next: ProgramNext;
    };

export type EndPhase =
  | { readonly kind: "stopping" | "killing"; readonly since: Instant; readonly due: Instant }
  | { readonly kind: "stuck" };

const AGING: ReadonlySet<State["kind"]> = new Set(["stopped", "ended", "failed"]);
/** Its restarts age. */
export const isWellOrUntried = (state: State): boolean =>
  state.kind === "ready" ? state.condition === "healthy" : AGING.has(state.kind);

/** Where one is of which nothing is left. @param lonelyDelay when it is tried again here, should no other node take it */
export function stateAfter(now: Instant, next: ProgramNext, lonelyDelay: Duration): State {
  switch (next.kind) {
    case "restart":
      return { kind: "waiting", until: after(now, next.delay) };
    case "retry":
      return { kind: "failed", until: after(now, next.delay) };
    case "move":
      return { kind: "failed", until: after(now, lonelyDelay) };
    case "stop":
      return { kind: "ended" };
    case "start-again":
    case "nothing":
      return { kind: "stopped" };
  }
}
