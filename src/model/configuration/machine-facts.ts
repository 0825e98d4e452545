import type { Failure } from "../../base/locum-error.js";
import type { Result } from "../../base/result.js";
import type { KernelSnapshot } from "../kernel.js";

/** What the checks of one machine are made from. */
export interface MachineFacts {
  /** Refused: the system's own words. */
  readonly kernel: Result<KernelSnapshot, string>;
  /** The number of keys in the secret file. */
  readonly secret: Result<number, Failure>;
  readonly portUsers: readonly PortUser[];
  readonly missingRights: readonly MissingRight[];
  /** Whether this is the user that could have all rights. */
  readonly isRoot: boolean;
}

/** A program that has the cluster's port on an address that the agent would use. */
export interface PortUser {
  readonly protocol: "udp" | "tcp";
  /** Canonical text; `0.0.0.0` or `::` for all. */
  readonly address: string;
  /** Undefined where this user may not see it. */
  readonly program?: { readonly processId: number; readonly commandLine: string };
}

export interface MissingRight {
  /** The kernel's name, such as `CAP_NET_ADMIN`. */
  readonly capability: string;
  readonly purpose: string;
  readonly isVital: boolean;
}
