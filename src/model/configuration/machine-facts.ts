import type { Failure } from "../../base/locum-error.js";
import type { Duration } from "../../base/time.js";
import type { Result } from "../../base/result.js";
import type { KernelSnapshot } from "../kernel.js";

/** What the checks of one machine are made from. */
export interface MachineFacts {
  /** Refused: the system's own words. */
  readonly kernel: Result<KernelSnapshot, string>;
  /** The number of keys in the secret file. */
  readonly secret: Result<number, Failure>;
  readonly portUsers: readonly PortUser[];
  readonly missingRights: readonly MissingRight[];
  /** What the programs of the node's services need of this machine, as far as it is not there. */
  readonly programs: ProgramFacts;
  /** Files of hooks and of fencing that cannot be used, with the reason. */
  readonly errandFiles: ReadonlyMap<string, string>;
  /** The systemd unit that runs the agent here, with its drop-ins behind it; absent where there is none. */
  readonly unit?: string;
  /** Whether this is the user that could have all rights. */
  readonly isRoot: boolean;
}

export interface ProgramFacts {
  /** By absolute path: those that cannot be executed. */
  readonly executables: ReadonlyMap<string, ExecutableFault>;
  /** Absolute paths of directories that no program can start in, with the system's words. */
  readonly directories: ReadonlyMap<string, string>;
  readonly unknownUsers: ReadonlySet<string>;
  /** By `userPathKey`: what is there, and a user may not use. Only where the system was asked. */
  readonly beyondUsers: ReadonlySet<string>;
  /** By `provider:type`: those that are there. */
  readonly agents: ReadonlyMap<string, AgentParameters>;
  /** Every resource agent of the machine, as `provider:type`, where one is wanted that there is not. */
  readonly agentsHere: readonly string[];
  /** By `provider:type`: those that do not describe themselves. Only where agents were asked. */
  readonly muteAgents: ReadonlySet<string>;
  /** By `provider:type`: those that expect to be told of what they do on other nodes. Only where agents were asked. */
  readonly notifiedAgents: ReadonlySet<string>;
  /** By `provider:type`, or by the name of the unit: how long its end may take by its author. Only where these were asked. */
  readonly stopAdvice: ReadonlyMap<string, Duration>;
  /** By `resourceKey`: what its agent has against a resource on this machine, in words. Only where agents were asked. */
  readonly refusedResources: ReadonlyMap<string, string>;
  /** Whether systemd runs, for units. */
  readonly hasSystemd: boolean;
  /** Of control groups, by the kernel's name: what limits hold by. */
  readonly controllers: ReadonlySet<string>;
  /** By name: units that are not as they should be. Which are enabled, only where systemd was asked. */
  readonly units: ReadonlyMap<string, UnitFault>;
}

export interface ExecutableFault {
  /** `forbidden`: it is there, and not executable; `interpreter`: its first line names one that there is not. */
  readonly kind: "missing" | "no-file" | "forbidden" | "interpreter";
  /** What follows a colon. */
  readonly problem: string;
}

/** Parameters of a resource agent, by name. */
export interface AgentParameters {
  readonly required: readonly string[];
  /** All of them; undefined where the agent was not asked. */
  readonly known: readonly string[] | undefined;
}

/** `enabled`: systemd starts it by itself. */
export type UnitFault = "missing" | "masked" | "enabled";

/** A program that has the cluster's port on an address that the agent would use. */
export interface PortUser {
  readonly protocol: "udp" | "tcp";
  /** Canonical text; `0.0.0.0` or `::` for all. */
  readonly address: string;
  /** Undefined where this user may not see it. */
  readonly program?: { readonly processId: number; readonly commandLine: string };
}

export interface MissingRight {
  /** The kernel's name, such as `CAP_NET_ADMIN`. */
  readonly capability: string;
  readonly purpose: string;
  readonly isVital: boolean;
}
