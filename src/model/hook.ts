/** Hooks: who is told of what happens, by a command or a message to a web server. */
import type { Duration } from "../base/time.js";
import type { NodeName, ServiceName } from "./names.js";
import type { Severity } from "./note.js";

export type HookName = string & { readonly __name: "hook" };
export const hookName = (text: string): HookName => text as HookName;

export interface HookConfig {
  readonly name: HookName;
  readonly target: HookTarget;
  /** One event takes no longer than this. */
  readonly timeout: Duration;
  readonly filter: HookFilter;
  /** Where it runs; empty: on all nodes. */
  readonly nodes: readonly NodeName[];
  /** From which of them it hears of what all of them see; of what a node does itself it hears from that one. */
  readonly from: "one" | "each";
}

export type HookTarget =
  /** It gets the event as JSON on standard input. */
  | { readonly kind: "command"; readonly command: readonly string[] }
  /** The files are absolute paths. */
  | {
      readonly kind: "web";
      readonly url: string;
      readonly secretFile: string | undefined;
      readonly caFile: string | undefined;
    };

/** Which events a hook is told of. */
export interface HookFilter {
  readonly severity: Severity;
  /** Codes, or areas such as `service`; empty: all. */
  readonly codes: readonly string[];
  /** Only events about these; empty: all. */
  readonly services: readonly ServiceName[];
}
