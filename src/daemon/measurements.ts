import type { Measurement } from "../api/agent-port.js";
import type { PacketRefusal } from "../model/heartbeat.js";

export interface MeasuredParts {
  readonly backlog: number;
  readonly refusals: ReadonlyMap<PacketRefusal, number>;
}

/** Figures of the agent's own, for the metrics page. */
export function measurements({ backlog, refusals }: MeasuredParts): readonly Measurement[] {
  const { user, system } = process.cpuUsage();
  return [
    gauge("inputs_waiting", "Inputs that wait for the decisions", backlog),
    gauge("memory_bytes", "Resident memory of the agent", process.memoryUsage.rss()),
    counter("cpu_seconds_total", "Processor time of the agent", (user + system) / 1_000_000),
    ...[...refusals].map(([reason, count]) => ({
      ...counter("packets_refused_total", "Heartbeats that were not accepted, by reason", count),
      labels: { reason },
    })),
  ];
}

const gauge = (name: string, help: string, value: number): Measurement => ({ name, help, kind: "gauge", value });
const counter = (name: string, help: string, value: number): Measurement => ({ name, help, kind: "counter", value });
