import { parseIpAddress } from "../../base/ip-address.js";
import { ok, type Result } from "../../base/result.js";
import type { TcpConnection } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { decodeConnection, DIAG_ADDRESSES_MAX, dumpConnectionsRequest } from "../../wire/inet-diag.js";
import type { NetlinkSocket } from "./netlink-socket.js";

/** So many are read at a time; the clients of any others find out by their own timeouts. */
export const CONNECTIONS_MAX = 10_000;

/**
 * The established TCP connections of some local addresses, of which only the first hundred are heeded. A list of the
 * full {@link CONNECTIONS_MAX} is probably cut.
 * @param diagnosis a socket of the socket diagnosis family.
 */
export function readConnections(
  diagnosis: NetlinkSocket,
  localAddresses: readonly string[],
): Result<readonly TcpConnection[], StepProblem> {
  const wanted = localAddresses.slice(0, DIAG_ADDRESSES_MAX).flatMap((address) => parseIpAddress(address) ?? []);
  const ipv4 = wanted.filter(({ family }) => family === 4);
  const found: TcpConnection[] = [];
  for (const [family, addresses] of [
    [4, ipv4],
    [6, wanted],
  ] as const) {
    const room = CONNECTIONS_MAX - found.length;
    if (addresses.length === 0 || room === 0) continue;
    const request = dumpConnectionsRequest(
      family,
      addresses.map(({ bytes }) => bytes),
    );
    const dumped = diagnosis.dump(request, decodeConnection, room);
    if (!dumped.ok) return dumped;
    found.push(...dumped.value);
  }
  return ok(found);
}
