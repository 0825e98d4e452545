/*
 * What a resource agent of this machine says of itself and of a resource before anything is started, for a check that a person
 * asks for: it waits for the agent, and no longer than its named limits.
 */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { type Duration, inMilliseconds, seconds } from "../../base/time.js";
import { durationText } from "../../model/duration-text.js";
import { ocfStatusText } from "../../model/exit-text.js";
import { METADATA_BYTES_MAX, type OcfMetadata, readOcfMetadata } from "../../wire/ocf-metadata.js";
import { OCF_STATUS, ocfAgentFile, ocfEnvironment, type OcfInstance } from "./ocf-agent.js";
import { PATH } from "./program-process.js";

const DESCRIPTION_TIMEOUT: Duration = seconds(5);
const VALIDATION_TIMEOUT: Duration = seconds(20);
const WORDS_MAX = 300;

/** @returns undefined when it says nothing that makes sense, or not in time. */
export function describeAgent(instance: OcfInstance): OcfMetadata | undefined {
  const { stdout, status } = ask(instance, "meta-data", DESCRIPTION_TIMEOUT);
  return status === OCF_STATUS.success ? readOcfMetadata(stdout) : undefined;
}

/**
 * What the agent has against a resource on this machine, by its own `validate-all`; undefined: nothing, or it knows no such
 * action. It gets the parameters in its environment, where other users of the machine do not see them.
 */
export function validationProblem(
  instance: OcfInstance,
  { actions }: OcfMetadata,
  timeout: Duration = VALIDATION_TIMEOUT,
): string | undefined {
  if (!actions.some(({ name }) => name === "validate-all")) return undefined;
  const { status, stderr } = ask(instance, "validate-all", timeout);
  if (status === OCF_STATUS.success || status === OCF_STATUS.unimplemented) return undefined;
  if (status === null) return `it did not come to an end within ${durationText(timeout)}`;
  return `${ocfStatusText(status)} ${reasonIn(stderr)}`.trimEnd();
}

function ask(instance: OcfInstance, action: string, timeout: Duration): SpawnSyncReturns<string> {
  return spawnSync(ocfAgentFile(instance), [action], {
    env: { PATH, ...ocfEnvironment(instance, { name: action, timeout }) },
    cwd: "/",
    timeout: inMilliseconds(timeout),
    killSignal: "SIGKILL",
    maxBuffer: METADATA_BYTES_MAX,
    encoding: "utf8",
  });
}

/** Agents log to their standard error; the reason for the one who asks has a mark of its own (ocf_exit_reason). */
function reasonIn(words: string): string {
  const lines = words.trim().split("\n");
  const reasons = lines.filter((line) => line.startsWith("ocf-exit-reason:"));
  return (reasons.at(-1)?.replace("ocf-exit-reason:", "") ?? lines.at(-1) ?? "").slice(0, WORDS_MAX);
}
