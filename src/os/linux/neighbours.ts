import type { Result } from "../../base/result.js";
import type { StepProblem } from "../../model/node-io.js";
import {
  decodeNeighbour,
  dumpNeighboursRequest,
  type Neighbour,
  type NeighbourFields,
  replaceNeighbourRequest,
} from "../../wire/rtnetlink-neighbour.js";
import type { Answer, NetlinkSocket } from "./netlink-socket.js";

/** What the kernel believes about the neighbours of one family. */
export const readNeighbours = (netlink: NetlinkSocket, family: 4 | 6): Result<readonly Neighbour[], StepProblem> =>
  netlink.dump(dumpNeighboursRequest(family), decodeNeighbour);

/** Makes the kernel believe that a neighbour is at a MAC, whatever it believed before. */
export const replaceNeighbour = (netlink: NetlinkSocket, fields: NeighbourFields): Answer =>
  netlink.request(replaceNeighbourRequest(fields));
