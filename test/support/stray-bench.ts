/** The node web3, on which a unit of a service may run that its agent did not start (networked-node.ts). */
import type { ServiceConfig } from "../../src/model/cluster.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { NOTHING_SAVED, type NodeState } from "../../src/model/node-state.js";
import {
  type ProbedProgram,
  type ProgramBrief,
  type ProgramConfig,
  type ProgramEffect,
  programName,
} from "../../src/model/program.js";
import { clusterOf, NetworkedNode, type NetworkedNodeOptions, SHOP as SERVICE } from "./networked-node.js";
import { milliseconds } from "../../src/base/time.js";
import { nodeState } from "./node-state.js";
import { programConfig, programsConfig } from "./program-config.js";

export const BANK = serviceName("bank");
export const DB: ProgramConfig = programConfig("db", {
  source: { kind: "unit", unit: "db.service" },
  ready: { kind: "started" },
});
export const RUNS: ProbedProgram = { kind: "runs", isPromoted: false };
export const PAUSED = { ...NOTHING_SAVED, pause: { paused: true, revision: 1 } };
/** Far longer than it takes to know that nobody else holds anything. */
export const LONG_MS = 5_000;

export const withPrograms = (
  list: readonly ProgramConfig[],
  nodes: readonly string[] = ["web1", "web2", "web3"],
): Partial<ServiceConfig> => ({ nodes: nodes.map(nodeName), ...programsConfig(list) });

/** A second service, without addresses. */
export const bankOf = (list: readonly ProgramConfig[], nodes: readonly string[]): ServiceConfig => ({
  ...SERVICE,
  name: BANK,
  addresses: [],
  nodes: nodes.map(nodeName),
  ...programsConfig(list),
});

/** In a cluster where web1 holds the service. */
export function besideHolder(options: NetworkedNodeOptions = {}): NetworkedNode {
  const node = new NetworkedNode({ service: withPrograms([DB]), ...options });
  node.claim("web1", 1);
  node.claimNothing("web2");
  node.pass(LONG_MS);
  return node;
}

export function answer(node: NetworkedNode, found: ProbedProgram, probe = 1, service = SERVICE.name): void {
  node.take({ kind: "program-probed", service, program: programName("db"), probe, answer: found });
}

export function reload(node: NetworkedNode, services: readonly ServiceConfig[], hash = "1"): void {
  node.take({ kind: "configuration-changed", cluster: { ...clusterOf(services, []), hash } });
  node.pass(10);
}

export const kinds = (node: NetworkedNode): readonly string[] => node.orders.map(({ kind }) => kind);

export const ordersOf = <K extends ProgramEffect["kind"]>(
  node: NetworkedNode,
  kind: K,
): readonly Extract<ProgramEffect, { kind: K }>[] =>
  node.orders.flatMap((order) => (order.kind === kind ? [order as Extract<ProgramEffect, { kind: K }>] : []));

/** Nothing is left of the stray that was ended last. */
export function gone(node: NetworkedNode): void {
  node.take({ kind: "program-gone", run: ordersOf(node, "end-stray").at(-1)?.start.run ?? 0 });
}

/** What a peer tells of a program that it ends. */
export const strayBrief = (more: Partial<ProgramBrief> = {}): ProgramBrief => ({
  service: SERVICE.name,
  program: DB.name,
  state: "stopping",
  role: "standby",
  lasted: milliseconds(1),
  restarts: 0,
  found: true,
  stray: true,
  ...more,
});

export function says(node: NetworkedNode, peer: string, version: number, state: Partial<NodeState>): void {
  node.take({
    kind: "peer-state-received",
    peer: nodeName(peer),
    state: nodeState(nodeName(peer), { version, ...state }),
  });
}
