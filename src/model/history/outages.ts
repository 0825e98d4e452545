/**
 * How long each service was served by whom, and how long by nobody, from the events of one node (the service's own, those
 * about nodes, and what was found wrong with holders and networks). Pure: the same events give the same history, in whichever run of the agent they were kept.
 *
 *               somebody serves it                    its node fails, lets go of it, has no program for it, or is not reached
 *     unknown ----------------------> served  ------------------------------------------------> unserved
 *        ^                              ^  |                                                       |
 *        |  the agent ended or started  |  |            it is there again, here or elsewhere       |
 *        +------------------------------|--+<------------------------------------------------------+
 *
 * What happened while the agent did not run, or was frozen, is not known and counts neither way: another node knows it. Times are those
 * of the clock of the node's machine; an outage begins with the silence of a node, not when that was noticed.
 */
import { inMilliseconds } from "../../base/time.js";
import type { AgentEvent } from "../event.js";
import { type NodeName, type ServiceName, byName } from "../names.js";
import { whoOrdered } from "../halt-text.js";
import type { Finding, Note, ReleaseReason } from "../note.js";
import { type Hindrance, hindranceIn } from "./hindrance.js";
import {
  type OutageCause,
  causeOfBeginning,
  causeOfClaim,
  causeOfCondition,
  causeOfLeave,
  causeOfRelease,
  causeOfStuck,
  causeOfVacancy,
  programTrouble,
} from "./outage-cause.js";

/** A time in which the service was served, in milliseconds since 1970. */
export interface ServedSpan {
  readonly node: NodeName;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Outage {
  readonly service: ServiceName;
  readonly fromMs: number;
  /** When it was over; or how far it is known. */
  readonly untilMs: number;
  /** `lasting`: still now. `lost`: the agent of this node ended, started or was frozen meanwhile, and what became of it is not known. */
  readonly state: "over" | "lasting" | "lost";
  readonly cause: OutageCause;
  /** Who served before. */
  readonly from: NodeName | undefined;
  /** Who served after it. */
  readonly to: NodeName | undefined;
}

export interface ServiceHistory {
  readonly service: ServiceName;
  readonly served: readonly ServedSpan[];
  readonly outages: readonly Outage[];
}

/** @param events of one node, oldest first */
export function serviceHistories(events: readonly AgentEvent[], nowMs: number): readonly ServiceHistory[] {
  const record = new NodeRecord(events.flatMap(absenceIn));
  for (const event of events) record.take(event);
  return record.end(nowMs);
}

/**
 * Who is found not to serve this soon after taking it never did: nodes look for what is wrong a moment later, and notice
 * one fault one after the other.
 */
const FOUND_WITHIN_MS = 100;

/** A service that nobody is known to have served may take so long to begin; then, or when that fails, it is an outage from its beginning on. */
const BEGINS_WITHIN_MS = 10_000;

/** What happened while the agent was out and that it was out it learns from two that tell it at about the same time. */
const STALL_TOLD_WITHIN_MS = 1_000;

interface Open {
  readonly fromMs: number;
  readonly cause: OutageCause;
  readonly from: NodeName | undefined;
}

/** A node has it, which nobody is known to have served before, and does not serve it yet. */
interface Beginning {
  readonly node: NodeName;
  readonly fromMs: number;
}

/** A holder that left in a pause, or is not heard any more: what it served may be served on, without an agent. */
interface Leave {
  readonly node: NodeName;
  readonly sinceMs: number;
  /** Why it is not served since then, should it turn out so. */
  readonly cause: OutageCause;
  /** When it said that it has it again. */
  readonly backMs: number | undefined;
}

/** What is known of one service so far. */
class Course {
  readonly service: ServiceName;
  #node: NodeName | undefined;
  #servedFrom = 0;
  #open: Open | undefined;
  /** Only while nobody serves it, and no outage is open. */
  #beginning: Beginning | undefined;
  /** The latest trouble of one of its programs. */
  trouble: OutageCause | undefined;
  /** When this node heard that its programs went, and when that was. */
  #loss: { readonly heardMs: number; readonly sinceMs: number } | undefined;
  /** Who holds it and is kept from serving it. */
  #hindered: NodeName | undefined;
  #leave: Leave | undefined;
  /** Until when it is told whether it was served; after that nothing is known, or an outage is open. */
  #toldUntil = 0;
  /** Nodes that hold it and have said that they do not serve all of it. */
  readonly #incomplete = new Set<NodeName>();
  /** What keeps holders from serving it, by what each goes on being. */
  readonly #hindrances = new Map<string, Hindrance>();
  readonly #served: ServedSpan[] = [];
  readonly #outages: Outage[] = [];

  constructor(service: ServiceName) {
    this.service = service;
  }

  get heldBy(): NodeName | undefined {
    return this.#node ?? this.#hindered ?? this.#beginning?.node;
  }

  /** A node has taken it that says when all of it is there. */
  begins(node: NodeName, atMs: number): void {
    const before = this.#beginning;
    if (before !== undefined && before.node !== node) this.#isNotServed(atMs, causeOfBeginning(before.node));
    if (this.#node !== undefined || this.#open !== undefined) return;
    this.#beginning ??= { node, fromMs: Math.max(atMs, this.#toldUntil) };
  }

  /** A program that it needs is down there for good. */
  failsToBegin(node: NodeName, atMs: number, cause: OutageCause): void {
    if (this.#beginning?.node === node) this.fails(atMs, cause);
  }

  /** Programs of it went on this node, so long before that was heard. */
  losesPrograms(heardMs: number, agoMs: number): void {
    this.#loss = { heardMs, sinceMs: heardMs - agoMs };
  }

  /** Since when it is not served that is let go of now: programs that went before may be why. */
  lossBefore(atMs: number): number {
    return this.#loss !== undefined && atMs - this.#loss.heardMs <= FOUND_WITHIN_MS ? this.#loss.sinceMs : atMs;
  }

  /** Another node serves it already. */
  isOutranked(node: NodeName): void {
    if (this.#beginning?.node === node) this.#beginning = undefined;
  }

  /** A node has taken it; where not all of it is there at once, the node says so in a moment, if it has not yet. */
  claimed(node: NodeName, atMs: number): void {
    if (this.#incomplete.has(node)) return;
    const leave = this.#leave;
    this.serves(node, atMs);
    if (leave?.node === node) this.#leave = { ...leave, backMs: leave.backMs ?? atMs };
  }

  serves(node: NodeName, atMs: number): void {
    this.#incomplete.delete(node);
    const lost = this.#lostInPause();
    if (lost !== undefined && lost.node !== node) this.fails(lost.sinceMs, lost.cause);
    this.#endBeginning(node, atMs);
    this.trouble = undefined;
    this.#leave = undefined;
    const hindrance = this.#hindranceOf(node);
    if (hindrance !== undefined) {
      this.#isNotServed(atMs, hindrance.cause);
      this.#hindered = node;
      return;
    }
    this.#hindered = undefined;
    this.#close(atMs, "over", node);
    if (this.#node === node) return;
    this.#endService(atMs);
    this.#node = node;
    this.#servedFrom = atMs;
  }

  /** A node has it, and not all of it is there. @param taken why it took it, if it has not served all of it since */
  incomplete(node: NodeName, atMs: number, cause: OutageCause, taken: OutageCause | undefined): void {
    this.#incomplete.add(node);
    if (this.#hindered === node) this.#hindered = undefined;
    if (this.#node === node) {
      const leave = this.#leaveOf(node, atMs);
      if (leave !== undefined) this.fails(leave.sinceMs, causeOfLeave(node, leave.cause.kind));
      else if (taken === undefined) this.fails(atMs, cause);
      else this.#neverServed(taken);
    } else if (taken !== undefined) this.begins(node, atMs);
    if (taken !== undefined) this.explain(taken);
  }

  /** In a pause a node that is gone keeps what it has; whether its programs ended, its first word afterwards tells. */
  left(node: NodeName, atMs: number, cause: OutageCause): void {
    if (this.#node === node) this.#leave = { node, sinceMs: atMs, cause, backMs: undefined };
  }

  /** A program of it is started on this node, which did not find it running when its agent was back. */
  beginsAnew(self: NodeName): void {
    const leave = this.#leave;
    if (leave?.node !== self || this.#node !== undefined || this.#open !== undefined) return;
    this.#beginning = undefined;
    this.#open = { fromMs: leave.sinceMs, cause: causeOfLeave(self, leave.cause.kind), from: self };
    this.#leave = undefined;
  }

  /** The agent of this node ends in a pause: what it holds may be served on, which the next one learns. */
  rests(self: NodeName, atMs: number, cause: OutageCause): void {
    this.left(self, atMs, cause);
    const leave = this.#leave;
    this.lose(atMs);
    if (leave?.node === self) this.#leave = leave;
  }

  /** It was taken from the node while its agent was out: what became of it then, only the others know. */
  fenced(node: NodeName, atMs: number, cause: OutageCause): void {
    if (this.heldBy !== node) return;
    this.fails(atMs, cause);
    this.lose(atMs);
  }

  fails(atMs: number, cause: OutageCause): void {
    this.#hindered = undefined;
    this.#leave = undefined;
    if (this.#node !== undefined || this.#beginning !== undefined) this.#isNotServed(atMs, cause);
  }

  /** Something keeps whoever holds it from serving it. @param isKnown false: what became of it is not known */
  hindered(hindrance: Hindrance, sinceMs: number, isKnown: boolean): void {
    this.#hindrances.set(hindrance.key, hindrance);
    const holder = hindrance.holder ?? this.#node ?? this.#hindered;
    if (holder === undefined || !isKnown || this.#incomplete.has(holder)) return;
    if (this.#node !== undefined && this.#node !== holder) return;
    this.#isFoundUnserved(sinceMs, hindrance.cause);
    this.#hindered = holder;
  }

  /** Where its holder was kept from serving it by that alone, it serves it again. */
  unhindered(key: string, atMs: number): void {
    this.#hindrances.delete(key);
    const holder = this.#hindered;
    if (holder !== undefined && this.#hindranceOf(holder) === undefined) this.serves(holder, atMs);
  }

  /** Nobody holds it, and nobody can. */
  unplaced(sinceMs: number, cause: OutageCause): void {
    const lost = this.#lostInPause();
    if (lost !== undefined) this.fails(lost.sinceMs, lost.cause);
    this.#hindered = undefined;
    this.#isFoundUnserved(sinceMs, cause);
  }

  /** A node is no more: whatever it served, nobody does. */
  gone(node: NodeName, atMs: number, cause: OutageCause): void {
    this.#incomplete.delete(node);
    if (this.#hindered === node) this.#hindered = undefined;
    if (this.#node === node || this.#beginning?.node === node) this.fails(atMs, cause);
  }

  /** More is known of why it began. */
  explain(cause: OutageCause): void {
    if (this.#open?.cause.kind === "let-go") this.#open = { ...this.#open, cause };
  }

  /** Nothing is known of it from here on. */
  lose(atMs: number): void {
    this.#endBeginning(undefined, atMs);
    this.#close(atMs, "lost", undefined);
    this.#endService(atMs);
    this.#incomplete.clear();
    this.#hindered = undefined;
    this.#leave = undefined;
    this.#toldUntil = atMs;
  }

  /** What was found wrong by a run of the agent is found again by the next one. */
  forgetHindrances(): void {
    this.#hindrances.clear();
  }

  end(nowMs: number): ServiceHistory {
    this.#endBeginning(undefined, nowMs);
    this.#close(nowMs, "lasting", undefined);
    this.#endService(nowMs);
    return { service: this.service, served: this.#served, outages: this.#outages };
  }

  #isFoundUnserved(sinceMs: number, cause: OutageCause): void {
    const isFromStart = this.#node !== undefined && sinceMs - this.#servedFrom <= FOUND_WITHIN_MS;
    if (!isFromStart || !this.#reopen()) this.#isNotServed(sinceMs, cause);
  }

  /** From then on nobody serves it, also where it was not known whether somebody does. */
  #isNotServed(sinceMs: number, cause: OutageCause): void {
    if (this.#open !== undefined) return;
    const from = this.#node;
    const begun = this.#beginning?.fromMs;
    const fromMs = begun ?? Math.max(sinceMs, from === undefined ? this.#toldUntil : this.#servedFrom);
    this.#beginning = undefined;
    this.#endService(fromMs);
    this.#open = { fromMs, cause, from };
  }

  /** Who took it has not served it: what seemed to be over then was not, or it began then. */
  #neverServed(cause: OutageCause): void {
    if (this.#reopen()) return;
    const last = this.#served.at(-1);
    const fromMs = this.#servedFrom;
    const node = this.#node;
    this.#node = undefined;
    if (last?.untilMs === fromMs) this.#open = { fromMs, cause, from: last.node };
    else if (node !== undefined) this.#beginning = { node, fromMs };
  }

  /** @param by who serves it now; undefined: nobody, or it is not known */
  #endBeginning(by: NodeName | undefined, atMs: number): void {
    const beginning = this.#beginning;
    if (beginning === undefined) return;
    const { node, fromMs } = beginning;
    const isLong = atMs - fromMs > BEGINS_WITHIN_MS;
    if (isLong || (by !== undefined && by !== node)) this.#isNotServed(fromMs, causeOfBeginning(node));
    this.#beginning = undefined;
  }

  /** What seemed to be over when the node of now took it was not. */
  #reopen(): boolean {
    const last = this.#outages.at(-1);
    if (last?.state !== "over" || last.untilMs !== this.#servedFrom) return false;
    this.#outages.pop();
    this.#open = last;
    this.#node = undefined;
    return true;
  }

  #leaveOf(node: NodeName, atMs: number): Leave | undefined {
    const leave = this.#leave;
    const isFirstWord = leave?.backMs === undefined || atMs - leave.backMs <= FOUND_WITHIN_MS;
    return leave?.node === node && isFirstWord ? leave : undefined;
  }

  /** A holder that nobody stopped in order, and that has not been back. Its machine may have been off all the while. */
  #lostInPause(): Leave | undefined {
    const leave = this.#leave;
    return leave?.backMs === undefined && leave?.cause.kind !== "node-left" ? leave : undefined;
  }

  #hindranceOf(node: NodeName): Hindrance | undefined {
    return [...this.#hindrances.values()].find(({ holder }) => holder === undefined || holder === node);
  }

  #endService(atMs: number): void {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined) return;
    this.#toldUntil = Math.max(atMs, this.#servedFrom);
    this.#served.push({ node, fromMs: this.#servedFrom, untilMs: this.#toldUntil });
  }

  #close(atMs: number, state: Outage["state"], to: NodeName | undefined): void {
    if (this.#open === undefined) return;
    const untilMs = Math.max(atMs, this.#open.fromMs);
    const { fromMs, cause, from } = this.#open;
    this.#outages.push({ service: this.service, fromMs, untilMs, state, cause, from, to });
    this.#open = undefined;
    this.#toldUntil = untilMs;
  }
}

/** When the agent was out, and did not decide. */
interface Absence {
  readonly fromMs: number;
  readonly untilMs: number;
}

const absenceIn = ({ atMs, note }: AgentEvent): readonly Absence[] =>
  note.code === "agent.stalled" ? [{ fromMs: atMs - inMilliseconds(note.lateness), untilMs: atMs }] : [];

/** What one node's events tell of all services. */
class NodeRecord {
  readonly #absences: readonly Absence[];
  readonly #courses = new Map<ServiceName, Course>();
  #paused = false;
  #isCutOff = false;
  #latestMs = 0;

  constructor(absences: readonly Absence[]) {
    this.#absences = absences;
  }

  take({ atMs, node, note }: AgentEvent): void {
    if ("service" in note && note.service !== undefined) this.#takeOfService(note, node, atMs);
    else this.#takeOfNode(note, node, atMs);
    this.#latestMs = atMs;
  }

  end(nowMs: number): readonly ServiceHistory[] {
    const courses = [...this.#courses.values()].sort((a, b) => byName(a.service, b.service));
    return courses.map((course) => course.end(nowMs));
  }

  #takeOfService(note: Note & { readonly service: ServiceName }, self: NodeName, atMs: number): void {
    const course = this.#course(note.service);
    switch (note.code) {
      case "service.claimed":
        course.explain(causeOfClaim(note.reason, self));
        course.begins(self, atMs);
        break;
      case "service.active":
        course.serves(self, atMs);
        break;
      case "service.moved":
      case "service.returned":
        course.claimed(note.to, atMs);
        break;
      case "service.served":
        course.serves(note.node, atMs);
        break;
      case "service.unserved":
        this.#unserved(course, note, atMs);
        break;
      case "service.halted":
        course.fails(atMs, {
          kind: note.by === undefined ? "operator" : "rule",
          text: `${whoOrdered(note.by)} stopped it`,
        });
        break;
      case "service.closing":
      case "service.released":
        this.#letGo(course, note.why, self, atMs);
        break;
      case "program.starting":
        course.beginsAnew(self);
        break;
      case "program.host-lost":
      case "program.left":
        if (note.ago !== undefined) course.losesPrograms(atMs, inMilliseconds(note.ago));
        course.trouble = programTrouble(note) ?? course.trouble;
        break;
      default:
        course.trouble = programTrouble(note) ?? course.trouble;
    }
  }

  #unserved(course: Course, note: Note & { readonly code: "service.unserved" }, atMs: number): void {
    const { node, condition, taken, noticedAfter } = note;
    const cause = causeOfCondition(note, course.trouble);
    const sinceMs = noticedAfter === undefined ? atMs : atMs - inMilliseconds(noticedAfter);
    course.incomplete(node, sinceMs, cause, taken === undefined ? undefined : causeOfClaim(taken, node));
    if (condition === "failed") course.failsToBegin(node, atMs, cause);
  }

  #letGo(course: Course, why: ReleaseReason, self: NodeName, atMs: number): void {
    if (course.heldBy !== self) return;
    // Another node serves it already; who it is, it says itself or is not known. What the guard did is told for all.
    if (why.kind === "outranked") course.isOutranked(self);
    if (why.kind === "outranked" || why.kind === "guard") return;
    if (why.kind === "outranked-on-wire") course.lose(atMs);
    else course.fails(course.lossBefore(atMs), causeOfRelease(why, self));
  }

  #takeOfNode(note: Note, self: NodeName, atMs: number): void {
    switch (note.code) {
      case "node.down":
        this.#gone(note.node, atMs - inMilliseconds(note.silence), "node-down", `${note.node} fell silent`);
        break;
      case "node.crashed":
        this.#gone(note.node, atMs, "node-crashed", `the agent on ${note.node} died`);
        break;
      case "node.left":
        this.#gone(note.node, atMs, "node-left", `${note.node} left in order`);
        break;
      case "agent.fenced-by-guard":
        this.#fenced(self, this.#absentSince(atMs));
        break;
      case "cluster.paused":
      case "cluster.unpaused":
        this.#paused = note.code === "cluster.paused";
        break;
      case "agent.stopped":
        this.#endRun(self, atMs, "node-left");
        break;
      case "agent.started":
        this.#endRun(self, this.#latestMs, "node-crashed");
        break;
      case "finding.raised":
        this.#found(note.finding, atMs, note.lasted === undefined ? atMs : atMs - inMilliseconds(note.lasted));
        break;
      case "finding.cleared":
        this.#isOver(note.finding, atMs);
        break;
      case "finding.changed":
        this.#changed(note, atMs);
        break;
      default:
    }
  }

  #found(finding: Finding, atMs: number, sinceMs: number): void {
    switch (finding.kind) {
      case "cut-off":
        // Who is cut off knows of no service what becomes of it.
        this.#isCutOff = true;
        this.#lose(atMs);
        break;
      case "service-unplaced":
        this.#course(finding.service).unplaced(sinceMs, causeOfVacancy("unfit"));
        break;
      case "program-stuck":
        this.#course(finding.service).explain(causeOfStuck(finding));
        break;
      case "service-waiting":
        for (const each of finding.services) this.#course(each).unplaced(sinceMs, causeOfVacancy(waitOf(finding)));
        break;
      default:
        this.#hinder(hindranceIn(finding), sinceMs);
    }
  }

  #hinder(hindrance: Hindrance | undefined, sinceMs: number): void {
    if (hindrance === undefined) return;
    for (const each of hindrance.services) this.#course(each).hindered(hindrance, sinceMs, !this.#isCutOff);
  }

  #isOver(finding: Finding, atMs: number): void {
    if (finding.kind === "cut-off") this.#isCutOff = false;
    const over = hindranceIn(finding);
    if (over === undefined) return;
    for (const course of this.#courses.values()) course.unhindered(over.key, atMs);
  }

  /** What it was before may go on for other services. */
  #changed({ finding, before }: Note & { readonly code: "finding.changed" }, atMs: number): void {
    this.#found(finding, atMs, atMs);
    const over = hindranceIn(before);
    if (over === undefined || !("services" in finding)) return;
    for (const each of finding.services ?? []) this.#course(each).unhindered(over.key, atMs);
  }

  #endRun(self: NodeName, atMs: number, kind: OutageCause["kind"]): void {
    this.#isCutOff = false;
    for (const course of this.#courses.values()) {
      if (this.#paused) course.rests(self, atMs, causeOfLeave(self, kind));
      else course.lose(atMs);
      course.forgetHindrances();
    }
  }

  #fenced(self: NodeName, atMs: number): void {
    const cause = { kind: "node-crashed", text: `the guard on ${self} took it off` } as const;
    for (const course of this.#courses.values()) course.fenced(self, atMs, cause);
  }

  /** Since when the agent was out that learns something now; its own absence it may notice a little before or after. */
  #absentSince(atMs: number): number {
    const isAbout = ({ fromMs, untilMs }: Absence): boolean => fromMs <= atMs && atMs <= untilMs + STALL_TOLD_WITHIN_MS;
    return Math.min(atMs, ...this.#absences.filter(isAbout).map(({ fromMs }) => fromMs));
  }

  #gone(node: NodeName, atMs: number, kind: OutageCause["kind"], text: string): void {
    for (const course of this.#courses.values()) {
      if (this.#paused) course.left(node, atMs, { kind, text });
      else course.gone(node, atMs, { kind, text });
    }
  }

  #lose(atMs: number): void {
    for (const course of this.#courses.values()) course.lose(atMs);
  }

  #course(service: ServiceName): Course {
    const known = this.#courses.get(service) ?? new Course(service);
    this.#courses.set(service, known);
    return known;
  }
}

const waitOf = ({ cause }: Finding & { readonly kind: "service-waiting" }): "paused" | "waiting" =>
  cause === "paused" ? "paused" : "waiting";
