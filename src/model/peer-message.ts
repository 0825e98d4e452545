import type { Command, CommandOutcome } from "./command.js";
import type { RelayedBulletin } from "./heartbeat.js";
import type { HookName } from "./hook.js";
import type { TcpConnection } from "./kernel.js";
import type { NodeName, ServiceName } from "./names.js";
import type { NodeState } from "./node-state.js";

/** What two nodes tell each other on their peer stream. The sender is known from the connection itself. */
export type PeerMessage =
  | PeerHello
  | PeerMembership
  | { readonly kind: "state"; readonly state: NodeState }
  | {
      readonly kind: "connections";
      readonly service: ServiceName;
      readonly connections: readonly TcpConnection[];
    }
  /** What the sender heard from a third node, for a receiver that does not hear that one itself. */
  | { readonly kind: "relayed-bulletin"; readonly relayed: RelayedBulletin }
  | { readonly kind: "relayed-state"; readonly state: NodeState }
  | { readonly kind: "command"; readonly id: string; readonly command: Command }
  | { readonly kind: "command-outcome"; readonly id: string; readonly outcome: CommandOutcome }
  /** The sender told a hook of what the receiver may see as well (core/telling). */
  | { readonly kind: "hook-told"; readonly hook: HookName; readonly key: string };

/** First message of each side. */
export interface PeerHello {
  readonly kind: "hello";
  readonly node: NodeName;
  /** First and last version of these messages that the sender speaks. */
  readonly versions: PeerVersions;
  readonly incarnation: number;
  /** Version of the program. */
  readonly program: string;
  readonly configHash: string;
}

/** The answer to a hello on a connection that only asks: whether the asker is in the answerer's cluster file. */
export interface PeerMembership {
  readonly kind: "membership";
  readonly isMember: boolean;
}

export interface PeerVersions {
  readonly min: number;
  readonly max: number;
}

/** The versions of peer messages that this program speaks. */
export const PEER_VERSIONS: PeerVersions = { min: 1, max: 1 };

/** The version that two nodes talk in; undefined when they have none in common. */
export function commonVersion(a: PeerVersions, b: PeerVersions): number | undefined {
  const version = Math.min(a.max, b.max);
  return version >= a.min && version >= b.min ? version : undefined;
}
