import type { Command } from "commander";
import { LocumError } from "../base/locum-error.js";
import { type AddressOf, addressToUse } from "../model/status-document-address.js";
import type { StatusDocument } from "../model/status-document.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";
import { cell, tableLines } from "./table.js";

interface AddressFlags {
  readonly json?: true;
  readonly watch?: true;
}

/** `locum address`: by which address a service or a node is reached now, for people and for shell scripts. */
export function addAddressCommand(program: Command): void {
  program
    .command("address")
    .description("say by which address each service and node is reached from here now, or print the one of one of them")
    .argument("[name]", "a service or a node")
    .option("--json", "for programs")
    .option("--watch", "with a name: go on with each address that takes its place")
    .action((name: string | undefined, flags: AddressFlags, command: Command) => run(name, flags, command));
}

async function run(name: string | undefined, { json, watch }: AddressFlags, command: Command): Promise<void> {
  if (name === undefined && watch === true) command.error("error: --watch takes the name of a service or node");
  const client = clientOf(command);
  const status = await client.status();
  if (name === undefined) {
    if (json === true) printJson(everyAddress(status));
    else print(addressLines(status));
    return;
  }
  const wanted = wantedIn(status, name);
  const show = (address: string | null): void => (json === true ? printJson(address) : print([address ?? "none"]));
  if (watch === true) for await (const address of client.addresses(wanted)) show(address);
  else show(addressToUse(status, wanted) ?? throwUnreachable(status, name));
}

/** A service before a node of the same name: that is what clients ask for. @throws {LocumError} */
function wantedIn(status: StatusDocument, name: string): AddressOf {
  if (Object.hasOwn(status.services, name)) return { service: name };
  if (Object.hasOwn(status.nodes, name)) return { node: name };
  throw new LocumError({
    code: "unknown-service",
    message: `There is no service and no node ${name} in cluster ${status.cluster}`,
    advice: `It has these: ${[...Object.keys(status.services), ...Object.keys(status.nodes)].join(", ")}`,
  });
}

function throwUnreachable(status: StatusDocument, name: string): never {
  throw new LocumError({
    code: "no-address",
    message: `${status.node} knows of no way to ${name} now`,
    advice: "`locum status` says which nodes and networks work",
  });
}

const everyAddress = (status: StatusDocument): unknown => ({
  services: Object.fromEntries(Object.entries(status.services).map(([name, { reach }]) => [name, reach])),
  nodes: Object.fromEntries(Object.entries(status.nodes).map(([name, { address }]) => [name, address])),
});

function addressLines(status: StatusDocument): readonly string[] {
  const rowOf = (name: string, address: string, use: string | null) => [
    cell(name),
    cell(address, "dim"),
    cell(use ?? "no way known", use === null ? "bad" : undefined),
  ];
  const services = Object.entries(status.services).flatMap(([name, { reach }]) =>
    reach.map(({ address, use }) => rowOf(name, address, use)),
  );
  const nodes = Object.entries(status.nodes).map(([name, { address }]) => rowOf(name, "", address));
  const heading = ["NAME", "ADDRESS", `USE ON ${status.node}`];
  return tableLines(heading, [...services, ...nodes], layoutOfOutput());
}
