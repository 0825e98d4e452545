/** Whether the systemd unit that runs the agent on a machine gives it what the cluster file asks for. */
import { type Duration, seconds } from "../../base/time.js";
import type { Cluster, NodeConfig } from "../cluster.js";
import { durationText } from "../duration-text.js";
import type { CheckProblem } from "./check-problem.js";
import { errandCommandsOn } from "./machine-errands.js";
import { unitNeeds, unitStopMax } from "./unit-needs.js";
import { grants, isOn, setting } from "./unit-settings.js";

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
  const shut = shutIn(unit).join(", ");
  if (needs.programsStopMax !== undefined && shut !== "") {
    problems.push(shutting(toPrograms, `programs of services may need: ${shut}`));
  } else if (command !== undefined && shut !== "") {
    problems.push(shutting(command.path, `commands of rules, checks, hooks and fencing may need: ${shut}`));
  }
  const wanted = unitStopMax(needs);
  const given = stopTimeout(unit);
  if (needs.programsStopMax !== undefined && given !== undefined && given < wanted) {
    const message = `The unit of the agent is killed ${durationText(given)} after it was told to stop; its programs may need ${durationText(wanted)}`;
    problems.push(unsuitable(toPrograms, message));
  }
  if (needs.hasPrivilegedPort && !hasRight(unit, "CAP_NET_BIND_SERVICE"))
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

const shutting = (path: CheckProblem["path"], what: string): CheckProblem => ({
  ...unsuitable(path, `The unit of the agent shuts what ${what}`),
  advice:
    "Run `locum install` again, then `systemctl restart locum`; what a drop-in shuts, take out of it, unless all of them do without",
});

/** Without these, root may neither use what is others' nor become them. */
const RIGHTS_OF_ROOT = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"];
/** Those by which programs and devices to fence with are talked to. */
const USUAL_FAMILIES = ["AF_UNIX", "AF_INET", "AF_INET6"];

/** Settings in force that make fail, or see something else, what root may do on the machine; others are no matter of most commands. */
function shutIn(unit: string): readonly string[] {
  const hiding = [
    "NoNewPrivileges",
    "PrivateDevices",
    "PrivateNetwork",
    "PrivateTmp",
    "ProtectControlGroups",
    "ProtectHome",
  ];
  // Who says what may be written knows of it.
  const isWritable = setting(unit, "ReadWritePaths") !== undefined;
  const shut = [...hiding, ...(isWritable ? [] : ["ProtectSystem"])].filter((name) => isOn(unit, name));
  const lacking = (name: string, words: readonly string[]): readonly string[] =>
    words.length === 0 ? [] : [`${name}= (${words.join(" ")})`];
  return [
    ...shut.map((name) => `${name}=${setting(unit, name)}`),
    ...lacking(
      "CapabilityBoundingSet",
      RIGHTS_OF_ROOT.filter((right) => !hasRight(unit, right)),
    ),
    ...lacking(
      "RestrictAddressFamilies",
      USUAL_FAMILIES.filter((family) => !grants(unit, "RestrictAddressFamilies", family, true)),
    ),
  ];
}

const hasRight = (unit: string, right: string): boolean => grants(unit, "CapabilityBoundingSet", right, false);

/** Undefined where the unit leaves it to systemd, or says it in another way than `locum install`. */
function stopTimeout(unit: string): Duration | undefined {
  const [, count] = /^(\d+)s?$/.exec(setting(unit, "TimeoutStopSec") ?? "") ?? [];
  return count === undefined ? undefined : seconds(Number(count));
}
