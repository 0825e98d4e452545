import { signalIfThere } from "../node/signal-if-there.js";

/** What goes on being born for longer is for the next time: others wait for their turn meanwhile. */
const TURN_MS = 20;

/**
 * SIGKILL, by number, to processes that may bear others in the meantime: all that are there once, and then those that are
 * new, for a short time. Returns before they have ended; whoever wants none to be left calls again until that is so.
 * @param members those that live now.
 */
export function killMembers(members: () => readonly number[]): void {
  const signalled = new Set<number>();
  const until = performance.now() + TURN_MS;
  do {
    const fresh = new Set(members().filter((pid) => !signalled.has(pid)));
    if (fresh.size === 0) return;
    for (const pid of fresh) {
      signalled.add(pid);
      // What this user may not signal is told of as what lives on.
      signalIfThere(pid, "SIGKILL");
    }
  } while (performance.now() < until);
}
