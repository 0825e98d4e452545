import type { NodeName, ServiceName } from "./names.js";

/** What an operator or an application asks of the cluster. Any node takes any command and passes it on. */
export type Command =
  | { readonly kind: "move"; readonly service: ServiceName; readonly to: NodeName }
  | { readonly kind: "drain"; readonly node: NodeName }
  | { readonly kind: "resume"; readonly node: NodeName }
  | { readonly kind: "pause" }
  /** `force`: although machines whose agents are gone keep addresses. */
  | { readonly kind: "unpause"; readonly force?: boolean };

/** How a command ended. */
export type CommandOutcome =
  | { readonly ok: true; readonly message: string }
  | { readonly ok: false; readonly code: CommandRefusal; readonly message: string };

export type CommandRefusal =
  | "unknown-service"
  | "unknown-node"
  | "not-a-candidate"
  | "not-eligible"
  | "paused"
  | "left-behind"
  | "no-holder"
  | "node-unreachable"
  | "timed-out"
  | "stopping"
  | "busy";
