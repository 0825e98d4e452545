import type { Command } from "commander";
import { LocumError } from "../base/locum-error.js";
import { nodeIn } from "./node-in.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";
import { pathGroupLines, pathTableLines } from "./path-text.js";

interface ShowFlags {
  readonly json?: true;
}

/** `locum path`: the path groups of a node, looked at and operated. */
export function addPathCommand(program: Command): void {
  const path = program
    .command("path")
    .description("show the path groups of a node, switch them, pause them, swap their interfaces")
    .option("--node <node>", "which node (default: the one that answers)");
  addShowCommands(path);
  addGroupCommands(path);
  addInterfaceCommands(path);
}

function addShowCommands(path: Command): void {
  path
    .command("list")
    .description("list the path groups: which interface has the traffic, since when, how both paths are")
    .option("--json", "for programs")
    .action(async ({ json }: ShowFlags, command: Command) => {
      const { name, paths } = nodeIn(await clientOf(command).status(), nodeOf(command));
      const groups = Object.entries(paths).map(([group, document]) => ({ node: name, group, document }));
      if (json === true) printJson(paths);
      else if (groups.length === 0) print([`${name} has no path groups`]);
      else print(pathTableLines(groups, { ...layoutOfOutput(), now: new Date() }));
    });
  path
    .command("show")
    .description("say which interface a path group's traffic is on and why, how both are, and what cannot move")
    .argument("<group>")
    .option("--json", "for programs")
    .action(async (group: string, { json }: ShowFlags, command: Command) => {
      const { name, paths } = nodeIn(await clientOf(command).status(), nodeOf(command));
      const document = Object.hasOwn(paths, group) ? paths[group] : undefined;
      if (document === undefined) throw unknownGroup(name, group, Object.keys(paths));
      if (json === true) printJson(document);
      else print(pathGroupLines({ node: name, group, document }, { ...layoutOfOutput(), now: new Date() }));
    });
}

function addGroupCommands(path: Command): void {
  path
    .command("switch")
    .description("put the traffic of a path group on one of its interfaces")
    .argument("<group>")
    .requiredOption("--to <interface>", "where to")
    .action(async (group: string, { to }: { readonly to: string }, command: Command) => {
      print([await clientOf(command).switchPath(group, { to, node: nodeOf(command) })]);
    });
  path
    .command("pause")
    .description("pause a path group: nothing that fails moves its traffic")
    .argument("<group>")
    .action(async (group: string, _flags: object, command: Command) => {
      print([await clientOf(command).pausePath(group, { node: nodeOf(command) })]);
    });
  path
    .command("resume")
    .description("end the pause of a path group")
    .argument("<group>")
    .action(async (group: string, _flags: object, command: Command) => {
      print([await clientOf(command).resumePath(group, { node: nodeOf(command) })]);
    });
}

function addInterfaceCommands(path: Command): void {
  path
    .command("detach")
    .description("move the traffic off an interface, so that it can be unplugged")
    .argument("<interface>")
    .action(async (name: string, _flags: object, command: Command) => {
      print([await clientOf(command).detachInterface(name, { node: nodeOf(command) })]);
    });
  path
    .command("attach")
    .description("take a detached interface back into its path group")
    .argument("<interface>")
    .action(async (name: string, _flags: object, command: Command) => {
      print([await clientOf(command).attachInterface(name, { node: nodeOf(command) })]);
    });
}

const nodeOf = (command: Command): string | undefined => command.optsWithGlobals<{ readonly node?: string }>().node;

const unknownGroup = (node: string, group: string, known: readonly string[]): LocumError =>
  new LocumError({
    code: "unknown-path-group",
    message: `${node} has no path group ${group}`,
    advice: known.length === 0 ? "It has no path groups" : `It has these path groups: ${known.join(", ")}`,
  });
