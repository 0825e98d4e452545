import { type Duration, microseconds, seconds } from "../../base/time.js";
import type { Instant } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
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

/** A claim is a first one for so long. */
const FIRST_FOR: Duration = seconds(3);

/**
 * What nobody holds is taken by one of the nodes that hear each other, whatever kept them from it until then, a service that
 * a changed file brings at whatever moments as well: the others wait until they must have heard of that.
 */
export class FirstClaims implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  readonly #acquaintances: Acquaintances;
  /** When each node last took a service that nobody held, while it holds it. */
  readonly #takenAt = new Map<SimHost, Map<ServiceName, WorldTime>>();

  constructor(site: Site, verdict: Verdict, holdings: Holdings, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#holdings = holdings;
    this.#acquaintances = acquaintances;
  }

  agentStarted(host: SimHost): void {
    this.#takenAt.set(host, new Map());
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "service.claimed") continue;
      const { service, reason } = effect.note;
      if (UNHELD.has(reason.kind)) this.#take(host, service);
      else this.#takenAt.get(host)?.delete(service);
    }
  }

  #take(host: SimHost, service: ServiceName): void {
    const { now } = this.#site.world;
    this.#takenAt.get(host)?.set(service, now);
    for (const { a, b, heardSince } of this.#acquaintances.pairs) {
      if ((a !== host && b !== host) || heardSince === undefined) continue;
      const other = a === host ? b : a;
      const meeting = microseconds(3 * Math.max(roundMax(this.#site, a, b), roundMax(this.#site, b, a)));
      if (!this.#hasJustTaken(other, service) || now <= later(heardSince, meeting)) continue;
      this.#verdict.broken(
        "first-claim",
        `${host.name} takes ${service}, which nobody held, and which ${other.name} has just taken`,
      );
    }
  }

  #hasJustTaken(host: SimHost, service: ServiceName): boolean {
    const at = this.#takenAt.get(host)?.get(service);
    if (at === undefined || this.#holdings.epochOf(host, service) === undefined) return false;
    return this.#site.world.now <= later(at, FIRST_FOR);
  }
}
