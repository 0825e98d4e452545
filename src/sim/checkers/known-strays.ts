import type { Instant } from "../../base/time.js";
import { UNSURE_MAX } from "../../core/supervision/runs-elsewhere.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { NodeState } from "../../model/node-state.js";
import type { ProgramRun } from "../../model/program.js";
import { type WorldTime, later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { SimProcess } from "../process.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Acquaintance, Acquaintances } from "./acquaintances.js";
import { meetingMax } from "./truth.js";

/** What a node was told of a process that no agent began. */
interface Told {
  readonly child: SimProcess;
  readonly on: SimHost;
  /** When its agent ended, which has not told of it again since. */
  lostAt: WorldTime | undefined;
}

/**
 * What somebody else began keeps others from beginning the same: a node that was told of it, and can hear the node where it
 * runs, or have it fenced, starts no program beside it of which only one may run. An agent that begins anew there has a while to
 * look again, while it is heard.
 */
export class KnownStrays implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #pairs: readonly Acquaintance[];
  readonly #told = new Map<SimHost, readonly Told[]>();

  constructor(site: Site, verdict: Verdict, { pairs }: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#pairs = pairs;
  }

  /** It knows what its disk kept. */
  agentStarted(host: SimHost): void {
    const { strays = [] } = host.saved;
    const kept = (this.#told.get(host) ?? []).filter(({ child: { run }, on }) =>
      strays.some(
        (each) => each.node === on.plan.name && each.service === run.service && each.program === run.config.name,
      ),
    );
    this.#told.set(host, kept);
  }

  agentEnded(on: SimHost): void {
    const { now } = this.#site.world;
    for (const each of [...this.#told.values()].flat()) if (each.on === on) each.lostAt ??= now;
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const isRefused = effects.some((effect) => effect.kind === "note" && effect.note.code === "relay.refused");
    if (input.kind === "peer-state-received" || (input.kind === "state-relayed" && !isRefused)) {
      this.#hear(host, input.state);
    }
    for (const effect of effects) if (effect.kind === "start-program") this.#check(host, effect.start);
  }

  #hear(host: SimHost, { node, programs = [] }: NodeState): void {
    const on = this.#site.hosts.find(({ plan }) => plan.name === node);
    if (on === undefined) return;
    const found = on.programs.strays.filter(({ run }) =>
      programs.some((each) => each.found === true && each.service === run.service && each.program === run.config.name),
    );
    const before = (this.#told.get(host) ?? []).filter(({ child }) => !found.includes(child));
    this.#told.set(host, [...before.filter(runsStill), ...found.map((child) => ({ child, on, lostAt: undefined }))]);
  }

  #check(host: SimHost, { service, config }: ProgramRun): void {
    if (config.standby) return;
    const beside = this.#told.get(host)?.find((each) => {
      const { run } = each.child;
      const isTwin = run.service === service && run.config.name === config.name;
      if (!isTwin || !runsStill(each) || !isAskedAbout(each)) return false;
      return this.#areInTouch(host, each) ? !this.#isForgotten(each) : this.#isToBeFenced(host, each);
    });
    if (beside === undefined) return;
    const what = `${config.name} of ${service}`;
    this.#verdict.broken("known-strays", `${host.name} starts ${what} beside what it was told of on ${beside.on.name}`);
  }

  #isForgotten({ lostAt }: Pick<Told, "lostAt">): boolean {
    return lostAt !== undefined && this.#site.world.now > later(lostAt, UNSURE_MAX);
  }

  /** Its node is silent, or soon will be, and nobody ended it, or said so. */
  #isToBeFenced(host: SimHost, { on, lostAt }: Told): boolean {
    const config = host.cluster.nodes.find(({ name }) => name === on.plan.name);
    const isForgotten = lostAt !== undefined && this.#isForgotten({ lostAt });
    return config?.fence !== undefined && on.isOn && !isForgotten && !this.#site.fencing.isLiedAbout(on);
  }

  /** They hear each other, and have for as long as that takes to be known. */
  #areInTouch(host: SimHost, { on }: Told): boolean {
    const pair = this.#pairs.find(({ a, b }) => (a === host && b === on) || (a === on && b === host));
    if (pair?.heardSince === undefined) return false;
    return this.#site.world.now > pair.heardSince + meetingMax(this.#site, host, on);
  }
}

/** Nobody has ended it, nor taken it up as his own. */
const runsStill = ({ child, on }: Told): boolean => on.programs.strays.includes(child);

/** The file that its node goes by has it there. */
const isAskedAbout = ({ child: { run }, on }: Told): boolean =>
  on.cluster.services.some(
    ({ name, nodes, programs }) =>
      name === run.service &&
      nodes.includes(on.plan.name) &&
      programs?.list.some((each) => each.name === run.config.name) === true,
  );
