import { viewOf } from "../../base/bytes.js";
import type { Link } from "../../wire/rtnetlink-link.js";
import { interfaceIoctl } from "./libc.js";

/*
 * struct ethtool_cmd (linux/ethtool.h), as far as it is read: 0 command u32  12 speed u16  28 upper half of speed u16.
 * Asked for by ioctl, not read from sysfs: /sys shows the interfaces of the namespace that it was mounted in.
 */
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GSET = 1;
const ETHTOOL_CMD = 44;
const NAME_LENGTH = 16;
/** Both say "unknown": the number itself, and what old drivers put into the lower half. */
const UNKNOWN: ReadonlySet<number> = new Set([0, 0xffff, 0xffff_ffff]);

/** Megabits a second; undefined without a carrier, and where the driver does not know. */
export function linkSpeed(fd: number, { name, carrier, isLoopback }: Link): number | undefined {
  if (!carrier || isLoopback) return undefined;
  const command = new Uint8Array(ETHTOOL_CMD);
  const view = viewOf(command);
  view.setUint32(0, ETHTOOL_GSET, true);
  const padded = new Uint8Array(NAME_LENGTH);
  padded.set(Buffer.from(name, "latin1").subarray(0, NAME_LENGTH - 1));
  if (interfaceIoctl(fd, SIOCETHTOOL, padded, command) < 0) return undefined;
  const speed = view.getUint16(12, true) + view.getUint16(28, true) * 2 ** 16;
  return UNKNOWN.has(speed) ? undefined : speed;
}

/** The speeds of links, asked for when a link is first seen and when its carrier comes up: a driver may be slow to say. */
export class LinkSpeeds {
  /** As many as the kernel has links. */
  readonly #known = new Map<number, { readonly carrier: boolean; readonly speed: number | undefined }>();

  of(fd: number, link: Link): number | undefined {
    const before = this.#known.get(link.index);
    const speed = before?.carrier === link.carrier ? before.speed : linkSpeed(fd, link);
    this.#known.set(link.index, { carrier: link.carrier, speed });
    return speed;
  }

  forget(index: number): void {
    this.#known.delete(index);
  }
}
