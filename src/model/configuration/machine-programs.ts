/** Whether a machine has what the programs of its services need: executables, users, units, resource agents. */
import { nearest } from "../../base/nearest.js";
import { inSeconds } from "../../base/time.js";
import { durationText } from "../duration-text.js";
import { programEndMax } from "../program-stop-time.js";
import type { Cluster, NodeConfig } from "../cluster.js";
import type { ProgramConfig, ProgramSource } from "../program.js";
import type { CheckProblem } from "./check-problem.js";
import { commandSlip } from "./word-slips.js";
import type { ExecutableFault, ProgramFacts, UnitFault } from "./machine-facts.js";

/** A command that a program runs, and the key that names it. */
export interface NamedCommand {
  readonly path: CheckProblem["path"];
  readonly executable: string;
}

interface Place {
  readonly program: ProgramConfig;
  /** What it needs may come with a unit or a resource that starts before it, such as a disk. */
  readonly isBrought: boolean;
  readonly path: CheckProblem["path"];
}

export const machineProgramProblems = (cluster: Cluster, node: NodeConfig, facts: ProgramFacts): CheckProblem[] =>
  placesOf(cluster, node).flatMap((place) => [
    ...onlyWarnings(place.isBrought, [
      ...commandsOf(place).flatMap((command) => executableProblem(command, facts)),
      ...directoryProblem(place, facts),
      ...reachProblems(place, facts),
    ]),
    ...userProblem(place, facts),
    ...limitProblems(place, facts),
    ...sourceProblem(place, place.program.source, facts),
    ...noticesProblem(place, facts),
    ...stopProblem(place, facts),
  ]);

/** Every command of the programs that may run on the node. */
export const commandsOn = (cluster: Cluster, node: NodeConfig): readonly NamedCommand[] =>
  placesOf(cluster, node).flatMap(commandsOf);

export const programsOn = (cluster: Cluster, node: NodeConfig): readonly ProgramConfig[] =>
  placesOf(cluster, node).map(({ program }) => program);

type OcfSource = Extract<ProgramSource, { readonly kind: "ocf" }>;

/** The same for resources of one agent with the same parameters: what one is told holds for the other. */
export const resourceKey = ({ provider, type, parameters }: OcfSource): string =>
  JSON.stringify([provider, type, parameters]);

const placesOf = (cluster: Cluster, { name }: NodeConfig): readonly Place[] =>
  cluster.services
    .filter(({ nodes }) => nodes.includes(name))
    .flatMap((service) =>
      (service.programs?.list ?? []).map((program, _nth, programs) => ({
        program,
        isBrought: comesAfterMore(program, programs),
        path: ["services", service.name, "programs", program.name],
      })),
    );

/** @param programs of its service, in which it comes after no cycle */
const comesAfterMore = (program: ProgramConfig, programs: readonly ProgramConfig[]): boolean =>
  programs
    .filter(({ name }) => program.after.includes(name))
    .some((before) => before.source.kind !== "command" || comesAfterMore(before, programs));

const onlyWarnings = (isBrought: boolean, problems: readonly CheckProblem[]): readonly CheckProblem[] =>
  isBrought
    ? problems.map((each) => ({ ...each, severity: "warning", advice: `${each.advice}, ${UNLESS_BROUGHT}` }))
    : problems;

const UNLESS_BROUGHT = "unless another program brings that first";

function commandsOf({ program, path }: Place): readonly NamedCommand[] {
  const { source, ready, caughtUp, health, roleCommand } = program;
  const named = (keys: readonly string[], command: readonly string[] | undefined): readonly NamedCommand[] => {
    const [executable] = command ?? [];
    return executable === undefined ? [] : [{ path: [...path, ...keys, 0], executable }];
  };
  return [
    ...named(["run"], source.kind === "command" ? source.command : undefined),
    ...named(
      ["ready", "exec"],
      ready.kind === "probe" && ready.probe.kind === "exec" ? ready.probe.command : undefined,
    ),
    ...named(["health", "exec"], health?.probe.kind === "exec" ? health.probe.command : undefined),
    ...named(["caughtUp", "exec"], caughtUp?.probe.kind === "exec" ? caughtUp.probe.command : undefined),
    ...named(["role", "command"], roleCommand),
  ];
}

/** What keeps a command from running on the machine. */
export function executableProblem({ path, executable }: NamedCommand, { executables }: ProgramFacts): CheckProblem[] {
  const fault = executables.get(executable);
  if (fault === undefined) return [];
  const message = `${executable} cannot be run on this machine: ${fault.problem}`;
  return [
    { code: "executable-missing", severity: "error", path, message, advice: executableAdvice(fault, executable) },
  ];
}

function executableAdvice({ kind }: ExecutableFault, executable: string): string {
  switch (kind) {
    case "missing":
      return executable.includes(" ") ? commandSlip(executable) : "Install it, or correct the path";
    case "no-file":
      return "Name the program itself";
    case "forbidden":
      return `Run: chmod +x ${executable}`;
    case "interpreter":
      return "Correct that line, or install what it names";
  }
}

function directoryProblem({ program: { settings }, path }: Place, { directories }: ProgramFacts): CheckProblem[] {
  const { directory } = settings;
  const problem = directory === undefined ? undefined : directories.get(directory);
  if (problem === undefined) return [];
  return [
    {
      code: "directory-missing",
      severity: "error",
      path: [...path, "directory"],
      message: `${directory} cannot be the directory of a program on this machine: ${problem}`,
      advice: "Make it on all nodes of the service, or correct the path",
    },
  ];
}

/** A path that a program's user must be able to use, and the key that names it. */
export interface UserPath {
  readonly path: CheckProblem["path"];
  readonly user: string;
  readonly place: string;
  readonly isDirectory: boolean;
}

export const userPathKey = ({ user, place }: Pick<UserPath, "user" | "place">): string => JSON.stringify([user, place]);

/** What the programs that may run on the node use as another user. */
export const userPathsOn = (cluster: Cluster, node: NodeConfig): readonly UserPath[] =>
  placesOf(cluster, node).flatMap(userPathsOf);

/** A unit and a resource agent have their own ways to become somebody. */
function userPathsOf(place: Place): readonly UserPath[] {
  const { source, settings } = place.program;
  const { user, directory } = settings;
  if (user === undefined || source.kind !== "command") return [];
  const commands = commandsOf(place).map(({ path, executable }) => ({
    path,
    user,
    place: executable,
    isDirectory: false,
  }));
  const start = { path: [...place.path, "directory"], user, isDirectory: true };
  return directory === undefined ? commands : [...commands, { ...start, place: directory }];
}

const reachProblems = (place: Place, { beyondUsers }: ProgramFacts): CheckProblem[] =>
  userPathsOf(place)
    .filter((each) => beyondUsers.has(userPathKey(each)))
    .map(({ path, user, place: there, isDirectory }) => ({
      code: "beyond-user",
      severity: "error",
      path,
      message: `The user "${user}" may not ${isDirectory ? "start in" : "run"} ${there} on this machine`,
      advice: `\`namei -l ${there}\` shows which part of the way is shut`,
    }));

function userProblem({ program: { settings }, path }: Place, { unknownUsers }: ProgramFacts): CheckProblem[] {
  const { user } = settings;
  if (user === undefined || !unknownUsers.has(user)) return [];
  return [
    {
      code: "user-missing",
      severity: "error",
      path: [...path, "user"],
      message: `This machine has no user "${user}"`,
      advice: "Make the user on all nodes of the service, or correct the name",
    },
  ];
}

/** Without them a program runs all the same, and its limits do not hold. */
function limitProblems({ program: { settings }, path }: Place, { controllers }: ProgramFacts): CheckProblem[] {
  const limits = { memory: settings.memoryMax, cpu: settings.cpuMax };
  return Object.entries(limits)
    .filter(([name, limit]) => limit !== undefined && !controllers.has(name))
    .map(([name]) => ({
      code: "limit-without-controller",
      severity: "warning",
      path: [...path, "limits", name],
      message: `This machine has no control groups for ${name}: the limit does not hold here`,
      advice: CONTROLLER_ADVICE,
    }));
}

const CONTROLLER_ADVICE =
  "`cat /sys/fs/cgroup/cgroup.controllers` says what there is; a kernel may need cgroup_enable=memory, a container the right to make groups";

function sourceProblem({ path }: Place, source: ProgramSource, facts: ProgramFacts): CheckProblem[] {
  switch (source.kind) {
    case "command":
      return [];
    case "unit":
      return facts.hasSystemd
        ? unitProblem([...path, "unit"], source.unit, facts.units.get(source.unit))
        : [unitsMissing([...path, "unit"])];
    case "ocf":
      return [
        ...agentProblems(path, source, facts),
        ...muteProblem(path, source, facts),
        ...resourceProblem(path, source, facts),
      ];
  }
}

const unitsMissing = (path: CheckProblem["path"]): CheckProblem => ({
  code: "systemd-missing",
  severity: "error",
  path,
  message: "This machine does not run systemd, which a unit needs",
  advice: "Write the unit's command under `run`",
});

function unitProblem(path: CheckProblem["path"], unit: string, fault: UnitFault | undefined): CheckProblem[] {
  switch (fault) {
    case undefined:
      return [];
    case "missing":
      return [
        {
          code: "unit-missing",
          severity: "error",
          path,
          message: `This machine has no unit ${unit}`,
          advice: "Install what brings it, or correct the name: `systemctl list-unit-files`",
        },
      ];
    case "masked":
      return [
        {
          code: "unit-masked",
          severity: "error",
          path,
          message: `${unit} is masked: systemd does not start it`,
          advice: `Run: systemctl unmask ${unit}`,
        },
      ];
    case "enabled":
      return [
        {
          code: "unit-enabled",
          severity: "warning",
          path,
          message: `${unit} is enabled: systemd starts it by itself, also where the service is not held`,
          advice: `Run: systemctl disable ${unit}`,
        },
      ];
  }
}

function agentProblems(
  path: CheckProblem["path"],
  { provider, type, parameters }: OcfSource,
  { agents, agentsHere }: ProgramFacts,
): CheckProblem[] {
  const agent = agents.get(`${provider}:${type}`);
  if (agent === undefined) {
    const message = `This machine has no resource agent ${provider}:${type}`;
    const meant = nearest(`${provider}:${type}`, agentsHere);
    const advice =
      meant === undefined
        ? "Install the package resource-agents, or correct the name: `ls /usr/lib/ocf/resource.d/*`"
        : `Did you mean "${meant}"?`;
    return [{ code: "agent-missing", severity: "error", path: [...path, "ocf"], message, advice }];
  }
  const { required, known } = agent;
  const missing = required
    .filter((name) => !Object.hasOwn(parameters, name))
    .map((name): CheckProblem => ({
      code: "agent-parameter-missing",
      severity: "error",
      path: [...path, "params"],
      message: `The resource agent ${provider}:${type} requires the parameter "${name}"`,
      advice: `Add \`${name}:\` under \`params\``,
    }));
  return [...missing, ...unknownParameters(path, { type, provider, parameters }, known)];
}

/** Some agents take more than they describe. */
function unknownParameters(
  path: CheckProblem["path"],
  { provider, type, parameters }: Omit<OcfSource, "kind">,
  known: readonly string[] | undefined,
): CheckProblem[] {
  if (known === undefined) return [];
  return Object.keys(parameters)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return {
        code: "agent-parameter-unknown",
        severity: "warning",
        path: [...path, "params", name],
        message: `The resource agent ${provider}:${type} describes no parameter "${name}"`,
        advice: meant === undefined ? "Remove it, or correct its name" : `Did you mean "${meant}"?`,
      };
    });
}

/** Some keep their standbys in step by what they are told of each other; without it they would be promoted with other data. */
function noticesProblem({ program, path }: Place, { notifiedAgents }: ProgramFacts): CheckProblem[] {
  const { source, standby } = program;
  if (!standby || source.kind !== "ocf" || !notifiedAgents.has(`${source.provider}:${source.type}`)) return [];
  return [
    {
      code: "agent-not-notified",
      severity: "warning",
      path: [...path, "standby"],
      message: `The resource agent ${source.provider}:${source.type} expects to be told of what it does on other nodes (notify), which is not done: its standbys may have nothing of the holder's data`,
      advice: "See which agents work in docs/programs.md, or run the program itself, with `role: { command: … }`",
    },
  ];
}

function muteProblem(
  path: CheckProblem["path"],
  { provider, type }: OcfSource,
  { muteAgents }: ProgramFacts,
): CheckProblem[] {
  if (!muteAgents.has(`${provider}:${type}`)) return [];
  return [
    {
      code: "agent-mute",
      severity: "warning",
      path: [...path, "ocf"],
      message: `The resource agent ${provider}:${type} does not describe itself here: its times and parameters are not known`,
      advice: `See what is wrong: OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/${provider}/${type} meta-data`,
    },
  ];
}

/** What is killed in the middle of its end may have to be mended before it starts again. */
function stopProblem({ program, path }: Place, { stopAdvice }: ProgramFacts): CheckProblem[] {
  const { source, stop } = program;
  if (source.kind === "command") return [];
  const name = source.kind === "unit" ? source.unit : `${source.provider}:${source.type}`;
  const advised = stopAdvice.get(name);
  const has = stop.isUsual === true ? programEndMax(program) : stop.timeout;
  if (advised === undefined || advised <= has) return [];
  const by = source.kind === "unit" ? "its TimeoutStopSec" : "its meta-data";
  return [
    {
      code: "stop-too-short",
      severity: "warning",
      path: [...path, "stop", "timeout"],
      message: `${name} may take ${durationText(advised)} to stop, by ${by}, and is killed after ${durationText(has)}`,
      advice: `Write \`stop: { timeout: ${Math.ceil(inSeconds(advised))}s }\`, or more`,
    },
  ];
}

function resourceProblem(
  path: CheckProblem["path"],
  source: OcfSource,
  { refusedResources }: ProgramFacts,
): CheckProblem[] {
  const refusal = refusedResources.get(resourceKey(source));
  if (refusal === undefined) return [];
  return [
    {
      code: "agent-refuses",
      severity: "warning",
      path: [...path, "params"],
      message: `The resource agent ${source.provider}:${source.type} would not start this here (validate-all): ${refusal}`,
      advice: `Correct its parameters, or what it lacks on this machine, ${UNLESS_BROUGHT}`,
    },
  ];
}
