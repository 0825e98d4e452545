import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import { LocumError } from "../base/locum-error.js";
import type { StatusDocument } from "../model/status-document.js";
import { EXIT, WRONG_USAGE } from "./exit-code.js";
import { nodeIn } from "./node-in.js";
import { clientOf, print } from "./output.js";

interface FenceFlags {
  readonly yes?: true;
  readonly isOff?: true;
  readonly cancel?: true;
}

/** `locum fence`: cuts a node off by force, after a look at what that does. */
export function addFenceCommand(program: Command): void {
  program
    .command("fence")
    .description("have a node cut off by force, by another node and the methods in the cluster file")
    .argument("<node>")
    .option("--yes", "do not ask")
    .option("--is-off", "run nothing: somebody made sure that the node is off")
    .addOption(
      new Option(
        "--cancel",
        "take back an order of an operator or a rule that waits or is to be tried again",
      ).conflicts("isOff"),
    )
    .action(async (node: string, flags: FenceFlags, command: Command) => {
      const client = clientOf(command);
      if (flags.cancel === true) {
        print([await client.cancelFence(node)]);
        return;
      }
      const status = await client.status();
      if (flags.yes !== true && !(await isConfirmed(status, node, flags.isOff === true))) {
        print(["Nothing was done"]);
        process.exitCode = EXIT.failed;
        return;
      }
      print([await client.fence(node, { isOff: flags.isOff === true })]);
    });
}

async function isConfirmed(status: StatusDocument, node: string, isOff: boolean): Promise<boolean> {
  const lines = isOff ? offLines(status, node) : fenceLines(status, node);
  if (!process.stdin.isTTY) {
    throw new LocumError({
      code: WRONG_USAGE,
      message: `locum fence ${node} asks before it acts, and there is no terminal to ask at`,
      advice: `${lines.join(". ")}. If that is what you want, add --yes`,
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${lines.join("\n")}\nType ${node} to go on: `);
    return answer.trim() === node;
  } finally {
    terminal.close();
  }
}

/** What comes of it, before it is done. */
function fenceLines(status: StatusDocument, node: string): readonly string[] {
  const { state } = nodeIn(status, node);
  const held = Object.entries(status.services).filter(([, { holder }]) => holder === node);
  const alone = held.filter(([, { candidates }]) => !candidates.some((each) => each.eligible && each.node !== node));
  return [
    `${node} is ${state}. Another node cuts it off by force, as by pulling its plug: whatever runs there ends at once`,
    held.length === 0 ? "It holds no service" : `It holds ${namesOf(held)}, which another node takes when that is done`,
    ...(alone.length === 0
      ? []
      : [`Nobody can take ${namesOf(alone)} now: clients are not served until ${node} is back`]),
  ];
}

const offLines = (status: StatusDocument, node: string): readonly string[] => [
  `${node} is ${nodeIn(status, node).state}. What is bound to it is taken by other nodes at once`,
  "If it still runs, two programs may write the same data: make sure that it is off",
];

const namesOf = (entries: readonly (readonly [string, unknown])[]): string => entries.map(([name]) => name).join(", ");
