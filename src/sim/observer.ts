import type { Instant } from "../base/time.js";
import type { CommandOutcome } from "../model/command.js";
import type { DetectorReport } from "../model/heartbeat.js";
import type { InterfaceChange } from "../model/interface-configuration.js";
import type { KernelAddress, PlacedAddress } from "../model/kernel.js";
import type { NodeEffect, NodeInput, StepProblem } from "../model/node-io.js";
import type { ConfigurationImage } from "./own-configuration.js";
import type { Fault, Trouble } from "./plan.js";
import type { SimHost } from "./host.js";
import type { KernelAnswer, KernelEvent } from "./kernel.js";
import type { ProcessChange, SimProcess } from "./process.js";

/** Somebody who watches a simulated world without touching it: a checker, the trace, the coverage marks. */
export interface Observer {
  agentStarted?(host: SimHost): void;
  agentEnded?(host: SimHost, how: "exit" | "crash" | "power"): void;
  /** The decisions of a host took an input; its effects are yet to be performed. */
  handled?(host: SimHost, now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void;
  performed?(host: SimHost, effect: NodeEffect): void;
  reported?(host: SimHost, report: DetectorReport): void;
  /** The kernel did or refused what somebody ordered. */
  kernelAsked?(host: SimHost, order: KernelOrder, answer: KernelAnswer): void;
  /** Our agent had an interface changed; `before`: what all interfaces had. */
  interfaceChanged?(host: SimHost, done: ChangeDone): void;
  kernelSaid?(host: SimHost, event: KernelEvent): void;
  guardFired?(host: SimHost, removed: readonly PlacedAddress[]): void;
  programChanged?(host: SimHost, what: ProcessChange, child: SimProcess): void;
  commandGiven?(host: SimHost, id: string): void;
  commandEnded?(id: string, outcome: CommandOutcome): void;
  /** `trouble`: the fault's, aimed at whom it befalls. */
  faultBegan?(fault: Fault, trouble: Trouble): void;
  faultEnded?(fault: Fault): void;
  /** Everything is put right. */
  healed?(): void;
  /** Called at short regular intervals. */
  looked?(): void;
}

export interface ChangeDone {
  readonly change: InterfaceChange;
  readonly before: ConfigurationImage;
  readonly problem: StepProblem | undefined;
}

export interface KernelOrder {
  readonly by: "agent" | "guard" | "stranger";
  readonly what: "add" | "remove";
  readonly placed: PlacedAddress;
  /** What the kernel had before, for an order that removes. */
  readonly before: readonly KernelAddress[];
}
