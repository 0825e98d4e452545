import { type IpAddress, parseIpAddress, sameSubnet } from "../base/ip-address.js";
import { KernelTable } from "../core/addresses/kernel-table.js";
import type { KernelAddress } from "../model/kernel.js";
import { readKernel } from "../os/linux/addresses.js";
import { KernelEventSocket } from "../os/linux/kernel-event-socket.js";
import { NETLINK, NetlinkSocket } from "../os/linux/netlink-socket.js";

/** The number of the loopback interface in every namespace. */
const LOOPBACK = 1;
/** No interface in particular: none has this number. */
export const ANY_DEVICE = 0;

/**
 * The number of the interface through which a network's packets must leave: the one that has this node's own address
 * there, if the peers are in its subnet. {@link ANY_DEVICE} where packets may go any way: over routers, or from an
 * address that is on no interface in particular.
 *
 * Linux answers for each of its addresses on all of its interfaces, and sends by its routes whatever the source
 * address: of a network that is gone, packets would go through another one, and it would look alive.
 */
export function deviceOf(own: string, peers: readonly IpAddress[], addresses: Iterable<KernelAddress>): number {
  const there = [...addresses].find(({ address }) => address === own);
  const bytes = parseIpAddress(own)?.bytes;
  if (there === undefined || bytes === undefined || there.linkIndex === LOOPBACK) return ANY_DEVICE;
  const areNear = peers.every((peer) => sameSubnet(peer.bytes, bytes, there.prefixLength));
  return areNear ? there.linkIndex : ANY_DEVICE;
}

/**
 * Which interface has which address, kept by the kernel's reports. To read everything takes the kernel's lock on all
 * network configuration, which a driver may keep for seconds: heartbeats must not wait for that, so it is done only at
 * the start, and when reports were lost.
 */
export class NetworkDevices {
  readonly #events = new KernelEventSocket({ links: false, routes: false });
  readonly #netlink = new NetlinkSocket(NETLINK.route);
  readonly #table = new KernelTable();

  constructor() {
    this.#read();
  }

  /** Readable when something changed. */
  get fd(): number {
    return this.#events.fd;
  }

  /** Whether something may have changed since the last call. */
  review(): boolean {
    const events = this.#events.drain();
    for (const event of events) {
      if (event.kind === "address-added") this.#table.addAddress(event.address);
      else if (event.kind === "address-removed") this.#table.removeAddress(event.address);
      else if (event.kind === "events-lost") this.#read();
    }
    return events.length > 0;
  }

  deviceOf(own: string, peers: readonly IpAddress[]): number {
    return deviceOf(own, peers, this.#table.addresses());
  }

  close(): void {
    this.#events.close();
    this.#netlink.close();
  }

  /** A kernel that can't answer now is asked again when it reports too much at once. */
  #read(): void {
    const kernel = readKernel(this.#netlink);
    if (kernel.ok) this.#table.replace(kernel.value);
  }
}
