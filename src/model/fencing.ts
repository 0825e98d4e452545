/** Fencing: cutting a node off by force, from outside, so that what it cannot end may begin elsewhere. */
import type { Duration, Instant } from "../base/time.js";
import { LIMITS } from "./configuration/limits.js";
import type { NodeName, ServiceName } from "./names.js";
import type { ProgramName } from "./program.js";
import type { RuleName } from "./rule.js";

/** How a node is fenced. */
export interface FenceConfig {
  /** Tried in this order until one succeeds; at least one. */
  readonly methods: readonly FenceMethod[];
  /** Where the methods stand in the file: at the node, or for all. */
  readonly origin: "node" | "cluster";
  /** When the cluster fences it by itself. `stuck`: a program binds a service to it that another node could hold. */
  readonly when: readonly "stuck"[];
  /** A node that is not heard, and that holds more than the one that fences it, is fenced only after so long. */
  readonly delay: Duration;
  /** So often in a row a node tries all methods, … */
  readonly attempts: number;
  /** … with so much time in between. */
  readonly retry: Duration;
  /** After it was fenced, or could not be for so often, it is left alone for so long. */
  readonly rest: Duration;
}

/** A command that cuts a node off. It ends with status 0 only when that is done. */
export interface FenceMethod {
  readonly name: string;
  /** An absolute path and arguments. */
  readonly command: readonly string[];
  readonly speech: FenceSpeech;
  /** Absolute path of a file with lines `name=value` that only root may read; undefined: it needs no secret. */
  readonly secretFile: string | undefined;
  readonly timeout: Duration;
  /** Where it can be used; empty: on all nodes. Never on the node that is fenced. */
  readonly nodes: readonly NodeName[];
}

/** How a method is told what to do, on standard input. */
export type FenceSpeech =
  /** As JSON; secrets are in its environment. */
  | { readonly kind: "json" }
  /** Lines `name=value`, secrets among them, as agents of the fence-agents project read them (FenceAgentAPI). */
  | {
      readonly kind: "agent";
      readonly action: FenceAction;
      readonly parameters: Readonly<Record<string, string>>;
    };

export type FenceAction = "off" | "reboot";

export type FenceCause =
  | { readonly kind: "operator" }
  | { readonly kind: "rule"; readonly rule: RuleName }
  /**
   * The program cannot be ended there and binds the service. `found`: its agent did not start it, and nobody can tell whether it
   * still runs, now that the node is silent; an older version takes that for the same.
   */
  | { readonly kind: "stuck"; readonly service: ServiceName; readonly program: ProgramName; readonly found?: true };

/** What a node says of its fencing of another. */
export interface FenceBrief {
  readonly node: NodeName;
  /** The run of the fenced node's agent that this is about. */
  readonly incarnation: number;
  readonly state: FenceState;
  readonly cause: FenceCause;
  /** Since when it is in that state, at the time of the telling. */
  readonly lasted: Duration;
  /** Of `done`: the method, or `operator`. */
  readonly method?: string;
  /** Why it failed, or did so the time before. */
  readonly problem?: string;
}

/** What a node was told of an order to fence another: it is taken back. */
export interface FenceCancellation {
  readonly node: NodeName;
  /** How often it was told so. */
  readonly count: number;
  /** Since when, at the time of the telling. */
  readonly lasted: Duration;
}

export type FenceState = "under-way" | "done" | "failed";

/** What became of the latest fencing of a node, as another one knows it. */
export interface FenceView {
  readonly state: FenceState;
  /** The node that fences. */
  readonly by: NodeName;
  readonly since: Instant;
  readonly cause: FenceCause;
  readonly method?: string;
  readonly problem?: string;
}

/** A node tells its peers of so many bonds at most: one for each service. */
export const BONDS_TOLD_MAX: number = LIMITS.services;

/** A service of which a node could not end a program when it was last heard. */
export interface Bond {
  readonly node: NodeName;
  readonly service: ServiceName;
  readonly program: ProgramName;
  /** The latest hold of the service, by whomever, that was known then. */
  readonly epoch: number;
  /** Of its agent. */
  readonly incarnation: number;
  /** Of its machine; absent: an older version did not say. */
  readonly boot?: string;
}

/** A node tells its peers of so many strays at most: one for each program. */
export const STRAYS_TOLD_MAX: number = LIMITS.programs;

/** A program that its node found running there when it was last heard, although its agent did not start it. */
export interface Stray {
  readonly node: NodeName;
  readonly service: ServiceName;
  readonly program: ProgramName;
  /** Of its agent, and the version of the state, in which it said so first. */
  readonly incarnation: number;
  readonly version: number;
  /** Of its machine; absent: an older version did not say. */
  readonly boot?: string;
}

/** When a node was fenced last, for who must leave it alone for a while after that. */
export interface FencedNode {
  readonly node: NodeName;
  /** On the clock of the machine that keeps it, in the boot `boot`. */
  readonly at: Instant;
  /** Absent: it is not known. */
  readonly boot?: string;
}

/** What is said of a fencing; `node` is the one that is fenced. Part of Note. */
export type FenceNote = { readonly node: NodeName } & (
  | {
      readonly code: "fence.began";
      readonly cause: FenceCause;
      readonly methods: readonly string[];
      /** Before the first method is tried. */
      readonly wait: Duration;
    }
  | {
      readonly code: "fence.method-failed";
      readonly method: string;
      readonly problem: string;
      readonly took: Duration;
      /** Tried now; absent: there is none left. */
      readonly following?: string;
    }
  | { readonly code: "fence.done"; readonly method: string; readonly cause: FenceCause; readonly took: Duration }
  /** `again`: when all methods are tried again; absent: not by itself. */
  | { readonly code: "fence.failed"; readonly cause: FenceCause; readonly again?: Duration }
  /** A pause began, the reason is gone, the order was taken back, or the methods were taken out of the file, before one of them was tried. */
  | { readonly code: "fence.called-off"; readonly cause: FenceCause }
  /** An operator took the order back here. */
  | { readonly code: "fence.cancelled" }
  /** An operator says that the node is off. */
  | { readonly code: "fence.confirmed" }
  /** Another node said so. */
  | { readonly code: "fence.heard"; readonly by: NodeName; readonly method: string }
  /** It is heard again as it was, although it was fenced: the method cut off something else, or nothing. */
  | { readonly code: "fence.belied"; readonly method: string }
);

/** What `done` has for a method where an operator said that the node is off. */
export const BY_OPERATOR = "operator";
