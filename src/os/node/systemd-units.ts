import { existsSync } from "node:fs";
import { type Duration, seconds } from "../../base/time.js";
import type { ProgramExit } from "../../model/program.js";
import { askProgram } from "./ask-program.js";
import { signalName } from "../linux/signal-name.js";

/** There while systemd is the machine's service manager (sd_booted(3)). */
const BOOTED = "/run/systemd/system";
const PROPERTIES = [
  "LoadState",
  "ActiveState",
  "SubState",
  "NRestarts",
  "TimeoutStartUSec",
  "TimeoutStopUSec",
  "MainPID",
  "ExecMainCode",
  "ExecMainStatus",
  "Result",
];
/** `systemctl show` asks the manager one question. */
const SHOW_MS_MAX = 10_000;

/** What systemd says of a unit. */
export interface UnitState {
  readonly isLoaded: boolean;
  /** `active`, `reloading`, `activating`, `deactivating`, `inactive` or `failed`. */
  readonly activity: string;
  /** It has ended, and waits to be started again by its own `Restart=`. */
  readonly isWaiting: boolean;
  /** How often it was started again so, since it was last started otherwise. */
  readonly restarts: number;
  /** How long its start may take by its own TimeoutStartSec; undefined: as long as it likes. */
  readonly startTimeout: Duration | undefined;
  /** The same for its end, by its TimeoutStopSec. */
  readonly stopTimeout: Duration | undefined;
  readonly mainPid: number | undefined;
  /** How its main process ended, when it has. */
  readonly exit: ProgramExit;
}

/** Whether systemd runs this machine. */
export const isBooted = (): boolean => existsSync(BOOTED);

/** Why no unit can be run on this machine; undefined: it can. */
export const systemdMissing = (): string | undefined =>
  isBooted() ? undefined : `systemd does not run on this machine: there is no ${BOOTED}`;

/** Runs `systemctl`; resolves with what went wrong, or undefined. It takes as long as the unit does. */
export async function systemctl(words: readonly string[]): Promise<string | undefined> {
  const { error, stderr } = await askProgram("systemctl", ["--no-ask-password", "--no-pager", ...words]);
  return error === undefined ? undefined : stderr.trim().split("\n")[0] || error.message;
}

/** As `systemctl is-system-running` says: `running`, `degraded`, `stopping`, …; undefined when systemd does not answer. */
export async function systemState(): Promise<string | undefined> {
  // Its status is not 0 unless all is well.
  const { stdout } = await askProgram("systemctl", ["is-system-running"], { timeout: SHOW_MS_MAX });
  return stdout.trim() || undefined;
}

/** @returns undefined when systemd does not answer. */
export async function showUnit(unit: string): Promise<UnitState | undefined> {
  const words = ["show", `--property=${PROPERTIES.join(",")}`, "--", unit];
  const { error, stdout } = await askProgram("systemctl", words, { timeout: SHOW_MS_MAX });
  return error === undefined ? readUnitState(stdout) : undefined;
}

/** @param text of `systemctl show`. */
export const propertiesIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split("\n")
      .map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );

/** @param text as above. */
export function readUnitState(text: string): UnitState {
  const values = propertiesIn(text);
  const mainPid = Number(values.get("MainPID") ?? 0);
  return {
    isLoaded: values.get("LoadState") === "loaded",
    activity: values.get("ActiveState") ?? "",
    // `auto-restart`, `auto-restart-queued`
    isWaiting: values.get("SubState")?.startsWith("auto-restart") === true,
    restarts: Number(values.get("NRestarts") ?? 0),
    startTimeout: readTimespan(values.get("TimeoutStartUSec") ?? ""),
    stopTimeout: readTimespan(values.get("TimeoutStopUSec") ?? ""),
    mainPid: mainPid > 0 ? mainPid : undefined,
    exit: exitOf(values),
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};

/** As systemd writes one, `1min 30s`. @returns undefined for `infinity`, and for what no start needs: months. */
export function readTimespan(text: string): Duration | undefined {
  const parts = text.split(" ").map((part) => /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part));
  const spans = parts.map((part) => Number(part?.[1]) * (UNIT_SECONDS[part?.[2] ?? ""] ?? NaN));
  const sum = spans.reduce((all, span) => all + span, 0);
  return Number.isNaN(sum) ? undefined : seconds(sum);
}

/* sys/wait.h, as systemd writes them in ExecMainCode */
const CLD = { exited: "1", killed: "2", dumped: "3" } as const;

function exitOf(values: ReadonlyMap<string, string>): ProgramExit {
  const code = values.get("ExecMainCode");
  const status = Number(values.get("ExecMainStatus") ?? 0);
  if (values.get("Result") === "oom-kill") return { kind: "out-of-memory" };
  if (code === CLD.exited) return { kind: "status", status };
  if (code === CLD.killed || code === CLD.dumped) return { kind: "signal", signal: signalName(status) };
  return { kind: "not-running" };
}
