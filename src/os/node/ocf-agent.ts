/*
 * Resource agents by the OCF standard (resource agent API 1.1): scripts that are told by an argument what to do, by the
 * environment with what, and answer by their exit status.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type Duration, inMilliseconds } from "../../base/time.js";
import { METADATA_BYTES_MAX, type OcfMetadata, readOcfMetadata } from "../../wire/ocf-metadata.js";
import { own } from "./own-children.js";
import { PATH } from "./program-process.js";

/** Where the resource-agents package puts them. */
export const OCF_ROOT = "/usr/lib/ocf";
const METADATA_MS_MAX = 5_000;

/** Exit statuses that are told apart here. */
export const OCF_STATUS = {
  success: 0,
  unimplemented: 3,
  notRunning: 7,
  runningPromoted: 8,
  degraded: 190,
  degradedPromoted: 191,
} as const;

export const isRunningStatus = (status: number): boolean =>
  status === OCF_STATUS.success ||
  status === OCF_STATUS.runningPromoted ||
  status === OCF_STATUS.degraded ||
  status === OCF_STATUS.degradedPromoted;

export interface OcfInstance {
  /** Directory of all agents' directories. */
  readonly root: string;
  readonly provider: string;
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Tells it from other resources of the same agent on this machine. */
  readonly name: string;
}

export const ocfAgentFile = ({ root, provider, type }: OcfInstance): string => join(root, "resource.d", provider, type);

/** What an agent finds in its environment (API 1.1, section 4, and what agents in use rely on beside it). */
export function ocfEnvironment(instance: OcfInstance, timeout: Duration): Readonly<Record<string, string>> {
  const { root, provider, type, parameters, name } = instance;
  return {
    OCF_ROOT: root,
    OCF_RA_VERSION_MAJOR: "1",
    OCF_RA_VERSION_MINOR: "1",
    OCF_RESOURCE_INSTANCE: name,
    OCF_RESOURCE_PROVIDER: provider,
    OCF_RESOURCE_TYPE: type,
    OCF_CHECK_LEVEL: "0",
    OCF_RESKEY_CRM_meta_timeout: String(Math.round(inMilliseconds(timeout))),
    HA_LOGD: "no",
    ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`OCF_RESKEY_${key}`, value])),
  };
}

/** What the agent says of itself; undefined: nothing that makes sense. */
export function askMetadata(instance: OcfInstance): Promise<OcfMetadata | undefined> {
  const env = { PATH, OCF_ROOT: instance.root, OCF_RESOURCE_TYPE: instance.type };
  const options = { timeout: METADATA_MS_MAX, maxBuffer: METADATA_BYTES_MAX, env, cwd: "/" };
  return new Promise((resolve) => {
    const child = execFile(ocfAgentFile(instance), ["meta-data"], options, (error, stdout) => {
      resolve(error === null ? readOcfMetadata(stdout) : undefined);
    });
    own(child);
  });
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
  return runOcfAction(instance, "stop", timeout);
}

function runOcfAction(instance: OcfInstance, action: string, timeout: Duration): Promise<boolean> {
  const env = { PATH, ...ocfEnvironment(instance, timeout) };
  const options = { timeout: inMilliseconds(timeout), killSignal: "SIGKILL", env, cwd: "/" } as const;
  return new Promise((resolve) => {
    own(execFile(ocfAgentFile(instance), [action], options, (error) => resolve(error === null)));
  });
}
