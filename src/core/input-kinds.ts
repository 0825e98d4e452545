/** The inputs of a node, by who takes them in. */
import type { NodeInput } from "../model/node-io.js";

/** Inputs after which this node may be more or less fit than before. */
export const TOUCHES_FITNESS: ReadonlySet<NodeInput["kind"]> = new Set([
  "started",
  "detector-reported",
  "peer-state-received",
  "peer-disowned",
  "peer-acknowledged",
  "state-relayed",
  "link-changed",
  "link-removed",
  "address-added",
  "address-removed",
  "kernel-read",
  "ping-judged",
  "configuration-changed",
]);

/** Orders of operators and of the agent around the decisions. */
export type OrderInput = Extract<
  NodeInput,
  {
    readonly kind:
      | "command-received"
      | "command-answered"
      | "configuration-changed"
      | "guard-fired"
      | "incarnation-outdated"
      | "stop-requested";
  }
>;

/** What was heard of ping targets. */
export type PingInput = Extract<NodeInput, { readonly kind: "ping-judged" | "ping-answers-changed" }>;

/** What the kernel reports. */
export type KernelInput = Extract<
  NodeInput,
  { readonly kind: "link-changed" | "link-removed" | "address-added" | "address-removed" | "kernel-read" }
>;
