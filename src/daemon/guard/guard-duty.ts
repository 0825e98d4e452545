import { between, type Duration, type Instant } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { Lease } from "./guard-lease.js";
import type { Goodbye, GuardFired, GuardOrder } from "./guard-protocol.js";

/** What became of the addresses that were to be taken off. */
export interface Removal {
  readonly removed: readonly string[];
  readonly failed: readonly { readonly address: string; readonly code: string }[];
}

/** What the guard acts with. Each call is synchronous and gives no error: what the kernel refuses is in the answer. */
export interface GuardHands {
  clock(): Instant;
  /** What {@link removeAll} is to take off. */
  guard(addresses: readonly PlacedAddress[]): void;
  removeAll(): Removal;
  /** Whether programs may run here that a peer is about to run. */
  hasPrograms(): boolean;
  /** Ends all of them, and waits for a moment until they have. @returns those of which something may be left. */
  endPrograms(): readonly string[];
  prepareGoodbyes(goodbyes: readonly Goodbye[]): void;
  /** @returns how many left this machine. */
  sendGoodbyes(): number;
  /** Ends what this machine receives in place of others. */
  clearIdentities(): void;
  /** Where {@link clearRoutes} is to look. */
  guardRoutes(addresses: readonly string[]): void;
  /** Removes the routes of ours. */
  clearRoutes(): void;
}

/**
 * The guard's duty: keep what the agent said last, and when the agent is gone or its lease is over, take the addresses
 * off, end the programs and say goodbye in its name. In this order: the peers take over at the goodbye, which therefore
 * waits for programs, though not for ever: what does not end is on record for the next agent.
 *
 * A firing ends the arming. A thawed agent may still send orders from before it knew: they carry the old number.
 */
export class GuardDuty {
  readonly #hands: GuardHands;
  readonly #announce: (arming: number) => void;
  readonly #lease = new Lease();
  #arming = 0;
  /** `fired`: until it is armed anew; if the agent then ends, what it may have put back goes as well. */
  #state: "idle" | "guarding" | "fired" | "disarmed" = "idle";
  #hasAddresses = false;

  /** @param announce called before anything is done that the agent would not expect, with the arming that comes next. */
  constructor(hands: GuardHands, announce: (arming: number) => void) {
    this.#hands = hands;
    this.#announce = announce;
  }

  obey(order: GuardOrder): void {
    if (order.kind === "disarm") this.#state = "disarmed";
    else if (order.kind === "guard") this.#guard(order);
    else if (order.kind === "guard-routes") this.#hands.guardRoutes(order.addresses);
    else if (order.kind === "prepare-goodbyes" && order.arming >= this.#arming)
      this.#hands.prepareGoodbyes(order.goodbyes);
  }

  renew(at: Instant, length: Duration): void {
    this.#lease.renew(at, length);
  }

  /** When to judge the lease; undefined while nothing depends on it. */
  deadline(): Instant | undefined {
    const isNeeded = this.#state === "guarding" && (this.#hasAddresses || this.#hands.hasPrograms());
    return isNeeded ? this.#lease.deadline() : undefined;
  }

  /** To be called after all renewals were read. `planned`: when the guard meant to wake. */
  judge(now: Instant, planned: Instant | undefined): GuardFired | undefined {
    if (this.deadline() === undefined || !this.#lease.expired(now, planned)) return undefined;
    return this.#fire("lease-expired", now);
  }

  /** The agent's end of the pipes is closed. */
  agentGone(now: Instant): GuardFired | undefined {
    return this.#state === "guarding" || this.#state === "fired" ? this.#fire("agent-gone", now) : undefined;
  }

  #guard(order: Extract<GuardOrder, { kind: "guard" }>): void {
    if (order.arming < this.#arming || this.#state === "disarmed") return;
    // It knows of the firing, so it runs again: what it has begun since is not to go by the lease that was over before.
    if (this.#state === "fired") this.#lease.begin(this.#hands.clock());
    this.#state = order.guarded ? "guarding" : "idle";
    this.#hasAddresses = order.addresses.length > 0;
    this.#hands.guard(order.addresses);
  }

  /** The peers are told in any case: the addresses are off. */
  #leave(): Pick<GuardFired, "left" | "goodbyesSent"> {
    let goodbyesSent = 0;
    let left: readonly string[];
    try {
      left = this.#hands.endPrograms();
    } finally {
      goodbyesSent = this.#hands.sendGoodbyes();
    }
    return { left, goodbyesSent };
  }

  #clear(): void {
    this.#hands.clearIdentities();
    this.#hands.clearRoutes();
  }

  #fire(why: GuardFired["why"], at: Instant): GuardFired {
    this.#arming += 1;
    this.#announce(this.#arming);
    const { removed, failed } = this.#hands.removeAll();
    const took = between(at, this.#hands.clock());
    // An agent that lives may begin anew while programs end here: what it has in the kernel then is not ours to clear.
    if (why === "lease-expired") this.#clear();
    const leaving = this.#leave();
    if (why === "agent-gone") this.#clear();
    this.#state = "fired";
    return { kind: "fired", why, arming: this.#arming, at, took, removed, failed, ...leaving };
  }
}
