/** What the kernel reports of links and addresses, taken in by all that have to do with them. */
import type { Instant } from "../base/time.js";
import { isMadeName, type KernelAddress, type KernelLink, type KernelSnapshot } from "../model/kernel.js";
import type { Contests } from "./addresses/contests.js";
import type { LostAddress } from "./addresses/address-holding.js";
import type { HeldAddress, Loss } from "./addresses/held-address.js";
import type { Renamings } from "./addresses/kernel-table.js";
import type { Effects } from "./effects.js";
import type { KernelInput } from "./input-kinds.js";
import type { Knowledge } from "./knowledge.js";
import type { Listening } from "./membership/listening.js";
import type { Service } from "./services/service.js";

/** The parts of a node that hear it. */
export interface KernelAudience {
  readonly knowledge: Knowledge;
  readonly effects: Effects;
  readonly contests: Contests;
  readonly listening: Listening;
  /** Those that left the configuration too, until nothing of them is on this machine. */
  readonly services: () => readonly Service[];
  readonly strays: () => readonly HeldAddress[];
}

export class KernelNews {
  readonly #parts: KernelAudience;

  constructor(parts: KernelAudience) {
    this.#parts = parts;
  }

  /** Takes a report in; whether decisions may depend on it. */
  take(now: Instant, input: KernelInput): boolean {
    switch (input.kind) {
      case "link-changed":
        return this.#linkChanged(now, input.link);
      case "link-removed":
        return this.#linkRemoved(now, input.index);
      case "address-added":
        return this.#addressAdded(now, input.address);
      case "address-removed":
        return this.#addressRemoved(now, input.address);
      case "kernel-read":
        return this.#kernelRead(now, input.kernel);
    }
  }

  #linkChanged(now: Instant, link: KernelLink): boolean {
    const before = this.#parts.knowledge.kernel.setLink(link);
    if (before !== undefined && before.name !== link.name) this.#renamed(now, new Map([[before.name, link.name]]));
    const works = link.up && link.carrier;
    const worked = before?.up === true && before.carrier;
    if (works === worked) return before === undefined || before.name !== link.name || before.mac !== link.mac;
    if (before !== undefined || !works) this.#say(works ? "link.restored" : "link.lost", link);
    if (works) this.#linkRestored(now, link.name);
    return true;
  }

  /** Interfaces that are made for addresses come and go with these, of which enough is said. */
  #say(code: "link.restored" | "link.lost", { name }: KernelLink): void {
    if (!isMadeName(name)) this.#parts.effects.note({ code, interface: name });
  }

  /** The interfaces are what they were: whatever was placed on them is there still, under another name. */
  #renamed(now: Instant, renamings: Renamings): void {
    for (const [from, to] of renamings) this.#parts.effects.note({ code: "link.renamed", interface: to, from });
    for (const service of this.#parts.services()) service.addresses.relabel(now, renamings);
    for (const stray of this.#parts.strays()) stray.relabel(now, renamings);
    this.#parts.contests.relabel(renamings);
    this.#parts.knowledge.paths.relabel(renamings, this.#parts.effects);
  }

  /** A node that heard nobody while it was unplugged cannot know who holds what: it listens as at its start. */
  #linkRestored(now: Instant, name: string): void {
    for (const service of this.#parts.services()) service.addresses.announceAgain(now, { interface: name });
    if (isMadeName(name)) return;
    if (this.#parts.knowledge.membership.livePeers().length === 0) this.#parts.listening.begin(now);
  }

  #linkRemoved(now: Instant, index: number): boolean {
    const gone = [...this.#parts.knowledge.kernel.addresses()].filter((each) => each.linkIndex === index);
    const link = this.#parts.knowledge.kernel.removeLink(index);
    if (link === undefined) return false;
    this.#say("link.lost", link);
    for (const { address } of gone) this.#lost(now, { interface: link.name, address, loss: "interface-gone" });
    for (const service of this.#parts.services()) service.addresses.interfaceGone(link.name);
    return true;
  }

  #addressAdded(now: Instant, address: KernelAddress): boolean {
    this.#parts.knowledge.kernel.addAddress(address);
    const name = this.#parts.knowledge.kernel.linkName(address.linkIndex);
    if (name === undefined) return false;
    for (const service of this.#parts.services())
      service.addresses.appeared(now, name, address.address, this.#parts.effects);
    return !this.#parts.knowledge.isServiceAddress(address.address);
  }

  #addressRemoved(now: Instant, address: KernelAddress): boolean {
    const link = this.#parts.knowledge.kernel.link(address.linkIndex);
    this.#parts.knowledge.kernel.removeAddress(address);
    if (link !== undefined) {
      this.#lost(now, { interface: link.name, address: address.address, loss: lossOn(link, address) });
    }
    return !this.#parts.knowledge.isServiceAddress(address.address);
  }

  #kernelRead(now: Instant, kernel: KernelSnapshot): boolean {
    const table = this.#parts.knowledge.kernel;
    const before = new Set([...table.links()].map(({ index }) => index));
    this.#renamed(now, table.replace(kernel));
    for (const service of this.#parts.services()) {
      for (const placed of service.addresses.present()) {
        if (table.hasAddress(placed.interface, placed.address)) continue;
        const link = table.linkNamed(placed.interface);
        // One of its name may have come in its place.
        const isThere = link !== undefined && before.has(link.index);
        const loss = isThere ? lossOn(link, placed) : "interface-gone";
        service.addresses.lost(
          now,
          { interface: placed.interface, address: placed.address, loss },
          this.#parts.effects,
        );
      }
    }
    return true;
  }

  #lost(now: Instant, lost: LostAddress): void {
    for (const service of this.#parts.services()) service.addresses.lost(now, lost, this.#parts.effects);
  }
}

/** With an interface that is switched off go its IPv6 addresses. */
const lossOn = ({ up }: KernelLink, { family }: Pick<KernelAddress, "family">): Loss =>
  up || family === 4 ? "taken" : "interface-off";
