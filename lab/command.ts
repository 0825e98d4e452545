import { spawn } from "node:child_process";
import type { Command } from "commander";
import { LocumError } from "../src/base/locum-error.js";
import { order } from "./control.js";
import type { Order, SingleOrder } from "./orders.js";
import { type LabRecord, runningLabs, takesOrders, untilGone } from "./registry.js";
import { loadTopology, TOPOLOGY_FILE_WRONG } from "./topology-file.js";
import { cluster, type Topology } from "./topology.js";
import { runLab } from "./up.js";

/** `locum lab`: machines, switches and cables on this machine, to try things on and to break. */
export function addLabCommand(program: Command): void {
  const lab = program
    .command("lab")
    .description("build hosts, switches and cables on this machine, and break them")
    .option("--lab <id>", "which lab, where several run");
  addLifeCommands(lab);
  addCableCommands(lab);
  addTrafficCommands(lab);
  addHostCommands(lab);
}

interface UpFlags {
  readonly nodes: string;
  readonly id?: string;
}

interface WayFlags {
  readonly both?: boolean;
  readonly on?: readonly string[];
}

function addLifeCommands(lab: Command): void {
  lab
    .command("up")
    .description("build a lab and keep it until Ctrl-C")
    .argument("[file]", "topology file; without one: a client and nodes on three switches")
    .option("--nodes <count>", "how many nodes, without a file", "2")
    .option("--id <id>", "a name for the lab, instead of a random one")
    .action(async (file: string | undefined, flags: UpFlags, command: Command) => {
      const topology = file === undefined ? cluster(countOf(flags.nodes, command)) : load(file, command);
      await runLab(topology, flags.id === undefined ? {} : { id: flags.id });
    });
  lab
    .command("list")
    .description("the labs that run")
    .action(() => print(runningLabs().map(describeLab)));
  lab
    .command("show")
    .description("the map of a lab, and what is broken in it")
    .action(async (_flags: object, command: Command) => give(command, { do: "show" }));
  lab
    .command("down")
    .description("end a lab and everything in it")
    .action(async (_flags: object, command: Command) => {
      const { id } = chosenLab(command);
      await order(id, { do: "down" });
      await untilGone(id);
    });
}

function addCableCommands(lab: Command): void {
  const description = { cut: "pull a cable: both ends lose their carrier", restore: "plug it in again" } as const;
  for (const name of ["cut", "restore"] as const)
    lab
      .command(name)
      .description(description[name])
      .argument("<a>", "host, host:interface or switch")
      .argument("<b>")
      .action(async (a: string, b: string, _flags: object, command: Command) => give(command, { do: name, a, b }));
}

function addTrafficCommands(lab: Command): void {
  const description = {
    block: "drop what goes from one to the other; carriers stay",
    unblock: "let it through",
  } as const;
  for (const name of ["block", "unblock"] as const)
    wayCommand(lab, name, description[name]).action(
      async (from: string, to: string, flags: WayFlags, command: Command) =>
        give(command, { do: name, from, to, ...wayOf(flags) }),
    );
  wayCommand(lab, "lose", "lose a part of what goes from one to the other, at random")
    .argument("<percent>")
    .action(async (from: string, to: string, percent: string, flags: WayFlags, command: Command) =>
      give(command, { do: "lose", from, to, loss: lossOf(percent, command), ...wayOf(flags) }),
    );
  lab
    .command("partition")
    .description("keep groups of hosts from seeing each other")
    .argument("<groups...>", "two or more, each with its hosts as in web1,web2")
    .option("--on <switch...>", "only over these switches")
    .action(async (groups: readonly string[], { on }: WayFlags, command: Command) =>
      give(command, { do: "partition", groups: groups.map((each) => each.split(",")), ...(on ? { on: [...on] } : {}) }),
    );
  lab
    .command("heal")
    .description("end every block, loss, partition and hung switch")
    .action(async (_flags: object, command: Command) => give(command, { do: "heal" }));
}

const wayCommand = (lab: Command, name: string, description: string): Command =>
  lab
    .command(name)
    .description(description)
    .argument("<from>", "host, host:interface or switch")
    .argument("<to>")
    .option("--on <switch...>", "only over these switches")
    .option("--both", "the other way as well");

const SINGLE: Readonly<Record<SingleOrder, string>> = {
  freeze: "stop every process of a host where it is",
  thaw: "let them go on",
  kill: "end every process of a host with SIGKILL",
  hang: "a switch passes nothing on, a host neither runs nor answers; carriers stay",
  unhang: "end that",
  off: "take the power of a host or switch",
  on: "give it back",
};

function addHostCommands(lab: Command): void {
  for (const name of Object.keys(SINGLE) as SingleOrder[])
    lab
      .command(name)
      .description(SINGLE[name])
      .argument("<name>")
      .action(async (target: string, _flags: object, command: Command) => give(command, { do: name, name: target }));
  lab
    .command("exec")
    .description("run a command on a host")
    .argument("<host>")
    .argument("<command...>", "after --")
    .action(async (host: string, argv: readonly string[], _flags: object, command: Command) =>
      execute(chosenLab(command), host, argv),
    );
}

/** Gives an order to the lab that is meant, and prints what it answers. */
async function give(command: Command, wanted: Order): Promise<void> {
  const { lines = [] } = await order(chosenLab(command).id, wanted);
  print(lines);
}

/** Runs a command on a host as if it had been typed there: terminal, signals and exit code are its own. */
async function execute(record: LabRecord, host: string, argv: readonly string[]): Promise<void> {
  const { lines = [] } = await order(record.id, { do: "entry", name: host, workingDirectory: process.cwd() });
  const [program = "", ...rest] = [...throughUserNamespace(record), ...lines, ...argv];
  const child = spawn(program, rest, { stdio: "inherit" });
  // Ctrl-C reaches the command by the terminal; this process waits for what comes of it.
  process.on("SIGINT", () => undefined);
  process.exitCode = await new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new LocumError({ code: "lab.exec", message: `Cannot start ${program}` }, cause)),
    );
    child.on("close", (code) => resolve(code ?? SIGNALLED));
  });
}

/** What shells answer for a command that a signal has ended, without the signal's number. */
const SIGNALLED = 128;

const throughUserNamespace = ({ owner, userNamespace }: LabRecord): readonly string[] =>
  userNamespace ? ["nsenter", `--target=${owner}`, "--user", "--preserve-credentials", "--mount", "--net", "--"] : [];

function chosenLab(command: Command): LabRecord {
  const labs = runningLabs().filter(takesOrders);
  const { lab: wanted } = command.optsWithGlobals<{ readonly lab?: string }>();
  const fitting = labs.filter(({ id }) => wanted === undefined || id === wanted);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  throw new LocumError({
    code: "lab.which",
    message: fitting.length > 1 ? "Several labs run" : `No lab ${wanted === undefined ? "" : `${wanted} `}runs`,
    advice:
      labs.length > 0
        ? `Name one of them with --lab: ${labs.map(({ id }) => id).join(", ")}`
        : "Start one: locum lab up",
  });
}

const wayOf = ({ both = false, on }: WayFlags): { bothWays: boolean; on?: string[] } => ({
  bothWays: both,
  ...(on === undefined ? {} : { on: [...on] }),
});

function countOf(text: string, command: Command): number {
  const count = Number(text);
  return Number.isInteger(count) && count >= 1 && count <= NODES_MAX
    ? count
    : command.error(`error: ${text} is no number of nodes from 1 to ${NODES_MAX}`);
}

/** The addresses of the ready-made cluster leave room for these. */
const NODES_MAX = 80;

function lossOf(text: string, command: Command): number {
  const percent = Number(text.replace(/ ?%$/, ""));
  return percent > 0 && percent <= 100
    ? percent / 100
    : command.error(`error: ${text} is no loss from 1 to 100 percent`);
}

/** A wrong file is wrong usage. */
function load(file: string, command: Command): Topology {
  try {
    return loadTopology(file);
  } catch (error) {
    if (!(error instanceof LocumError) || error.failure.code !== TOPOLOGY_FILE_WRONG) throw error;
    return command.error(`error: ${error.message}`);
  }
}

function describeLab(record: LabRecord): string {
  const { id, owner, hosts } = record;
  return `${id}  pid ${owner}  ${hosts.join(" ")}${takesOrders(record) ? "" : "  (run by a program, takes no orders)"}`;
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
