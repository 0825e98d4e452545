import { type Duration, type Instant, milliseconds, seconds } from "../../base/time.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { Note } from "../../model/note.js";
import type { PathGroupConfig, PathSwitchReason } from "../../model/path.js";
import type { PathGroupView } from "../../model/status.js";
import { type WorldTime, later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { PathWorkings } from "./path-workings.js";

/** From a kernel event or a judge's verdict to the end of the change that it leads to. */
const PATIENCE: Duration = milliseconds(1_500);
/** An interface that was just switched on may take so long to find its carrier before it is judged. */
const CARRIER_PATIENCE: Duration = seconds(6);
/** What was wrong so lately may still be the reason of a change. */
const LATELY: Duration = seconds(2);
/** How often to look. */
const LOOK_AGAIN: Duration = milliseconds(50);

/** Nobody is wrong about a path for long: no change of paths while the active one works, and one when it does not. */
export class PathLiveness implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #workings: PathWorkings;
  /** Since when a group is on a path that does not work, though the other one does. */
  readonly #lameSince = new Map<string, WorldTime>();
  #nextLook: WorldTime | undefined;

  constructor(site: Site, verdict: Verdict, workings: PathWorkings) {
    this.#site = site;
    this.#verdict = verdict;
    this.#workings = workings;
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) if (effect.kind === "note") this.#checkCalm(host, effect.note);
  }

  #checkCalm(host: SimHost, note: Note): void {
    if (note.code !== "path.switching" || !BECAUSE_OF_A_FAULT.has(note.reason.kind)) return;
    const group = host.pathGroups.find(({ name }) => name === note.group);
    if (group === undefined || !this.#workings.works(host, note.from)) return;
    const since = this.#workings.since(host, note.from);
    if (this.#site.world.now <= later(later(since, LATELY), patienceOf(group))) return;
    const what = `leaves ${note.from} because of ${note.reason.kind}`;
    this.#verdict.broken("path-calm", `${note.group} of ${host.name} ${what}, which has worked for long`);
  }

  looked(): void {
    const { now } = this.#site.world;
    if (this.#nextLook !== undefined && now < this.#nextLook) return;
    this.#nextLook = later(now, LOOK_AGAIN);
    for (const host of this.#workings.paired) {
      for (const group of host.pathGroups) this.#checkServed(host, group);
    }
  }

  #checkServed(host: SimHost, group: PathGroupConfig): void {
    const key = `${host.name} ${group.name}`;
    const usable = this.#usableInstead(host, group);
    if (usable === undefined || host.isRefusing || host.agent?.isDoomed !== false) {
      this.#lameSince.delete(key);
      return;
    }
    const { now } = this.#site.world;
    const since = this.#lameSince.get(key) ?? now;
    this.#lameSince.set(key, since);
    if (
      now <= later(since, patienceOf(group)) ||
      now <= later(later(this.#workings.since(host, usable), PATIENCE), patienceOf(group))
    )
      return;
    const own = host.agent.core.view(host.clock.now()).nodes.find(({ name }) => name === host.plan.name);
    const view = own?.paths?.find(({ name }) => name === group.name);
    // It may be on the path that works, but for its own address, which that refused.
    if (view === undefined || isExcused(view, host) || view[view.active].interface === usable) {
      this.#lameSince.set(key, now);
      return;
    }
    this.#verdict.broken(
      "path-served",
      `${group.name} of ${host.name} is on a path that does not work, though ${usable} does`,
    );
  }

  /** The path that works while the one with the machine's own address does not. */
  #usableInstead(host: SimHost, { primary, secondary }: PathGroupConfig): string | undefined {
    const segment = this.#segmentOf(host, primary.interface);
    const active = segment < 0 ? undefined : host.interfaceOn(segment)?.name;
    if (active === undefined || this.#workings.works(host, active)) return undefined;
    const other = active === primary.interface ? secondary.interface : primary.interface;
    return other !== undefined && this.#workings.works(host, other) ? other : undefined;
  }

  #segmentOf(host: SimHost, name: string | undefined): number {
    const segment = host.plan.interfaces.find((each) => each.name === name)?.segment;
    return this.#site.segments.findIndex((each) => each.name === segment);
  }
}

/** An operator's word, a hold-down, or the agent does not run undisturbed. */
const isExcused = (view: PathGroupView, host: SimHost): boolean =>
  view.paused ||
  view.heldUntil !== undefined ||
  view.primary.health === "detached" ||
  view.secondary.health === "detached" ||
  host.plans.length > 0 ||
  !host.isRunning;

const BECAUSE_OF_A_FAULT: ReadonlySet<PathSwitchReason["kind"]> = new Set([
  "carrier-lost",
  "targets-silent",
  "interface-gone",
  "switched-off",
  "peer-switched",
  "down-at-start",
]);

function patienceOf({ monitor, settleDelay, standby, mac }: PathGroupConfig): Duration {
  const takesCarrier = standby.kind === "warm" || mac === "move" ? CARRIER_PATIENCE : 0;
  const judged = monitor.downFor + 4 * monitor.interval + (monitor.carrierDownFor ?? 0);
  // A node at the other end that has just moved as well may get it twice.
  return (PATIENCE + takesCarrier + judged + 2 * settleDelay) as Duration;
}
