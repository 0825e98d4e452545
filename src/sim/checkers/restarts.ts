import { type Instant, seconds } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { NoteCode } from "../../model/note.js";
import type { RestartConfig } from "../../model/program.js";
import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Fault, Trouble } from "../plan.js";
import type { ProcessChange, SimProcess } from "../process.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";

/** A program of which nothing is expected any more here is tried again no sooner than this. */
const LONELY_MIN = seconds(10);

/**
 * A program is started again by policy only so often within its time: as often as it has delays, and now and then when
 * these are used up. What an operator, another holder, or the end of its host has started does not count.
 */
export class Restarts implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #starts = new Map<SimHost, Map<string, readonly WorldTime[]>>();

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    this.#starts.set(host, new Map());
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    // Orders reach every node in their own time, and make everything begin anew.
    if (FRESH_STARTS.has(input.kind)) this.#starts.set(host, new Map());
    for (const effect of effects) {
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if ("service" in note && BEGINS_ANEW.has(note.code)) this.#forget(host, note.service);
    }
  }

  faultBegan(_fault: Fault, trouble: Trouble): void {
    if (trouble.kind === "program-host-died") this.#starts.set(this.#site.host(trouble.host), new Map());
  }

  commandGiven(): void {
    for (const host of this.#starts.keys()) this.#starts.set(host, new Map());
  }

  programChanged(host: SimHost, what: ProcessChange, { run }: SimProcess): void {
    const starts = this.#starts.get(host);
    if (what !== "begun" || starts === undefined) return;
    const { service, config } = run;
    const { now } = this.#site.world;
    const key = `${service} ${config.name}`;
    const counted = [...(starts.get(key) ?? []).filter((at) => now - at < config.restart.within), now];
    starts.set(key, counted);
    if (counted.length <= startsMax(config.restart)) return;
    const often = `${counted.length} times within ${config.restart.within / 1e6} s`;
    this.#verdict.broken("restarts", `${host.name} has started ${config.name} of ${service} ${often} by itself`);
  }

  #forget(host: SimHost, service: ServiceName): void {
    const starts = this.#starts.get(host);
    for (const key of starts?.keys() ?? []) if (key.startsWith(`${service} `)) starts?.delete(key);
  }
}

/** A service that a rule starts again has its programs tried anew, as one that an operator starts. */
const BEGINS_ANEW: ReadonlySet<NoteCode> = new Set([
  "service.claimed",
  "service.released",
  "service.resumed",
  "program.stopping",
]);

const FRESH_STARTS: ReadonlySet<NodeInput["kind"]> = new Set(["configuration-changed", "guard-fired"]);

/** The first, as many as there are delays, and those after each long wait. A run that lasted begins the count anew. */
function startsMax({ delays, within, reset, exhausted }: RestartConfig): number {
  const wait = exhausted.kind === "retry" ? Math.min(exhausted.every, LONELY_MIN) : LONELY_MIN;
  const rounds = 1 + Math.floor(within / reset);
  return rounds * (1 + delays.length) + Math.ceil(within / wait);
}
