import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Cluster, NodeConfig } from "../../model/cluster.js";
import type { ProgramFacts } from "../../model/configuration/machine-facts.js";
import { commandsOn, programsOn } from "../../model/configuration/machine-programs.js";
import { errandCommandsOn, type ErrandFile, errandFilesOn } from "../../model/configuration/machine-errands.js";
import type { ProgramConfig } from "../../model/program.js";
import { refusalText } from "./file-refusal.js";
import { credentialsRefusal } from "./credentials.js";
import { signingRefusal } from "./webhook.js";

const OCF_ROOT = "/usr/lib/ocf";
/** An agent that does not describe itself within this time is none. */
const DESCRIPTION_MS = 5_000;
const DESCRIPTION_BYTES_MAX = 1_048_576;

/** Whether other programs may be run and waited for: resource agents for their description, `getent` for users. */
export interface Asking {
  readonly asksOthers: boolean;
}

/** What this machine lacks of what the programs of a node need. */
export function programFacts(cluster: Cluster, node: NodeConfig | undefined, how: Asking): ProgramFacts {
  const programs = node === undefined ? [] : programsOn(cluster, node);
  const commands = node === undefined ? [] : [...commandsOn(cluster, node), ...errandCommandsOn(cluster, node)];
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
    agents: new Map(programs.flatMap((program) => describedAgent(program, how))),
    // sd_booted(3)
    hasSystemd: existsSync("/run/systemd/system"),
  };
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
  return isLocal || !asksOthers || spawnSync("getent", ["passwd", name], { timeout: DESCRIPTION_MS }).status === 0;
}

/** The agent of a program, if it is there, with the parameters that it requires (OCF resource agent API 1.1, 3.3). */
function describedAgent(
  { source }: ProgramConfig,
  { asksOthers }: Asking,
): readonly (readonly [string, readonly string[]])[] {
  if (source.kind !== "ocf") return [];
  const { provider, type } = source;
  const path = join(OCF_ROOT, "resource.d", provider, type);
  if (refusalOf(path) !== undefined) return [];
  if (!asksOthers) return [[`${provider}:${type}`, []]];
  const environment = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    OCF_ROOT,
    OCF_RA_VERSION_MAJOR: "1",
    OCF_RESOURCE_TYPE: type,
  };
  const { stdout } = spawnSync(path, ["meta-data"], {
    env: environment,
    timeout: DESCRIPTION_MS,
    maxBuffer: DESCRIPTION_BYTES_MAX,
    encoding: "utf8",
  });
  return [[`${provider}:${type}`, requiredParameters(stdout)]];
}

/** Of the description in XML. */
export function requiredParameters(description: string): readonly string[] {
  return [...description.matchAll(/<parameter\s([^>]*)>/g)].flatMap(([, attributes = ""]) => {
    const name = /\bname="([^"]+)"/.exec(attributes)?.[1];
    const isRequired = /\brequired="(1|true)"/.test(attributes);
    return name !== undefined && isRequired ? [name] : [];
  });
}
