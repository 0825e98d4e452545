import { type Duration, type Instant, after, between, microseconds, seconds } from "../base/time.js";
import type { Heartbeat } from "../model/heartbeat.js";
import type { PlacedAddress } from "../model/kernel.js";
import { Alarm } from "./alarm.js";
import { later, type WorldTime } from "./clock.js";
import type { SimHost } from "./host.js";
import { drawn } from "./pace.js";

/** The same as the real guard's. */
const OWN_LATENESS_MAX = 5_000;
const GRACE_SHARE = 4;
const PROGRAMS_WAIT: Duration = seconds(2);

/**
 * The process that outlives the agent: when the agent is gone, or its lease is over, it takes off the addresses that
 * it was told of, one after another, ends the programs, and sends the goodbyes that the agent prepared.
 */
export class SimGuard {
  readonly #host: SimHost;
  readonly #alarm: Alarm;
  readonly #leaseAlarm: Alarm;
  #addresses: readonly PlacedAddress[] = [];
  #isGuarded = false;
  #goodbyes: readonly Heartbeat[] = [];
  /** Those of the firing that is under way. */
  #toSend: readonly Heartbeat[] = [];
  #agentGone = false;
  #disarmed = false;
  #dead = false;
  #frozen = false;
  #arming = 0;
  #renewedAt: Instant | undefined;
  #lease: Duration = microseconds(0);
  #graceUntil: Instant | undefined;
  /** What it still has to take off; undefined while it is not firing. */
  #toRemove: PlacedAddress[] | undefined;
  #removed: PlacedAddress[] = [];
  /** Since when it waits for programs to be gone. */
  #programsSince: WorldTime | undefined;

  constructor(host: SimHost) {
    this.#host = host;
    this.#alarm = new Alarm(host.site.world, () => this.#act());
    this.#leaseAlarm = new Alarm(host.site.world, () => this.#judge());
  }

  /** Takes the list of addresses; one from before it last fired counts for nothing. */
  order(arming: number, addresses: readonly PlacedAddress[], guarded: boolean): void {
    if (arming < this.#arming) return;
    this.#addresses = addresses;
    this.#isGuarded = guarded;
  }

  prepareGoodbyes(arming: number, goodbyes: readonly Heartbeat[]): void {
    if (arming >= this.#arming) this.#goodbyes = goodbyes;
  }

  /** The agent ends in order: nothing is left to do. */
  disarm(): void {
    this.#disarmed = true;
  }

  renew(at: Instant, lease: Duration): void {
    this.#renewedAt = at;
    this.#lease = lease;
    this.#graceUntil = undefined;
    this.#sleepUntilLeaseEnds();
  }

  agentDied(): void {
    this.#agentGone = true;
    this.#soon();
  }

  kill(): void {
    this.#dead = true;
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#sleepUntilLeaseEnds();
    this.#soon();
  }

  /** It will do nothing any more. */
  get isDone(): boolean {
    return this.#dead || this.#disarmed || (this.#agentGone && !this.#isGuarded && this.#toRemove === undefined);
  }

  get #isOut(): boolean {
    return this.#dead || this.#frozen;
  }

  #soon(): void {
    const { site, plan, random } = this.#host;
    this.#alarm.atLatest(later(site.world.now, drawn(random, plan.pace.guard)));
  }

  get #leaseEnd(): Instant | undefined {
    if (this.#renewedAt === undefined || this.#lease === 0) return undefined;
    return this.#graceUntil ?? after(this.#renewedAt, this.#lease);
  }

  #sleepUntilLeaseEnds(): void {
    const end = this.#leaseEnd;
    if (end !== undefined && !this.#agentGone) this.#leaseAlarm.set(this.#host.clock.worldTimeOf(end));
  }

  #judge(): void {
    const end = this.#leaseEnd;
    const now = this.#host.clock.now();
    if (this.#isOut || this.#disarmed || this.#agentGone || end === undefined || now < end) return;
    if (this.#graceUntil === undefined && between(end, now) > OWN_LATENESS_MAX) {
      this.#graceUntil = after(now, microseconds(this.#lease / GRACE_SHARE));
      this.#sleepUntilLeaseEnds();
      return;
    }
    this.#renewedAt = undefined;
    this.#fire();
  }

  #act(): void {
    if (this.#isOut || this.#disarmed) return;
    if (this.#toRemove === undefined && this.#agentGone) this.#fire();
    else this.#removeNext();
  }

  #fire(): void {
    if (!this.#isGuarded) return;
    this.#arming += 1;
    if (!this.#agentGone) this.#host.agent?.guardFired(this.#arming);
    this.#isGuarded = false;
    this.#removed = [];
    this.#toRemove = [...this.#addresses];
    // The real one reads no order before it has done everything: what it is told meanwhile is for the next arming.
    this.#toSend = this.#goodbyes;
    this.#goodbyes = [];
    this.#soon();
  }

  #removeNext(): void {
    const next = this.#toRemove?.shift();
    if (next !== undefined) {
      this.#host.order("guard", "remove", next);
      this.#removed.push(next);
      this.#soon();
    } else if (this.#toRemove !== undefined) {
      if (this.#programsSince === undefined) this.#clear();
      this.#endPrograms();
    }
  }

  #clear(): void {
    const { kernel, routesOnRecord, site } = this.#host;
    kernel.macFilters.clearRules();
    kernel.ownRoutes.clear(routesOnRecord);
    kernel.sourceRules.clear();
    for (const observer of site.observers) observer.guardFired?.(this.#host, this.#removed);
  }

  /** The peers take over at the goodbye, which therefore waits for programs to be gone, though not for ever. */
  #endPrograms(): void {
    const { programs, site } = this.#host;
    if (this.#programsSince === undefined) programs.killAll();
    this.#programsSince ??= site.world.now;
    if (!programs.isEmpty && site.world.now < later(this.#programsSince, PROGRAMS_WAIT)) {
      this.#soon();
      return;
    }
    this.#programsSince = undefined;
    this.#toRemove = undefined;
    for (const goodbye of this.#toSend) site.sendHeartbeat(this.#host.index, goodbye);
    this.#toSend = [];
  }
}
