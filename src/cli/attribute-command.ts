import type { Command } from "commander";
import { LocumError } from "../base/locum-error.js";
import { attributeValueOf } from "../model/attribute.js";
import type { NodeDocument } from "../model/status-document.js";
import { WRONG_USAGE } from "./exit-code.js";
import { nodeIn } from "./node-in.js";
import { clientOf, print, printJson } from "./output.js";

/** `locum attribute`: what is said of a node, for rules to go by. */
export function addAttributeCommand(program: Command): void {
  const attribute = program
    .command("attribute")
    .description("show, set and unset attributes of a node, which rules may go by")
    .option("--node <node>", "which node (default: the one that answers)");
  addListCommand(attribute);
  attribute
    .command("set")
    .description("set an attribute: true, false, a number, or a text")
    .argument("<name=value>")
    .option("--for <time>", "it vanishes after this time unless it is set again, such as 30s")
    .action(async (assignment: string, flags: { readonly for?: string }, command: Command) => {
      const { name, value } = assigned(assignment);
      const options = { node: nodeOf(command), for: flags.for };
      print([await clientOf(command).setAttribute(name, attributeValueOf(value), options)]);
    });
  attribute
    .command("unset")
    .description("take an attribute off the node")
    .argument("<name>")
    .action(async (name: string, _flags: object, command: Command) => {
      print([await clientOf(command).unsetAttribute(name, { node: nodeOf(command) })]);
    });
}

function addListCommand(attribute: Command): void {
  attribute
    .command("list")
    .description("list the attributes of all nodes, or of one")
    .option("--json", "for programs")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const status = await clientOf(command).status();
      const wanted = nodeOf(command);
      const nodes = wanted === undefined ? Object.entries(status.nodes) : [[wanted, nodeIn(status, wanted)] as const];
      if (json === true) printJson(Object.fromEntries(nodes.map(([name, { attributes }]) => [name, attributes])));
      else print(listLines(nodes));
    });
}

const nodeOf = (command: Command): string | undefined => command.optsWithGlobals<{ readonly node?: string }>().node;

function assigned(text: string): { readonly name: string; readonly value: string } {
  const equals = text.indexOf("=");
  if (equals > 0) return { name: text.slice(0, equals), value: text.slice(equals + 1) };
  throw new LocumError({
    code: WRONG_USAGE,
    message: `"${text}" sets nothing: there is no ${equals < 0 ? "`=` and no value" : "name before the `=`"}`,
    advice:
      equals < 0
        ? `Write it as in \`locum attribute set ${text}=true\``
        : "Write it as in `locum attribute set rack=b2`",
  });
}

function listLines(nodes: readonly (readonly [string, NodeDocument])[]): readonly string[] {
  const lines = nodes.flatMap(([node, { attributes }]) =>
    Object.entries(attributes).map(([name, value]) => `${node} ${name}=${String(value)}`),
  );
  return lines.length === 0 ? ["No attributes are set"] : lines;
}
