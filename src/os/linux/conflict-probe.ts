import { ok, refused, type Result } from "../../base/result.js";
import { after, between, type Duration } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { AnnouncementListener, type Announcement } from "./announcement-listener.js";
import { probe } from "./announce.js";
import { bootClock } from "./libc.js";
import { LinkSender } from "./link-sender.js";
import { PollSet } from "./poll-set.js";

/**
 * Finds out whether some other station of the link has an address, by asking it (RFC 5227 section 2.1, RFC 4862 section
 * 5.4). Blocks for up to `wait`, so it is for commands and start-up; the agent probes without waiting and hears answers
 * from its watch.
 * @returns the station that answered first, or undefined when none did.
 */
export function findHolder(placed: PlacedAddress, wait: Duration): Result<Announcement | undefined, StepProblem> {
  const listener = new AnnouncementListener();
  const sender = new LinkSender();
  try {
    listener.listenFor([placed.address]);
    const sent = probe(sender, placed);
    return sent.ok ? ok(firstAnswer(listener, placed.interface, wait)) : refused(sent.problem);
  } finally {
    listener.close();
    sender.close();
  }
}

function firstAnswer(listener: AnnouncementListener, link: string, wait: Duration): Announcement | undefined {
  const fds = listener.fds();
  const poll = new PollSet(fds);
  const end = after(bootClock(), wait);
  for (let now = bootClock(); now < end; now = bootClock()) {
    if (poll.wait(between(now, end)) < 0) return undefined;
    for (const fd of fds) {
      const answer = listener.drain(fd, bootClock()).find((heard) => heard.interface === link);
      if (answer !== undefined) return answer;
    }
  }
  return undefined;
}
