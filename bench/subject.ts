import type { Instant } from "../src/base/time.js";
import type { Lab } from "../lab/lab.js";
import type { UdpProbe } from "../lab/measure.js";

export const FAULTS = [
  "cable cut",
  "node frozen",
  "power off",
  "agent kill -9",
  "orderly stop",
  "planned move",
] as const;
export type Fault = (typeof FAULTS)[number];

/** A program under measurement: two nodes that hold one address, in a lab of its own. */
export interface Subject {
  readonly name: string;
  readonly lab: Lab;
  startProbe(): Promise<UdpProbe>;
  /** Brings the fault on the node that serves; the answer is when it took effect. */
  inflict(fault: Fault, holder: string): Promise<Instant>;
  /** Puts right what the fault broke; returns when both nodes are sound again. */
  recover(fault: Fault, broken: string): Promise<void>;
  close(): Promise<void>;
}
