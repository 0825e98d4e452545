/** The keys of a service's programs in the cluster file: their checks, defaults and words. */
import * as z from "zod";
import { type Duration, milliseconds, seconds } from "../../base/time.js";
import type {
  CaughtUpCheck,
  HealthCheck,
  MonitorUse,
  ProgramConfig,
  ProgramSource,
  ReadyCheck,
  RestartConfig,
} from "../program.js";
import { agentParameter, DAY, amount, duration, name, read, span } from "./fields.js";
import { LIMITS } from "./limits.js";
import {
  asksFor,
  checkProbe,
  command,
  NO_PROBE,
  NOTHING_ASKED,
  PROBE_INTERVAL,
  PROBE_KEYS,
  PROBE_TIMEOUT,
  probeKeys,
  probeOf,
  TWICE_ASKED,
} from "./probe-schema.js";
import {
  readArgument,
  readCpu,
  readExecutable,
  readExitKey,
  readOcfName,
  readParameterName,
  readUnit,
  readUser,
  readVariableName,
} from "./program-readers.js";

/** A program as the file has it: its name is its key, and the names in `after` are not looked up yet. */
export type ProgramFile = Omit<ProgramConfig, "name" | "after"> & { readonly after: readonly string[] };

/** Stands in `after` for the service's addresses. */
export const ADDRESSES = "addresses";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL"] as const;

const ready = z
  .union(
    [
      z.enum(["notify", "started"], { error: "`notify`, `started`" }).transform((kind): ReadyCheck => ({ kind })),
      z
        .strictObject(probeKeys, { error: `a map with ${PROBE_KEYS}` })
        .superRefine(checkProbe)
        .transform((file): ReadyCheck => ({ kind: "probe", probe: probeOf(file) ?? NO_PROBE })),
    ],
    { error: `\`notify\`, \`started\` or a map with ${PROBE_KEYS}` },
  )
  .prefault("started")
  .describe(
    "When a program that was started counts as ready; what comes after it waits for that. `started`: as soon as it runs (a unit or a resource agent: when its start has returned); `notify`: when it says `READY=1` on the socket in NOTIFY_SOCKET, as for systemd; or when it answers.",
  );

const PROBE_FAIL = 3;

/** A probe, or how the monitor of a resource agent is used. */
type HealthFile =
  | { readonly health: HealthCheck; readonly monitor?: never }
  | { readonly monitor: MonitorUse; readonly health?: never };

/** Without the keys that have no value. */
const definedOf = <Value extends object>(record: Value): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Value]?: Exclude<Value[Key], undefined>;
  };

const health = z
  .strictObject(
    {
      ...probeKeys,
      interval: duration({ min: milliseconds(10), max: DAY, example: "1s" })
        .optional()
        .describe("Time between two checks. Without it: 1 s; for a resource agent, what it advises."),
      timeout: duration({ min: milliseconds(1), max: DAY, example: "1s" })
        .optional()
        .describe("A later answer is none. Without it: 1 s; for a resource agent, what it advises, and 20 s at least."),
      fail: z
        .int({ error: "a whole number" })
        .min(1)
        .max(1_000)
        .optional()
        .describe(
          "So many checks in a row without a good answer mean that it does not serve any more: `onFail`. Without it: 3; for a resource agent, 1.",
        ),
      slow: duration({ min: milliseconds(1), max: DAY, example: "200ms" })
        .optional()
        .describe("As many answers in a row that take longer than this mean that it is in trouble: `onTrouble`."),
    },
    { error: `a map with ${PROBE_KEYS}, and \`interval\`, \`timeout\`, \`fail\`, \`slow\`` },
  )
  .superRefine((file, context) => {
    if (asksFor(file) > 1) context.addIssue({ code: "custom", ...TWICE_ASKED });
    const { slow, timeout = asksFor(file) === 0 ? undefined : PROBE_TIMEOUT } = file;
    if (slow === undefined || timeout === undefined || slow < timeout) return;
    const params = { code: "duration-out-of-range", advice: "Make `slow` shorter than `timeout`" };
    context.addIssue({ code: "custom", path: ["slow"], message: "No answer is slow before it is late", params });
  })
  .transform((file): HealthFile => {
    const { interval, timeout, fail, slow } = file;
    const probe = probeOf(file);
    if (probe === undefined) return { monitor: definedOf({ interval, timeout, fail, slow }) };
    const times = { interval: interval ?? PROBE_INTERVAL, timeout: timeout ?? PROBE_TIMEOUT };
    return { health: { probe, ...times, fail: fail ?? PROBE_FAIL, slow } };
  })
  .optional()
  .describe(
    "What is asked of it again and again once it is ready. Without it, only its end is noticed, at once. A resource agent has a monitor of its own: here `interval`, `timeout`, `fail` and `slow` of it are given, and nothing of what is asked.",
  );

const caughtUp = z
  .strictObject(
    {
      ...probeKeys,
      interval: duration({ min: milliseconds(10), max: DAY, example: "1s" })
        .default(PROBE_INTERVAL)
        .describe("Time between two questions."),
      timeout: duration({ min: milliseconds(1), max: DAY, example: "1s" })
        .default(PROBE_TIMEOUT)
        .describe("A later answer is none: what was known before still counts."),
    },
    { error: `a map with ${PROBE_KEYS}, and \`interval\`, \`timeout\`` },
  )
  .superRefine(checkProbe)
  .transform((file): CaughtUpCheck => {
    const { interval, timeout } = file;
    return { probe: probeOf(file) ?? NO_PROBE, interval, timeout };
  })
  .optional()
  .describe(
    "What a standby is asked again and again from when it is ready: whether it could take over with the data that it has. While it could not, and until it has said so, its node is the last choice, and no holder that can go on gives the service to it. Without it, each standby that is ready could.",
  );

/** systemd gives a unit 90 s unless that says otherwise; most resource agents ask for 3 min at most. */
const STOP_TIMEOUT: Readonly<Record<ProgramSource["kind"], Duration>> = {
  command: seconds(10),
  unit: seconds(180),
  ocf: seconds(180),
};

/** For the end of a command there is nobody else who would advise. */
function stopOf({ signal, timeout }: z.output<typeof stop>, kind: ProgramSource["kind"]): ProgramConfig["stop"] {
  if (timeout !== undefined) return { signal, timeout };
  return { signal, timeout: STOP_TIMEOUT[kind], ...(kind === "command" ? {} : { isUsual: true as const }) };
}

const stop = z
  .strictObject(
    {
      signal: z
        .enum(SIGNALS, { error: SIGNALS.map((signal) => `\`${signal}\``).join(", ") })
        .default("SIGTERM")
        .describe("What asks it to end. A unit or a resource agent has its own way."),
      timeout: duration({ min: milliseconds(1), max: seconds(3_600), example: "10s" })
        .optional()
        .describe(
          "After this, everything that is left of it gets SIGKILL; after as long again, at least 10 s and at most 30 s, the node counts as unfit. Without it: 10 s for a command, 3 min for a unit or a resource agent, and up to 6 min where systemd (`TimeoutStopSec`) or the agent has more for it.",
        ),
    },
    { error: "a map with `signal` and `timeout`" },
  )
  .prefault({})
  .describe("How it is ended.");

const exhausted = z
  .union(
    [
      z.enum(["move", "stop"], { error: "`move`, `stop`" }).transform((kind): RestartConfig["exhausted"] => ({ kind })),
      z
        .strictObject(
          { retry: duration({ min: milliseconds(100), max: DAY, example: "1m" }).describe("Tried again each time.") },
          { error: "a map with `retry`" },
        )
        .transform(({ retry }): RestartConfig["exhausted"] => ({ kind: "retry", every: retry })),
    ],
    { error: "`move`, `stop` or a map with `retry`" },
  )
  .prefault("move")
  .describe(
    "What is done when the restarts are used up, or it cannot be started at all. `move`: another node takes the service, and this one is unfit for it for a while; where no other can, it is tried again here, ever more slowly. `stop`: it stays down. `{ retry: 1m }`: it is tried here for ever. Each is told as a finding.",
  );

const exits = z
  .record(
    read("an exit status, a signal or `*`", readExitKey).meta({ title: "EXIT" }),
    z.enum(["restart", "move", "stop"], { error: "`restart`, `move`, `stop`" }),
    { error: "a map from exits to `restart`, `move` or `stop`" },
  )
  .prefault({ "*": "restart" })
  .meta({ maxProperties: LIMITS.exits })
  .describe(
    'What its end leads to: by exit status (`78`), signal (`SIGSEGV`), `out-of-memory`, `not-running`; `"*"` for all others, which are restarts unless told otherwise. `move`: another node takes the service at once. `stop`: it stays down; with status 0, its work is done and nothing is wrong.',
  );

const restart = z
  .strictObject(
    {
      delays: z
        .array(duration({ min: milliseconds(0), max: DAY, example: "1s" }), { error: "a list of times" })
        .max(LIMITS.restarts)
        .prefault(["0s", "1s", "5s"])
        .describe("Wait before the first, second, … restart. As many as there are, and no more."),
      within: span({
        min: milliseconds(1),
        max: DAY,
        byDefault: "1m",
        meaning:
          "Restarts longer ago than this do not count. Time in which the program starts, ends, waits for a restart or is in trouble is not part of it.",
      }),
      reset: span({
        min: milliseconds(1),
        max: DAY,
        byDefault: "10m",
        meaning: "A program that was ready for this long begins with the first delay again.",
      }),
      exits,
      exhausted,
    },
    { error: "a map with `delays`, `within`, `reset`, `exits` and `exhausted`" },
  )
  .prefault({})
  .describe("What is done when it ends by itself.");

const role = z
  .strictObject(
    {
      command: command
        .optional()
        .describe("Run on each change of its role, with `holder` or `standby` as last argument."),
      wait: z
        .boolean({ error: "`true`, `false`" })
        .optional()
        .describe(
          "Whether addresses, and a node that takes over, wait until it knows its role: for a database that must be promoted. Without it: `false` for a command or a unit; `true` for a resource agent, which is then never promoted on two nodes that hear each other.",
        ),
      timeout: duration({ min: milliseconds(100), max: seconds(3_600), example: "1m" })
        .optional()
        .describe(
          "A role command, promotion or demotion that is not done after this has failed, and the program begins anew. Without it: 1 min; for a resource agent, what it advises, if that is more.",
        ),
    },
    { error: "a map with `command`, `wait` and `timeout`" },
  )
  .prefault({})
  .describe(
    "How a program with `standby: on` is told its role. It has it in LOCUM_ROLE when it starts; a resource agent is promoted and demoted.",
  );

const standby = z
  .union([z.enum(["on", "off"], { error: "`on`, `off`" }).transform((word) => word === "on"), z.boolean()], {
    error: "`on`, `off`",
  })
  .prefault("off")
  .describe(
    "`off`: it runs on the holder only, and never on two nodes: another one starts it when the one before has ended it. `on`: it runs on the standbys too, told its role, so that a takeover is only a matter of the address.",
  );

/** Bytes: a shell alone needs more. What is less was meant with a unit. */
const MEMORY_MIN = 128 * 1_024;

const limits = z
  .strictObject(
    {
      memory: amount
        .refine((bytes) => Number(bytes) >= MEMORY_MIN, {
          error: "No program starts with so little memory",
          params: { code: "out-of-range", advice: "Write the unit as well, as in `512MiB` or `2GiB`" },
        })
        .optional()
        .describe("Bytes that it may use, all its processes together."),
      cpu: read("a share of processors such as `150%`", readCpu).optional().describe("Per cent of one processor."),
    },
    { error: "a map with `memory` and `cpu`" },
  )
  .prefault({})
  .describe("What it may use, by control groups.");

const after = z
  .array(name("program"), { error: "a list of program names" })
  .max(LIMITS.programsPerService)
  .prefault([])
  .describe(
    "Programs of the same service that must be ready before it starts, and that end after it; `addresses`: it starts when the service's addresses are in place, and ends before they go where that is planned.",
  );

interface SourceFile {
  readonly run?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  readonly ocf?: { readonly provider: string; readonly type: string } | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
}

function sourceOf({ run, unit, ocf, params }: SourceFile): ProgramSource {
  if (unit !== undefined) return { kind: "unit", unit };
  return ocf === undefined
    ? { kind: "command", command: run ?? [] }
    : { kind: "ocf", ...ocf, parameters: params ?? {} };
}

const text = read("a text", readArgument);
/** As the authors of resource agents write it. */
const parameter = agentParameter({ true: "true", false: "false" }).refine((value) => !value.includes("\0"), {
  error: "The value has a NUL, which no agent can be given",
});
/** Shells set these themselves, and end where they shall not: a program is started by one. */
const KEPT_BY_SHELLS: ReadonlySet<string> = new Set([
  "UID",
  "EUID",
  "PPID",
  "SHELLOPTS",
  "BASHOPTS",
  "BASH_VERSINFO",
  "OPTIND",
]);
const environment = z
  .record(read("a name of a variable", readVariableName).meta({ title: "VARIABLE" }), text, {
    error: "a map from names to values",
  })
  .prefault({})
  .meta({ maxProperties: LIMITS.variables })
  .describe("Added to its environment.");

const programKeys = {
  run: command
    .optional()
    .describe("A command that runs in the foreground, unchanged: the absolute path of a program, and its arguments."),
  unit: read("a name of a unit", readUnit)
    .optional()
    .describe("Instead of `run`: a systemd unit, which must not be enabled."),
  ocf: read("a name of a resource agent", readOcfName)
    .optional()
    .describe("Instead of `run`: a resource agent by the OCF standard, as provider and type: `heartbeat:nfsserver`."),
  params: z
    .record(read("a name of a parameter", readParameterName).meta({ title: "PARAMETER" }), parameter, {
      error: "a map from parameters to values",
    })
    .optional()
    .meta({ maxProperties: LIMITS.variables })
    .describe("Parameters of the resource agent."),
  after,
  standby,
  ready,
  start: z
    .strictObject(
      {
        timeout: duration({ min: milliseconds(1), max: seconds(3_600), example: "1m" })
          .optional()
          .describe(
            "A program that is not ready after this is ended, and counts as failed. Without it: 1 min for a command; for a unit its own TimeoutStartSec, for a resource agent what it advises to start and to promote it, 90 s at least.",
          ),
      },
      { error: "a map with `timeout`" },
    )
    .prefault({})
    .describe("How long it may take to become ready."),
  caughtUp,
  health,
  watchdog: duration({ min: milliseconds(10), max: DAY, example: "10s" })
    .optional()
    .describe(
      "It must say `WATCHDOG=1` on its notify socket more often than this once it is ready, or has failed: `onFail`; it finds the time in WATCHDOG_USEC. Without it, a program may begin to be watched by its own word.",
    ),
  onFail: z
    .enum(["restart", "move", "nothing"], { error: "`restart`, `move`, `nothing`" })
    .default("restart")
    .describe(
      "What is done about a program that lives, and fails its health check or the monitor of its resource agent, or does not feed its watchdog. `restart`: it begins anew, by `restart`, as one that has ended. It is told as a finding in any case.",
    ),
  onTrouble: z
    .enum(["nothing", "restart", "move"], { error: "`nothing`, `restart`, `move`" })
    .default("nothing")
    .describe(
      "What is done about a program that lives, and is slow, or says itself that it is in trouble. It is told as a finding in any case. `move`, here and in `onFail`: another node takes the service; where none can, one that fails is restarted, and one that still serves is left alone.",
    ),
  stop,
  restart,
  role,
  user: read("a user name", readUser).optional().describe("Whom it runs as; without it, as the agent does: root."),
  directory: read("a directory", readExecutable).optional().describe("Where it starts; without it, in `/`."),
  environment,
  limits,
};

export const programs: z.ZodType<Readonly<Record<string, ProgramFile>>> = z
  .record(
    name("program").meta({ title: "PROGRAM" }),
    z
      .strictObject(programKeys, { error: "a map with `run`, `unit` or `ocf`" })
      .superRefine((file, context) => {
        for (const { path = [], message, code, advice } of sourceProblems(file)) {
          context.addIssue({ code: "custom", path: [...path], message, params: { code, advice } });
        }
      })
      .transform((file): ProgramFile => ({
        source: sourceOf(file),
        standby: file.standby,
        ready: { ...file.ready, ...startOf(file) },
        ...(file.caughtUp === undefined ? {} : { caughtUp: file.caughtUp }),
        health: file.health?.health,
        ...(file.health?.monitor === undefined ? {} : { monitor: file.health.monitor }),
        ...(file.watchdog === undefined ? {} : { watchdog: file.watchdog }),
        stop: stopOf(file.stop, sourceOf(file).kind),
        restart: file.restart,
        onFail: file.onFail,
        onTrouble: file.onTrouble,
        after: file.after,
        roleCommand: file.role.command,
        ...(awaitsRole(file) ? { awaitsRole: true as const } : {}),
        ...(file.role.timeout === undefined ? {} : { roleTimeout: file.role.timeout }),
        settings: {
          user: file.user,
          directory: file.directory,
          environment: file.environment,
          memoryMax: file.limits.memory,
          cpuMax: file.limits.cpu,
        },
      })),
    { error: "a map from program names to programs" },
  )
  .prefault({})
  .meta({ maxProperties: LIMITS.programsPerService })
  .describe(
    "The programs of the service by name: started, watched, restarted and ended with it. See docs/programs.md.",
  );

const START_TIMEOUT: Duration = seconds(60);

/** systemd and resource agents know themselves how long a start takes. */
function startOf(file: SourceFile & { readonly start: { readonly timeout?: Duration | undefined } }): {
  readonly timeout?: Duration;
} {
  const timeout = file.start.timeout ?? (sourceOf(file).kind === "command" ? START_TIMEOUT : undefined);
  return timeout === undefined ? {} : { timeout };
}

/** What is promoted holds what only one may have; an agent that knows no roles answers at once. */
const awaitsRole = ({ ocf, standby: isOnStandbys, role: { wait } }: CheckedFile): boolean =>
  wait ?? (ocf !== undefined && isOnStandbys);

interface SourceProblem {
  readonly path?: readonly string[];
  readonly message: string;
  readonly code: string;
  readonly advice: string;
}

interface CheckedFile extends SourceFile {
  readonly environment: Readonly<Record<string, string>>;
  readonly ready: ReadyCheck;
  /** Neither of the two where a check has refused the value already. */
  readonly health?: Partial<HealthFile> | undefined;
  readonly caughtUp?: CaughtUpCheck | undefined;
  readonly watchdog?: Duration | undefined;
  readonly standby: boolean;
  readonly role: {
    readonly command?: readonly string[] | undefined;
    readonly wait?: boolean | undefined;
    readonly timeout?: Duration | undefined;
  };
}

function sourceProblems(file: CheckedFile): readonly SourceProblem[] {
  const sources = [file.run, file.unit, file.ocf].filter((each) => each !== undefined);
  if (sources.length === 0) {
    const advice = "Add `run:` with a command, `unit:` with a systemd unit, or `ocf:` with a resource agent";
    return [{ message: "The program does not say what is run", code: "missing-key", advice }];
  }
  const conflict = (path: string, message: string, advice: string): SourceProblem => ({
    path: [path],
    message,
    code: "conflicting-keys",
    advice,
  });
  if (sources.length > 1) {
    const second = file.ocf === undefined ? "unit" : "ocf";
    return [conflict(second, "The program says twice what is run", "Keep one of `run`, `unit` and `ocf`")];
  }
  return [
    ...Object.keys(file.environment)
      .filter((variable) => KEPT_BY_SHELLS.has(variable))
      .map((variable): SourceProblem => ({
        path: ["environment", variable],
        message: `"${variable}" is a variable that shells keep for themselves`,
        code: "bad-name",
        advice: "Remove it: no program could be started with it",
      })),
    ...(file.params === undefined || file.ocf !== undefined
      ? []
      : [conflict("params", "Only a resource agent has parameters", "Put them into `run`, or remove them")]),
    ...(file.ready.kind !== "notify" || file.run !== undefined
      ? []
      : [conflict("ready", "Only a command can notify: the start of this one returns", "Remove `ready`")]),
    ...(file.ready.kind !== "probe" || file.ocf === undefined
      ? []
      : [conflict("ready", "A resource agent is ready when its start has returned", "Remove `ready`")]),
    ...caughtUpProblems(file, conflict),
    ...healthProblems(file, conflict),
    ...(file.watchdog === undefined || file.run !== undefined
      ? []
      : [conflict("watchdog", "Only a command can notify", "Remove `watchdog`; systemd watches units by WatchdogSec")]),
    ...(file.standby || (file.role.command === undefined && file.role.wait !== true && file.role.timeout === undefined)
      ? []
      : [conflict("role", "It runs on the holder only, and has no role", "Add `standby: on`, or remove `role`")]),
  ];
}

function caughtUpProblems(
  { caughtUp: check, ocf, standby: isOnStandbys }: CheckedFile,
  conflict: (path: string, message: string, advice: string) => SourceProblem,
): readonly SourceProblem[] {
  if (check === undefined) return [];
  if (!isOnStandbys) {
    return [conflict("caughtUp", "It runs on the holder only, and follows none", "Add `standby: on`, or remove it")];
  }
  if (ocf === undefined) return [];
  return [conflict("caughtUp", "A resource agent is asked nothing but its monitor", "Remove `caughtUp`")];
}

function healthProblems(
  { health: check, ocf }: CheckedFile,
  conflict: (path: string, message: string, advice: string) => SourceProblem,
): readonly SourceProblem[] {
  if (check?.health === undefined && check?.monitor === undefined) return [];
  const isOwn = check.monitor !== undefined;
  if (isOwn === (ocf !== undefined)) return [];
  const { message, params } = NOTHING_ASKED;
  return isOwn
    ? [{ path: ["health"], message, ...params }]
    : [
        conflict(
          "health",
          "A resource agent has a monitor of its own, and is asked nothing else",
          `Remove ${PROBE_KEYS}`,
        ),
      ];
}
