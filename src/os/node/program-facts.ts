import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import type { Cluster, NodeConfig } from "../../model/cluster.js";
import type { AgentParameters, ProgramFacts, UnitFault } from "../../model/configuration/machine-facts.js";
import {
  commandsOn,
  programsOn,
  resourceKey,
  userPathKey,
  userPathsOn,
} from "../../model/configuration/machine-programs.js";
import { errandCommandsOn, type ErrandFile, errandFilesOn } from "../../model/configuration/machine-errands.js";
import type { ProgramConfig } from "../../model/program.js";
import { machineControllers } from "../linux/cgroup-hierarchies.js";
import { canPromote, parameterProblems } from "../../wire/ocf-metadata.js";
import type { Duration } from "../../base/time.js";
import { executableFault, isScript } from "./executable.js";
import { refusalText } from "./file-refusal.js";
import { credentialsRefusal } from "./credentials.js";
import { installedAgents, OCF_ROOT, ocfAgentFile, type OcfInstance, ocfMeta } from "./ocf-agent.js";
import { describeAgent, validationProblem } from "./ocf-inquiry.js";
import { isBooted, propertiesIn, readTimespan } from "./systemd-units.js";
import { unitFileFault } from "./unit-files.js";
import { userByFiles } from "./user-files.js";
import { mayUse } from "./user-reach.js";
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
    executables: refusals(executables, executableFault),
    directories: refusals(
      programs.flatMap(({ settings: { directory } }) => directory ?? []),
      directoryRefusal,
    ),
    unknownUsers: new Set(
      programs.flatMap(({ settings: { user } }) => (user === undefined || isUser(user, how) ? [] : [user])),
    ),
    beyondUsers: new Set(node === undefined || !how.asksOthers ? [] : beyondUsers(cluster, node)),
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
): Pick<ProgramFacts, "agents" | "agentsHere" | "muteAgents" | "notifiedAgents" | "refusedResources" | "stopAdvice"> {
  const agents = new Map<string, AgentParameters>();
  const muteAgents = new Set<string>();
  const notifiedAgents = new Set<string>();
  const refusedResources = new Map<string, string>();
  const stopAdvice = new Map<string, Duration>();
  for (const program of programs) {
    const answers = answersOf(program, node, how);
    if (answers === undefined || program.source.kind !== "ocf") continue;
    const agent = `${program.source.provider}:${program.source.type}`;
    agents.set(agent, answers.parameters);
    if (how.asksOthers && answers.parameters.known === undefined) muteAgents.add(agent);
    if (answers.stopAdvice !== undefined) stopAdvice.set(agent, answers.stopAdvice);
    if (answers.isNotified) notifiedAgents.add(agent);
    if (answers.refusal !== undefined) refusedResources.set(resourceKey(program.source), answers.refusal);
  }
  const wanted = programs.flatMap(({ source }) => (source.kind === "ocf" ? [`${source.provider}:${source.type}`] : []));
  const agentsHere = wanted.every((agent) => agents.has(agent)) ? [] : installedAgents();
  return { agents, agentsHere, muteAgents, notifiedAgents, refusedResources, stopAdvice };
}

/** The paths that cannot be used, with the reason. */
function refusals<Refusal>(
  paths: readonly string[],
  refusalOfPath: (path: string) => Refusal | undefined,
): ReadonlyMap<string, Refusal> {
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

/** What there is not for anybody, is another fault. */
const beyondUsers = (cluster: Cluster, node: NodeConfig): readonly string[] =>
  userPathsOn(cluster, node)
    .filter(({ user, place, isDirectory }) => {
      if ((isDirectory ? directoryRefusal(place) : executableFault(place)) !== undefined) return false;
      const use = isScript(place) ? "interpret" : "execute";
      return mayUse(user, place, isDirectory ? "enter" : use) === false;
    })
    .map(userPathKey);

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

/** Users may be in LDAP or elsewhere: whom the files do not have, only the system can tell. */
function isUser(name: string, { asksOthers }: Asking): boolean {
  const found = userByFiles(name);
  if (found !== "unclear" || !asksOthers) return found !== "unknown";
  return spawnSync("getent", ["passwd", name], { timeout: USERS_MS }).status === 0;
}

function unitFacts(
  programs: readonly ProgramConfig[],
  { asksOthers }: Asking,
): Pick<ProgramFacts, "units" | "stopAdvice"> {
  const units = new Map<string, UnitFault>();
  const stopAdvice = new Map<string, Duration>();
  if (!isBooted()) return { units, stopAdvice };
  for (const unit of new Set(programs.flatMap(({ source }) => (source.kind === "unit" ? [source.unit] : [])))) {
    const properties = asksOthers ? unitProperties(unit) : new Map<string, string>();
    const fault = asksOthers ? faultIn(properties) : unitFileFault(unit);
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
  if (executableFault(ocfAgentFile(instance)) !== undefined) return undefined;
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
