import { assert } from "../../base/assert.js";
import { describeError } from "../../base/locum-error.js";
import { errnoOf } from "./file-refusal.js";

/**
 * Sends a signal to a process, or to all of a process group by its number below zero. One that has ended needs none: between
 * any look at a process and the signal to it, it may end. Never throws.
 * @returns why it was not sent to one that is there, which the kernel refuses for another user's; undefined: there is no more
 *   to do.
 */
export function signalIfThere(pid: number, signal: NodeJS.Signals): string | undefined {
  // Others stand for all processes of this group, or of the machine.
  assert(Number.isSafeInteger(pid) && (pid > 0 || pid < -1), "a signal is for one process, or for one group");
  try {
    process.kill(pid, signal);
    return undefined;
  } catch (error) {
    return errnoOf(error) === "ESRCH" ? undefined : describeError(error);
  }
}
