/*
 * The kernel lists an IPv6 address, and says that it is added, before the host takes packets for it: a worker of the kernel
 * makes the local route and joins the multicast group in which it is asked for, also without duplicate address detection.
 * Mostly that is done at once; on a busy machine it takes milliseconds (36 ms were seen). Whoever announces the address before
 * that leads its clients to a host that drops what they send.
 */
import { isLocalRoute, routeToRequest } from "../../wire/rtnetlink-route.js";
import { addressBytes, readLink } from "./addresses.js";
import type { NetlinkSocket } from "./netlink-socket.js";
import { sleep } from "./sleep.js";

/** Somebody who waits longer than this for one address is late for others. */
const PATIENCE_MS = 50;
/** The worker may need the processor that this thread is on. */
const PAUSE_MS = 0.05;

/** Waits until the host takes packets for IPv6 addresses that were just put on an interface; not while it has no link, and not for ever. */
export function awaitLocalRoutes(netlink: NetlinkSocket, linkIndex: number, addresses: readonly string[]): void {
  if (addresses.length === 0) return;
  const link = readLink(netlink, linkIndex);
  if (!link.ok || !link.value.up || !link.value.carrier) return;
  const until = performance.now() + PATIENCE_MS;
  for (const address of addresses) {
    const request = routeToRequest(addressBytes(address));
    while (!isLocal(netlink, request)) {
      if (performance.now() > until) return;
      sleep(PAUSE_MS);
    }
  }
}

function isLocal(netlink: NetlinkSocket, request: Uint8Array): boolean {
  const answer = netlink.query(request);
  return answer.ok && isLocalRoute(answer.value.payload);
}
