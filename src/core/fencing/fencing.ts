/**
 * Whom this node fences, and what it knows of the fencing of others: cutting a node off by force, from outside.
 *
 * A node is fenced because an operator or a rule says so, or because it says itself that a program of a service cannot be
 * ended there, so that nobody else may begin, while another node could. One that is merely silent is not: its services are
 * taken over as ever. But what was bound when it fell silent waits until it is fenced, since no guard ends what SIGKILL does
 * not. So it is with what somebody else started there, if a holder waits for that.
 *
 * One node fences, of those that can the one that hears most (fencer.ts); when it fails, the next one in that order; when
 * it does not begin, the next one a little later. What each does is part of its state, so that all go by it. A node that was
 * fenced is left alone for a while, as is one that could not be so often. In a pause, while a node is starting or stopping,
 * and where it may be the one that is cut off, it fences nobody. Nobody fences himself: whether it was done could not be told.
 */
import { type Deadline, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, between, earliest, latest, seconds } from "../../base/time.js";
import { settlingTime } from "../../model/cluster.js";
import type { CommandOutcome } from "../../model/command.js";
import { durationText } from "../../model/duration-text.js";
import {
  type Bond,
  BY_OPERATOR,
  type FenceBrief,
  type FenceCause,
  type FenceConfig,
  type FencedNode,
  type FenceView,
  type Stray,
} from "../../model/fencing.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { NodeInput } from "../../model/node-io.js";
import type { NodeState, SavedState } from "../../model/node-state.js";
import type { Finding } from "../../model/note.js";
import { listText } from "../../model/note-text-reason.js";
import { accepted, rejected } from "../commands/pending-commands.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { place } from "../placement/place.js";
import type { Service } from "../services/service.js";
import { type AwaitedRun, awaitedRuns } from "./awaited-runs.js";
import { Bonds, type Hold } from "./bonds.js";
import { Cancellations } from "./cancellations.js";
import { Fence, type FenceOrder, type Victim, type VictimRun, runOf, sequelTo } from "./fence.js";
import { fencersOf, methodsAt } from "./fencer.js";
import { type ToldFence, rankOf, toldBy } from "./told-fences.js";
import { yieldsTo } from "./weights.js";

/** How long each node gives the one before it to begin. */
const TURN: Duration = seconds(2);
/** How long a node may be heard after a method says that it is cut off, beside the time after which it counts as silent. */
const ECHO: Duration = seconds(5);

/** What a node is to be fenced for now. */
interface Wish {
  readonly cause: FenceCause;
  /** Since when nobody does, although this node might; undefined: it may not. */
  readonly since: Instant | undefined;
}

export class Fencing {
  readonly bonds: Bonds;
  readonly cancellations: Cancellations = new Cancellations();
  readonly #knowledge: Knowledge;
  readonly #fences = new Map<NodeName, Fence>();
  /** Nodes of which an operator said that they are off. */
  readonly #confirmed = new Map<NodeName, { readonly run: VictimRun; readonly at: Instant }>();
  /** When each was fenced last, by whomever. */
  readonly #fencedAt: Map<NodeName, Instant>;
  /** The latest run of each node's agent that is known to have been fenced, by whomever. */
  readonly #fencedRuns = new Map<NodeName, number>();
  /** The latest run of each node's agent that is known here, and since when. */
  readonly #latestRuns = new Map<NodeName, { readonly incarnation: number; readonly since: Instant }>();
  readonly #wishes = new Map<NodeName, Wish>();
  #reviewedAt: Instant;
  #services: readonly Service[] = [];

  constructor(now: Instant, knowledge: Knowledge, { bonds = [], fenced = [] }: SavedFencing) {
    this.#knowledge = knowledge;
    this.#reviewedAt = now;
    this.bonds = new Bonds(bonds);
    this.#fencedAt = new Map(fenced.map((each) => [each.node, fencedAt(now, each, knowledge.remains.boot)]));
  }

  /** For the next run of the agent. */
  toSave(): Required<SavedFencing & Pick<SavedState, "strays">> {
    const { boot } = this.#knowledge.remains;
    const fenced = [...this.#fencedAt].map(([node, at]) => ({ node, at, ...(boot === undefined ? {} : { boot }) }));
    return { bonds: this.bonds.all(), strays: this.strays, fenced };
  }

  /** Whether the file says how to fence any node. */
  get isConfigured(): boolean {
    return this.#knowledge.cluster.nodes.some(({ fence }) => fence !== undefined);
  }

  /** Why this node fences nobody now; undefined: it may. What is silent because of this node itself must not be cut off. */
  get obstacle(): string | undefined {
    const { paused, cutOff, mayBeCutOff, unplugged, self } = this.#knowledge;
    if (paused) return "the cluster is paused";
    const before = this.#goesBefore();
    if (before !== undefined) return `${before} is fencing ${self}`;
    return cutOff || mayBeCutOff || unplugged ? `${self} may itself be the one that is cut off` : undefined;
  }

  /** Whether a service is bound to a node, as far as it is heard of, or is this one. */
  isBound(node: NodeName): boolean {
    if (node !== this.#knowledge.self) return this.bonds.of(node).length > 0;
    return this.#services.some(({ programs }) => programs.bound !== undefined);
  }

  /** The node that must be fenced before anybody else begins with a service that nobody holds; undefined: none. */
  boundTo(service: ServiceName): NodeName | undefined {
    return this.bonds.on(service).find(({ node }) => this.#configOf(node) !== undefined)?.node;
  }

  /** What this node heard of from nodes that can be fenced, and were not since. */
  get strays(): readonly Stray[] {
    return this.#knowledge.elsewhere.strays.filter((each) => this.isToEnd(each));
  }

  /** Whether others wait with such a program, while its node is not heard, until that is fenced: it can be, and was not. */
  isToEnd({ node, incarnation }: Stray): boolean {
    return this.#configOf(node) !== undefined && !this.#wasFenced(node, incarnation);
  }

  /** Whether a node that is not heard was cut off, as far as is known here. */
  isFenced(node: NodeName): boolean {
    return this.#told(node).some(({ brief }) => brief.state === "done");
  }

  viewOf(node: NodeName): FenceView | undefined {
    const newest = this.#told(node).toSorted((a, b) => rankOf(a) - rankOf(b) || b.since - a.since)[0];
    if (newest === undefined) return undefined;
    const { node: _, incarnation: _run, lasted: _lasted, ...told } = newest.brief;
    return { ...told, by: newest.by, since: newest.since };
  }

  /** For the peers. */
  briefs(now: Instant): readonly FenceBrief[] {
    const told = [...this.#fences.values()].filter((fence) => !fence.isSpent(now) && !this.#confirmed.has(fence.node));
    const own = told.map((fence) => fence.brief(now));
    const confirmed = [...this.#confirmed].map(([node, { run, at }]): FenceBrief => {
      const [cause, incarnation] = [{ kind: "operator" } as const, run.incarnation];
      return { node, incarnation, state: "done", cause, lasted: between(at, now), method: BY_OPERATOR };
    });
    return [...own, ...confirmed];
  }

  findings(): readonly Finding[] {
    const failed = this.#knowledge.cluster.nodes.flatMap(({ name: node }): readonly Finding[] => {
      const services = this.#waitingFor(node);
      return this.#told(node).flatMap(({ by, brief: { problem, cause } }): readonly Finding[] =>
        problem === undefined ? [] : [{ kind: "fence-failed", node, by, problem, services, ...orderedBy(cause) }],
      );
    });
    const idle = [...this.#wishes].flatMap(([node, { cause }]): readonly Finding[] => {
      const problem = this.#obstacle(this.#reviewedAt, node);
      const services = this.#waitingFor(node);
      const by = this.#knowledge.self;
      return problem === undefined ? [] : [{ kind: "fence-failed", node, by, problem, services, ...orderedBy(cause) }];
    });
    return [...failed, ...idle];
  }

  deadline(): Deadline | undefined {
    const turns = [...this.#wishes.keys()].flatMap((node): readonly Deadline[] => {
      const at = this.#turnAt(node);
      return at === undefined ? [] : [{ at, why: "fence turn" }];
    });
    return [...[...this.#fences.values()].map((fence) => fence.deadline()), ...turns]
      .filter((each) => each !== undefined && each.at > this.#reviewedAt)
      .reduce<Deadline | undefined>(soonest, undefined);
  }

  /** Takes in what a node says of itself now. */
  heard(state: NodeState): void {
    this.bonds.heard(state, this.#knowledge.cluster.services, this.#holdOf);
  }

  /** A command has ended; false when it was none of these. */
  take(now: Instant, input: NodeInput, effects: Effects): boolean {
    if (input.kind !== "errand-ended" || input.errand.kind !== "fence") return false;
    const { node, order } = input.errand;
    const fence = this.#fences.get(node);
    return fence?.take(now, order, input.outcome, this.#victim(node), effects) === true;
  }

  /** @param mayAct whether this node is neither too fresh to know enough nor about to end */
  review(now: Instant, services: readonly Service[], mayAct: boolean, effects: Effects): void {
    this.#reviewedAt = now;
    this.#services = services;
    if (!this.isConfigured && this.#fences.size === 0) return;
    const { cluster, self } = this.#knowledge;
    const isFree = mayAct && this.obstacle === undefined;
    const names = cluster.nodes.map(({ name }) => name);
    this.#adoptBonds();
    this.bonds.review(names, this.#holdOf, (node) => this.#knowledge.membership.isUp(node));
    this.#noteLatestRuns(now, names);
    this.#hearOthers(names, effects);
    this.#forgetOthers(names);
    this.#hearCancellations(names);
    for (const fence of this.#fences.values()) this.#advance(now, fence, isFree, effects);
    this.#forgetReturned(effects);
    const concerned = this.#concerned();
    for (const node of names) {
      if (node !== self && concerned.has(node)) this.#consider(now, node, isFree, effects);
    }
  }

  /** Nodes of whose fencing there is anything to decide. */
  #concerned(): ReadonlySet<NodeName> {
    return new Set([
      ...this.bonds.all().map(({ node }) => node),
      ...this.#silentStrays().map(({ node }) => node),
      ...this.#fences.keys(),
      ...this.#wishes.keys(),
      ...this.#toldByOthers().map(({ brief }) => brief.node),
    ]);
  }

  /** The node that is to carry an order to fence out; undefined: none can. */
  fencerOf(node: NodeName): NodeName | undefined {
    return fencersOf(node, this.#knowledge)[0];
  }

  /** An operator or a rule wants this node to fence another. */
  order(now: Instant, node: NodeName, cause: FenceCause, effects: Effects): CommandOutcome {
    const [{ self }, own] = [this.#knowledge, this.#fences.get(node)];
    const underWay = this.#told(node).find(({ brief }) => brief.state === "under-way");
    if (own?.state === "under-way" && this.#isCancelled(own))
      return rejected("busy", `A method for ${node} still runs`);
    if (underWay !== undefined) return accepted(`${underWay.by} is fencing ${node} already`);
    if (this.#rests(now, node)) return rejected("busy", `${node} is not fenced: ${this.#restText(node)}`);
    const order = this.#orderFor(node, cause);
    if (order === undefined) return rejected("no-fencing", `${self} has no method to fence ${node}`);
    this.#fences.set(node, new Fence(now, order, this.#victim(node), effects));
    this.#confirmed.delete(node);
    return accepted(
      `${self} fences ${node} by ${listText(order.methods.map(({ name }) => name))}: \`locum events\` tells how it goes`,
    );
  }

  /** Whether an operator or a rule had it fenced, and that is not done. */
  isOrdered(node: NodeName): boolean {
    return this.#told(node).some(({ brief: { state, cause } }) => state !== "done" && cause.kind !== "stuck");
  }

  /** An operator takes back what he or a rule ordered. */
  cancel(now: Instant, node: NodeName, effects: Effects): void {
    this.cancellations.add(now, node);
    effects.note({ code: "fence.cancelled", node });
  }

  /** An operator made sure that a node, which is not heard, is off. */
  confirm(now: Instant, node: NodeName, effects: Effects): void {
    const run = runOf(this.#victim(node));
    this.#confirmed.set(node, { run, at: now });
    this.#fencedAt.set(node, now);
    this.bonds.release(node, run.incarnation);
    this.#fences.delete(node);
    effects.note({ code: "fence.confirmed", node });
  }

  // --- what is known --------------------------------------------------------------------------------------------

  #configOf(node: NodeName): FenceConfig | undefined {
    return this.#knowledge.cluster.nodes.find(({ name }) => name === node)?.fence;
  }

  #victim(node: NodeName): Victim {
    const { membership, cluster, elsewhere } = this.#knowledge;
    const peer = membership.peer(node);
    const networks = cluster.nodes.find(({ name }) => name === node)?.networks ?? [];
    const { incarnation = 0, state } = peer ?? {};
    // After a restart of this agent, a silent node is known by what it was bound to alone.
    const kept = [...this.bonds.of(node), ...elsewhere.straysOn(node)];
    const [last] = kept.toSorted((a, b) => b.incarnation - a.incarnation);
    const isNewer = last !== undefined && last.incarnation > incarnation;
    return {
      isHeard: membership.isUp(node),
      incarnation: isNewer ? last.incarnation : incarnation,
      machine: isNewer ? last : state && (state.machine ?? {}),
      addresses: Object.fromEntries(networks.map(({ network, address }) => [network, address])),
    };
  }

  /** What this node and living ones say of the fencing of a node in its present run. */
  #told(node: NodeName): readonly ToldFence[] {
    const { membership, self } = this.#knowledge;
    const now = this.#reviewedAt;
    const current = membership.peer(node)?.incarnation ?? 0;
    const own = toldBy(self, this.briefs(now), now).map((each) => this.#asKnownHere(each));
    return [...own, ...this.#toldByOthers()].filter(({ brief }) => brief.node === node && brief.incarnation >= current);
  }

  #toldByOthers(): readonly ToldFence[] {
    const peers = this.#knowledge.membership.livePeers();
    return peers
      .flatMap(({ name, state, stateReceived }) => toldBy(name, state?.fences ?? [], stateReceived))
      .map((each) => this.#asKnownHere(each));
  }

  /**
   * An operator's word is one about the machine. Where that was silent by then, it counts for the run that is known here, which
   * the node that he told may have missed.
   */
  #asKnownHere(told: ToldFence): ToldFence {
    const { brief, since } = told;
    const [peer, run] = [this.#knowledge.membership.peer(brief.node), this.#latestRuns.get(brief.node)];
    if (brief.method !== BY_OPERATOR || peer === undefined || run === undefined) return told;
    if (peer.condition === "up" || since < latest(peer.since, run.since)) return told;
    return { ...told, brief: { ...brief, incarnation: Math.max(brief.incarnation, run.incarnation) } };
  }

  #noteLatestRuns(now: Instant, names: readonly NodeName[]): void {
    for (const node of names) {
      const { incarnation } = this.#victim(node);
      if (this.#latestRuns.get(node)?.incarnation !== incarnation)
        this.#latestRuns.set(node, { incarnation, since: now });
    }
  }

  /**
   * Who was away when a node said that it could not end a program learns that from those that heard it, since that node may
   * be silent now. What it knows to have been fenced, or held later, since then it leaves out: others learn that soon.
   */
  #adoptBonds(): void {
    const { membership, self } = this.#knowledge;
    for (const bond of membership.livePeers().flatMap(({ state }) => state?.bonds ?? [])) {
      const { node, service, epoch, incarnation } = bond;
      const isOthers = node !== self && membership.peer(node) !== undefined && !membership.isUp(node);
      const latestEpoch = this.#service(service)?.knownEpoch;
      if (!isOthers || latestEpoch === undefined || latestEpoch > epoch) continue;
      if (!this.#wasFenced(node, incarnation)) this.bonds.adopt(bond);
    }
  }

  /** Whether a node is known to have been cut off in a run of its agent, or a later one. */
  #wasFenced(node: NodeName, incarnation: number): boolean {
    const done = this.#told(node).filter(({ brief }) => brief.state === "done");
    return (
      (this.#fencedRuns.get(node) ?? -1) >= incarnation || done.some(({ brief }) => brief.incarnation >= incarnation)
    );
  }

  /** What others did is done for this node as well. */
  #hearOthers(names: readonly NodeName[], effects: Effects): void {
    for (const { by, brief, since } of this.#toldByOthers()) {
      const { node, incarnation, state, method = "" } = brief;
      if (state !== "done" || node === this.#knowledge.self || !names.includes(node)) continue;
      this.#fencedAt.set(node, latest(since, this.#fencedAt.get(node) ?? since));
      // Who is heard in that run is not off, or not silent yet.
      const { isHeard, incarnation: current } = this.#victim(node);
      if (isHeard && incarnation >= current) continue;
      this.bonds.release(node, incarnation);
      if ((this.#fencedRuns.get(node) ?? -1) >= incarnation) continue;
      this.#fencedRuns.set(node, incarnation);
      effects.note({ code: "fence.heard", node, by, method });
    }
  }

  #hearCancellations(names: readonly NodeName[]): void {
    this.cancellations.forgetOthers(names);
    for (const { name, state, stateReceived } of this.#knowledge.membership.livePeers()) {
      if (state !== undefined) this.cancellations.hear(name, stateReceived, state.fenceCancellations ?? []);
    }
  }

  // --- what is under way ----------------------------------------------------------------------------------------

  #advance(now: Instant, fence: Fence, mayAct: boolean, effects: Effects): void {
    const { node, cause } = fence;
    const victim = this.#victim(node);
    fence.watch(now, victim, effects);
    const isCancelled = this.#isCancelled(fence);
    const isMoot = isCancelled || (cause.kind === "stuck" && this.#waitingFor(node).length === 0);
    if (
      (isCancelled && fence.state === "failed") ||
      (fence.isWaiting && (!mayAct || isMoot || this.#configOf(node) === undefined))
    ) {
      this.#fences.delete(node);
      effects.note({ code: "fence.called-off", node, cause });
      return;
    }
    fence.proceed(now, victim, effects);
    const { incarnation } = fence.run;
    if (fence.state !== "done" || this.#fencedRuns.get(node) === incarnation) return;
    this.#fencedRuns.set(node, incarnation);
    this.#fencedAt.set(node, now);
    this.bonds.release(node, incarnation);
  }

  #isCancelled({ node, cause, begun }: Fence): boolean {
    return cause.kind !== "stuck" && this.cancellations.covers(node, begun);
  }

  /** Whatever is kept by node is kept of those in the file alone, and no longer than it counts. */
  #forgetOthers(names: readonly NodeName[]): void {
    for (const kept of [
      this.#fences,
      this.#confirmed,
      this.#fencedAt,
      this.#fencedRuns,
      this.#latestRuns,
      this.#wishes,
    ]) {
      for (const node of kept.keys()) if (!names.includes(node)) kept.delete(node);
    }
    for (const node of this.#fencedAt.keys()) if (!this.#rests(this.#reviewedAt, node)) this.#fencedAt.delete(node);
  }

  /** Who is heard again is not off any more; on a machine that was not started anew, it never was. */
  #forgetReturned(effects: Effects): void {
    const done = [
      ...[...this.#fences.values()].flatMap((fence) =>
        fence.state === "done" ? [{ node: fence.node, run: fence.run, method: fence.method ?? "" }] : [],
      ),
      ...[...this.#confirmed].map(([node, { run }]) => ({ node, run, method: BY_OPERATOR })),
    ];
    for (const { node, run, method } of done) {
      const victim = this.#victim(node);
      const sequel = sequelTo(run, victim);
      if (!victim.isHeard || sequel === "unsaid") continue;
      this.#fences.delete(node);
      this.#confirmed.delete(node);
      if (sequel === "anew") continue;
      // It may yet be fenced in earnest.
      this.#fencedRuns.delete(node);
      effects.note({ code: "fence.belied", node, method });
    }
  }

  // --- what is wanted -------------------------------------------------------------------------------------------

  /** Fences a node if it is to be, and if it is this node's turn. */
  #consider(now: Instant, node: NodeName, mayAct: boolean, effects: Effects): void {
    const own = this.#fences.get(node);
    const cause = this.#causeFor(node, own);
    const told = this.#told(node);
    const isOver = own?.isSpent(now) === true ? told.length === 0 : own?.cause.kind === "stuck";
    if (cause === undefined && own?.state === "failed" && isOver) this.#fences.delete(node);
    const isCared = own?.state === "under-way" || told.some(({ brief }) => brief.state !== "failed");
    if (cause === undefined || isCared) {
      this.#wishes.delete(node);
      return;
    }
    this.#wishes.set(node, { cause, since: mayAct ? (this.#wishes.get(node)?.since ?? now) : undefined });
    const turn = this.#turnAt(node);
    if (turn === undefined || now < turn || this.#obstacle(now, node) !== undefined) return;
    const order = this.#orderFor(node, cause);
    if (order === undefined) return;
    const victim = this.#victim(node);
    this.#fences.set(node, new Fence(now, order, victim, effects, own));
    this.#wishes.delete(node);
  }

  #causeFor(node: NodeName, own: Fence | undefined): FenceCause | undefined {
    const config = this.#configOf(node);
    if (config === undefined) return undefined;
    const isHeard = this.#knowledge.membership.isUp(node);
    const bond = this.bonds
      .of(node)
      .find((each) => (isHeard ? this.#isStuck(each) && this.#isAwaited(each) : !this.#isServedBeside(each)));
    const stray = bond === undefined ? this.#silentStrays().find((each) => each.node === node) : undefined;
    const bound = bond ?? stray;
    if (bound !== undefined && config.when.includes("stuck")) {
      const { service, program } = bound;
      return { kind: "stuck", service, program, ...(stray === undefined ? {} : { found: true }) };
    }
    if (own !== undefined && own.cause.kind !== "stuck") return own.isExhausted ? undefined : own.cause;
    // An order that another node could not carry out goes on to the next one.
    return this.#told(node).find(
      ({ brief: { state, cause }, since }) =>
        state === "failed" && cause.kind !== "stuck" && !this.cancellations.covers(node, since),
    )?.brief.cause;
  }

  /** What is known here of the latest holder of a service; undefined: there is no such service. */
  readonly #holdOf = (name: ServiceName): Hold | undefined => {
    const service = this.#service(name);
    return service === undefined ? undefined : { epoch: service.knownEpoch, last: service.lastHold };
  };

  #service(name: ServiceName): Service | undefined {
    return this.#services.find(({ config }) => config.name === name);
  }

  /** Whether a node says now that the program cannot be ended: after a restart of its agent, it is to try once more. */
  #isStuck({ node, service, program }: Bond): boolean {
    const { programs = [] } = this.#knowledge.membership.peer(node)?.state ?? {};
    return programs.some((each) => each.service === service && each.program === program && each.state === "stuck");
  }

  /** Whether another node could hold what is bound: else nobody is better off when the node is gone. */
  #isAwaited(bond: Bond): boolean {
    const service = this.#service(bond.service);
    if (service === undefined || this.#isServedBeside(bond)) return false;
    const facts = this.#knowledge.facts(this.#reviewedAt, service).map((each) => ({
      ...each,
      reasons: each.reasons.filter(({ code }) => code !== "not-fenced"),
    }));
    return place(facts, undefined).order.some((each) => each !== bond.node);
  }

  /** Services that nobody may take, or begin all of, before the node is fenced. */
  #waitingFor(node: NodeName): readonly ServiceName[] {
    const bonds = this.bonds.of(node).filter((bond) => !this.#isServedBeside(bond));
    const strays = this.#silentStrays().filter((each) => each.node === node);
    return [...new Set([...bonds, ...strays].map(({ service }) => service))];
  }

  /** What nodes ran that are silent now, and their holders wait for. */
  #silentStrays(): readonly AwaitedRun[] {
    const { membership } = this.#knowledge;
    return awaitedRuns(membership, this.#services).filter(
      ({ node }) => this.#configOf(node) !== undefined && membership.peer(node) !== undefined && !membership.isUp(node),
    );
  }

  /** Whether another node holds what is bound: it has begun already, whatever becomes of this one. */
  #isServedBeside({ node, service: name }: Bond): boolean {
    const service = this.#service(name);
    const holder = service === undefined ? undefined : this.#knowledge.holderOf(service);
    return holder !== undefined && holder !== node;
  }

  /** When it is this node's turn; undefined: it is not among those that can. */
  #turnAt(node: NodeName): Instant | undefined {
    const since = this.#wishes.get(node)?.since;
    if (since === undefined) return undefined;
    const { self, cluster } = this.#knowledge;
    const failed = new Set(
      this.#told(node).flatMap(({ by, brief }) => (brief.state === "failed" && by !== self ? [by] : [])),
    );
    const at = fencersOf(node, this.#knowledge)
      .filter((each) => !failed.has(each))
      .indexOf(self);
    if (at < 0) return undefined;
    // What nodes know of each other at one moment may differ: it must have been so on all of them.
    const begin = after(since, (settlingTime(cluster) + at * TURN) as Duration);
    return latest(begin, latest(this.#fences.get(node)?.again ?? begin, this.#restEnd(node) ?? begin));
  }

  /** Why a node that is to be fenced is not; undefined: it is about to be. */
  #obstacle(now: Instant, node: NodeName): string | undefined {
    const { self } = this.#knowledge;
    const fencers = fencersOf(node, this.#knowledge);
    if (fencers.length === 0) return "no node that is up can use one of its methods";
    if (this.#wishes.get(node)?.since === undefined && this.obstacle !== undefined) return this.obstacle;
    return fencers[0] === self && this.#rests(now, node) ? this.#restText(node) : undefined;
  }

  #rests(now: Instant, node: NodeName): boolean {
    const end = this.#restEnd(node);
    return end !== undefined && now < end;
  }

  #restEnd(node: NodeName): Instant | undefined {
    const [at, config] = [this.#fencedAt.get(node), this.#configOf(node)];
    return at === undefined || config === undefined ? undefined : after(at, config.rest);
  }

  #restText(node: NodeName): string {
    const rest = this.#configOf(node)?.rest ?? seconds(0);
    return `it was fenced already, and is left alone for ${durationText(rest)} after that`;
  }

  #orderFor(node: NodeName, cause: FenceCause): FenceOrder | undefined {
    const { self, cluster } = this.#knowledge;
    const config = this.#configOf(node);
    const methods = methodsAt(self, node, this.#knowledge);
    if (config === undefined || methods.length === 0) return undefined;
    const wait = this.#yields(node) ? config.delay : seconds(0);
    const echo = (ECHO + cluster.detection.timeout) as Duration;
    return { node, cause, config, methods, self, wait, echo };
  }

  /** The node that fences this one, while this one could as well fence it: else both would be off. */
  #goesBefore(): NodeName | undefined {
    const { self, membership } = this.#knowledge;
    const fencers = membership
      .livePeers()
      .filter(({ state }) => state?.fences?.some((brief) => brief.node === self && brief.state === "under-way"));
    return fencers.map(({ name }) => name).find((name) => this.#yields(name));
  }

  /** Whether another node, which may fence this one as well, is to begin: else both would be off. */
  #yields(node: NodeName): boolean {
    const { self, membership } = this.#knowledge;
    if (membership.isUp(node) && !this.isBound(self)) return false;
    return yieldsTo(node, this.#knowledge, this.#services);
  }
}

const orderedBy = ({ kind }: FenceCause): { readonly ordered?: true } => (kind === "stuck" ? {} : { ordered: true });

type SavedFencing = Pick<SavedState, "bonds" | "fenced">;

/** On the clock of this boot; how long it is since an earlier one, nobody knows. */
const fencedAt = (now: Instant, { at, boot }: FencedNode, present: string | undefined): Instant =>
  boot !== undefined && boot === present ? earliest(at, now) : now;
