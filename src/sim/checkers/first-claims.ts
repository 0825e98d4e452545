import { type Duration, microseconds, seconds } from "../../base/time.js";
import type { Instant } from "../../base/time.js";
import { type ServiceName, serviceName } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import { type WorldTime, later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Acquaintances } from "./acquaintances.js";
import type { Holdings } from "./holdings.js";
import { roundMax } from "./truth.js";

/** Nobody held it, as far as who takes it knows: nobody gave it away either. */
const UNHELD: ReadonlySet<MoveReason["kind"]> = new Set(["cluster-start", "vacant"]);

/** A service is new on a node for so long after the node read of it. */
const NEW_FOR: Duration = seconds(3);

/**
 * A service that a changed cluster file brings to nodes that hear each other, at whatever moments, is taken by one of them:
 * the others wait until they must have heard of that.
 */
export class FirstClaims implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  readonly #acquaintances: Acquaintances;
  /** When each node read of a service that was new to it. */
  readonly #readAt = new Map<SimHost, Map<ServiceName, WorldTime>>();

  constructor(site: Site, verdict: Verdict, holdings: Holdings, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#holdings = holdings;
    this.#acquaintances = acquaintances;
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if (note.code === "configuration.changed") {
        for (const { what, name, how } of note.changes ?? [])
          if (what === "service" && how === "added") this.#read(host, name);
      }
      if (note.code === "service.claimed" && UNHELD.has(note.reason.kind) && this.#isNew(host, note.service))
        this.#check(host, note.service);
    }
  }

  #read(host: SimHost, name: string): void {
    const times = this.#readAt.get(host) ?? new Map<ServiceName, WorldTime>();
    this.#readAt.set(host, times.set(serviceName(name), this.#site.world.now));
  }

  #isNew(host: SimHost, service: ServiceName): boolean {
    const at = this.#readAt.get(host)?.get(service);
    return at !== undefined && this.#site.world.now <= later(at, NEW_FOR);
  }

  #check(host: SimHost, service: ServiceName): void {
    const { now } = this.#site.world;
    for (const { a, b, heardSince } of this.#acquaintances.pairs) {
      if ((a !== host && b !== host) || heardSince === undefined) continue;
      const other = a === host ? b : a;
      const meeting = microseconds(3 * Math.max(roundMax(this.#site, a, b), roundMax(this.#site, b, a)));
      const hasIt = this.#holdings.epochOf(other, service) !== undefined && this.#isNew(other, service);
      if (!hasIt || now <= later(heardSince, meeting)) continue;
      this.#verdict.broken(
        "first-claim",
        `${host.name} takes ${service}, which is new, and which ${other.name} has just taken`,
      );
    }
  }
}
