import { type Duration, seconds } from "../../base/time.js";
import type { NodeView } from "../../model/status.js";
import { later, type WorldTime, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { type Acquaintances, toldSince } from "./acquaintances.js";
import type { Steadiness } from "./steadiness.js";
import { tellingMax } from "./truth.js";

const LOOK_AGAIN: Duration = seconds(1);

/**
 * Where some nodes know of each other only through a third one, and nothing has happened for a while, all agree on who
 * holds what. A move of their own accord may be under way at one look, but not for longer than telling takes.
 */
export class Agreement implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #steadiness: Steadiness;
  readonly #acquaintances: Acquaintances;
  #lookedAt: WorldTime = worldTime(0);
  #disagreeSince: WorldTime | undefined;

  constructor(site: Site, verdict: Verdict, steadiness: Steadiness, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#steadiness = steadiness;
    this.#acquaintances = acquaintances;
  }

  looked(): void {
    const { now } = this.#site.world;
    if (now < later(this.#lookedAt, LOOK_AGAIN)) return;
    this.#lookedAt = now;
    const disagreement = this.#isSteady ? this.#disagreement() : undefined;
    if (disagreement === undefined) {
      this.#disagreeSince = undefined;
      return;
    }
    this.#disagreeSince ??= now;
    if (now - this.#disagreeSince > tellingMax(this.#site)) this.#verdict.broken("agree", disagreement);
  }

  /** Everybody runs by the newest file, and knows of everybody, some through a third one only. */
  get #isSteady(): boolean {
    const { world, cluster, hosts } = this.#site;
    const { isCalm, since } = this.#steadiness;
    if (!isCalm || world.now < later(since, tellingMax(this.#site))) return false;
    const { pairs } = this.#acquaintances;
    return (
      pairs.some(({ heardSince }) => heardSince === undefined) &&
      pairs.every((pair) => pair.heardSince !== undefined || toldSince(pair) < Infinity) &&
      hosts.every((host) => host.cluster === cluster)
    );
  }

  #disagreement(): string | undefined {
    const said = this.#site.hosts.map((host) => ({ host, holders: holdersFor(host) }));
    const [first] = said;
    const other = said.find(({ holders }) => holders !== first?.holders);
    if (first === undefined || other === undefined) return undefined;
    return `${first.host.name} and ${other.host.name} disagree: ${first.holders} and ${other.holders}`;
  }
}

const holdersFor = (host: SimHost): string => host.agent?.core.view(host.clock.now()).services.map(textOf).join() ?? "";
const textOf = ({ name, holder }: NodeView["services"][number]): string => `${name} ${holder ?? "-"}`;
