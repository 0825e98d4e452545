/** One run of a program: what it was begun as, and what it has shown since. */
import { stableText } from "../../base/stable-text.js";
import { type Duration, type Instant, after, between, earliest, latest, seconds } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { ProgramNext } from "../../model/program-note.js";
import { processOf } from "../../model/program-parts.js";
import type { Effects } from "../effects.js";
import {
  type KeptRun,
  PROGRAM_WORDS_MAX,
  type ProgramConfig,
  type ProgramHealth,
  type ProgramInput,
  type ProgramRole,
  type ProgramRun,
  roleTimeout,
  type TroubleAction,
} from "../../model/program.js";

/** For a unit or an agent, until it has said what it needs. */
const START_PATIENCE: Duration = seconds(90);

/** However long a program says that its start or its change of role will take, it has no more than this in all. */
export const STEP_MAX: Duration = seconds(3_600);

type CaughtUp = Extract<ProgramInput, { readonly kind: "program-caught-up" }>;
type Judged = Extract<ProgramInput, { readonly kind: "program-judged" }>;

/** From the order to start until nothing of it is left. */
export interface Run {
  readonly number: number;
  /** By which it is kept now; its process is the same by the one that it was begun with. */
  config: ProgramConfig;
  readonly startedAt: Instant;
  readySince: Instant | undefined;
  /** When it ended, where no agent was there to hear of it. */
  endedAt: Instant | undefined;
  /** The role that it was last told, or started with. */
  role: ProgramRole;
  /** It is still to be told the role that it was started with: systemd, and not we, made its environment. */
  isUntold: boolean;
  /** What is kept with it of what is to follow, for the agent after this one. */
  planned: ProgramNext | undefined;
  /** Until when it must have answered to its role, and the latest that this may become; undefined: it has. */
  roleDue: Instant | undefined;
  roleLatest: Instant;
  /** How its health check finds it. */
  checked: Verdict;
  /** How its watchdog finds it. */
  watched: Verdict;
  /** How it gets on with the limits that it has. */
  limited: Verdict;
  /** The trouble that it says it is in itself; it counts, whatever its check says. */
  confessed: Verdict | undefined;
  /** Why it could not take over with the data that it has, as one that stands by; undefined: it could. */
  behind: string | undefined;
}

/** How one that is ready is. `unwell`: by its own word. */
export type Condition = ProgramHealth | "unwell";

export interface Verdict {
  readonly condition: Condition;
  readonly problem: string;
}

export const newRun = (number: number, config: ProgramConfig, role: ProgramRole, startedAt: Instant): Run => ({
  number,
  config,
  startedAt,
  readySince: undefined,
  endedAt: undefined,
  role,
  isUntold: config.source.kind === "unit" && config.roleCommand !== undefined,
  planned: undefined,
  roleDue: undefined,
  roleLatest: startedAt,
  checked: HEALTHY,
  watched: HEALTHY,
  limited: HEALTHY,
  confessed: undefined,
  behind: unaskedOf(config),
});

/** Until it was asked. */
const unaskedOf = ({ caughtUp }: ProgramConfig): string | undefined =>
  caughtUp === undefined ? undefined : "it has not caught up yet";

/** As the program host is told of it. */
export const startOf = ({ number, config, role }: Run, service: ServiceName): ProgramRun => ({
  run: number,
  service,
  config,
  role,
});

/** What its check says is no word of the program: a status in it would be read as the program's own end. */
function takeVerdict(run: Run, { health, problem, by }: Omit<Judged, "kind" | "run">): void {
  if (by === "watchdog") run.watched = { condition: health, problem };
  else if (by === "limit") run.limited = { condition: health, problem };
  else {
    const words = health === "failing" ? `its health check failed: ${problem}` : problem;
    run.checked = { condition: health, problem: words };
  }
}

/** Takes in how it was found. Whether it has caught up is asked of standbys: what comes later than its role as the holder is late. */
export function takeFinding(run: Run, input: Judged | CaughtUp): void {
  if (input.kind === "program-judged") takeVerdict(run, input);
  else if (run.role === "standby") run.behind = input.problem === undefined ? undefined : notCaughtUp(input.problem);
}

const notCaughtUp = (problem: string): string => `it has not caught up: ${problem}`.slice(0, PROGRAM_WORDS_MAX);

/** It was told this role, and has answered, as far as that is waited for. */
export const knowsRole = (
  { isUntold, role, roleDue }: Run,
  wanted: ProgramRole,
  { awaitsRole }: ProgramConfig,
): boolean => awaitsRole === undefined || (!isUntold && role === wanted && roleDue === undefined);

/** Whether what only a holder may do is, or may still be, done by it. */
export const mayHold = ({ role, roleDue }: Run, { standby, awaitsRole }: ProgramConfig): boolean =>
  !standby || (awaitsRole === true && (role === "holder" || roleDue !== undefined));

/** From now on it owes an answer to its role. */
export function oweRole(run: Run, role: ProgramRole, now: Instant): void {
  run.role = role;
  run.behind = unaskedOf(run.config);
  run.roleDue = after(now, roleTimeout(run.config));
  run.roleLatest = after(now, STEP_MAX);
}

/** The answer that it owes, if any, may come later. */
export function extendRole(run: Run, asked: Instant): void {
  if (run.roleDue !== undefined) run.roleDue = extended(run.roleDue, asked, run.roleLatest);
}

/** What counts of all that is said of it: what fails does not serve; else its own word comes first. */
export const verdictOn = ({ checked, watched, confessed, limited }: Run): Verdict =>
  [checked, watched].find(({ condition }) => condition === "failing") ??
  confessed ??
  (limited.condition === "healthy" ? checked : limited);

/** What is to be done about one that is not well. @param isAlone no other node could take its service */
export function actionOn(run: Run, { onFail, onTrouble }: ProgramConfig, isAlone: boolean): TroubleAction {
  if (verdictOn(run).condition === "failing") return onFail;
  // What still serves is better than nothing.
  return onTrouble === "move" && isAlone ? "nothing" : onTrouble;
}

const HEALTHY: Verdict = { condition: "healthy", problem: "" };

/** A run that outlived the agent that began it. */
export function keptRun(now: Instant, { start, age, readyFor, endedFor, role, owesRole, wasTold, plan }: KeptRun): Run {
  const run = newRun(start.run, start.config, role, ago(now, age));
  if (readyFor !== undefined) run.readySince = ago(now, readyFor);
  if (endedFor !== undefined) run.endedAt = ago(now, endedFor);
  if (wasTold === true) run.isUntold = false;
  run.planned = plan?.next;
  if (owesRole === true) oweRole(run, role, now);
  return run;
}

/** How long one ran that has ended, and how long ago that was, where it was not heard at once. */
export const lifeOf = (
  { startedAt, endedAt }: Run,
  now: Instant,
): { readonly ranFor: Duration; readonly ago?: Duration } => ({
  ranFor: between(startedAt, endedAt ?? now),
  ...(endedAt === undefined ? {} : { ago: between(endedAt, now) }),
});

export const ago = (now: Instant, span: Duration): Instant => after(now, -span as Duration);

/** Has a run go on by this configuration, unless its process is another one by that. */
export function watchBy(run: Run, config: ProgramConfig, effects: Effects): void {
  if (processOf(run.config) !== processOf(config)) return;
  const isNew = stableText(run.config) !== stableText(config);
  // What was found so far stands, where there is somebody to find otherwise.
  const wasAsked = run.config.caughtUp !== undefined;
  if (wasAsked !== (config.caughtUp !== undefined)) run.behind = unaskedOf(config);
  run.config = config;
  if (isNew) effects.push({ kind: "watch-program", run: run.number, config });
}

/** How long of this time it may have been in trouble before that was noticed. */
export function noticingTime(run: Run, span: Duration): Duration {
  const { health, monitor, watchdog } = run.config;
  const verdict = verdictOn(run);
  if (verdict === run.confessed || verdict === run.limited) return seconds(0);
  const { interval = 0, fail = 1, timeout = 0 } = health ?? monitor ?? {};
  const ofCheck = interval * fail + timeout;
  return Math.min(span, verdict === run.watched ? (watchdog ?? 0) : ofCheck) as Duration;
}

export const startTimeout = ({ ready }: ProgramConfig): Duration => ready.timeout ?? START_PATIENCE;

/** @param last the latest that is granted */
export const extended = (due: Instant, asked: Instant, last: Instant): Instant => latest(due, earliest(asked, last));

const START_AGAIN: ProgramNext = { kind: "start-again" };

/** Keeps with a run that ends what is to follow, where the next agent would take something else for granted: that it may begin again. */
export function keepPlan(run: Run, next: ProgramNext, problem: string | undefined, effects: Effects): void {
  const isUsual = next.kind === "start-again" || next.kind === "nothing";
  if (run.planned === next || (isUsual && run.planned === undefined)) return;
  run.planned = next;
  const plan = { next, ...(problem === undefined ? {} : { problem }) };
  effects.push({ kind: "plan-program", run: run.number, plan });
}

/** Has a run end, or what is left of it, and keeps with it what is to follow. */
export function orderEnd(
  kind: "stop-program" | "kill-program",
  run: Run,
  { next, problem }: { readonly next: ProgramNext; readonly problem: string | undefined },
  effects: Effects,
): void {
  keepPlan(run, next, problem, effects);
  effects.push({ kind, run: run.number });
}

/** Keeps with a run that it is to end, later, and to begin anew. */
export function planAnew(run: Run, effects: Effects): void {
  if (run.planned?.kind === "start-again") return;
  run.planned = START_AGAIN;
  effects.push({ kind: "plan-program", run: run.number, plan: { next: START_AGAIN } });
}
