import type { HostRoute } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import {
  addHostRouteRequest,
  deleteAnyHostRouteRequest,
  deleteHostRouteRequest,
  type HostRouteFields,
} from "../../wire/rtnetlink-host-route.js";
import { addressBytes } from "./addresses.js";
import type { Answer, NetlinkSocket } from "./netlink-socket.js";

/** An agent leaves two routes to an address at most; others may have copied ours. */
const ROUTES_PER_ADDRESS_MAX = 8;
/** There is no such route. For IPv6, this also says that there is no IPv6. */
const ALREADY_GONE: ReadonlySet<string> = new Set(["ESRCH", "EAFNOSUPPORT", "EOPNOTSUPP"]);

const fieldsOf = ({ address, gateway }: HostRoute, linkIndex: number): HostRouteFields => ({
  address: addressBytes(address),
  gateway: addressBytes(gateway),
  linkIndex,
});

/** Refused with EEXIST when it is there already. Routes of others stay as they are, and go first. */
export const addHostRoute = (netlink: NetlinkSocket, route: HostRoute, linkIndex: number): Answer =>
  netlink.request(addHostRouteRequest(fieldsOf(route, linkIndex)));

/** Refused with ESRCH when it is not there. */
export const removeHostRoute = (netlink: NetlinkSocket, route: HostRoute, linkIndex: number): Answer =>
  netlink.request(deleteHostRouteRequest(fieldsOf(route, linkIndex)));

/** Removes every route of ours to these addresses. */
export function clearHostRoutes(netlink: NetlinkSocket, addresses: readonly string[]): StepProblem | undefined {
  let left = addresses;
  for (let round = 0; round < ROUTES_PER_ADDRESS_MAX && left.length > 0; round += 1) {
    const answers = netlink.requestAll(left.map((address) => deleteAnyHostRouteRequest(addressBytes(address))));
    const refused = answers.find((answer) => !answer.ok && !ALREADY_GONE.has(answer.problem.code));
    if (refused?.ok === false) return refused.problem;
    left = left.filter((_, at) => answers[at]?.ok === true);
  }
  return undefined;
}
