/** One run of a program: what it was begun as, and what it has shown since. */
import { type Duration, type Instant, after, earliest, latest, seconds } from "../../base/time.js";
import { byName } from "../../model/names.js";
import type { KeptRun, ProgramConfig, ProgramHealth, ProgramInput, ProgramRole } from "../../model/program.js";

/** A role that was told, and of which nothing is heard, counts as refused. */
export const ROLE_PATIENCE: Duration = seconds(20);

/** A unit, an agent or a command whose start does not even return. */
const START_PATIENCE: Duration = seconds(90);

type Judged = Extract<ProgramInput, { readonly kind: "program-judged" }>;

/** From the order to start until nothing of it is left. */
export interface Run {
  readonly number: number;
  readonly config: ProgramConfig;
  readonly startedAt: Instant;
  readySince: Instant | undefined;
  /** The role that it was last told, or started with. */
  role: ProgramRole;
  /** It is still to be told the role that it was started with: systemd, and not we, made its environment. */
  isUntold: boolean;
  /** Until when it must have answered to its role; undefined: it has. */
  roleDue: Instant | undefined;
  /** How its health check finds it. */
  checked: Verdict;
  /** How its watchdog finds it. */
  watched: Verdict;
  /** The trouble that it says it is in itself; it counts, whatever its check says. */
  confessed: Verdict | undefined;
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
  role,
  isUntold: config.source.kind === "unit" && config.roleCommand !== undefined,
  roleDue: undefined,
  checked: HEALTHY,
  watched: HEALTHY,
  confessed: undefined,
});

/** Takes a verdict on it in. What its check says is no word of the program: a status in it would be read as the program's own end. */
export function takeVerdict(run: Run, { health, problem, by }: Omit<Judged, "kind" | "run">): void {
  if (by === "watchdog") run.watched = { condition: health, problem };
  else {
    const words = health === "failing" ? `its health check failed: ${problem}` : problem;
    run.checked = { condition: health, problem: words };
  }
}

/** What counts of all that is said of it: what fails does not serve; else its own word comes first. */
export const verdictOn = ({ checked, watched, confessed }: Run): Verdict =>
  [checked, watched].find(({ condition }) => condition === "failing") ?? confessed ?? checked;

const HEALTHY: Verdict = { condition: "healthy", problem: "" };

/** A run that outlived the agent that began it. */
export const keptRun = (
  now: Instant,
  { start, age, readyFor, role, owesRole }: KeptRun,
  config: ProgramConfig,
): Run => ({
  ...newRun(start.run, config, role, ago(now, age)),
  readySince: readyFor === undefined ? undefined : ago(now, readyFor),
  ...(readyFor === undefined ? {} : { isUntold: false }),
  roleDue: owesRole === true ? after(now, ROLE_PATIENCE) : undefined,
});

export const ago = (now: Instant, span: Duration): Instant => after(now, -span as Duration);

/** What a run is made from, and watched by; the rest is only decided by. The same of whatever build read the file. */
export const processOf = ({ source, ready, health, watchdog, settings, roleCommand, stop }: ProgramConfig): string =>
  JSON.stringify([source, ready, health, watchdog, settings, roleCommand, stop.signal], (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => byName(a, b)))
      : value,
  );

/** How long of this time it may have been in trouble before that was noticed. */
export function noticingTime(run: Run, span: Duration): Duration {
  const { health, watchdog } = run.config;
  const verdict = verdictOn(run);
  if (verdict === run.confessed) return seconds(0);
  const ofCheck = health === undefined ? 0 : health.interval * health.fail + health.timeout;
  return Math.min(span, verdict === run.watched ? (watchdog ?? 0) : ofCheck) as Duration;
}

export const startTimeout = ({ ready }: ProgramConfig): Duration =>
  ready.kind === "started" ? START_PATIENCE : ready.timeout;

/** @param last the latest that is granted */
export const extended = (due: Instant, asked: Instant, last: Instant): Instant => latest(due, earliest(asked, last));
