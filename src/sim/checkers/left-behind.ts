import { type Duration, microseconds, milliseconds } from "../../base/time.js";
import { type WorldTime, later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { claimOf, isPresent, presentOf, roundMax } from "./truth.js";

/** An agent that stopped in a pause, whose machine keeps what it had. */
interface Leaving {
  readonly host: SimHost;
  readonly addresses: readonly string[];
  /** From then on all others knew of it, if all of them paused and heard it until then. */
  readonly knownAt: WorldTime;
}

/** The saved state must be on disk before a node that knew may forget. */
const SAVED_WITHIN: Duration = milliseconds(500);

/**
 * Never two machines with one address, also where one of them has no agent: who stopped in a pause, and was heard to by
 * all others, keeps what it had, and nobody else takes it before it is back.
 */
export class LeftBehindAddresses implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  #leaving: readonly Leaving[] = [];
  #left: readonly Leaving[] = [];

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    this.#forget(host);
    // Its memory of the pause is that of its disk, which it may have lost.
    if (!host.saved.pause.paused) this.#doubtAll();
  }

  agentEnded(host: SimHost, how: "exit" | "crash" | "power"): void {
    this.#forget(host);
    this.#leaving = [];
    if (how === "exit" && host.ledger.length > 0 && this.#isUnderstood(host)) this.#leave(host);
  }

  faultBegan(): void {
    this.#leaving = [];
  }

  looked(): void {
    const { now } = this.#site.world;
    if (!this.#leaving.every(({ host }) => this.#isUnderstood(host))) this.#leaving = [];
    const known = this.#leaving.filter(({ knownAt }) => knownAt <= now);
    this.#left = [...this.#left, ...known];
    this.#leaving = this.#leaving.filter((each) => !known.includes(each));
    for (const each of this.#left) this.#judge(each);
  }

  #leave(host: SimHost): void {
    const addresses = host.ledger.map(({ address }) => address);
    const knownAt = later(this.#site.world.now, microseconds(SAVED_WITHIN + 2 * this.#roundFrom(host)));
    this.#leaving = [...this.#leaving, { host, addresses, knownAt }];
  }

  #roundFrom(host: SimHost): Duration {
    return microseconds(Math.max(...this.#others(host).map((other) => roundMax(this.#site, host, other)), 0));
  }

  /** All others run undisturbed, hear the host's machine, and pause. */
  #isUnderstood(host: SimHost): boolean {
    const { segments, heartbeatSegments, world } = this.#site;
    const isCalm = segments.every((segment) => segment.isCalm(world.now));
    return (
      isCalm &&
      this.#others(host).every(
        (other) =>
          other.isRunning &&
          other.agent?.isDoomed === false &&
          other.agent.state?.pause.paused === true &&
          heartbeatSegments.some((segment) => this.#site.linked(host.index, other.index, segment)),
      )
    );
  }

  #others(host: SimHost): readonly SimHost[] {
    return this.#site.hosts.filter((other) => other !== host);
  }

  #forget(host: SimHost): void {
    this.#left = this.#left.filter((each) => each.host !== host);
    this.#leaving = this.#leaving.filter((each) => each.host !== host);
  }

  #doubtAll(): void {
    this.#left = [];
    this.#leaving = [];
  }

  #judge({ host, addresses }: Leaving): void {
    const kept = addresses.filter((address) => isPresent(host, address));
    for (const other of this.#others(host)) {
      for (const service of other.cluster.services) {
        if (claimOf(other, service.name) === undefined) continue;
        const both = presentOf(other, service).find((address) => kept.includes(address));
        if (both === undefined) continue;
        const what = `${other.name} took ${both} of ${service.name}`;
        this.#verdict.broken("one-holder", `${what}, which is still on ${host.name}, whose agent stopped in the pause`);
      }
    }
  }
}
