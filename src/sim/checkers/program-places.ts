import { type Duration, microseconds, milliseconds } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { Instant } from "../../base/time.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { ReleaseReason } from "../../model/note.js";
import type { ProgramName, ProgramRun } from "../../model/program.js";
import { type WorldTime, later, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { ProcessChange, SimProcess } from "../process.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { type Acquaintance, type Acquaintances, toldSince } from "./acquaintances.js";
import type { Holdings } from "./holdings.js";
import { claimOf, meetingMax, processingMax, tellingMax } from "./truth.js";

/** From the order to kill until nothing is left: two words, SIGKILL, and the order's own way. */
const KILL_MAX: Duration = milliseconds(10);

/**
 * Where a program that may run on one node only runs: never on two nodes that know of each other for longer than it takes
 * to hear and to kill it; beside one on a node that claims its service, and can be heard, or on the same one, none is started at all; and none is
 * left where its service was let go of. What no signal ends is left where it is, and only its agent's word keeps others away.
 */
export class ProgramPlaces implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  readonly #pairs: readonly Acquaintance[];
  /** Since when two processes of one program run, by the later one. */
  readonly #bothSince = new Map<SimProcess, WorldTime>();
  /** The agent that last held the service of a process, while it ran. */
  readonly #heldBy = new Map<SimProcess, SimHost["agent"]>();
  /** Since when a process runs where nobody holds its service. */
  readonly #unheldSince = new Map<SimProcess, WorldTime>();

  constructor(site: Site, verdict: Verdict, holdings: Holdings, { pairs }: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#holdings = holdings;
    this.#pairs = pairs;
  }

  programChanged(host: SimHost, what: ProcessChange, child: SimProcess): void {
    if (what === "begun") this.#checkBegun(host, child);
    if (what !== "gone") return;
    this.#bothSince.delete(child);
    this.#unheldSince.delete(child);
    this.#heldBy.delete(child);
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "start-program") this.#checkStart(host, effect.start);
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if (note.code === "service.claimed") this.#checkClaim(host, note.service);
      if (note.code === "service.released" && !TAKEN.has(note.why.kind)) this.#checkRelease(host, note.service);
    }
  }

  looked(): void {
    for (const host of this.#site.hosts) if (!host.programs.isEmpty) this.#checkHeld(host);
    for (const pair of this.#pairs) {
      if (!pair.a.programs.isEmpty && !pair.b.programs.isEmpty) this.#checkPair(pair);
    }
  }

  /** Two of one machine would fight for files and ports, whichever agents had them started. */
  #checkBegun(host: SimHost, child: SimProcess): void {
    const { service, config } = child.run;
    const others = host.programs.running.filter(
      ({ run }) => run.service === service && run.config.name === config.name,
    );
    if (others.length > 1) this.#verdict.broken("one-runner", `${nameOf(child)} is started twice on ${host.name}`);
  }

  /** Who lets go of its own accord has ended everything before. */
  #checkRelease(host: SimHost, service: ServiceName): void {
    const left = exclusiveOf(host, service).find((each) => host.programs.isWatched(each));
    if (left === undefined) return;
    this.#verdict.broken("released-idle", `${host.name} lets go of ${service} while ${nameOf(left)} still runs there`);
  }

  /** Whoever can hear the holder takes nothing that the holder's programs bind to it. */
  #checkClaim(host: SimHost, service: ServiceName): void {
    const rival = this.#rivalOf(host, service);
    if (rival === undefined) return;
    this.#verdict.broken("bound", `${host.name} takes ${service}, which ${rival.name} claims and runs programs of`);
  }

  #checkStart(host: SimHost, { service, config }: ProgramRun): void {
    const rival = config.standby ? undefined : this.#rivalOf(host, service, config.name);
    if (rival === undefined) return;
    this.#verdict.broken(
      "one-runner",
      `${host.name} starts ${config.name} of ${service} while it runs on ${rival.name}`,
    );
  }

  /** Who claims the service and runs programs of it that bind it, or the one that is named, and is known to. */
  #rivalOf(host: SimHost, service: ServiceName, program?: ProgramName): SimHost | undefined {
    const { now } = this.#site.world;
    return this.#pairs
      .filter(({ a, b }) => a === host || b === host)
      .flatMap(({ a, b, heardSince = Infinity }) => {
        const other = a === host ? b : a;
        const since = Math.max(heardSince, this.#servesSince(other, service, program));
        return now > since + meetingMax(this.#site, a, b) ? [other] : [];
      })[0];
  }

  /** Since when it claims the service and programs of it run, as far as it knows itself; infinity: not now. */
  #servesSince(host: SimHost, service: ServiceName, program: ProgramName | undefined): number {
    const running = exclusiveOf(host, service).filter(
      (each) => host.programs.isWatched(each) && (program === undefined || each.run.config.name === program),
    );
    const isHolder = claimOf(host, service) !== undefined && this.#holdings.epochOf(host, service) !== undefined;
    return isHolder ? Math.min(...running.map(({ roleSince }) => roleSince)) : Infinity;
  }

  #checkHeld(host: SimHost): void {
    const { now } = this.#site.world;
    for (const child of host.programs.running) {
      const isHeld = this.#holdings.epochOf(host, child.run.service) !== undefined;
      if (isHeld) this.#heldBy.set(child, host.agent);
      const isPassing = isHeld || this.#isLeftAlone(host, child) || this.#isHeldUp(host);
      if (!child.isExclusive || child.isUnkillable || isPassing) {
        this.#unheldSince.delete(child);
        continue;
      }
      const since = this.#unheldSince.get(child) ?? now;
      this.#unheldSince.set(child, since);
      if (now <= later(since, microseconds(KILL_MAX + processingMax(host.plan.pace)))) continue;
      this.#verdict.broken("unheld", `${nameOf(child)} runs on ${host.name}, which does not hold ${child.run.service}`);
    }
  }

  /** It outlived an agent in a pause, and the next one, if there is one, has not taken the service into its hands yet. */
  #isLeftAlone = (host: SimHost, child: SimProcess): boolean =>
    host.programs.isKept(child) && (host.agent === undefined || this.#heldBy.get(child) !== host.agent);

  #isHeldUp = (host: SimHost): boolean =>
    host.isStandingStill || (host.agent !== undefined && (!host.isRunning || host.agent.isBehind));

  #checkPair(pair: Acquaintance): void {
    const { a, b } = pair;
    const { now } = this.#site.world;
    for (const child of a.programs.running) {
      const twin = child.isExclusive ? twinOf(child, b) : undefined;
      if (twin === undefined || child.isUnkillable || twin.isUnkillable) {
        this.#bothSince.delete(child);
        continue;
      }
      const since = this.#bothSince.get(child) ?? now;
      this.#bothSince.set(child, since);
      if (now <= this.#due(pair, since)) continue;
      this.#verdict.broken("one-runner", `${nameOf(child)} runs on ${a.name} and ${b.name}, which know of each other`);
    }
  }

  /** Until when both may run that do since then. */
  #due({ a, b, heardSince, ...pair }: Acquaintance, since: WorldTime): WorldTime {
    const known = heardSince === undefined ? Infinity : Math.max(heardSince, since) + meetingMax(this.#site, a, b);
    const told = Math.max(toldSince({ a, b, heardSince, ...pair }), since) + tellingMax(this.#site);
    const due = Math.min(known, told) + KILL_MAX;
    return due === Infinity ? (Infinity as WorldTime) : worldTime(due);
  }
}

/** What was not let go of by the node's own accord. */
const TAKEN: ReadonlySet<ReleaseReason["kind"]> = new Set(["outranked", "outranked-on-wire", "guard"]);

const exclusiveOf = (host: SimHost, service: ServiceName): readonly SimProcess[] =>
  host.programs.running.filter((each) => each.run.service === service && each.isExclusive);

const twinOf = ({ run }: SimProcess, host: SimHost): SimProcess | undefined =>
  exclusiveOf(host, run.service).find((each) => each.run.config.name === run.config.name);

const nameOf = ({ run }: SimProcess): string => `${run.config.name} of ${run.service}`;
