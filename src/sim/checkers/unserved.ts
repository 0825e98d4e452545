import { type Duration, microseconds, milliseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ServiceName } from "../../model/names.js";
import { type WorldTime, later, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { ProcessChange, SimProcess } from "../process.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Steadiness } from "./steadiness.js";
import { isFreeOn } from "./room.js";
import { claimOf, presentOf } from "./truth.js";

/** Streams that break and are built anew, peers that are waited for, offers that lapse: each takes a second or two. */
const PATIENCE: Duration = seconds(4);
/** Silence, and then the turns of those that come first in the order. */
const PATIENCE_TIMEOUTS = 15;
/** How often to look when no kernel changed. */
const LOOK_AGAIN: Duration = milliseconds(100);
/** After a refusal, or an address taken away again and again, a node waits up to so long before it tries anew. */
const BACKOFF_MAX: Duration = seconds(31);

/** After a program failed, a node nobody can relieve may wait so long before it tries again. */
const TROUBLE_MAX: Duration = seconds(330);
/** Until a program that does as it should is ready, or gone. */
const PROGRAM_TIME: Duration = milliseconds(300);

/**
 * No service without a holder while a node could hold it for long enough to find out and take it; and in a world that
 * has been steady for a while, not for a moment.
 */
export class Unserved implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #steadiness: Steadiness;
  /** When each host's kernel last did something to our addresses that the agent backs off from. */
  readonly #offendedAt = new Map<SimHost, WorldTime>();
  /** When a program of a service did otherwise than it should on a host, or was ended there by a fault. */
  readonly #troubledAt = new Map<SimHost, Map<ServiceName, WorldTime>>();
  /** Since when a service is on no node, and which node could have held it all that time. */
  readonly #missedSince = new Map<ServiceName, { readonly fit: SimHost; readonly at: WorldTime }>();
  #kernelChanged = true;
  #lookedAt: WorldTime = worldTime(0);

  constructor(site: Site, verdict: Verdict, steadiness: Steadiness) {
    this.#site = site;
    this.#verdict = verdict;
    this.#steadiness = steadiness;
  }

  kernelAsked(host: SimHost, order: { readonly by: string }, answer: { readonly ok: boolean }): void {
    if (order.by === "stranger" || !answer.ok) this.#offendedAt.set(host, this.#site.world.now);
  }

  programChanged(host: SimHost, what: ProcessChange, { run, isAsked }: SimProcess): void {
    if (what === "exited" && !isAsked) this.#troubled(host, run.service);
  }

  kernelSaid(): void {
    this.#kernelChanged = true;
  }

  looked(): void {
    const { world, cluster } = this.#site;
    if (!this.#kernelChanged && world.now - this.#lookedAt < LOOK_AGAIN) return;
    this.#kernelChanged = false;
    this.#lookedAt = world.now;
    this.#noticeTroubles();
    const isClear = this.#isClear;
    for (const service of cluster.services) {
      const isOn = this.#site.hosts.some((host) => presentOf(host, service).length > 0);
      if (isOn || !isClear || this.#isExcused(service) || this.#rests(service)) this.#missedSince.delete(service.name);
      else this.#missed(service);
    }
  }

  /** Everybody goes by the newest file, nobody pauses, and packets are not lost at random. */
  get #isClear(): boolean {
    const { cluster, hosts } = this.#site;
    return this.#steadiness.isCalm && hosts.every((host) => !isPaused(host) && host.cluster === cluster);
  }

  /** Who claims it is held up, or waits before it puts back what was taken away or refused. */
  #isExcused(service: ServiceConfig): boolean {
    return this.#site.hosts.some(
      (host) =>
        claimOf(host, service.name) !== undefined &&
        (!host.isRunning || host.isLosingEvents || host.isRefusing || this.#isOffended(host)),
    );
  }

  /** It was stopped, or programs that its addresses wait for failed where it is held, or wait themselves. */
  #rests({ name, programs }: ServiceConfig): boolean {
    return this.#site.hosts.some(
      (host) =>
        isHalted(host, name) ||
        (programs !== undefined &&
          claimOf(host, name) !== undefined &&
          (this.#isTroubled(host, name) || this.#isKeptWaiting(host, name))),
    );
  }

  /** By its own word, for what still runs on another node; where that has yet to look, nobody knows better. */
  #isKeptWaiting({ agent }: SimHost, service: ServiceName): boolean {
    return (agent?.state?.programs ?? []).some(({ awaits, ...of }) => {
      if (awaits === undefined || of.service !== service) return false;
      const { programs } = this.#site.hosts.find(({ plan }) => plan.name === awaits.node) ?? {};
      const runs = [...(programs?.running ?? []), ...(programs?.strays ?? [])].some(
        ({ run }) => run.service === service && run.config.name === of.program,
      );
      return runs || !awaits.isKnown;
    });
  }

  /** Faults of programs last for longer than it takes to look again. */
  #noticeTroubles(): void {
    for (const service of this.#site.cluster.services) {
      for (const host of this.#site.hosts) if (isHindered(host, service)) this.#troubled(host, service.name);
    }
  }

  #troubled(host: SimHost, service: ServiceName): void {
    const troubled = this.#troubledAt.get(host) ?? new Map<ServiceName, WorldTime>();
    this.#troubledAt.set(host, troubled.set(service, this.#site.world.now));
  }

  /** A program of it did otherwise than was ordered lately: its policy says what is tried when. */
  #isTroubled(host: SimHost, service: ServiceName): boolean {
    const at = this.#troubledAt.get(host)?.get(service);
    return at !== undefined && this.#site.world.now < later(at, TROUBLE_MAX);
  }

  #missed(service: ServiceConfig): void {
    const { world, hosts } = this.#site;
    const before = this.#missedSince.get(service.name);
    if (before === undefined || !this.#isFit(before.fit, service)) {
      const fit = hosts.find((host) => this.#isFit(host, service));
      if (fit === undefined) this.#missedSince.delete(service.name);
      else this.#missedSince.set(service.name, { fit, at: world.now });
    }
    const missed = this.#missedSince.get(service.name);
    if (missed === undefined) return;
    const bound = microseconds(this.#bound + programsMax(service));
    // Programs end on one node before they start on the next.
    const isSteady = service.programs === undefined && world.now > later(this.#steadiness.since, bound);
    if (!isSteady && world.now <= later(missed.at, bound)) return;
    const forSeconds = (world.now - missed.at) / 1_000_000;
    this.#verdict.broken(
      "served",
      `${service.name} is on no node for ${forSeconds} s, though ${missed.fit.name} could hold it`,
    );
  }

  get #bound(): Duration {
    return microseconds(PATIENCE + PATIENCE_TIMEOUTS * this.#site.cluster.detection.timeout);
  }

  #isOffended(host: SimHost): boolean {
    const at = this.#offendedAt.get(host);
    return at !== undefined && this.#site.world.now < later(at, BACKOFF_MAX);
  }

  #isFit(host: SimHost, service: ServiceConfig): boolean {
    const { agent } = host;
    if (agent === undefined || !host.isRunning || agent.isDoomed || agent.state?.drained !== false) return false;
    if (this.#isTroubled(host, service.name) || isBoundElsewhere(host, service)) return false;
    if (host.isRefusing || this.#isOffended(host) || !service.nodes.includes(host.plan.name)) return false;
    if (!isFreeOn(this.#site, host, service)) return false;
    return this.#hasNetworks(host) && service.addresses.every((each) => this.#hasInterfaceFor(host, each));
  }

  /** Every network works for the host as far as anybody could tell: its own cable, its ping targets, its peers. */
  #hasNetworks(host: SimHost): boolean {
    const { segments, hosts, deadTargets } = this.#site;
    const ownWork = segments.every(
      (segment, index) =>
        segment.hasSignal(host.index) && this.#site.servesBeyond(host.index, index) && deadTargets[index] === 0,
    );
    return ownWork && hosts.every((other) => other === host || this.#isJoinedOrApart(host, other));
  }

  /** The two hear each other on every network that the other is on, or nowhere at all. */
  #isJoinedOrApart(a: SimHost, b: SimHost): boolean {
    const shared = this.#site.heartbeatSegments.filter((segment) => b.isAttached(segment));
    return (
      shared.every((segment) => this.#site.linked(a.index, b.index, segment)) ||
      shared.every((segment) => {
        const there = this.#site.reaches(a.index, b.index, segment);
        const back = this.#site.reaches(b.index, a.index, segment);
        return !there && !back;
      })
    );
  }

  #hasInterfaceFor(host: SimHost, address: ServiceConfig["addresses"][number]): boolean {
    return [...this.#site.segments.keys()].every((segment) => {
      const place = host.interfaceOn(segment)?.name;
      const [plan, spare] = host.interfacesOn(segment);
      if (plan === undefined) return true;
      if (place === undefined || !host.conducts(place)) return false;
      const own = plan.addresses.every((each) => host.kernel.interfacesWith(each.address).includes(place));
      return spare === undefined ? own || address.interface === place : own && pathsWork(host);
    });
  }
}

/** By the host's own judgement: that it judges well is a rule of its own. */
const pathsWork = (host: SimHost): boolean =>
  host.plans.length === 0 &&
  host.agent?.state?.paths?.every(({ state }) => state === "sound" || state === "degraded") === true;

/** By its own record, it waits until a node is fenced that could not let go of the service: that it may is another rule's. */
const isBoundElsewhere = ({ saved: { bonds = [], strays = [] } }: SimHost, { name }: ServiceConfig): boolean =>
  [...bonds, ...strays].some(({ service }) => service === name);

const isHalted = (host: SimHost, service: ServiceName): boolean =>
  host.agent?.state?.halts?.some((each) => each.service === service && each.halted) === true;

/** A fault keeps its programs from doing as they should. */
const isHindered = (host: SimHost, { name, programs }: ServiceConfig): boolean =>
  programs?.list.some((each) => !host.programs.mannersOf(name, each.name).areGood) === true;

/** Until its programs have ended on one node and started on the next. */
const programsMax = ({ programs }: ServiceConfig): number => 4 * (programs?.list.length ?? 0) * PROGRAM_TIME;

const isPaused = (host: SimHost): boolean => host.agent?.state?.pause.paused === true;
