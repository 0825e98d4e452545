/**
 * What the cluster would do about faults, one after another. Every group of nodes that hear each other places the
 * services with the same function as the agents, and what rules order follows; time does not pass, so a failback after
 * a while counts as come, and so does what a rule waits `for`.
 */
import { type CandidateFacts, place } from "../../core/placement/place.js";
import { byRule } from "../../core/services/halts.js";
import type { Cluster, ServiceConfig } from "../../model/cluster.js";
import type { Command, StopOrStart } from "../../model/command.js";
import { orderedMove } from "../../model/mover.js";
import type { RuleName } from "../../model/rule.js";

import { byName, type NetworkName, type NodeName } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { Candidate } from "../../model/status.js";
import { isOfPlacement } from "../../model/unfit-reasons.js";
import type { Fault } from "./fault.js";
import { type Acting, type BrokenRule, SimulatedRules, isKnown, knownAfter } from "./ruled.js";
import { type Refusal, refusalsOf } from "./refusals.js";
import { placesOf } from "./places.js";
import {
  candidateFacts,
  groups,
  lostToClients,
  unsimulated,
  withFault,
  withOrder,
  workingWorld,
  type World,
} from "./world.js";

/** One node's hold on a service. */
interface Hold {
  readonly node: NodeName;
  readonly epoch: number;
  readonly reason: MoveReason;
}

/** One service after a step. */
export interface Outcome {
  readonly service: string;
  readonly before: readonly NodeName[];
  /** More than one: groups that cannot hear each other hold it each. None: nobody can. */
  readonly after: readonly NodeName[];
  /** Why the first holder has it; undefined without one. */
  readonly reason: MoveReason | undefined;
  /** As those see them who are in `seenBy`. */
  readonly candidates: readonly Candidate[];
  /** The group with the holder; of several, the largest. */
  readonly seenBy: readonly NodeName[];
  /** What the service depends on and no fault here concerns, such as `path group in0`. */
  readonly notSimulated: readonly string[];
  /** A rule stopped it, and which. */
  readonly halt: { readonly by?: RuleName } | undefined;
  /** Networks of its clients that are down: they do not reach it, whoever holds it. */
  readonly lostToClients: readonly NetworkName[];
}

export interface Step {
  /** Undefined: the start, when everything works. */
  readonly fault: Fault | undefined;
  readonly outcomes: readonly Outcome[];
  /** Groups of running nodes that hear each other; more than one: the cluster is split. */
  readonly groups: readonly (readonly NodeName[])[];
  /** Rules whose condition comes true by the step. */
  readonly rules: readonly Acting[];
  /** Orders of these that are not carried out. */
  readonly refused: readonly Refusal[];
  /** Those whose condition cannot be evaluated after it. */
  readonly broken: readonly BrokenRule[];
}

/** The start and what comes after each fault. */
export function whatIf(cluster: Cluster, faults: readonly Fault[]): readonly Step[] {
  const rules = new SimulatedRules(cluster);
  const steps: Step[] = [];
  let state: State = { world: workingWorld(cluster), holds: new Map() };
  for (const fault of [undefined, ...faults]) {
    const world = fault === undefined ? state.world : withFault(state.world, fault);
    const { step, next } = stepAfter({ world, holds: state.holds }, rules, fault);
    steps.push(step);
    state = next;
  }
  return steps;
}

interface State {
  readonly world: World;
  readonly holds: ReadonlyMap<string, readonly Hold[]>;
}

/**
 * Rules act on what the fault and other rules have done, each once: two that undo each other would never be done. What is true
 * from the start on is told only: nobody has said anything of the nodes yet.
 */
function stepAfter(
  before: State,
  rules: SimulatedRules,
  fault: Fault | undefined,
): { readonly step: Step; readonly next: State } {
  const told: Acting[] = [];
  const refused: Refusal[] = [];
  let [state, orders]: [State, readonly Command[]] = [before, []];
  for (;;) {
    const placed = placeServices(state.world, state.holds, orders);
    const [outcomes, parts] = [placed.map(({ outcome }) => outcome), groups(state.world)];
    const holds = new Map(placed.map(({ outcome, holds: next }) => [outcome.service, next]));
    const known = knownAfter(told);
    const fresh = rules.after(state.world, parts, outcomes).filter((each) => !isKnown(each, known));
    told.push(...fresh);
    const carriedOut = fault === undefined ? [] : fresh;
    orders = carriedOut.flatMap((each) => each.orders);
    refused.push(...carriedOut.flatMap((each) => refusalsOf(state.world, each, outcomes)));
    if (orders.length === 0) {
      const since = outcomes.map((each) => ({ ...each, before: nodesOf(before.holds.get(each.service)) }));
      const broken = rules.broken(state.world, parts, outcomes);
      return {
        step: { fault, groups: parts, outcomes: since, rules: told, refused, broken },
        next: { world: state.world, holds },
      };
    }
    state = { world: orders.reduce(withOrder, state.world), holds };
  }
}

const nodesOf = (holds: readonly Hold[] = []): readonly NodeName[] => holds.map(({ node }) => node);

/** Who holds what when all nodes start together and everything works. */
export const atTheStart = (cluster: Cluster): readonly Outcome[] =>
  placeServices(workingWorld(cluster), new Map(), []).map(({ outcome }) => outcome);

interface Placed {
  readonly outcome: Outcome;
  readonly holds: readonly Hold[];
}

/** What one group of nodes does about one service. */
interface Decision {
  readonly group: readonly NodeName[];
  readonly hold: Hold | undefined;
  readonly candidates: readonly Candidate[];
}

/** @param orders of rules, which are carried out now */
function placeServices(world: World, holds: State["holds"], orders: readonly Command[]): readonly Placed[] {
  const decided = groups(world).map((group) => decideAll(world, group, holds, orders));
  const { cluster } = world;
  return cluster.services.map((service, index) =>
    outcomeOf(
      { service, world },
      holds.get(service.name) ?? [],
      decided.flatMap((decisions) => decisions[index] ?? []),
    ),
  );
}

function outcomeOf(
  { service, world }: { readonly service: ServiceConfig; readonly world: World },
  before: readonly Hold[],
  decided: readonly Decision[],
): Placed {
  const holds = decided.flatMap(({ hold }) => (hold === undefined ? [] : [hold]));
  const seen = decided.find(({ hold }) => hold !== undefined) ?? decided[0];
  return {
    holds,
    outcome: {
      service: service.name,
      before: nodesOf(before),
      after: nodesOf(holds),
      reason: holds[0]?.reason,
      candidates: seen?.candidates ?? service.nodes.map(downCandidate),
      seenBy: seen?.group ?? [],
      notSimulated: unsimulated(world.cluster, service),
      halt: world.stopped.has(service.name) ? byRule(world.stopped.get(service.name)) : undefined,
      lostToClients: lostToClients(world, service),
    },
  };
}

const downCandidate = (node: NodeName): Candidate => ({ node, eligible: false, reasons: [{ code: "node-down" }] });

/** In each group, the latest holder in it keeps a service while it can, and another takes it when it can't. */
function decideAll(
  world: World,
  group: readonly NodeName[],
  holds: State["holds"],
  orders: readonly Command[],
): readonly Decision[] {
  const contenders = world.cluster.services.map((service) => {
    const before = (holds.get(service.name) ?? []).toSorted(byEpoch(service));
    const inside = before.find(({ node }) => group.includes(node));
    const facts = candidateFacts(world, service, group);
    const order = orders.find((each): each is ServiceOrder => "service" in each && each.service === service.name);
    const holder = isCutOff(group, facts) ? undefined : (targetOf(order, facts) ?? inside?.node);
    return { service: asOrdered(world, service, holder), facts, holder, inside, latest: before[0], order };
  });
  const going = contenders.filter(({ service }) => !world.stopped.has(service.name));
  const places = new Map(placesOf(world.cluster, going).map((place, index) => [going[index]?.service.name, place]));
  return contenders.map(({ service, facts, inside, latest, order }): Decision => {
    const { node, candidates } = places.get(service.name) ?? {
      node: undefined,
      candidates: place(facts, undefined).candidates,
    };
    if (node === undefined || node === inside?.node) {
      return { group, candidates, hold: node === undefined ? undefined : inside };
    }
    const from = (inside ?? latest)?.node;
    const reason = orderedReason(order, node, from) ?? moveReason(world, candidates, { last: from, group });
    return { group, candidates, hold: { node, epoch: (latest?.epoch ?? 0) + 1, reason } };
  });
}

type ServiceOrder = Extract<Command, { readonly kind: "move" } | StopOrStart>;

/** Where a rule has it moved, if that node could take it. */
const targetOf = (order: ServiceOrder | undefined, facts: readonly CandidateFacts[]): NodeName | undefined =>
  order?.kind === "move"
    ? facts.find(({ node, reasons }) => node === order.to && reasons.length === 0)?.node
    : undefined;

function orderedReason(
  order: ServiceOrder | undefined,
  node: NodeName,
  from: NodeName | undefined,
): MoveReason | undefined {
  if (order?.kind === "start-service") return { kind: "started", ...byRule(order.by) };
  return order?.kind === "move" && order.to === node ? orderedMove(order.by, from) : undefined;
}

/** What a rule moved somewhere is not failed back from there. */
const asOrdered = ({ movedTo }: World, service: ServiceConfig, holder: NodeName | undefined): ServiceConfig =>
  holder !== undefined && movedTo.get(service.name) === holder ? { ...service, failback: { kind: "never" } } : service;

/** Who hears nobody and reaches no ping target lets go of everything. */
const isCutOff = ([node, ...others]: readonly NodeName[], facts: readonly CandidateFacts[]): boolean =>
  others.length === 0 &&
  facts.some((each) => each.node === node && each.reasons.some(({ code }) => code === "ping-lost"));

/** The later epoch first, then the order of preference. */
const byEpoch =
  ({ nodes }: ServiceConfig) =>
  (a: Hold, b: Hold): number =>
    b.epoch - a.epoch || nodes.indexOf(a.node) - nodes.indexOf(b.node) || byName(a.node, b.node);

function moveReason(
  world: World,
  candidates: readonly Candidate[],
  { last, group }: { readonly last: NodeName | undefined; readonly group: readonly NodeName[] },
): MoveReason {
  if (last === undefined) return { kind: world.downNodes.size === 0 ? "cluster-start" : "vacant", reasons: [] };
  if (!group.includes(last)) return { kind: "holder-silent", from: last };
  const candidate = candidates.find(({ node }) => node === last);
  if (candidate === undefined || candidate.eligible) return { kind: "failback", from: last };
  if (world.drainedNodes.has(last))
    return { kind: "holder-drained", from: last, ...byRule(world.drainedNodes.get(last)) };
  const { reasons } = candidate;
  return { kind: reasons.every(isOfPlacement) ? "placement" : "holder-unfit", from: last, reasons };
}
