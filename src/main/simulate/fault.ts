import { LocumError } from "../../base/locum-error.js";
import { WRONG_USAGE } from "../../cli/exit-code.js";
import type { Cluster, NodeConfig, ServiceConfig } from "../../model/cluster.js";
import { type AttributeValue, attributeValueOf, isAttributeValue } from "../../model/attribute.js";
import { isName, type NetworkName, networkName, type NodeName, nodeName } from "../../model/names.js";
import { interfacesOf } from "./ways.js";

/** Something that breaks or is put right, in the words of `--fault`. */
export type Fault =
  | { readonly kind: "node"; readonly node: NodeName; readonly up: boolean }
  | { readonly kind: "link"; readonly node: NodeName; readonly network: NetworkName; readonly up: boolean }
  | { readonly kind: "interface"; readonly node: NodeName; readonly interface: string; readonly up: boolean }
  | { readonly kind: "network"; readonly network: NetworkName; readonly up: boolean }
  | { readonly kind: "drain"; readonly node: NodeName; readonly drained: boolean }
  /** `value`: undefined: nobody says it of the node any more. */
  | {
      readonly kind: "attribute";
      readonly node: NodeName;
      readonly name: string;
      readonly value: AttributeValue | undefined;
    };

const FORMS = [
  "node NODE down|up",
  "link NODE NETWORK down|up",
  "interface NODE INTERFACE down|up",
  "network NETWORK down|up",
  "drain NODE",
  "resume NODE",
  "attribute NODE NAME=VALUE",
  "attribute NODE NAME",
] as const;

/** Reads one `--fault`. @throws {LocumError} that says what is right. */
export function parseFault(text: string, cluster: Cluster): Fault {
  const words = text.trim().split(/\s+/);
  const fault = words[0] === "attribute" ? readAttribute(text, cluster) : readFault(words);
  if (fault === undefined) {
    throw wrong(`"${text}" is no fault that can be simulated`, `Write one of: ${FORMS.join(", ")}`);
  }
  checkNames(fault, cluster);
  return fault;
}

function readFault([kind, first, second, third, ...rest]: readonly string[]): Fault | undefined {
  if (kind === undefined || first === undefined || rest.length > 0) return undefined;
  if (kind === "link" || kind === "interface") {
    const [node, up] = [nodeName(first), readState(third)];
    if (second === undefined || up === undefined) return undefined;
    return kind === "link" ? { kind, node, network: networkName(second), up } : { kind, node, interface: second, up };
  }
  if (third !== undefined) return undefined;
  if (kind === "drain" || kind === "resume") {
    return second === undefined ? { kind: "drain", node: nodeName(first), drained: kind === "drain" } : undefined;
  }
  const up = readState(second);
  if (up === undefined) return undefined;
  if (kind === "node") return { kind, node: nodeName(first), up };
  return kind === "network" ? { kind, network: networkName(first), up } : undefined;
}

/** What a check prints is a text, whatever it looks like. */
function readAttribute(text: string, { checks = [] }: Cluster): Fault | undefined {
  const [, node, name, , given] = /^\s*attribute\s+(\S+)\s+([^\s=]+)(=(.*))?$/.exec(text.trimEnd()) ?? [];
  if (node === undefined || !isName(name)) return undefined;
  const isPrinted = checks.some(({ attribute, value }) => attribute === name && value === "output");
  const value = given === undefined || isPrinted ? given : attributeValueOf(given);
  if (value !== undefined && !isAttributeValue(value)) return undefined;
  return { kind: "attribute", node: nodeName(node), name, value };
}

function readState(word: string | undefined): boolean | undefined {
  if (word === "up") return true;
  return word === "down" ? false : undefined;
}

function checkNames(fault: Fault, { name, nodes, networks, services }: Cluster): void {
  const node = "node" in fault ? nodes.find((each) => each.name === fault.node) : undefined;
  if ("node" in fault && node === undefined) {
    throw wrong(`There is no node ${fault.node} in cluster ${name}`, `It has: ${namesOf(nodes)}`);
  }
  if ("network" in fault && !networks.some((each) => each.name === fault.network)) {
    throw wrong(`There is no network ${fault.network} in cluster ${name}`, `It has: ${namesOf(networks)}`);
  }
  if (fault.kind === "link" && node !== undefined && !node.networks.some((each) => each.network === fault.network)) {
    const own = node.networks.map((each) => each.network).join(", ");
    throw wrong(`${fault.node} is not on network ${fault.network}`, `It is on: ${own}`);
  }
  if (fault.kind === "interface" && node !== undefined) checkInterface(fault.interface, node, services);
}

function checkInterface(name: string, node: NodeConfig, services: readonly ServiceConfig[]): void {
  const own = services.filter(({ nodes }) => nodes.includes(node.name));
  const known = interfacesOf(
    node,
    own.flatMap(({ addresses }) => addresses),
  );
  if (known.has(name)) return;
  throw wrong(
    `The file does not name an interface ${name} of ${node.name}`,
    known.size === 0
      ? `It names none: use "link ${node.name} NETWORK down" for the cable to a network`
      : `It names: ${[...known].join(", ")}`,
  );
}

const namesOf = (things: readonly { readonly name: string }[]): string => things.map(({ name }) => name).join(", ");

const wrong = (message: string, advice: string): LocumError => new LocumError({ code: WRONG_USAGE, message, advice });

/** A fault in the words in which it is given. */
export function faultText(fault: Fault): string {
  if (fault.kind === "drain") return `${fault.drained ? "drain" : "resume"} ${fault.node}`;
  if (fault.kind === "attribute") {
    const said = fault.value === undefined ? "" : `=${String(fault.value)}`;
    return `attribute ${fault.node} ${fault.name}${said}`;
  }
  const state = fault.up ? "up" : "down";
  switch (fault.kind) {
    case "node":
      return `node ${fault.node} ${state}`;
    case "network":
      return `network ${fault.network} ${state}`;
    case "link":
      return `link ${fault.node} ${fault.network} ${state}`;
    case "interface":
      return `interface ${fault.node} ${fault.interface} ${state}`;
  }
}
