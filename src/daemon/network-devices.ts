import { type IpAddress, parseIpAddress, sameSubnet } from "../base/ip-address.js";
import type { KernelLink, KernelSnapshot } from "../model/kernel.js";
import { readKernel } from "../os/linux/addresses.js";
import { KernelEventSocket } from "../os/linux/kernel-event-socket.js";
import { NETLINK, NetlinkSocket } from "../os/linux/netlink-socket.js";

const LOOPBACK = "lo";
const NOTHING: KernelSnapshot = { links: [], addresses: [] };

/**
 * The interface that a network's packets must use: the one that has this node's own address there, if the peers are in
 * its subnet. Undefined where packets may go any way: over routers, or to an address that is on no interface in
 * particular.
 *
 * Linux answers for each of its addresses on all of its interfaces, and sends by its routes whatever the source
 * address: of a network that is gone, packets would come through another one, and it would look alive.
 */
export function deviceOf(
  own: string,
  peers: readonly IpAddress[],
  { links, addresses }: KernelSnapshot,
): KernelLink | undefined {
  const there = addresses.find(({ address }) => address === own);
  const link = there === undefined ? undefined : links.find(({ index }) => index === there.linkIndex);
  const bytes = parseIpAddress(own)?.bytes;
  if (there === undefined || link === undefined || bytes === undefined || link.name === LOOPBACK) return undefined;
  const areNear = peers.every((peer) => sameSubnet(peer.bytes, bytes, there.prefixLength));
  return areNear ? link : undefined;
}

/** What the kernel has of interfaces and addresses, read again when it reports a change. */
export class NetworkDevices {
  readonly #events = new KernelEventSocket({ routes: false });
  readonly #netlink = new NetlinkSocket(NETLINK.route);
  #kernel: KernelSnapshot = NOTHING;

  constructor() {
    this.read();
  }

  /** Readable when something changed. */
  get fd(): number {
    return this.#events.fd;
  }

  /** Whether something changed since the last call: then it is to be read again. */
  review(): boolean {
    return this.#events.discard();
  }

  deviceOf(own: string, peers: readonly IpAddress[]): KernelLink | undefined {
    return deviceOf(own, peers, this.#kernel);
  }

  close(): void {
    this.#events.close();
    this.#netlink.close();
  }

  /** A kernel that can't answer now is asked again at its next change. */
  read(): void {
    const kernel = readKernel(this.#netlink);
    if (kernel.ok) this.#kernel = kernel.value;
  }
}
