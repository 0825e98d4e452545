import { type Duration, type Instant, milliseconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { ProgramName, ProgramRun } from "../../model/program.js";
import { type WorldTime, later, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { KernelAnswer, KernelEvent } from "../kernel.js";
import type { KernelOrder, Observer } from "../observer.js";
import type { ProcessChange, SimProcess } from "../process.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { presentOf, processingMax, serviceOf } from "./truth.js";

/** What happened so lately, the decisions need not know yet. */
const NEWS_MAX: Duration = milliseconds(5);

/** What a host has been seen doing. */
interface Seen {
  /** When a program was last known to be ready, though it is not now; by service and program. */
  readonly readyUntil: Map<string, WorldTime>;
  /** Services that have had their addresses put in place since they were claimed, or of which nothing can be said. */
  readonly placed: Set<ServiceName>;
  /** When it was held up last, so that news lay about. */
  heldUpAt: WorldTime;
  /** When one of its addresses went last. */
  addressLostAt: WorldTime;
}

/**
 * The order within a service: a program starts when those that it comes after are ready, and those that come after the
 * addresses when these are there; the addresses come after the programs that they wait for; and it is ended in reverse.
 */
export class ProgramOrder implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #seen = new Map<SimHost, Seen>();

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    const never = worldTime(-1e9);
    this.#seen.set(host, { readyUntil: new Map(), placed: new Set(), heldUpAt: never, addressLostAt: never });
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const seen = this.#seen.get(host);
    // An address that another version of the file has waits for nothing.
    if (input.kind === "configuration-changed") for (const { name } of host.cluster.services) seen?.placed.add(name);
    for (const effect of effects) {
      if (effect.kind === "start-program") this.#checkStart(host, effect.start);
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if (note.code === "service.claimed") {
        if (note.reason.kind === "adopted") seen?.placed.add(note.service);
        else seen?.placed.delete(note.service);
      }
      const isInOrder = note.code === "program.stopping" && note.why === "not-wanted" && note.next.kind === "nothing";
      if (isInOrder) this.#checkStop(host, note.service, note.program);
    }
    this.#checkRenewals(host, effects);
  }

  programChanged(host: SimHost, what: ProcessChange, child: SimProcess): void {
    if (what === "exited" && child.isReady) this.#seen.get(host)?.readyUntil.set(keyOf(child), this.#site.world.now);
  }

  kernelSaid(host: SimHost, event: KernelEvent): void {
    const seen = this.#seen.get(host);
    if (seen !== undefined && event.kind !== "address-added") seen.addressLostAt = this.#site.world.now;
  }

  kernelAsked(host: SimHost, { by, what, placed }: KernelOrder, answer: KernelAnswer): void {
    const seen = this.#seen.get(host);
    const service = host.cluster.services.find(({ addresses }) =>
      addresses.some((each) => each.address === placed.address),
    );
    if (by !== "agent" || what !== "add" || !answer.ok || service?.programs === undefined || seen === undefined) return;
    if (seen.placed.has(service.name)) return;
    seen.placed.add(service.name);
    const missing = service.programs.beforeAddresses.find((name) => !this.#isKnownReady(host, service, name));
    if (missing === undefined) return;
    this.#verdict.broken(
      "address-order",
      `${host.name} adds ${placed.address} of ${service.name} before ${missing} is ready`,
    );
  }

  looked(): void {
    for (const [host, seen] of this.#seen) {
      const isHeldUp = !host.isRunning || host.isLosingEvents || host.agent?.isBehind === true;
      if (isHeldUp || !host.programs.isHeard) seen.heldUpAt = this.#site.world.now;
    }
  }

  #checkStart(host: SimHost, run: ProgramRun): void {
    const service = serviceOf(host, run.service);
    const seen = this.#seen.get(host);
    if (service?.programs === undefined || seen === undefined) return;
    const { list, afterAddresses } = service.programs;
    const isListed = (name: ProgramName): boolean => list.some((each) => each.name === name);
    const missing = run.config.after.find((name) => isListed(name) && !this.#isKnownReady(host, service, name));
    const what = `${host.name} starts ${run.config.name} of ${service.name}`;
    if (missing !== undefined) this.#verdict.broken("start-order", `${what} before ${missing} is ready`);
    if (!afterAddresses.includes(run.config.name) || this.#isLate(host, seen.addressLostAt)) return;
    if (presentOf(host, service).length < service.addresses.length) {
      this.#verdict.broken("start-order", `${what} before the addresses are there`);
    }
  }

  #checkStop(host: SimHost, service: ServiceName, program: ProgramName): void {
    const dependant = host.programs.running.find(
      ({ run }) => run.service === service && run.config.after.includes(program),
    );
    if (dependant === undefined || !host.programs.isWatched(dependant)) return;
    const { name } = dependant.run.config;
    this.#verdict.broken(
      "stop-order",
      `${host.name} ends ${program} of ${service} while ${name} runs, which comes after it`,
    );
  }

  /** Of those that begin anew at once, none comes after another: that would end beside it. */
  #checkRenewals(host: SimHost, effects: readonly NodeEffect[]): void {
    const renewed = effects.flatMap((effect) => {
      if (effect.kind !== "note" || effect.note.code !== "program.stopping") return [];
      return effect.note.next.kind === "start-again" && effect.note.why !== "not-wanted" ? [effect.note] : [];
    });
    for (const { service, program } of renewed) {
      const after = serviceOf(host, service)?.programs?.list.find(({ name }) => name === program)?.after ?? [];
      const beside = renewed.find((other) => other.service === service && after.includes(other.program));
      if (beside === undefined) continue;
      const what = `${host.name} ends ${beside.program} of ${service} to begin anew beside ${program}`;
      this.#verdict.broken("stop-order", `${what}, which comes after it`);
    }
  }

  /** It is, or was a moment ago, or has ended for good as its policy allows. */
  #isKnownReady(host: SimHost, service: ServiceConfig, name: ProgramName): boolean {
    const running = host.programs.running.filter(({ run }) => run.service === service.name && run.config.name === name);
    if (running.some(({ isReady }) => isReady) || host.programs.isDone(service.name, name)) return true;
    const until = this.#seen.get(host)?.readyUntil.get(`${service.name} ${name}`);
    return until !== undefined && this.#isLate(host, until);
  }

  /** It happened so lately that the decisions may not have known of it. */
  #isLate(host: SimHost, at: WorldTime): boolean {
    const { now } = this.#site.world;
    const isNews = (time: WorldTime): boolean =>
      now <= later(time, (NEWS_MAX + processingMax(host.plan.pace)) as Duration);
    return isNews(at) || isNews(this.#seen.get(host)?.heldUpAt ?? now);
  }
}

const keyOf = ({ run }: SimProcess): string => `${run.service} ${run.config.name}`;
