import { unreachable } from "../base/assert.js";
import { listText } from "./note-text-reason.js";
import type { PathHealth, PathSwitchReason } from "./path.js";

/** Why a group's traffic went to its path, as what follows `because`. */
export function pathSwitchReasonText(reason: PathSwitchReason): string {
  switch (reason.kind) {
    case "carrier-lost":
      return "the other interface lost its carrier";
    case "targets-silent":
      return reason.targets.length === 0
        ? "no target answered on the other path"
        : `${listText(reason.targets)} did not answer on the other path`;
    case "trunk-below-threshold":
      return `${reason.failed} of the other trunk's ${reason.members} members had failed`;
    case "interface-gone":
      return "the other interface was gone";
    case "switched-off":
      return "the other interface was switched off";
    case "interface-returned":
      return "its interface came back without its configuration";
    case "peer-switched":
      return `${reason.node} at the other end had switched`;
    case "operator":
      return "an operator switched it";
    case "detached":
      return "the other interface was detached";
    case "failback":
      return "it is preferred and was healthy again";
    case "down-at-start":
      return "the other interface was down when the agent started";
    default:
      return unreachable(reason);
  }
}

/** How a path is, as a clause about it: `eth1 works`. */
export function pathHealthText(health: PathHealth): string {
  switch (health) {
    case "healthy":
      return "works";
    case "failing":
      return "does not work just now, though not for long enough to have failed";
    case "failed":
      return "has failed";
    case "recovering":
      return "works again, though not for long enough to count as healthy";
    case "unwatched":
      return "is switched off as a warm standby, so nothing can be said of it";
    case "detached":
      return "is detached and may be unplugged";
    case "missing":
      return "is not there";
    default:
      return unreachable(health);
  }
}
