import type { ServiceView } from "../model/status.js";
import type { AgentPort } from "./agent-port.js";
import { problem } from "./problem.js";

/** The service of that name. @throws {LocumError} that names those that there are. */
export function knownService(port: AgentPort, name: string): ServiceView {
  const { cluster, services } = port.view();
  const service = services.find((each) => each.name === name);
  if (service !== undefined) return service;
  const advice = adviceOf("services", services);
  throw problem("unknown-service", `There is no service ${name} in cluster ${cluster}`, advice);
}

/** @throws {LocumError} that names the nodes that there are, unless there is one of that name. */
export function checkNode(port: AgentPort, name: string): void {
  const { cluster, nodes } = port.view();
  if (nodes.some((each) => each.name === name)) return;
  throw problem("unknown-node", `There is no node ${name} in cluster ${cluster}`, adviceOf("nodes", nodes));
}

/** @throws {LocumError} that names the node's path groups, unless it has one of that name. */
export function checkPathGroup(port: AgentPort, node: string, name: string): void {
  const groups = port.configuration().nodes.find((each) => each.name === node)?.paths ?? [];
  if (groups.some((each) => each.name === name)) return;
  throw problem("unknown-path-group", `${node} has no path group ${name}`, adviceOf("path groups", groups));
}

/** @throws {LocumError} that names the service's programs, unless it has one of that name. */
export function checkProgram(port: AgentPort, service: string, name: string): void {
  const programs = port.configuration().services.find((each) => each.name === service)?.programs?.list ?? [];
  if (programs.some((each) => each.name === name)) return;
  throw problem(
    "unknown-program",
    `${service} has no program ${name.slice(0, SHOWN_MAX)}`,
    adviceOf("programs", programs),
  );
}

/** So much of a wrong name is repeated. */
export const SHOWN_MAX = 80;

const adviceOf = (kind: string, things: readonly { readonly name: string }[]): string =>
  things.length === 0 ? `It has no ${kind}` : `It has these ${kind}: ${things.map(({ name }) => name).join(", ")}`;
