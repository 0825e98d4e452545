import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import type { Cluster, NodeConfig } from "../../model/cluster.js";
import type { AgentParameters, ProgramFacts, UnitFault } from "../../model/configuration/machine-facts.js";
import { commandsOn, programsOn, resourceKey } from "../../model/configuration/machine-programs.js";
import { errandCommandsOn, type ErrandFile, errandFilesOn } from "../../model/configuration/machine-errands.js";
import type { ProgramConfig } from "../../model/program.js";
import { machineControllers } from "../linux/cgroup-hierarchies.js";
import { canPromote, parameterProblems } from "../../wire/ocf-metadata.js";
import type { Duration } from "../../base/time.js";
import { refusalText } from "./file-refusal.js";
import { credentialsRefusal } from "./credentials.js";
import { OCF_ROOT, ocfAgentFile, type OcfInstance, ocfMeta } from "./ocf-agent.js";
import { describeAgent, validationProblem } from "./ocf-inquiry.js";
import { isBooted, propertiesIn, readTimespan } from "./systemd-units.js";
import { signingRefusal } from "./webhook.js";

/** Who does not answer within this time does not know the user. */
const USERS_MS = 5_000;
/** Nor is anything known of the units of a systemd that does not. */
const SYSTEMD_MS = 5_000;

/** Whether other programs may be run and waited for: resource agents for what they say, `getent` for users. */
export interface Asking {
  readonly asksOthers: boolean;
}

/** What this machine lacks of what the programs of a node need. */
export function programFacts(cluster: Cluster, node: NodeConfig | undefined, how: Asking): ProgramFacts {
  const programs = node === undefined ? [] : programsOn(cluster, node);
  const commands = node === undefined ? [] : [...commandsOn(cluster, node), ...errandCommandsOn(cluster, node)];
  const agents = agentFacts(programs, node?.name ?? "", how);
  const units = unitFacts(programs, how);
  const executables = commands.map(({ executable }) => executable);
  return {
    executables: refusals(executables, refusalOf),
    directories: refusals(
      programs.flatMap(({ settings: { directory } }) => directory ?? []),
      directoryRefusal,
    ),
    unknownUsers: new Set(
      programs.flatMap(({ settings: { user } }) => (user === undefined || isUser(user, how) ? [] : [user])),
    ),
    ...agents,
    hasSystemd: isBooted(),
    units: units.units,
    stopAdvice: new Map([...agents.stopAdvice, ...units.stopAdvice]),
    controllers: machineControllers(),
  };
}

function agentFacts(
  programs: readonly ProgramConfig[],
  node: string,
  how: Asking,
): Pick<ProgramFacts, "agents" | "notifiedAgents" | "refusedResources" | "stopAdvice"> {
  const agents = new Map<string, AgentParameters>();
  const notifiedAgents = new Set<string>();
  const refusedResources = new Map<string, string>();
  const stopAdvice = new Map<string, Duration>();
  for (const program of programs) {
    const answers = answersOf(program, node, how);
    if (answers === undefined || program.source.kind !== "ocf") continue;
    const agent = `${program.source.provider}:${program.source.type}`;
    agents.set(agent, answers.parameters);
    if (answers.stopAdvice !== undefined) stopAdvice.set(agent, answers.stopAdvice);
    if (answers.isNotified) notifiedAgents.add(agent);
    if (answers.refusal !== undefined) refusedResources.set(resourceKey(program.source), answers.refusal);
  }
  return { agents, notifiedAgents, refusedResources, stopAdvice };
}

/** The paths that cannot be used, with the reason. */
function refusals(
  paths: readonly string[],
  refusalOfPath: (path: string) => string | undefined,
): ReadonlyMap<string, string> {
  const all = [...new Set(paths)].map((path) => [path, refusalOfPath(path)] as const);
  return new Map(all.flatMap(([path, refusal]) => (refusal === undefined ? [] : [[path, refusal] as const])));
}

/** What is wrong with the files of a node's hooks, and of its methods to fence others. */
export function errandFileFacts(cluster: Cluster, node: NodeConfig | undefined): ReadonlyMap<string, string> {
  const files = node === undefined ? [] : errandFilesOn(cluster, node);
  const ofUse = (use: ErrandFile["use"]): readonly string[] =>
    files.flatMap((each) => (each.use === use ? each.file : []));
  return new Map([
    ...refusals(ofUse("caFile"), fileRefusal),
    ...refusals(ofUse("secretFile"), signingRefusal),
    ...refusals(ofUse("credentials"), credentialsRefusal),
  ]);
}

function directoryRefusal(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : "it is no directory";
  } catch (error) {
    return refusalText(error);
  }
}

function fileRefusal(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return "it is no file";
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return refusalText(error);
  }
}

/** Why a file cannot be executed. */
function refusalOf(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return "it is no file";
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : "it may not be executed";
  }
}

/** Users may be in LDAP or elsewhere: whom the file does not have, only the system can tell. */
function isUser(name: string, { asksOthers }: Asking): boolean {
  const isLocal =
    existsSync("/etc/passwd") &&
    readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .some((line) => line.startsWith(`${name}:`));
  return isLocal || !asksOthers || spawnSync("getent", ["passwd", name], { timeout: USERS_MS }).status === 0;
}

function unitFacts(
  programs: readonly ProgramConfig[],
  { asksOthers }: Asking,
): Pick<ProgramFacts, "units" | "stopAdvice"> {
  const units = new Map<string, UnitFault>();
  const stopAdvice = new Map<string, Duration>();
  if (!asksOthers || !isBooted()) return { units, stopAdvice };
  for (const unit of new Set(programs.flatMap(({ source }) => (source.kind === "unit" ? [source.unit] : [])))) {
    const properties = unitProperties(unit);
    const fault = faultIn(properties);
    const advice = readTimespan(properties.get("TimeoutStopUSec") ?? "");
    if (fault !== undefined) units.set(unit, fault);
    if (fault !== "missing" && advice !== undefined) stopAdvice.set(unit, advice);
  }
  return { units, stopAdvice };
}

function unitProperties(unit: string): ReadonlyMap<string, string> {
  const asked = ["show", "--property=LoadState,UnitFileState,TimeoutStopUSec", "--", unit];
  return propertiesIn(spawnSync("systemctl", asked, { timeout: SYSTEMD_MS, encoding: "utf8" }).stdout ?? "");
}

function faultIn(properties: ReadonlyMap<string, string>): UnitFault | undefined {
  const load = properties.get("LoadState");
  if (load === "not-found") return "missing";
  if (load === "masked") return "masked";
  return properties.get("UnitFileState") === "enabled" ? "enabled" : undefined;
}

interface AgentAnswers {
  readonly parameters: AgentParameters;
  readonly isNotified: boolean;
  readonly stopAdvice?: Duration | undefined;
  readonly refusal: string | undefined;
}

/** What the agent of a program says, if it is there; one that is not asked has nothing to say. */
function answersOf(program: ProgramConfig, node: string, { asksOthers }: Asking): AgentAnswers | undefined {
  const { name, source } = program;
  if (source.kind !== "ocf") return undefined;
  const instance: OcfInstance = { root: OCF_ROOT, name, ...source };
  if (refusalOf(ocfAgentFile(instance)) !== undefined) return undefined;
  const metadata = asksOthers ? describeAgent(instance) : undefined;
  if (metadata === undefined) {
    return { parameters: { required: [], known: undefined }, isNotified: false, refusal: undefined };
  }
  const resource = { ...instance, meta: ocfMeta(program, node, canPromote(metadata)) };
  const isComplete = parameterProblems(metadata, source.parameters).missing.length === 0;
  return {
    parameters: {
      required: metadata.parameters.filter(({ required }) => required).map((each) => each.name),
      known: metadata.parameters.map((each) => each.name),
    },
    stopAdvice: metadata.actions.find((action) => action.name === "stop")?.timeout,
    isNotified: metadata.actions.some((action) => action.name === "notify"),
    refusal: isComplete && process.getuid?.() === 0 ? validationProblem(resource, metadata) : undefined,
  };
}
