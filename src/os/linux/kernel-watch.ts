import type { Instant } from "../../base/time.js";
import { readKernel } from "./addresses.js";
import { AnnouncementListener } from "./announcement-listener.js";
import type { KernelEvent } from "./kernel-event.js";
import { KernelEventSocket } from "./kernel-event-socket.js";
import { NETLINK, NetlinkSocket } from "./netlink-socket.js";

/**
 * Everything that a thread waits for to know what the kernel and the network do unasked: wait until one of
 * {@link fds} can be read, then {@link drain} it. Open it before the kernel is first read as a whole, lest a change in
 * between be missed.
 */
export class KernelWatch {
  readonly #announcements: AnnouncementListener;
  readonly #events: KernelEventSocket;
  /** MACs of this machine by interface, as many as the kernel has links: what they announce is no rival's doing. */
  readonly #ownMacs = new Map<number, string>();

  /** @throws {SystemCallError} without CAP_NET_RAW. */
  constructor(options: { readonly routes: boolean }) {
    // What needs rights comes first, so that nothing is left open without them.
    this.#announcements = new AnnouncementListener();
    this.#events = new KernelEventSocket({ links: true, ...options });
    this.#readOwnMacs();
  }

  fds(): readonly number[] {
    return [this.#events.fd, ...this.#announcements.fds()];
  }

  /** Hears rivals for these addresses, and no others, from now on. */
  listenFor(addresses: readonly string[]): void {
    this.#announcements.listenFor(addresses);
  }

  /** Takes what has come on a descriptor that can be read. Never waits. */
  drain(fd: number, now: Instant): readonly KernelEvent[] {
    if (fd !== this.#events.fd) return this.#rivals(fd, now);
    const events = this.#events.drain();
    for (const event of events) this.#keepOwnMacs(event);
    return events;
  }

  close(): void {
    this.#events.close();
    this.#announcements.close();
  }

  #rivals(fd: number, now: Instant): readonly KernelEvent[] {
    const own = new Set(this.#ownMacs.values());
    return this.#announcements
      .drain(fd, now)
      .filter(({ mac }) => !own.has(mac))
      .map((announcement) => ({ kind: "announcement-heard", ...announcement }));
  }

  #keepOwnMacs(event: KernelEvent): void {
    if (event.kind === "link-changed") this.#ownMacs.set(event.link.index, event.link.mac);
    else if (event.kind === "link-removed") this.#ownMacs.delete(event.index);
    else if (event.kind === "events-lost") this.#readOwnMacs();
  }

  #readOwnMacs(): void {
    const netlink = new NetlinkSocket(NETLINK.route);
    const kernel = readKernel(netlink);
    netlink.close();
    if (!kernel.ok) return;
    this.#ownMacs.clear();
    for (const { index, mac } of kernel.value.links) this.#ownMacs.set(index, mac);
  }
}
