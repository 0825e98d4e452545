/*
 * Resource agents by the OCF standard (resource agent API 1.1): scripts that are told by an argument what to do, by the
 * environment with what, and answer by their exit status.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Duration, inMilliseconds, microseconds } from "../../base/time.js";
import type { ProgramConfig } from "../../model/program.js";
import { METADATA_BYTES_MAX, type OcfMetadata, readOcfMetadata } from "../../wire/ocf-metadata.js";
import { askProgram } from "./ask-program.js";
import { PATH } from "./program-process.js";

/** Where the resource-agents package puts them. */
export const OCF_ROOT = "/usr/lib/ocf";
const METADATA_MS_MAX = 5_000;

/** Exit statuses that are told apart here. */
export const OCF_STATUS = {
  success: 0,
  unimplemented: 3,
  notInstalled: 5,
  notConfigured: 6,
  notRunning: 7,
  runningPromoted: 8,
  degraded: 190,
  degradedPromoted: 191,
} as const;

/** How a monitor answers that finds a resource running, and whether as the one that is promoted; undefined: it does not run well. */
export function runningRole(status: number | undefined): "promoted" | "unpromoted" | undefined {
  if (status === OCF_STATUS.success || status === OCF_STATUS.degraded) return "unpromoted";
  return status === OCF_STATUS.runningPromoted || status === OCF_STATUS.degradedPromoted ? "promoted" : undefined;
}

export interface OcfInstance {
  /** Directory of all agents' directories. */
  readonly root: string;
  readonly provider: string;
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Tells it from other resources of the same agent on this machine. */
  readonly name: string;
  /** As `ocfMeta` says. Absent: not known, as in records of older versions. */
  readonly meta?: Readonly<Record<string, string>>;
}

/** Those of this machine, as `provider:type`. */
export function installedAgents(root: string = OCF_ROOT): readonly string[] {
  const directory = join(root, "resource.d");
  return entriesIn(directory).flatMap((provider) =>
    entriesIn(join(directory, provider)).map((type) => `${provider}:${type}`),
  );
}

function entriesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}

export interface OcfCall {
  readonly name: string;
  readonly timeout: Duration;
  /** Of an action that comes again and again; agents take a monitor without for a probe of what was not started by us. */
  readonly interval?: Duration;
}

/**
 * What an agent is told of the resource beside its parameters, by the names that Pacemaker has for it. One that runs on standbys
 * too is what Pacemaker calls a clone, with one copy on a node; one that knows roles, a promotable clone, also by its earlier name.
 */
export function ocfMeta(
  { standby, copies }: Pick<ProgramConfig, "standby" | "copies">,
  node: string,
  isPromotable: boolean,
): Readonly<Record<string, string>> {
  const ofClone = {
    clone_max: String(copies ?? 1),
    clone_node_max: "1",
    globally_unique: "false",
    notify: "false",
    promotable: String(isPromotable),
  };
  const ofPromotable = { promoted_max: "1", promoted_node_max: "1", master_max: "1", master_node_max: "1" };
  return { on_node: node, ...(standby ? { ...ofClone, ...(isPromotable ? ofPromotable : {}) } : {}) };
}

export const ocfAgentFile = ({ root, provider, type }: OcfInstance): string => join(root, "resource.d", provider, type);

/** What an agent finds in its environment (API 1.1, section 4, and what agents in use rely on beside it). */
export function ocfEnvironment(instance: OcfInstance, call: OcfCall): Readonly<Record<string, string>> {
  const { root, provider, type, parameters, name } = instance;
  const meta = { ...instance.meta, name: call.name, timeout: ms(call.timeout), interval: ms(call.interval) };
  return {
    OCF_ROOT: root,
    OCF_RA_VERSION_MAJOR: "1",
    OCF_RA_VERSION_MINOR: "1",
    OCF_RESOURCE_INSTANCE: name,
    OCF_RESOURCE_PROVIDER: provider,
    OCF_RESOURCE_TYPE: type,
    OCF_CHECK_LEVEL: "0",
    HA_LOGD: "no",
    ...prefixed("OCF_RESKEY_CRM_meta_", meta),
    ...prefixed("OCF_RESKEY_", parameters),
  };
}

const ms = (span: Duration = microseconds(0)): string => String(Math.round(inMilliseconds(span)));

const prefixed = (prefix: string, record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [`${prefix}${key}`, value]));

/** What the agent says of itself; undefined: nothing that makes sense. */
export async function askMetadata(instance: OcfInstance): Promise<OcfMetadata | undefined> {
  const env = { PATH, OCF_ROOT: instance.root, OCF_RESOURCE_TYPE: instance.type };
  const options = { timeout: METADATA_MS_MAX, maxBuffer: METADATA_BYTES_MAX, env, cwd: "/" };
  const { error, stdout } = await askProgram(ocfAgentFile(instance), ["meta-data"], options);
  return error === undefined ? readOcfMetadata(stdout) : undefined;
}

/**
 * Ends a resource beside any program. Agents whose resources know roles refuse to stop one that is promoted.
 * @returns whether it ended with success, each action in time.
 */
export async function endOcfResource(
  instance: OcfInstance,
  isPromotable: boolean,
  timeout: Duration,
): Promise<boolean> {
  if (isPromotable) await runOcfAction(instance, "demote", timeout);
  return (await runOcfAction(instance, "stop", timeout)) === OCF_STATUS.success;
}

/**
 * Has an agent do something beside any program, or, for `monitor`, asks once about a resource that was not started.
 * @param signal ends it
 * @returns its exit status; undefined: it was killed, or could not be run.
 */
export async function runOcfAction(
  instance: OcfInstance,
  name: string,
  timeout: Duration,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const env = { PATH, ...ocfEnvironment(instance, { name, timeout }) };
  const options = { timeout: inMilliseconds(timeout), killSignal: "SIGKILL", env, cwd: "/", signal } as const;
  return (await askProgram(ocfAgentFile(instance), [name], options)).status;
}
