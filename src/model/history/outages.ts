/**
 * How long each service was served by whom, and how long by nobody, from the events of one node (the service's own, and
 * those about nodes). Pure: the same events give the same history, in whichever run of the agent they were kept.
 *
 *               somebody serves it                    its node fails, lets go of it, or has no program for it
 *     unknown ----------------------> served  ------------------------------------------------> unserved
 *        ^                              ^  |                                                       |
 *        |  the agent ended or started  |  |            it is there again, here or elsewhere       |
 *        +------------------------------|--+<------------------------------------------------------+
 *
 * What happened while the agent did not run is not known and counts neither way: another node knows it. Times are those
 * of the clock of the node's machine; an outage begins with the silence of a node, not when that was noticed.
 */
import { inMilliseconds } from "../../base/time.js";
import type { AgentEvent } from "../event.js";
import { type NodeName, type ServiceName, byName } from "../names.js";
import { whoOrdered } from "../halt-text.js";
import type { Note, ReleaseReason } from "../note.js";
import { type OutageCause, causeOfClaim, causeOfCondition, causeOfRelease, programTrouble } from "./outage-cause.js";

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
  /** `lasting`: still now. `lost`: the agent of this node ended or started meanwhile, and what became of it is not known. */
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
  const record = new NodeRecord();
  for (const event of events) record.take(event);
  return record.end(nowMs);
}

interface Open {
  readonly fromMs: number;
  readonly cause: OutageCause;
  readonly from: NodeName | undefined;
}

/** What is known of one service so far. */
class Course {
  readonly service: ServiceName;
  #node: NodeName | undefined;
  #servedFrom = 0;
  /** The node has said that it took it, and not yet that all of it is there. */
  #isClaimOnly = false;
  #open: Open | undefined;
  /** The latest trouble of one of its programs, as a clause. */
  trouble: string | undefined;
  /** Nodes that hold it and have said that they do not serve all of it. */
  readonly #incomplete = new Set<NodeName>();
  readonly #served: ServedSpan[] = [];
  readonly #outages: Outage[] = [];

  constructor(service: ServiceName) {
    this.service = service;
  }

  get servedBy(): NodeName | undefined {
    return this.#node;
  }

  /** A node has taken it; where not all of it is there at once, the node says so in a moment, if it has not yet. */
  claimed(node: NodeName, atMs: number): void {
    if (this.#incomplete.has(node)) return;
    this.serves(node, atMs);
    this.#isClaimOnly = true;
  }

  serves(node: NodeName, atMs: number): void {
    this.#incomplete.delete(node);
    this.trouble = undefined;
    this.#isClaimOnly = false;
    this.#close(atMs, "over", node);
    if (this.#node === node) return;
    this.#endService(atMs);
    this.#node = node;
    this.#servedFrom = atMs;
  }

  /** A node has it, and not all of it is there; where the node just took it, that never was so. */
  incomplete(node: NodeName, atMs: number, cause: OutageCause): void {
    this.#incomplete.add(node);
    if (this.#node !== node) return;
    const last = this.#outages.at(-1);
    if (!this.#isClaimOnly || last?.state !== "over" || last.untilMs !== this.#servedFrom) this.fails(atMs, cause);
    else {
      this.#outages.pop();
      this.#open = last;
      this.#node = undefined;
    }
  }

  fails(atMs: number, cause: OutageCause): void {
    if (this.#node === undefined) return;
    const fromMs = Math.max(atMs, this.#servedFrom);
    this.#open = { fromMs, cause, from: this.#node };
    this.#endService(fromMs);
  }

  /** A node is no more: whatever it served, nobody does. */
  gone(node: NodeName, atMs: number, cause: OutageCause): void {
    this.#incomplete.delete(node);
    if (this.#node === node) this.fails(atMs, cause);
  }

  /** More is known of why it began. */
  explain(cause: OutageCause): void {
    if (this.#open?.cause.kind === "let-go") this.#open = { ...this.#open, cause };
  }

  /** Nothing is known of it from here on. */
  lose(atMs: number): void {
    this.#close(atMs, "lost", undefined);
    this.#endService(atMs);
    this.#incomplete.clear();
  }

  end(nowMs: number): ServiceHistory {
    this.#close(nowMs, "lasting", undefined);
    this.#endService(nowMs);
    return { service: this.service, served: this.#served, outages: this.#outages };
  }

  #endService(atMs: number): void {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined) return;
    this.#served.push({ node, fromMs: this.#servedFrom, untilMs: Math.max(atMs, this.#servedFrom) });
  }

  #close(atMs: number, state: Outage["state"], to: NodeName | undefined): void {
    if (this.#open === undefined) return;
    const untilMs = Math.max(atMs, this.#open.fromMs);
    const { fromMs, cause, from } = this.#open;
    this.#outages.push({ service: this.service, fromMs, untilMs, state, cause, from, to });
    this.#open = undefined;
  }
}

/** What one node's events tell of all services. */
class NodeRecord {
  readonly #courses = new Map<ServiceName, Course>();
  #paused = false;
  #latestMs = 0;

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
        course.explain(causeOfClaim(note.reason));
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
        course.incomplete(note.node, atMs, causeOfCondition(note.condition, note.node, course.trouble));
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
      default:
        course.trouble = programTrouble(note) ?? course.trouble;
    }
  }

  #letGo(course: Course, why: ReleaseReason, self: NodeName, atMs: number): void {
    if (course.servedBy !== self) return;
    // Another node serves it already; who it is, it says itself or is not known.
    if (why.kind === "outranked") return;
    if (why.kind === "outranked-on-wire") course.lose(atMs);
    else course.fails(atMs, causeOfRelease(why, self));
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
        // In a pause a node that leaves keeps what it has.
        if (!this.#paused) this.#gone(note.node, atMs, "node-left", `${note.node} left in order`);
        break;
      case "agent.fenced-by-guard":
        this.#gone(self, atMs, "node-crashed", `the guard on ${self} took it off`);
        break;
      case "cluster.paused":
      case "cluster.unpaused":
        this.#paused = note.code === "cluster.paused";
        break;
      case "agent.stopped":
        this.#lose(atMs);
        break;
      case "agent.started":
        this.#lose(this.#latestMs);
        break;
      case "finding.raised":
        // Who is cut off knows of no service what becomes of it.
        if (note.finding.kind === "cut-off") this.#lose(atMs);
        break;
      default:
    }
  }

  #gone(node: NodeName, atMs: number, kind: OutageCause["kind"], text: string): void {
    for (const course of this.#courses.values()) course.gone(node, atMs, { kind, text });
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
