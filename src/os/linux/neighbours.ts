import { known } from "../../base/assert.js";
import { parseIpAddress } from "../../base/ip-address.js";
import type { Result } from "../../base/result.js";
import type { StepProblem } from "../../model/node-io.js";
import {
  decodeNeighbour,
  dumpNeighboursRequest,
  type Neighbour,
  type NeighbourFields,
  deleteNeighbourRequest,
  replaceNeighbourRequest,
} from "../../wire/rtnetlink-neighbour.js";
import type { Answer, NetlinkSocket } from "./netlink-socket.js";

/** What the kernel believes about the neighbours of one family. */
export const readNeighbours = (netlink: NetlinkSocket, family: 4 | 6): Result<readonly Neighbour[], StepProblem> =>
  netlink.dump(dumpNeighboursRequest(family), decodeNeighbour);

/** Makes the kernel believe that a neighbour is at a MAC, whatever it believed before. */
export const replaceNeighbour = (netlink: NetlinkSocket, fields: NeighbourFields): Answer =>
  netlink.request(replaceNeighbourRequest(fields));

/**
 * Lets the next packets to those of these addresses that gave no answer on a link ask for them at once. The kernel asks
 * again for an address only a second after it last did; where that was into a cable that was out, the link works again
 * and packets wait. Addresses that answered, and all others, are left as they are.
 */
export function forgetUnanswered(netlink: NetlinkSocket, linkIndex: number, addresses: ReadonlySet<string>): void {
  for (const family of [4, 6] as const) {
    const found = readNeighbours(netlink, family);
    const lost = (found.ok ? found.value : []).filter(
      (each) => each.linkIndex === linkIndex && each.isUnanswered && addresses.has(each.address),
    );
    for (const { address } of lost) {
      const { bytes } = known(parseIpAddress(address), "the kernel's addresses are addresses");
      // Best effort: where it is refused, the kernel's own patience ends a second later.
      netlink.request(deleteNeighbourRequest(linkIndex, bytes, false));
    }
  }
}
