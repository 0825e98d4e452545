import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { KernelEventSocket } from "../../src/os/linux/kernel-event-socket.js";
import { setns, unshare } from "../../src/os/linux/libc.js";
import { NETLINK, NetlinkSocket } from "../../src/os/linux/netlink-socket.js";
import { checked, errnoName } from "../../src/os/linux/system-call-error.js";
import { decodeLink, dumpLinksRequest } from "../../src/wire/rtnetlink-link.js";
import { waitUntil } from "./wait-until.js";

const CLONE_NEWNET = 0x4000_0000;

/** Why tests that need network namespaces can't run here; false when they can. Leaves this thread in a fresh one. */
export function namespacesMissing(): string | false {
  const answer = unshare(CLONE_NEWNET);
  return answer < 0 ? `needs root to make network namespaces (unshare answers ${errnoName(-answer)})` : false;
}

/**
 * A network namespace that belongs to this process and vanishes with it. The test's main thread steps in and out; a
 * socket stays in the one where it was opened.
 */
export class Namespace {
  readonly #fd: number;

  constructor() {
    checked(unshare(CLONE_NEWNET), "unshare", "make a network namespace");
    this.#fd = openSync("/proc/thread-self/ns/net", "r");
    ip("link set lo up");
    // Addresses of the tests' own making need no second of duplicate address detection.
    for (const scope of ["all", "default"]) writeFileSync(`/proc/sys/net/ipv6/conf/${scope}/accept_dad`, "0");
  }

  /** Does something here, and stays. */
  enter(): this {
    checked(setns(this.#fd, CLONE_NEWNET), "setns", "enter a network namespace");
    return this;
  }

  /** A name of this namespace that `ip link set netns` understands. */
  get path(): string {
    return `/proc/${process.pid}/fd/${this.#fd}`;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Runs iproute2 in the namespace that the thread is in: the reference that our own netlink is held against. */
export const ip = (command: string): string => execFileSync("ip", command.split(" "), { encoding: "utf8" });

/** What `ip -json` prints, as values. */
export const ipJson = <Item>(command: string): Item[] => JSON.parse(ip(`-json ${command}`)) as Item[];

export interface Cable {
  readonly near: Namespace;
  readonly far: Namespace;
}

/** Two hosts and a cable between them: `near0` in one and `far0` in the other, both up. Ends in `near`. */
export function cabledHosts(): Cable {
  const far = new Namespace();
  const near = new Namespace();
  ip("link add near0 address 02:00:00:00:00:01 type veth peer name far0 address 02:00:00:00:00:02");
  ip(`link set far0 netns ${far.path}`);
  far.enter();
  ip("link set far0 up");
  near.enter();
  ip("link set near0 up");
  untilWorking("near0");
  far.enter();
  untilWorking("far0");
  near.enter();
  return { near, far };
}

/** Waits until the kernel sends what an interface is given: it is up for a moment before. */
export function untilWorking(name: string): void {
  const events = new KernelEventSocket({ routes: false });
  const netlink = new NetlinkSocket(NETLINK.route);
  const isWorking = (): boolean => {
    const links = netlink.dump(dumpLinksRequest(), decodeLink);
    return links.ok && links.value.some((link) => link.name === name && link.operState === "up");
  };
  if (!isWorking()) {
    waitUntil([events.fd], () => {
      events.drain();
      return isWorking() ? true : undefined;
    });
  }
  netlink.close();
  events.close();
}
