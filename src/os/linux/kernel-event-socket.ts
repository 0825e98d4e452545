import { decodeNetlink, type NetlinkMessage } from "../../wire/netlink.js";
import { decodeInterfaceAddress, RTM_ADDRESS } from "../../wire/rtnetlink-address.js";
import { decodeLink, RTM_LINK } from "../../wire/rtnetlink-link.js";
import { decodeRoute, RTM_ROUTE } from "../../wire/rtnetlink-route.js";
import { kernelAddress, kernelLink } from "./addresses.js";
import { interfaceName } from "./interface-lookup.js";
import type { KernelEvent } from "./kernel-event.js";
import { bind, close, recvfrom } from "./libc.js";
import { LinkSpeeds } from "./link-speed.js";
import { NETLINK, netlinkAddress } from "./netlink-socket.js";
import { openSocket } from "./open-socket.js";
import { AF, MSG, setReceiveBuffer, SOCK } from "./socket-options.js";
import { checked, ERRNO } from "./system-call-error.js";

/** Multicast groups of rtnetlink (RTMGRP_*). */
const GROUP = { link: 0x1, ipv4Address: 0x10, ipv4Route: 0x40, ipv6Address: 0x100, ipv6Route: 0x400 } as const;
const ADDRESSES = GROUP.ipv4Address | GROUP.ipv6Address;
const ROUTES = GROUP.ipv4Route | GROUP.ipv6Route;

/** Room for the kernel's reports while their reader is kept from running: some thousand changes. */
const RECEIVE_BUFFER = 4 << 20;
/** The largest report: one of a link with many virtual functions. */
const REPORT_MAX = 65_536;
/** Taken at a time; what is left makes the descriptor ready again at once. */
const DATAGRAMS_PER_DRAIN = 256;
/** More than fit into the receive buffer: none of them is smaller than 256 bytes with the kernel's own book-keeping. */
const WAITING_MAX = 65_536;

export interface KernelEventOptions {
  readonly links: boolean;
  readonly routes: boolean;
}

/** Hears what changes among addresses, and links and routes if wanted. */
export class KernelEventSocket {
  readonly fd: number;
  readonly #buffer = new Uint8Array(REPORT_MAX);
  readonly #speeds = new LinkSpeeds();

  /** @throws {SystemCallError} when the kernel gives no such socket. */
  constructor({ links, routes }: KernelEventOptions) {
    const purpose = "hear of changes of links and addresses";
    const groups = ADDRESSES | (links ? GROUP.link : 0) | (routes ? ROUTES : 0);
    const kind = { domain: AF.netlink, type: SOCK.raw | SOCK.nonblock, protocol: NETLINK.route };
    this.fd = openSocket(kind, purpose, (fd) => {
      setReceiveBuffer(fd, RECEIVE_BUFFER);
      checked(bind(fd, netlinkAddress(groups)), "bind", purpose);
    });
  }

  /** Takes the reports that have come; or says only that some were lost: then all must be read again. */
  drain(): readonly KernelEvent[] {
    const events: KernelEvent[] = [];
    for (let datagrams = 0; datagrams < DATAGRAMS_PER_DRAIN; datagrams += 1) {
      const length = recvfrom(this.fd, this.#buffer, MSG.truncated, null);
      if (length === -ERRNO.again || length === -ERRNO.intr) break;
      const messages = length < 0 ? undefined : this.#read(length);
      if (messages === undefined) return this.#startOver();
      events.push(...messages.flatMap((message) => this.#eventOf(message) ?? []));
    }
    return events;
  }

  /**
   * Once the kernel has dropped a report it drops all further ones, without a word, until the last one that waits is
   * taken. So the reader may only read everything again when none waits.
   */
  #startOver(): readonly KernelEvent[] {
    for (let datagrams = 0; datagrams < WAITING_MAX; datagrams += 1) {
      if (recvfrom(this.fd, this.#buffer, MSG.truncated, null) === -ERRNO.again) break;
    }
    return [{ kind: "events-lost" }];
  }

  close(): void {
    close(this.fd);
  }

  #read(length: number): readonly NetlinkMessage[] | undefined {
    return length > this.#buffer.length ? undefined : decodeNetlink(this.#buffer.subarray(0, length));
  }

  #eventOf({ type, payload }: NetlinkMessage): KernelEvent | undefined {
    switch (type) {
      case RTM_LINK.new:
      case RTM_LINK.delete:
        return this.#linkEvent(type, payload);
      case RTM_ADDRESS.new:
      case RTM_ADDRESS.delete:
        return this.#addressEvent(type, payload);
      case RTM_ROUTE.new:
      case RTM_ROUTE.delete:
        return routeEvent(type, payload);
      default:
        return undefined;
    }
  }

  #linkEvent(type: number, payload: Uint8Array): KernelEvent | undefined {
    const link = decodeLink(payload);
    if (link === undefined) return undefined;
    if (type === RTM_LINK.new) return { kind: "link-changed", link: kernelLink(link, this.#speeds.of(this.fd, link)) };
    this.#speeds.forget(link.index);
    return { kind: "link-removed", index: link.index };
  }

  #addressEvent(type: number, payload: Uint8Array): KernelEvent | undefined {
    const found = decodeInterfaceAddress(payload);
    if (found === undefined) return undefined;
    const address = kernelAddress(found, interfaceName(this.fd, found.linkIndex));
    return { kind: type === RTM_ADDRESS.new ? "address-added" : "address-removed", address };
  }
}

function routeEvent(type: number, payload: Uint8Array): KernelEvent | undefined {
  const route = decodeRoute(payload);
  if (route === undefined) return undefined;
  return { kind: type === RTM_ROUTE.new ? "route-added" : "route-removed", route };
}
