/** Which change of a group's paths is called for, by what is known of both. Pure; whether it has to wait is not asked here. */
import { type Instant, after } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { PathGroupConfig, PathRole, PathSwitchReason } from "../../model/path.js";
import type { PathPair } from "./path-pair.js";
import { addressCount } from "./path-switch.js";
import { type Path, isDown, isUsable } from "./path.js";

/** A change of paths that is called for. */
export interface Wanted {
  readonly reason: PathSwitchReason;
  readonly to: PathRole;
}

export interface GroupStanding {
  readonly config: PathGroupConfig;
  readonly paths: PathPair;
  readonly isPaused: boolean;
  /** An operator chose the active path. */
  readonly isPinned: boolean;
  /** The active interface was gone, and with it what was configured on it. */
  readonly isStripped: boolean;
  readonly isDownAtStart: boolean;
  /** A peer that has just changed paths. */
  readonly hastenedBy: NodeName | undefined;
  /** What is on record of the active interface. */
  readonly recorded: InterfaceConfiguration | undefined;
}

export function wantedPath(now: Instant, standing: GroupStanding): Wanted | undefined {
  if (standing.isPaused) return undefined;
  const { active, idle } = standing.paths;
  if (isToBeRestored(standing)) return { reason: { kind: "interface-returned" }, to: active.role };
  if (isDown(active.health)) {
    return isUsable(idle.health) ? { reason: failureOf(active, standing), to: idle.role } : undefined;
  }
  const due = failbackAt(standing);
  return due !== undefined && due <= now ? { reason: { kind: "failback" }, to: "primary" } : undefined;
}

function failureOf(path: Path, { isDownAtStart, hastenedBy }: GroupStanding): PathSwitchReason {
  if (isDownAtStart && !path.isDetached) return { kind: "down-at-start" };
  const reason = path.reason ?? { kind: "detached" };
  return hastenedBy === undefined || reason.kind !== "targets-silent"
    ? reason
    : { kind: "peer-switched", node: hastenedBy };
}

/** The active interface is back, and nothing of what it carried is on it. */
export function isToBeRestored({ paths, isStripped, recorded }: GroupStanding): boolean {
  const { active } = paths;
  if (!isStripped || isDown(active.health) || recorded === undefined || addressCount(recorded) === 0) return false;
  const carried = paths.carried(active.role);
  return recorded.addresses.every(({ address }) => !carried.includes(address));
}

/** When failback is due, if the primary path stays as healthy as it is. */
export function failbackAt({ config, paths, isPinned, isPaused }: GroupStanding): Instant | undefined {
  const { failback } = config;
  const { primary, activeRole } = paths;
  const isOff = failback.kind === "never" || activeRole === "primary" || isPinned || isPaused;
  return isOff || primary.health !== "healthy" ? undefined : after(primary.since, failback.delay);
}
