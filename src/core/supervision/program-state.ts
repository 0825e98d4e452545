/** Where a program is in its life, and what is known of it there. */
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Duration, type Instant, after } from "../../base/time.js";
import type { KeptRun, ProgramConfig, ProgramState } from "../../model/program.js";
import type { ProgramNext } from "../../model/program-note.js";
import { programKillMax } from "../../model/program-stop-time.js";
import { type Condition, type Run, startTimeout } from "./program-run.js";

/** It came to the end of its means here: what shall become of it, until it is ready again or wanted anew. */
export type Failure = "move" | "retry" | "stop";

/** How an end with this to follow is its failure; undefined: it is none. */
export function failureBy({ kind }: ProgramNext, problem: string | undefined): Failure | undefined {
  return kind === "move" || kind === "retry" || (kind === "stop" && problem !== undefined) ? kind : undefined;
}

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

/** As whom others know it. */
export function shownAs(state: State): ProgramState {
  if (state.kind === "ready") return state.condition === "healthy" ? "ready" : "troubled";
  return state.kind === "ending" ? state.phase.kind : state.kind;
}

/** Nothing of it is there, and nothing that it waits for is left. */
export const mayBegin = (now: Instant, state: State): boolean =>
  state.kind === "waiting" || state.kind === "failed" ? state.until <= now : state.kind === "stopped";

const AGING: ReadonlySet<State["kind"]> = new Set(["stopped", "ended", "failed"]);
/** Its restarts age. */
export const isWellOrUntried = (state: State): boolean =>
  state.kind === "ready" ? state.condition === "healthy" : AGING.has(state.kind);

/** When it has something to do by itself. */
export function deadlineOf(state: State): Deadline | undefined {
  switch (state.kind) {
    case "waiting":
    case "failed":
      return dueAt(state.until, "program restart");
    case "starting":
      return dueAt(state.due, "program start");
    case "ready":
      return dueAt(state.run.roleDue, "program role");
    case "ending":
      return state.phase.kind === "stuck" ? undefined : dueAt(state.phase.due, "program stop");
    default:
      return undefined;
  }
}

/** Asked to end, or killed, now. @param config that is wanted now, which says how long either may take */
export const endPhase = (kind: "stopping" | "killing", now: Instant, config: ProgramConfig): EndPhase => ({
  kind,
  since: now,
  due: after(now, kind === "killing" ? programKillMax(config) : config.stop.timeout),
});

/** Where one is that outlived the agent before. @param config that is wanted now, which says how it is ended */
export function keptState(now: Instant, run: Run, ending: KeptRun["ending"], config: ProgramConfig): State {
  if (ending !== undefined) {
    return { kind: "ending", run, begun: now, phase: endPhase(ending, now, config), next: { kind: "start-again" } };
  }
  if (run.readySince !== undefined) return { kind: "ready", run, condition: "healthy" };
  return { kind: "starting", run, due: after(now, startTimeout(run.config)) };
}

/** Where one is of which nothing is left. @param lonelyDelay until it is tried again here, should no other node take it */
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
