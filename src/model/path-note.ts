import type { Duration } from "../base/time.js";
import type { EligibilityResult } from "./eligibility.js";
import type { InterfaceChange } from "./interface-configuration.js";
import type { NodeName } from "./names.js";
import type { Owed, PathGroupName, PathRefusal, PathSwitchReason, SwitchProblem } from "./path.js";

/** What path groups have to say; part of Note. */
export type PathNote = { readonly group: PathGroupName } & (
  | { readonly code: "path.adopted"; readonly interface: string; readonly addresses: readonly string[] }
  | { readonly code: "path.failed"; readonly interface: string; readonly reason: PathSwitchReason }
  /** The path that stands by failed: nothing moves, and nothing could move. */
  | { readonly code: "path.standby-dead"; readonly interface: string; readonly reason: PathSwitchReason }
  | { readonly code: "path.recovered"; readonly interface: string; readonly outFor: Duration }
  | {
      readonly code: "path.switching";
      readonly from: string;
      readonly to: string;
      readonly reason: PathSwitchReason;
    }
  | {
      readonly code: "path.step-done";
      readonly change: InterfaceChange["kind"];
      readonly interface: string;
      readonly took: Duration;
    }
  | {
      readonly code: "path.step-refused";
      readonly change: InterfaceChange["kind"];
      readonly interface: string;
      readonly problem: string;
      readonly remedy: StepRemedy;
    }
  | {
      readonly code: "path.switched";
      readonly from: string;
      readonly to: string;
      readonly reason: PathSwitchReason;
      /** How many went along. */
      readonly addresses: number;
      readonly took: Duration;
    }
  | {
      readonly code: "path.switch-undone";
      readonly from: string;
      readonly to: string;
      readonly problem: SwitchProblem;
      readonly took: Duration;
    }
  | { readonly code: "path.switch-refused"; readonly to: string; readonly why: PathRefusal }
  /** There were too many changes of paths lately: the next one waits. */
  | { readonly code: "path.held-back"; readonly switches: number; readonly delay: Duration }
  | {
      readonly code: "path.address-kept";
      readonly address: string;
      readonly interface: string;
      readonly to: string;
      readonly against: readonly EligibilityResult[];
      /** What the kernel said, when it was the one that refused it. */
      readonly problem?: string;
    }
  | { readonly code: "path.immovable"; readonly interface: string; readonly what: readonly string[] }
  | {
      readonly code: "path.capture-failed";
      readonly interface: string;
      readonly problem: string;
      /** What is used in its place. */
      readonly fallback: "snapshot" | "none";
    }
  | {
      readonly code: "path.plan-resumed";
      readonly from: string;
      readonly to: string;
      readonly direction: "forward" | "undo";
    }
  /** The kernel refused to let a change be undone whole, or routes and neighbours be taken along: the rest is tried again. */
  | ({ readonly code: "path.put-off"; readonly from: string; readonly to: string } & Owed)
  | { readonly code: "path.caught-up"; readonly from: string; readonly to: string }
  /** Of that, what has no place any more. */
  | ({ readonly code: "path.given-up"; readonly from: string; readonly to: string } & Owed)
  | { readonly code: "path.peer-switched"; readonly node: NodeName }
  | { readonly code: "path.paused" }
  | { readonly code: "path.resumed" }
  | { readonly code: "path.detached"; readonly interface: string }
  | { readonly code: "path.attached"; readonly interface: string }
  /** An interface of the group that was not there is there now, and is taken in. */
  | { readonly code: "path.appeared"; readonly interface: string }
);

/** What a refused step leads to. */
export type StepRemedy = "tried-again" | "split" | "left-out" | "looked-up" | "put-off" | "undone";
