import type { Instant } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { NodeState } from "../../model/node-state.js";
import type { ProgramRun } from "../../model/program.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { SimProcess } from "../process.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Holdings } from "./holdings.js";

/** What a node was told of a process that nothing ends. */
interface Told {
  readonly child: SimProcess;
  readonly on: SimHost;
  /** With which its node held the service. */
  readonly epoch: number;
}

/**
 * What nothing ends keeps its service where it is: a node that was told of it starts nothing of that service, which only a
 * holder may, as long as it runs. Not so when somebody else had taken the service before, and went by no word of it, nor
 * when what cuts nodes off said that it had, and had not.
 */
export class FencedFirst implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  readonly #told = new Map<SimHost, readonly Told[]>();

  constructor(site: Site, verdict: Verdict, holdings: Holdings) {
    this.#site = site;
    this.#verdict = verdict;
    this.#holdings = holdings;
  }

  /** It knows what its disk kept. */
  agentStarted(host: SimHost): void {
    const bonds = host.saved.bonds ?? [];
    this.#keep(host, ({ child, on }) =>
      bonds.some(({ node, service }) => node === on.plan.name && service === child.run.service),
    );
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const isRefused = effects.some((effect) => effect.kind === "note" && effect.note.code === "relay.refused");
    if (input.kind === "peer-state-received" || (input.kind === "state-relayed" && !isRefused)) {
      this.#hear(host, input.state);
    }
    if (input.kind === "configuration-changed") {
      const names = input.cluster.services.map(({ name }) => name);
      this.#keep(host, ({ child }) => names.includes(child.run.service));
    }
    for (const effect of effects) {
      if (effect.kind === "note" && effect.note.code === "service.claimed") this.#claimed(host, effect.note.service);
      if (effect.kind === "start-program") this.#check(host, effect.start);
    }
  }

  /** Who holds the service already is bound by nothing. */
  #hear(host: SimHost, { node, programs = [], tenures }: NodeState): void {
    const on = this.#site.hosts.find(({ plan }) => plan.name === node);
    if (on === undefined) return;
    const stuck = programs.filter(({ state }) => state === "stuck");
    const told = tenures.flatMap(({ service, epoch }): readonly Told[] => {
      const isHolder = this.#holdings.epochOf(host, service) !== undefined;
      if (isHolder || !stuck.some((each) => each.service === service)) return [];
      return boundBy(on, service).map((child) => ({ child, on, epoch }));
    });
    this.#keep(host, (each) => !told.some(({ child }) => child === each.child));
    this.#told.set(host, [...(this.#told.get(host) ?? []), ...told]);
  }

  /** Others who hear of that claim go by it; the claimant itself must not have made it. */
  #claimed(by: SimHost, service: ServiceName): void {
    const epoch = this.#holdings.epochOf(by, service) ?? 0;
    for (const host of this.#site.hosts) {
      if (host !== by) this.#keep(host, (each) => each.child.run.service !== service || each.epoch >= epoch);
    }
  }

  #check(host: SimHost, { service, config, role }: ProgramRun): void {
    const isForHolder = !config.standby || (config.awaitsRole === true && role === "holder");
    if (!isForHolder) return;
    this.#keep(host, ({ child }) => !child.isGone);
    const told = this.#told.get(host)?.find(({ child, on }) => child.run.service === service && this.#binds(child, on));
    if (told === undefined) return;
    const { child, on } = told;
    const what = `${child.run.config.name} of ${service}, which nothing ends,`;
    this.#verdict.broken("fenced-first", `${host.name} starts ${config.name} while ${what} runs on ${on.name}`);
  }

  #binds(child: SimProcess, on: SimHost): boolean {
    return child.isUnkillable && child.isExclusive && on.isOn && !this.#site.fencing.isLiedAbout(on);
  }

  #keep(host: SimHost, isKept: (told: Told) => boolean): void {
    this.#told.set(host, (this.#told.get(host) ?? []).filter(isKept));
  }
}

const boundBy = (on: SimHost, service: ServiceName): readonly SimProcess[] =>
  on.programs.running.filter((each) => each.run.service === service && each.isExclusive && each.isUnkillable);
