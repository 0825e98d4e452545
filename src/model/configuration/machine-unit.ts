/** Whether the systemd unit that runs the agent on a machine gives it what the cluster file asks for. */
import { type Duration, seconds } from "../../base/time.js";
import type { Cluster, NodeConfig } from "../cluster.js";
import { durationText } from "../duration-text.js";
import type { CheckProblem } from "./check-problem.js";
import { errandCommandsOn } from "./machine-errands.js";
import { unitNeeds, unitStopMax } from "./unit-needs.js";

/**
 * Of what is shut, one complaint: what opens the unit for programs opens it for commands.
 * @param unit its text, with its drop-ins behind it; undefined: there is none, which is nothing to complain of
 */
export function machineUnitProblems(cluster: Cluster, node: NodeConfig, unit: string | undefined): CheckProblem[] {
  if (unit === undefined) return [];
  const needs = unitNeeds(cluster, node.name);
  const [command] = errandCommandsOn(cluster, node);
  const toPrograms: CheckProblem["path"] = ["services"];
  const problems: CheckProblem[] = [];
  if (needs.programsStopMax !== undefined && isShut(unit)) {
    const message = "The unit of the agent does not let programs of services run as other users, or with limits";
    problems.push(unsuitable(toPrograms, message));
  } else if (command !== undefined && isShut(unit)) {
    const message =
      "The unit of the agent does not let commands of rules, checks, hooks and fencing write files, or use what belongs to other users";
    problems.push(unsuitable(command.path, message));
  }
  const wanted = unitStopMax(needs);
  const given = stopTimeout(unit);
  if (needs.programsStopMax !== undefined && given !== undefined && given < wanted) {
    const message = `The unit of the agent is killed ${durationText(given)} after it was told to stop; its programs may need ${durationText(wanted)}`;
    problems.push(unsuitable(toPrograms, message));
  }
  if (needs.hasPrivilegedPort && !mayBindAnyPort(unit))
    problems.push(unsuitable(["port"], `The unit of the agent does not let it use port ${cluster.port}`));
  return problems;
}

const unsuitable = (path: CheckProblem["path"], message: string): CheckProblem => ({
  code: "unit-unsuitable",
  severity: "warning",
  path,
  message,
  advice: "Run `locum install` again, then `systemctl restart locum`",
});

const isShut = (unit: string): boolean => /^(yes|true|on|1)$/i.test(setting(unit, "NoNewPrivileges") ?? "");

/** Undefined where the unit leaves it to systemd, or says it in another way than `locum install`. */
function stopTimeout(unit: string): Duration | undefined {
  const [, count] = /^(\d+)s?$/.exec(setting(unit, "TimeoutStopSec") ?? "") ?? [];
  return count === undefined ? undefined : seconds(Number(count));
}

function mayBindAnyPort(unit: string): boolean {
  const bounds = setting(unit, "CapabilityBoundingSet");
  if (bounds === undefined) return true;
  return bounds.startsWith("~") !== bounds.includes("CAP_NET_BIND_SERVICE");
}

/** The last word counts. */
function setting(unit: string, name: string): string | undefined {
  const lines = unit.split("\n").filter((line) => line.startsWith(`${name}=`));
  return lines
    .at(-1)
    ?.slice(name.length + 1)
    .trim();
}
