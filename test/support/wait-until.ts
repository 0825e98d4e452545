import assert from "node:assert/strict";
import { after, between, seconds } from "../../src/base/time.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { PollSet } from "../../src/os/linux/poll-set.js";

/** Far longer than anything takes on a machine that is alive. */
const PATIENCE = seconds(60);

/** Waits on descriptors until `look`, which is told the one that is ready, finds what it looks for. */
export function waitUntil<Found>(fds: readonly number[], look: (fd: number) => Found | undefined): Found {
  const poll = new PollSet(fds);
  const end = after(bootClock(), PATIENCE);
  for (let now = bootClock(); now < end; now = bootClock()) {
    poll.wait(between(now, end));
    for (const [index, fd] of fds.entries()) {
      const found = poll.isReady(index) ? look(fd) : undefined;
      if (found !== undefined) return found;
    }
  }
  return assert.fail("what the test waits for has not come");
}
