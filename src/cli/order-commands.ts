import type { Command } from "commander";
import { whileTelling } from "./order-progress.js";
import { clientOf, print } from "./output.js";

/** The commands that change something: switchover, taking nodes out of service and back, maintenance. */
export function addOrderCommands(program: Command): void {
  addMoveCommand(program);
  addServiceCommands(program);
  addNodeCommands(program);
  addPauseCommands(program);
}

function addMoveCommand(program: Command): void {
  program
    .command("move")
    .description("move a service to another node, in order; without a gap unless its programs may run on one node only")
    .argument("<service>")
    .requiredOption("--to <node>", "where to: one of the service's nodes (required)")
    .action(async (service: string, flags: { readonly to: string }, command: Command) => {
      const client = clientOf(command);
      print([await whileTelling(client.move(service, flags), { client, service })]);
    });
}

function addServiceCommands(program: Command): void {
  program
    .command("stop")
    .description("stop a service: no node holds it until it is started, whatever agents are restarted")
    .argument("<service>")
    .action(async (service: string, _flags: object, command: Command) => {
      const client = clientOf(command);
      print([await whileTelling(client.stop(service), { client, service })]);
    });
  program
    .command("start")
    .description("start a service that was stopped; nodes that its programs failed on are tried again at once")
    .argument("<service>")
    .action(async (service: string, _flags: object, command: Command) => {
      const client = clientOf(command);
      print([await whileTelling(client.start(service), { client, service })]);
    });
  program
    .command("restart")
    .description("restart the programs of a service in order, or one of them")
    .argument("<service/program>", "a service, or a service and one of its programs as in shop/db")
    .option("--node <node>", "on which node, which may stand by (default: the one that holds it)")
    .action(async (target: string, { node }: { readonly node?: string }, command: Command) => {
      const [service = "", ...rest] = target.split("/");
      const name = rest.length === 0 ? undefined : rest.join("/");
      const client = clientOf(command);
      print([await whileTelling(client.restart(service, { program: name, node }), { client, service })]);
    });
}

function addNodeCommands(program: Command): void {
  program
    .command("drain")
    .description("take a node out of service: what it holds moves away, and nothing moves to it")
    .argument("[node]", "this node, if none is named")
    .action(async (node: string | undefined, _flags: object, command: Command) => {
      const client = clientOf(command);
      print([await whileTelling(client.drain(node), { client })]);
    });
  program
    .command("resume")
    .description("put a drained node back in service")
    .argument("[node]", "this node, if none is named")
    .action(async (node: string | undefined, _flags: object, command: Command) => {
      print([await clientOf(command).resume(node)]);
    });
}

function addPauseCommands(program: Command): void {
  program
    .command("pause")
    .description("start maintenance on all nodes: nothing moves, whatever happens")
    .action(async (_flags: object, command: Command) => {
      print([await clientOf(command).pause()]);
    });
  program
    .command("unpause")
    .description("end maintenance")
    .option("--force", "although machines whose agents are gone keep addresses: make sure that they are off")
    .action(async (flags: { readonly force?: boolean }, command: Command) => {
      print([await clientOf(command).unpause(flags)]);
    });
}
