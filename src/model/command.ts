import { type Duration, seconds } from "../base/time.js";
import type { AttributeOrder } from "./attribute.js";
import type { Mover } from "./mover.js";
import type { NodeName, ServiceName } from "./names.js";
import type { PathGroupName } from "./path.js";
import type { ProgramName } from "./program.js";
import type { RuleName } from "./rule.js";

/** What an operator or an application asks of the cluster. Any node takes any command and passes it on. */
export type Command =
  /** `by`: absent: an operator. */
  | { readonly kind: "move"; readonly service: ServiceName; readonly to: NodeName; readonly by?: Mover }
  | DrainOrResume
  | { readonly kind: "pause" }
  /** `force`: although machines whose agents are gone keep addresses. */
  | { readonly kind: "unpause"; readonly force?: boolean }
  /** Until `start-service` nobody holds it, whatever agents are restarted. */
  | StopOrStart
  | RestartService
  /** Cuts the node off by the methods of the file; `isOff`: somebody made sure that it is off already. */
  | { readonly kind: "fence"; readonly node: NodeName; readonly by?: RuleName; readonly isOff?: true }
  /** Takes back what an operator or a rule ordered by `fence`, on whichever nodes it waits or is to be tried again. */
  | { readonly kind: "cancel-fence"; readonly node: NodeName }
  | PathCommand
  | AttributeCommand;

/** `by`: the rule whose order it is; absent: an operator's. */
export interface DrainOrResume {
  readonly kind: "drain" | "resume";
  readonly node: NodeName;
  readonly by?: RuleName;
}

/** `by`: as with `DrainOrResume`. */
export interface StopOrStart {
  readonly kind: "stop-service" | "start-service";
  readonly service: ServiceName;
  readonly by?: RuleName;
}

/** Its programs, or one of them, on that node, which may stand by; absent: where it is held. */
export interface RestartService {
  readonly kind: "restart-service";
  readonly service: ServiceName;
  readonly program?: ProgramName;
  readonly node?: NodeName;
}

/** What is said of a node; the node itself keeps it. */
export type AttributeCommand =
  | { readonly kind: "set-attribute"; readonly node: NodeName; readonly attribute: AttributeOrder }
  | { readonly kind: "unset-attribute"; readonly node: NodeName; readonly name: string };

/** What is asked of a node about its paths. */
export type PathCommand =
  /** Puts the group's traffic on one of its interfaces. */
  | { readonly kind: "path-switch"; readonly node: NodeName; readonly group: PathGroupName; readonly to: string }
  /** While a group is paused, nothing that fails moves its traffic. */
  | { readonly kind: "path-pause" | "path-resume"; readonly node: NodeName; readonly group: PathGroupName }
  /** Hot swap: a detached interface carries nothing and may be unplugged (HN-11). */
  | { readonly kind: "path-detach" | "path-attach"; readonly node: NodeName; readonly interface: string };

/** A command whose programs are plainly about to end, or to be ready, is answered when they have, or after this time. */
export const COMMAND_TIME_MAX: Duration = seconds(600);

/** How a command ended. */
export type CommandOutcome =
  | { readonly ok: true; readonly message: string }
  | { readonly ok: false; readonly code: CommandRefusal; readonly message: string };

export type CommandRefusal =
  | "unknown-service"
  | "unknown-node"
  | "unknown-path-group"
  /** No path group of the node has an interface of this name. */
  | "unknown-interface"
  | "unknown-program"
  | "unknown-attribute"
  | "too-many-attributes"
  | "not-a-candidate"
  | "not-eligible"
  | "paused"
  /** The node is drained, and goes on serving what nobody else can take now. */
  | "serves-on"
  | "left-behind"
  | "no-holder"
  /** No living node has a method to fence it. */
  | "no-fencing"
  | "node-unreachable"
  | "timed-out"
  | "stopping"
  | "busy";
