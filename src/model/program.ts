/**
 * Programs of a service: unchanged programs that Locum starts, watches, restarts and stops (HS-5 to HS-7). The decisions
 * are in core/supervision, the processes in a program host of their own (daemon/programs/program-host.ts), so that nothing
 * that a program does can disturb the agent, and that they outlive it in a pause.
 */
import { type Duration, seconds } from "../base/time.js";
import type { NodeName, ServiceName } from "./names.js";
import type { ProgramNext } from "./program-note.js";
import type { RuleName } from "./rule.js";

export type ProgramName = string & { readonly __name: "program" };
export const programName = (text: string): ProgramName => text as ProgramName;

export interface ProgramConfig {
  readonly name: ProgramName;
  readonly source: ProgramSource;
  /** Whether it runs on standbys too, told its role; else only on the holder. */
  readonly standby: boolean;
  readonly ready: ReadyCheck;
  readonly health: HealthCheck | undefined;
  /** Of one that runs on standbys too: how it is asked there whether it could take over with the data that it has. Absent: each that is ready could. */
  readonly caughtUp?: CaughtUpCheck;
  /** Of a resource agent, which has a monitor of its own: how that is used. Absent: as the agent advises. */
  readonly monitor?: MonitorUse;
  /** It must say WATCHDOG=1 on its notify socket more often than this, or is in trouble. Absent: as it says itself. */
  readonly watchdog?: Duration;
  readonly stop: StopConfig;
  readonly restart: RestartConfig;
  /** What to do with a program that lives, but fails its health check, the monitor of its agent, or its watchdog. */
  readonly onFail: TroubleAction;
  /** What to do with a program that lives, but is slow, or says itself that it is in trouble. */
  readonly onTrouble: TroubleAction;
  /** Programs of the same service that must be ready before it starts. */
  readonly after: readonly ProgramName[];
  /** Run on each change of its role with the new one, `holder` or `standby`, as last argument; undefined: none. */
  readonly roleCommand: readonly string[] | undefined;
  /**
   * Of a program that runs on standbys too: it counts as ready to serve, and as having let go, only when it was told its
   * new role. Absent: the role is told, and not waited for.
   */
  readonly awaitsRole?: true;
  /** A new role that is not acted on within this counts as refused. Absent: as `roleTimeout` says. */
  readonly roleTimeout?: Duration;
  /** Of one that runs on standbys too: on how many nodes at most. */
  readonly copies?: number;
  readonly settings: ProcessSettings;
}

/** The programs of a service, and their place beside its addresses. */
export interface ProgramsConfig {
  /** In the order of the file. */
  readonly list: readonly ProgramConfig[];
  /** Those that must be ready before the addresses go on. */
  readonly beforeAddresses: readonly ProgramName[];
  /** Those that start only when the addresses are in place. */
  readonly afterAddresses: readonly ProgramName[];
}

/** What is run. */
export type ProgramSource =
  /** A command, absolute path first; it runs in the foreground. */
  | { readonly kind: "command"; readonly command: readonly string[] }
  /** A systemd unit; systemd keeps its processes. */
  | { readonly kind: "unit"; readonly unit: string }
  /** A resource agent by the OCF standard, such as `heartbeat:nfsserver`. */
  | {
      readonly kind: "ocf";
      readonly provider: string;
      readonly type: string;
      readonly parameters: Readonly<Record<string, string>>;
    };

/** When a program that was started counts as ready. */
export type ReadyCheck =
  /** When it says `READY=1` on its notify socket (sd_notify). */
  (
    | { readonly kind: "notify" }
    | { readonly kind: "probe"; readonly probe: HealthProbe }
    /** As soon as it runs. A unit or an OCF agent: when its start has returned. */
    | { readonly kind: "started" }
  ) & {
    /** If it is not ready after this, it is ended, and counts as failed. Absent: a unit or an OCF agent says itself what it needs. */
    readonly timeout?: Duration;
  };

export type HealthProbe =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** A status below 400 is good. */
  | { readonly kind: "http"; readonly url: string }
  /** Exit status 0 is good. */
  | { readonly kind: "exec"; readonly command: readonly string[] };

/** What is absent is as the resource agent advises. */
export interface MonitorUse {
  readonly interval?: Duration;
  /** An answer later than this is none. */
  readonly timeout?: Duration;
  /** So many in a row that are no good answer: failing. */
  readonly fail?: number;
  /** So many in a row, each slower than this: slow. */
  readonly slow?: Duration;
}

export interface HealthCheck {
  readonly probe: HealthProbe;
  readonly interval: Duration;
  /** An answer later than this is none. */
  readonly timeout: Duration;
  /** So many in a row without a good answer: failing. */
  readonly fail: number;
  /** So many in a row, each slower than this: slow. Undefined: slowness does not count. */
  readonly slow: Duration | undefined;
}

/** A good answer says that it could, a bad one that it could not; what does not answer in time leaves that as it was. */
export interface CaughtUpCheck {
  readonly probe: HealthProbe;
  readonly interval: Duration;
  readonly timeout: Duration;
}

export interface StopConfig {
  readonly signal: string;
  /** After this, everything that it left is killed; after as long again, at least 10 s and at most 30 s, the node is unfit for the service. */
  readonly timeout: Duration;
  /** The file gives none: up to twice as long, where systemd or the resource agent advises so. */
  readonly isUsual?: true;
}

export interface RestartConfig {
  /** Wait before the first, second, … restart; when they are used up, `exhausted` is done. */
  readonly delays: readonly Duration[];
  /** Restarts longer ago than this do not count; time in which the program is not well is not part of it. */
  readonly within: Duration;
  /** A program that ran for so long starts with the first delay again. */
  readonly reset: Duration;
  /** What an exit leads to, by status or signal name (`0`, `78`, `SIGSEGV`); `*` for all others. */
  readonly exits: Readonly<Record<string, ExitAction>>;
  /** After the last restart: move to another node (where there is none, go on trying), stop with a finding, or go on trying. */
  readonly exhausted:
    | { readonly kind: "move" }
    | { readonly kind: "stop" }
    | { readonly kind: "retry"; readonly every: Duration };
}

export type ExitAction = "restart" | "move" | "stop";

export type TroubleAction = "nothing" | "restart" | "move";

/** How a command's process is made. */
export interface ProcessSettings {
  /** Undefined: that of the agent. Its groups come with it. */
  readonly user: string | undefined;
  readonly directory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Bytes; undefined: no limit. */
  readonly memoryMax: number | undefined;
  /** Cores, such as 1.5; undefined: no limit. */
  readonly cpuMax: number | undefined;
}

/** `holder`: serve. `standby`: be ready to. */
export type ProgramRole = "holder" | "standby";

/** How a program, or a command that it was started by, ended. */
export type ProgramExit =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string }
  /** Killed because it used more memory than its limit. */
  | { readonly kind: "out-of-memory" }
  /** An OCF agent's monitor, or systemd, says that it does not run any more. */
  | { readonly kind: "not-running" };

/** What a run of a program is made from; `run` counts all runs of this agent, so that late words are known as such. */
export interface ProgramRun {
  readonly run: number;
  readonly service: ServiceName;
  readonly config: ProgramConfig;
  readonly role: ProgramRole;
}

/** A command that counts as ready as soon as it runs is so without another word. */
export const isReadyOnceStarted = ({ ready, source }: ProgramConfig): boolean =>
  ready.kind === "started" && source.kind === "command";

/** As long as `pg_ctl promote` waits by itself: who kills a promotion in the middle has nobody who serves. */
const ROLE_TIMEOUT: Duration = seconds(60);

/** How long a program may take to act on a new role, unless its resource agent says that it needs more. */
export const roleTimeout = (config: ProgramConfig): Duration => config.roleTimeout ?? ROLE_TIMEOUT;

/** Facts about programs. */
export type ProgramInput =
  /** Its first process runs. */
  | { readonly kind: "program-started"; readonly run: number; readonly pid: number | undefined }
  /** It could not be started at all, or its start command failed. */
  | { readonly kind: "program-not-started"; readonly run: number; readonly problem: string }
  | { readonly kind: "program-ready"; readonly run: number }
  /** By sd_notify: words for people, or that it reloads or stops by itself. */
  | { readonly kind: "program-said"; readonly run: number; readonly saying: ProgramSaying }
  | {
      readonly kind: "program-judged";
      readonly run: number;
      readonly health: ProgramHealth;
      readonly problem: string;
      /** `limit`: it may start no more processes. Absent: by its health check, or the monitor of its agent. */
      readonly by?: "watchdog" | "limit";
    }
  /** What was found by `caughtUp`: whatever is not as before, and the first after each change of its role. `problem`: why it has not. */
  | { readonly kind: "program-caught-up"; readonly run: number; readonly problem: string | undefined }
  /** Its main process ended; others of it may be left. */
  | { readonly kind: "program-exited"; readonly run: number; readonly exit: ProgramExit }
  /** Nothing of it is left: comes once, last of all, for every run that was ordered. */
  | { readonly kind: "program-gone"; readonly run: number }
  /** The role command ended, or the promotion of an OCF agent. */
  | {
      readonly kind: "role-told";
      readonly run: number;
      readonly role: ProgramRole;
      readonly problem: string | undefined;
    }
  /**
   * The program host died, and all programs with it but what is left of some. `until`: the last run that was ordered before
   * that was known; later ones are in the hands of the next host, or will be. Absent: a recording of an earlier program does not say.
   * `ago`: how long before it is told. Absent: that is not known, as of the host of an earlier agent.
   */
  | {
      readonly kind: "program-host-lost";
      readonly left: readonly ProgramLeft[];
      readonly until?: number;
      readonly ago?: Duration;
    }
  /** What an earlier run of the agent had, or may have had, running has ended, all of it. */
  | { readonly kind: "no-programs-left" }
  /** Whether a unit or a resource runs that was not started by this agent; to `probe-program`. */
  | ({ readonly kind: "program-probed"; readonly probe: number; readonly answer: ProbedProgram } & ProgramId);

/** What systemd, or the resource agent, says of a program that nobody asked it to start. */
export type ProbedProgram =
  /** `isPromoted`: as the one that is promoted. */
  | { readonly kind: "runs"; readonly isPromoted: boolean }
  | { readonly kind: "not-running" }
  /** It cannot run on this machine as it is: not installed, or not configured. */
  | { readonly kind: "unusable"; readonly problem: string }
  /** Its answer makes no sense, or there was none in time: it may run. */
  | { readonly kind: "unknown"; readonly problem: string };

/** A program, whichever run of it. */
export interface ProgramId {
  readonly service: ServiceName;
  readonly program: ProgramName;
}

export const isSameProgram = (a: ProgramId, b: ProgramId): boolean =>
  a.service === b.service && a.program === b.program;

/** What a program host before this one left of a program. It was killed, and is not proved to have ended. */
export interface ProgramLeft extends ProgramId {
  /** Stands for it from now on. Negative: no agent counts its own runs so. */
  readonly run: number;
}

/** What a program host that outlived its agent, in a pause, tells the next one. */
export interface KeptPrograms {
  readonly runs: readonly KeptRun[];
  /** Of programs that do not run, how they last ended by themselves, as the agent before heard too. Absent: nothing is known. */
  readonly ended?: readonly KeptRun[];
  /** Of a host before that one. */
  readonly left: readonly ProgramLeft[];
  /** Number of the latest run that was ordered; none is ever given again. Absent: that of the latest of these. */
  readonly lastRun?: number;
}

/** What is to become of a program when a run of it has ended, as its agent has decided. */
export interface ProgramPlan {
  readonly next: ProgramNext;
  /** What is wrong with it; absent: nothing. */
  readonly problem?: string;
}

/** A run that outlived the agent that had it started. */
export interface KeptRun {
  /** As it was ordered. */
  readonly start: ProgramRun;
  /** Since then. */
  readonly age: Duration;
  /** For how long it has been ready, whatever else became of it; absent: it never was. */
  readonly readyFor?: Duration;
  /** Since it ended by itself, whatever is left of it; absent: it has not. */
  readonly endedFor?: Duration;
  /** That it was told last. */
  readonly role: ProgramRole;
  /** It has not answered to that yet. */
  readonly owesRole?: true;
  /** It was told a role since it started. */
  readonly wasTold?: true;
  /** It was to end. */
  readonly ending?: "stopping" | "killing";
  /** What was to follow; absent: what its policy says of its end, or that it is wanted, or not. */
  readonly plan?: ProgramPlan;
  /** What else is known of it: of each kind the latest, in the order in which they came. */
  readonly facts: readonly ProgramInput[];
}

/** So many characters of what a program says of itself are kept. */
export const PROGRAM_WORDS_MAX = 200;

export type ProgramSaying =
  | { readonly kind: "status"; readonly text: string }
  | { readonly kind: "reloading" }
  | { readonly kind: "stopping" }
  /** A start, a change of role or an end that is under way needs so much time, from now on (EXTEND_TIMEOUT_USEC). */
  | {
      readonly kind: "extending";
      readonly by: Duration;
      /** systemd or the resource agent advises so, and the program itself has said nothing. */
      readonly isAdvised?: true;
    }
  /** It is in no trouble, or no more. */
  | { readonly kind: "well" }
  /** It says that it is in trouble. */
  | { readonly kind: "trouble"; readonly text: string };

export type ProgramHealth = "healthy" | "slow" | "failing";

/** Orders about programs, performed by the program host; the answers are facts with the same `run`. */
export type ProgramEffect =
  /** Start it; watch for readiness, then check its health. */
  | { readonly kind: "start-program"; readonly start: ProgramRun }
  /** Ask it to end, with its stop signal (unit, OCF: its stop). */
  | { readonly kind: "stop-program"; readonly run: number }
  /** SIGKILL to every process of it. */
  | { readonly kind: "kill-program"; readonly run: number }
  | { readonly kind: "tell-role"; readonly run: number; readonly role: ProgramRole }
  /** Go on with it by this configuration, by which its process is the same: what asks it how it is, and what ends it, may be others. */
  | { readonly kind: "watch-program"; readonly run: number; readonly config: ProgramConfig }
  /** Nothing is done: what is to become of it is kept with it, for an agent that does not know. */
  | { readonly kind: "plan-program"; readonly run: number; readonly plan: ProgramPlan }
  /** Ask whether it runs, and start nothing; `start-program` of the same program makes the answer void. */
  | { readonly kind: "probe-program"; readonly probe: ProgramProbe }
  /** What was found running of it is this run from now on, and is asked to end. `isPromoted`: as it was found. */
  | { readonly kind: "end-stray"; readonly start: ProgramRun; readonly isPromoted: boolean };

const PROGRAM_EFFECTS: Readonly<Record<ProgramEffect["kind"], true>> = {
  "start-program": true,
  "stop-program": true,
  "kill-program": true,
  "tell-role": true,
  "watch-program": true,
  "plan-program": true,
  "probe-program": true,
  "end-stray": true,
};

/** Whether it is for the program host. */
export const isProgramEffect = <Effect extends { readonly kind: string }>(
  effect: Effect,
): effect is Extract<Effect, ProgramEffect> => effect.kind in PROGRAM_EFFECTS;

/** Whether it is for what ran, or was told to be left, when the last of these runs had been ordered; questions are for programs. */
export function isForEarlierRun(effect: ProgramEffect, last: number): boolean {
  if (effect.kind === "probe-program") return false;
  return (effect.kind === "start-program" || effect.kind === "end-stray" ? effect.start.run : effect.run) <= last;
}

/** A question whether a program runs; `probe` tells it from earlier ones about the same program. */
export interface ProgramProbe {
  readonly probe: number;
  readonly service: ServiceName;
  readonly config: ProgramConfig;
}

/** Where a program is in its life. */
export type ProgramState =
  /** Not wanted here, or another one must be ready first. */
  | "stopped"
  /** It ended, and is started again after a delay. */
  | "waiting"
  | "starting"
  | "ready"
  /** Ready, and slow or failing by its health check or its own word. */
  | "troubled"
  | "stopping"
  /** SIGKILL was sent to whatever it left. */
  | "killing"
  /** SIGKILL did not end it. */
  | "stuck"
  /** It ended, and its policy says that this is the end. */
  | "ended"
  /** Given up for now: moved away, or tried again much later. */
  | "failed";

/** All of them, for who reads one that somebody else wrote. */
export const PROGRAM_STATES: Readonly<Record<ProgramState, true>> = {
  stopped: true,
  waiting: true,
  starting: true,
  ready: true,
  troubled: true,
  stopping: true,
  killing: true,
  stuck: true,
  ended: true,
  failed: true,
};

export interface ProgramElsewhere {
  readonly node: NodeName;
  /** That node says that it runs there, or ends; else it ran there when that was last known, and nobody has looked since. */
  readonly isKnown: boolean;
  /** It said so last: it is not heard, and nobody begins before it is fenced, or heard without that. */
  readonly isSilent?: true;
}

/** What a node tells its peers of a program; of one that is stopped and never ended by itself, nothing. */
export interface ProgramBrief {
  readonly service: ServiceName;
  readonly program: ProgramName;
  readonly state: ProgramState;
  readonly role: ProgramRole;
  /** How long it has been in the state, when this was made. */
  readonly lasted: Duration;
  /** Restarts that its policy led to, since the agent's start. */
  readonly restarts: number;
  /** How it last ended by itself. */
  readonly lastExit?: ProgramExit;
  /** It came to the end of its means there, and has not become ready since. */
  readonly failing?: true;
  /** It is not well, or not ready, although it was restarted for that. Absent from earlier versions: its state alone tells. */
  readonly troubled?: true;
  /** It stands by, and has yet to catch up: `words` say what is missing. Absent from earlier versions. */
  readonly behind?: true;
  /** It runs there, and was not started by that node's agent: until it has ended, or is the agent's own. */
  readonly found?: true;
  /** And it must not. */
  readonly stray?: true;
  /** Whether it runs there could not be found out. */
  readonly unprobed?: true;
  /** It is to run there, and begins only when nothing of it runs on another node. */
  readonly awaits?: ProgramElsewhere;
  /** What is wrong with it, or what it said last of itself. */
  readonly words?: string;
  /** It is down, and is tried again there in so long, counted from when this was made. */
  readonly retryIn?: Duration;
  /** It failed there: for so long, its node has the service as the last choice, if at all. */
  readonly bannedFor?: Duration;
}

/** A service that an operator or a rule stopped or started again: the highest revision wins. */
export interface ServiceHalt {
  readonly service: ServiceName;
  readonly halted: boolean;
  readonly revision: number;
  /** The rule that did; absent: an operator. */
  readonly by?: RuleName;
}
