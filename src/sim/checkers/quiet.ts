import { FAILBACK_MAX } from "../site-workload.js";
import { type Instant, seconds } from "../../base/time.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import { type ServiceName, wireId } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { Note } from "../../model/note.js";
import { isLoss } from "../../model/unfit-reasons.js";
import { type WorldTime, later, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Plan } from "../plan.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Words } from "./words.js";

/** From the last agent's start until every service has its holder, failback included. */
const SETTLING = seconds(6);

/** While nothing is wrong, nothing moves; and while the cluster is paused, nothing moves by itself. */
export class Quiet implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #words: Words;
  /** When a calm world has settled; undefined for a world with faults. */
  readonly #settledAt: WorldTime | undefined;
  /** What each running agent heard last from each other, by wire id. */
  readonly #bulletins = new Map<SimHost, Map<number, readonly ClaimBrief[]>>();
  readonly #paused = new Map<SimHost, boolean>();
  /** Services that each running agent began to let go of before it was paused, and ends the programs of. */
  readonly #closing = new Map<SimHost, Set<ServiceName>>();
  /** Services that each running agent let go of because it lost their network, and the epoch of that. */
  readonly #lost = new Map<SimHost, Map<ServiceName, number>>();

  constructor(site: Site, verdict: Verdict, plan: Plan, words: Words) {
    this.#site = site;
    this.#words = words;
    this.#verdict = verdict;
    const lastStart = Math.max(...plan.site.hosts.map(({ startAt }) => startAt));
    this.#settledAt = plan.isCalm ? later(later(worldTime(lastStart), SETTLING), FAILBACK_MAX) : undefined;
  }

  agentStarted(host: SimHost): void {
    this.#paused.set(host, host.saved.pause.paused);
    this.#bulletins.set(host, new Map());
    this.#closing.set(host, new Set());
    this.#lost.set(host, new Map());
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    this.#heard(host);
    for (const effect of effects) if (effect.kind === "note") this.#check(host, effect.note);
  }

  #heard(host: SimHost): void {
    const { got } = this.#words;
    if (got !== undefined) this.#bulletins.get(host)?.set(got.peer, got.claims);
  }

  /** A hand-over that began before the pause is brought to its end: the service was offered to this node, or left to it. */
  #wasOffered(host: SimHost, note: Note): boolean {
    if (note.code !== "service.claimed") return false;
    const [service, me] = [wireId(note.service), wireId(host.plan.name)];
    const claims = [...(this.#bulletins.get(host)?.values() ?? [])].flat();
    return claims.some(
      ({ state, ...each }) => HANDING_OVER.has(state) && each.service === service && each.target === me,
    );
  }

  /** What it let go of for a loss, and nobody has held since as far as it knows, stays where it was. */
  #isTakenBack(host: SimHost, note: Note): boolean {
    const lost = this.#lost.get(host);
    if (note.code === "service.released" && note.why.kind === "unfit" && note.why.reasons.every(isLoss)) {
      lost?.set(note.service, note.epoch);
    }
    return note.code === "service.claimed" && lost?.get(note.service) === note.epoch - 1;
  }

  /** It is the end of what began before the pause. */
  #isBegun(host: SimHost, note: Note): boolean {
    const closing = this.#closing.get(host);
    if (note.code === "service.closing" && this.#paused.get(host) !== true) closing?.add(note.service);
    if (note.code === "service.kept") closing?.delete(note.service);
    return note.code === "service.released" && closing?.delete(note.service) === true;
  }

  #check(host: SimHost, note: Note): void {
    if (note.code === "cluster.paused" || note.code === "cluster.unpaused") {
      this.#paused.set(host, note.code === "cluster.paused");
    }
    const isBegun = this.#isBegun(host, note) || this.#isTakenBack(host, note);
    if (!MOVES.has(note.code)) return;
    const isCalm = this.#settledAt !== undefined && this.#site.world.now > this.#settledAt;
    if (isCalm) this.#verdict.broken("calm", `${host.name} says ${note.code} though nothing is wrong`);
    if (this.#paused.get(host) === true && !isAllowedInPause(note) && !isBegun && !this.#wasOffered(host, note)) {
      this.#verdict.broken("paused", `${host.name} says ${note.code} though the cluster is paused`);
    }
  }
}

const HANDING_OVER: ReadonlySet<string> = new Set(["offering", "released"]);

const MOVES: ReadonlySet<string> = new Set([
  "service.claimed",
  "service.offered",
  "service.closing",
  "service.released",
  "service.rival",
  "node.down",
  "node.left",
  "path.switching",
  "rule.fired",
]);

/** Nodes come and go in a pause; what was held before is held on, a better claim wins as ever, and orders start services. */
function isAllowedInPause(note: Note): boolean {
  switch (note.code) {
    case "service.claimed":
      return note.reason.kind === "adopted" || note.reason.kind === "started";
    case "service.closing":
    case "service.released":
      return note.why.kind !== "unfit" && note.why.kind !== "cut-off";
    case "service.offered":
    case "rule.fired":
      return false;
    default:
      return true;
  }
}
