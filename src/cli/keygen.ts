/** `locum keygen`: makes the cluster's secret, and changes it in three steps without an outage. */
import type { Failure } from "../base/locum-error.js";
import type { Result } from "../base/result.js";
import type { CommandResult } from "./command-result.js";

export const SECRET_FILE_DEFAULT = "/etc/locum/secret";

export interface KeygenOptions {
  readonly file: string;
  readonly stage: boolean;
  readonly promote: boolean;
  readonly retire: boolean;
}

/** The steps on the file; each answers with the ids of the keys that it has then, the one in use first. */
export interface SecretStore {
  create(path: string): Result<SecretKeys, Failure>;
  stage(path: string): Result<SecretKeys, Failure>;
  promote(path: string): Result<SecretKeys, Failure>;
  retire(path: string): Result<SecretKeys, Failure>;
}

export interface SecretKeys {
  readonly keyIds: readonly string[];
}

export function keygen(options: KeygenOptions, store: SecretStore): CommandResult {
  const steps = STEPS.filter((step) => options[step]);
  const [step = "create", ...others] = steps;
  if (others.length > 0) return wrongUsage(steps);
  const { file } = options;
  const done = store[step](file);
  return done.ok ? success(SUCCESS[step](file, done.value.keyIds)) : failure(done.problem);
}

const STEPS = ["stage", "promote", "retire"] as const;

const SUCCESS: Readonly<Record<keyof SecretStore, (file: string, ids: readonly string[]) => readonly string[]>> = {
  create: (file, [used]) => [
    `${file} has a new key (id ${used}).`,
    "Copy it to every node of the cluster, readable by root only:",
    `  scp -p ${file} root@NODE:${file}`,
  ],
  stage: (file, [used, staged]) => [
    `${file} has a second key (id ${staged}); the one in use is ${used}.`,
    "Copy the file to every node and let the agents read it (systemctl reload locum); then go on with",
    `  locum keygen --promote ${file}`,
  ],
  promote: (file, [used, old]) => [
    `${file}: the key with id ${used} is in use now; ${old} is still accepted.`,
    "Copy the file to every node and reload the agents; when all of them use the new key (`locum events` there), end with",
    `  locum keygen --retire ${file}`,
  ],
  retire: (file, [used]) => [
    `${file} has only the key with id ${used} now.`,
    "Copy the file to every node and reload the agents: old keys are worth nothing then.",
  ],
};

const success = (lines: readonly string[]): CommandResult => ({
  exitCode: 0,
  stdout: `${lines.join("\n")}\n`,
  stderr: "",
});

const failure = ({ code, message, advice }: Failure): CommandResult => ({
  exitCode: 1,
  stdout: "",
  stderr: `error [${code}] ${message}\n${advice === undefined ? "" : `    ${advice}\n`}`,
});

const wrongUsage = (steps: readonly string[]): CommandResult => ({
  exitCode: 2,
  stdout: "",
  stderr: `error [usage] ${steps.map((step) => `--${step}`).join(" and ")} are steps of their own\n    Give one of them\n`,
});
