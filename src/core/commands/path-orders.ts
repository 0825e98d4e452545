/**
 * Operators' orders about path groups. A path is its own node's affair: any other passes the order on. A pause of the
 * cluster does not speak against them: nothing leaves the node.
 */
import type { Result } from "../../base/result.js";
import type { Instant } from "../../base/time.js";
import type { Command, CommandOutcome, CommandRefusal, PathCommand } from "../../model/command.js";
import { listText } from "../../model/note-text-reason.js";
import { pathRefusalText } from "../../model/note-text-path.js";
import type { PathRefusal } from "../../model/path.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import type { OrderTaken, PathGroup } from "../paths/path-group.js";
import type { PathGroups } from "../paths/path-groups.js";
import type { Verdict } from "./command-desk.js";
import { accepted, rejected } from "./pending-commands.js";

export const isPathCommand = (command: Command): command is PathCommand => command.kind.startsWith("path-");

interface OrderContext {
  readonly knowledge: Knowledge;
  readonly effects: Effects;
}

export function judgePathCommand(now: Instant, command: PathCommand, { knowledge, effects }: OrderContext): Verdict {
  const { node } = command;
  if (!knowledge.roster.nodes.includes(node)) return rejected("unknown-node", `There is no node ${node}`);
  if (node !== knowledge.self) return { forwardTo: node };
  const group = groupOf(command, knowledge.paths);
  if (group === undefined) return unknownPlace(command, knowledge.paths);
  switch (command.kind) {
    case "path-switch":
      return taken(group.switchTo(now, command.to, effects), doneText(command, group));
    case "path-detach":
      return taken(group.detach(now, command.interface, effects), doneText(command, group));
    case "path-attach":
      return taken(group.attach(now, command.interface, effects), doneText(command, group));
    case "path-pause":
      group.pause(effects);
      return accepted(doneText(command, group));
    case "path-resume":
      group.resume(now, effects);
      return accepted(doneText(command, group));
  }
}

/** What became of an order that was begun; undefined while it is carried out. */
export function pathProgress(command: PathCommand, paths: PathGroups): CommandOutcome | undefined {
  const group = groupOf(command, paths);
  if (group === undefined) return rejected("unknown-path-group", "The path group was taken out of the configuration");
  if (group.isSwitching) return undefined;
  return isFulfilled(command, group)
    ? accepted(doneText(command, group))
    : rejected("not-eligible", `${group.config.name} stays on ${group.activeInterface}: the events say why`);
}

function isFulfilled(command: PathCommand, group: PathGroup): boolean {
  if (command.kind === "path-switch") return group.isOn(command.to);
  return !("interface" in command) || !group.isOn(command.interface);
}

const groupOf = (command: PathCommand, paths: PathGroups): PathGroup | undefined =>
  "group" in command ? paths.group(command.group) : paths.groupOf(command.interface);

function unknownPlace(command: PathCommand, paths: PathGroups): CommandOutcome {
  const groups = paths.names;
  const known = groups.length === 0 ? "it has none" : `it has ${listText(groups)}`;
  return "group" in command
    ? rejected("unknown-path-group", `${command.node} has no path group ${command.group}: ${known}`)
    : rejected("unknown-interface", `No path group of ${command.node} has the interface ${command.interface}`);
}

function taken(answer: Result<OrderTaken, PathRefusal>, done: string): Verdict {
  if (!answer.ok) return rejected(REFUSALS[answer.problem.kind], `Not done: ${pathRefusalText(answer.problem)}`);
  return answer.value === "done" ? accepted(done) : { waitFor: "here" };
}

const REFUSALS: Readonly<Record<PathRefusal["kind"], CommandRefusal>> = {
  "unknown-interface": "unknown-interface",
  unusable: "not-eligible",
  switching: "busy",
  "not-detached": "not-eligible",
};

function doneText(command: PathCommand, { config: { name }, activeInterface }: PathGroup): string {
  switch (command.kind) {
    case "path-switch":
      return `${name} of ${command.node} uses ${activeInterface}`;
    case "path-pause":
      return `${name} of ${command.node} is paused: nothing that fails moves its traffic`;
    case "path-resume":
      return `${name} of ${command.node} is no longer paused`;
    case "path-detach":
      return `${command.interface} of ${command.node} is detached: it may be unplugged`;
    case "path-attach":
      return `${command.interface} of ${command.node} belongs to ${name} again`;
  }
}
