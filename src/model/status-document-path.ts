import { type Instant, inMilliseconds } from "../base/time.js";
import { pathSwitchReasonText } from "./path-state-text.js";
import { objectionsText } from "./note-text-eligibility.js";
import type { PathGroupState, PathHealth, PathRole, PathSwitchReason, UnmovedAddress } from "./path.js";
import type { PathGroupView, PathView } from "./status.js";

/** A path group in the status of its node, for programs. */
export interface PathGroupDocument {
  readonly active: PathRole;
  /** The interface of the active path. */
  readonly interface: string;
  readonly state: PathGroupState;
  readonly since: string;
  /** Why that path is the active one, as a clause: `the other interface lost its carrier`. */
  readonly reason: string;
  readonly reasonCode: PathSwitchReason["kind"] | null;
  readonly paused: boolean;
  readonly primary: PathDocument;
  readonly secondary: PathDocument;
  /** Failovers since the agent's start. */
  readonly switches: number;
  readonly lastSwitch: SwitchDocument | null;
  /** Addresses that stayed where they were at the last change of paths, and why: `10.0.0.7 on eth0, because …`. */
  readonly unmoved: readonly string[];
  /** Addresses that could not go to the other interface now, likewise. */
  readonly obstacles: readonly string[];
  /** What else would stay behind, in words. */
  readonly immovable: readonly string[];
}

export interface PathDocument {
  readonly interface: string;
  /** Null where only the node itself knows. */
  readonly health: PathHealth | null;
  /** Null for what is no trunk. */
  readonly members: { readonly up: number; readonly total: number } | null;
}

export interface SwitchDocument {
  readonly at: string;
  readonly reason: string;
  readonly reasonCode: PathSwitchReason["kind"];
  readonly tookMs: number;
}

/** How instants of this boot become times of day. */
export interface ToIso {
  toIso(instant: Instant): string;
}

export const pathGroupDocument = (group: PathGroupView, clock: ToIso): PathGroupDocument => ({
  active: group.active,
  interface: group[group.active].interface,
  state: group.state,
  since: clock.toIso(group.since),
  reason: placeReasonText(group),
  reasonCode: group.reason?.kind ?? null,
  paused: group.paused,
  primary: pathDocument(group.primary),
  secondary: pathDocument(group.secondary),
  switches: group.switches,
  lastSwitch: group.lastSwitch === undefined ? null : switchDocument(group.lastSwitch, clock),
  unmoved: group.unmoved.map((each) => unmovedText(each, group)),
  obstacles: group.obstacles.map((each) => unmovedText(each, group)),
  immovable: group.immovable,
});

function unmovedText({ address, interface: name, against, problem }: UnmovedAddress, group: PathGroupView): string {
  const to = group.primary.interface === name ? group.secondary.interface : group.primary.interface;
  return `${address} on ${name}, because ${problem ?? objectionsText(against, { address, interface: to })}`;
}

function placeReasonText({ reason, active }: PathGroupView): string {
  if (reason !== undefined) return pathSwitchReasonText(reason);
  return active === "primary" ? "it is the primary path" : "its node has not said why";
}

const pathDocument = (path: PathView): PathDocument => ({
  interface: path.interface,
  health: path.health ?? null,
  members: path.members ?? null,
});

const switchDocument = (
  { at, reason, took }: NonNullable<PathGroupView["lastSwitch"]>,
  clock: ToIso,
): SwitchDocument => ({
  at: clock.toIso(at),
  reason: pathSwitchReasonText(reason),
  reasonCode: reason.kind,
  tookMs: inMilliseconds(took),
});
