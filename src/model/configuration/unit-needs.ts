/** What a cluster file asks of the systemd unit that runs the agent on one node. */
import { type Duration, seconds } from "../../base/time.js";
import type { Cluster } from "../cluster.js";
import { errandCommandsOn } from "./machine-errands.js";
import { nodeStopMax } from "../program-stop-time.js";

export interface UnitNeeds {
  /** Whether the cluster's port is one of those that need a right of their own. */
  readonly hasPrivilegedPort: boolean;
  /** Whether it has commands of rules, checks, hooks or fencing run on the node. */
  readonly runsCommands: boolean;
  /** How long the programs of services may take to end in order; absent: there are none on the node. */
  readonly programsStopMax?: Duration;
}

/** Ports below need CAP_NET_BIND_SERVICE. */
const UNPRIVILEGED_PORTS_START = 1_024;
/** What the agent gives itself for an ordered stop, and the guard after it. */
const AGENT_STOP_MAX: Duration = seconds(10);
/** After an agent that could not end in order, the program host ends what is left, resource agents too. */
const HOST_END_MAX: Duration = seconds(30);

export function unitNeeds(cluster: Cluster, node: string): UnitNeeds {
  const config = cluster.nodes.find(({ name }) => name === node);
  const services = cluster.services.filter(({ nodes }) => nodes.some((each) => each === node));
  return {
    hasPrivilegedPort: cluster.port < UNPRIVILEGED_PORTS_START,
    runsCommands: config !== undefined && errandCommandsOn(cluster, config).length > 0,
    ...(services.some(({ programs }) => programs !== undefined) ? { programsStopMax: nodeStopMax(cluster, node) } : {}),
  };
}

/** How long systemd must wait for an ordered stop before it kills what is left. */
export const unitStopMax = ({ programsStopMax }: UnitNeeds): Duration =>
  programsStopMax === undefined ? AGENT_STOP_MAX : ((AGENT_STOP_MAX + programsStopMax + HOST_END_MAX) as Duration);
