/**
 * What a file says of programs that does nothing, or another thing than was meant. A file may have said it for long, and its
 * programs run: so nothing of this keeps an agent from its work.
 */
import type { Cluster, ServiceConfig } from "../cluster.js";
import type { HealthProbe, ProgramConfig } from "../program.js";
import type { CheckProblem } from "./check-problem.js";
import { probeHost } from "./own-address.js";

export const programAdvice = ({ services }: Cluster): CheckProblem[] =>
  services.flatMap((service) =>
    (service.programs?.list ?? []).flatMap((program) => [
      ...idleKeys(service, program),
      ...probesOfHolder(service, program),
      ...hiddenVariables(service, program),
    ]),
  );

interface Idle {
  readonly keys: readonly string[];
  readonly isGiven: boolean;
  readonly message: string;
  readonly advice: string;
}

/** Whatever is run: nothing leads to what a key decides. */
function causelessOf(program: ProgramConfig): readonly Idle[] {
  const { source, health, watchdog, ready, onFail, onTrouble, awaitsRole, roleCommand, roleTimeout } = program;
  const isMute = source.kind === "unit" && health === undefined;
  const speaks = watchdog !== undefined || ready.kind === "notify";
  const isUntold = source.kind !== "ocf" && roleCommand === undefined;
  return [
    {
      keys: ["onFail"],
      isGiven: onFail !== "restart" && (isMute || (source.kind === "command" && health === undefined && !speaks)),
      message: "Nothing asks a program that lives whether it fails",
      advice: "Add `health:`; what the end of a program leads to stands under `restart`",
    },
    {
      keys: ["onTrouble"],
      isGiven: onTrouble !== "nothing" && source.kind === "unit" && health?.slow === undefined,
      message: "Nothing tells that a unit is in trouble",
      advice: "Add `slow` to its `health`",
    },
    {
      keys: ["role", "wait"],
      isGiven: isUntold && awaitsRole === true,
      message: "A program without a role command counts as told at once",
      advice: "Add `command` to its `role`, or remove it",
    },
    {
      keys: ["role", "timeout"],
      isGiven: isUntold && roleTimeout !== undefined,
      message: "A program without a role command counts as told at once",
      advice: "Add `command` to its `role`, or remove it",
    },
  ];
}

/** A unit and a resource agent have their own ways. */
function idleOf({ source, settings, stop, roleCommand }: ProgramConfig): readonly Idle[] {
  const user = { keys: ["user"], isGiven: settings.user !== undefined };
  const signal = { keys: ["stop", "signal"], isGiven: stop.signal !== "SIGTERM" };
  switch (source.kind) {
    case "command":
      return [];
    case "unit":
      return [
        { ...user, message: "A unit says itself whom it runs as", advice: "Write `User=` into the unit" },
        {
          keys: ["limits"],
          isGiven: settings.memoryMax !== undefined || settings.cpuMax !== undefined,
          message: "A unit says itself what it may use",
          advice: "Write `MemoryMax=` and `CPUQuota=` into the unit",
        },
        { ...signal, message: "A unit says itself how it ends", advice: "Write `KillSignal=` into the unit" },
      ];
    case "ocf":
      return [
        {
          ...user,
          message: "A resource agent runs as root",
          advice: "Remove it: many agents have a parameter for the user of what they start",
        },
        {
          ...signal,
          message: "A resource agent has a stop of its own",
          advice: "Remove it: after `stop.timeout` what is left gets SIGKILL",
        },
        {
          keys: ["role", "command"],
          isGiven: roleCommand !== undefined,
          message: "A resource agent is promoted and demoted",
          advice: "Remove it",
        },
      ];
  }
}

const pathOf = (service: ServiceConfig, program: ProgramConfig, keys: readonly string[]): CheckProblem["path"] => [
  "services",
  service.name,
  "programs",
  program.name,
  ...keys,
];

const idleKeys = (service: ServiceConfig, program: ProgramConfig): CheckProblem[] =>
  [...idleOf(program), ...causelessOf(program)]
    .filter(({ isGiven }) => isGiven)
    .map(({ keys, message, advice }) => ({
      code: "key-without-effect",
      severity: "warning",
      path: pathOf(service, program, keys),
      message: `${message}: \`${keys.join(".")}\` does nothing`,
      advice,
    }));

/** What runs on standbys too, and is asked at the service's address, is not what answers there. */
function probesOfHolder(service: ServiceConfig, program: ProgramConfig): CheckProblem[] {
  if (!program.standby) return [];
  const { ready, caughtUp, health } = program;
  const probes: readonly (readonly [string, HealthProbe | undefined])[] = [
    ["ready", ready.kind === "probe" ? ready.probe : undefined],
    ["caughtUp", caughtUp?.probe],
    ["health", health?.probe],
  ];
  return probes.flatMap(([key, probe]) => {
    const host = probe === undefined ? undefined : probeHost(probe);
    if (probe === undefined || !service.addresses.some(({ address }) => address === host)) return [];
    return [
      {
        code: "probe-of-holder",
        severity: "warning",
        path: pathOf(service, program, [key, probe.kind]),
        message: `"${program.name}" runs on standbys too, and there ${host} is the holder's: that one is asked instead`,
        advice: "Ask at 127.0.0.1, or at the node's own address",
      },
    ];
  });
}

/** What a program, or what it was built on, learns from these is what Locum says; another value hides that. */
const OWN_VARIABLE = /^(LOCUM_.*|NOTIFY_SOCKET|WATCHDOG_USEC|WATCHDOG_PID)$/;

const hiddenVariables = (service: ServiceConfig, program: ProgramConfig): CheckProblem[] =>
  Object.keys(program.settings.environment)
    .filter((variable) => OWN_VARIABLE.test(variable))
    .map((variable) => ({
      code: "variable-hidden",
      severity: "warning",
      path: pathOf(service, program, ["environment", variable]),
      message: `Locum sets ${variable} itself: "${program.name}" gets this value in place of what is so`,
      advice: "Remove it, or give it another name",
    }));
