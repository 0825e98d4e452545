/** What the agent and the process that runs commands for it tell each other: one JSON value a line. */
import type { ErrandSecret } from "../../model/errand.js";
import type { CommandEnd } from "../../os/node/command-run.js";
import type { Post, PostEnd } from "../../os/node/webhook.js";

export type ErrandOrder =
  | {
      readonly kind: "run";
      readonly id: number;
      readonly command: readonly string[];
      readonly timeoutMs: number;
      readonly input: string;
      readonly secret?: ErrandSecret;
    }
  | { readonly kind: "post"; readonly id: number; readonly post: Post }
  /** In place of those that there were. */
  | { readonly kind: "check"; readonly checks: readonly CheckOrder[] };

export interface CheckOrder {
  readonly name: string;
  readonly command: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export type ErrandReport =
  | { readonly kind: "ran"; readonly id: number; readonly end: CommandEnd }
  | { readonly kind: "posted"; readonly id: number; readonly end: PostEnd }
  | { readonly kind: "checked"; readonly name: string; readonly end: CommandEnd };

/** Longer than any order: a command with all its words, or an event. */
export const ERRAND_LINE_MAX = 1_048_576;
