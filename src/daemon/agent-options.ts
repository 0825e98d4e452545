import type { MissingOptions } from "../os/node/engine.js";

/** What `locum agent` is told on its command line. */
export interface AgentOptions {
  /** Path of the cluster file. */
  readonly config: string;
  readonly node: string;
  /** State directory. */
  readonly state: string;
  /** Path of the API's socket. */
  readonly socket: string;
  /** Version of the program. */
  readonly program: string;
  /** Options of Node that make its pauses short, and are not in force. */
  readonly missingOptions: MissingOptions | undefined;
}
