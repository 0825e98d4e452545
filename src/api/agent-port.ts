import type { Instant } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { Command, CommandOutcome } from "../model/command.js";
import type { AddressOutlook } from "../model/eligibility.js";
import type { AgentEvent } from "../model/event.js";
import type { ServiceName } from "../model/names.js";
import type { ProgramSaying } from "../model/program.js";
import type { RuleStanding } from "../model/rule-standing.js";
import type { NodeView } from "../model/status.js";

/** All that the API knows of the agent behind it. Nothing here waits but `command`. */
export interface AgentPort {
  /** Version of the program. */
  readonly program: string;
  readonly clock: WallClock;
  readonly events: EventHistory;
  /** The configuration in force. */
  configuration(): Cluster;
  view(): NodeView;
  /** Where on this node a service's addresses are or could go. */
  outlook(service: ServiceName): readonly AddressOutlook[];
  /** How each rule stands at this node now. */
  ruleStandings(): readonly RuleStanding[];
  /** Calls back after every change of the view, measured round trips included; the answer ends it. */
  onViewChange(listener: () => void): Unsubscribe;
  command(command: Command): Promise<CommandOutcome>;
  /** Takes in what a run of a program says of itself. */
  programSaid(run: number, saying: ProgramSaying): void;
  /** Figures that only the agent has; the API adds those that follow from the view and the events. */
  measurements(): readonly Measurement[];
}

export type Unsubscribe = () => void;

export interface WallClock {
  /** The time of day of an instant of this boot, as ISO 8601 in UTC with milliseconds. */
  toIso(instant: Instant): string;
}

/** The events that this agent has kept, its own and its peers'. */
export interface EventHistory {
  /** Those that match, oldest first; of more than `limit`, the newest. */
  recent(filter: EventFilter): readonly AgentEvent[];
  /** Calls back for every later event that matches; the answer ends it. */
  subscribe(filter: EventFilter, listener: (event: AgentEvent) => void): Unsubscribe;
}

/** Which events; what is left out matches all. */
export interface EventFilter {
  readonly sinceMs?: number;
  /** Only events later than the one with this sequence. */
  readonly afterSequence?: number;
  readonly service?: ServiceName;
  /** Note codes, or areas such as `service`. */
  readonly codes?: readonly string[];
  readonly limit?: number;
}

/** One figure for the metrics page. */
export interface Measurement {
  /** In Prometheus spelling, without the `locum_` in front. */
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge";
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}
