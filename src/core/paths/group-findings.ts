import type { PathFinding, PathGroupName, UnmovedAddress } from "../../model/path.js";
import { type Path, isDead, isDown } from "./path.js";

export interface GroupCondition {
  readonly group: PathGroupName;
  readonly active: Path;
  readonly idle: Path;
  readonly isFlapping: boolean;
  /** What is still where it was left. */
  readonly unmoved: readonly UnmovedAddress[];
}

/** What is wrong with a group whose traffic is where it is. */
export function groupFindings({ group, active, idle, isFlapping, unmoved }: GroupCondition): readonly PathFinding[] {
  const on = ({ interface: name }: Path): { readonly group: PathGroupName; readonly interface: string } => ({
    group,
    interface: name,
  });
  return [
    ...(isDown(active.health) ? [{ kind: "path-group-down", ...on(active) } as const] : []),
    ...(isDead(idle.health) ? [{ kind: "standby-path-down", ...on(idle) } as const] : []),
    ...(isFlapping ? [{ kind: "path-group-flapping", group } as const] : []),
    ...unmoved.map(({ address }) => ({ kind: "address-unmoved", ...on(idle), address }) as const),
  ];
}
