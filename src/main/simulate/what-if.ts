/**
 * What the cluster would do about faults, one after another. Every group of nodes that hear each other places the
 * services with the same function as the agents; time does not pass, so a failback after a while counts as come.
 */
import type { CandidateFacts } from "../../core/placement/place.js";
import type { Cluster, ServiceConfig } from "../../model/cluster.js";

import { byName, type NetworkName, type NodeName } from "../../model/names.js";
import { type MoveReason, isOfPlacement } from "../../model/node-state.js";
import type { Candidate } from "../../model/status.js";
import type { Fault } from "./fault.js";
import { type Acting, SimulatedRules } from "./ruled.js";
import { placesOf } from "./places.js";
import { candidateFacts, groups, lostToClients, unsimulated, withFault, workingWorld, type World } from "./world.js";

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
}

/** The start and what comes after each fault. */
export function whatIf(cluster: Cluster, faults: readonly Fault[]): readonly Step[] {
  let world = workingWorld(cluster);
  let holds = new Map<string, readonly Hold[]>();
  const steps: Step[] = [];
  const rules = new SimulatedRules(cluster);
  for (const fault of [undefined, ...faults]) {
    if (fault !== undefined) world = withFault(world, fault);
    const placed = placeServices(world, holds);
    const [outcomes, parts] = [placed.map(({ outcome }) => outcome), groups(world)];
    steps.push({ fault, groups: parts, outcomes, rules: rules.after(world, parts, outcomes) });
    holds = new Map(placed.map(({ outcome, holds: next }) => [outcome.service, next]));
  }
  return steps;
}

/** Who holds what when all nodes start together and everything works. */
export const atTheStart = (cluster: Cluster): readonly Outcome[] =>
  placeServices(workingWorld(cluster), new Map()).map(({ outcome }) => outcome);

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

function placeServices(world: World, holds: ReadonlyMap<string, readonly Hold[]>): readonly Placed[] {
  const decided = groups(world).map((group) => decideAll(world, group, holds));
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
      before: before.map(({ node }) => node),
      after: holds.map(({ node }) => node),
      reason: holds[0]?.reason,
      candidates: seen?.candidates ?? service.nodes.map(downCandidate),
      seenBy: seen?.group ?? [],
      notSimulated: unsimulated(world.cluster, service),
      lostToClients: lostToClients(world, service),
    },
  };
}

const downCandidate = (node: NodeName): Candidate => ({ node, eligible: false, reasons: [{ code: "node-down" }] });

/** In each group, the latest holder in it keeps a service while it can, and another takes it when it can't. */
function decideAll(
  world: World,
  group: readonly NodeName[],
  holds: ReadonlyMap<string, readonly Hold[]>,
): readonly Decision[] {
  const contenders = world.cluster.services.map((service) => {
    const before = (holds.get(service.name) ?? []).toSorted(byEpoch(service));
    const inside = before.find(({ node }) => group.includes(node));
    const facts = candidateFacts(world, service, group);
    const holder = isCutOff(group, facts) ? undefined : inside?.node;
    return { service, facts, holder, inside, latest: before[0] };
  });
  const places = placesOf(world.cluster, contenders);
  return contenders.map(({ inside, latest }, index): Decision => {
    const { node, candidates } = places[index] ?? { node: undefined, candidates: [] };
    if (node === undefined || node === inside?.node) {
      return { group, candidates, hold: node === undefined ? undefined : inside };
    }
    const reason = moveReason(world, candidates, { last: (inside ?? latest)?.node, group });
    return { group, candidates, hold: { node, epoch: (latest?.epoch ?? 0) + 1, reason } };
  });
}

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
  if (world.drainedNodes.has(last)) return { kind: "holder-drained", from: last };
  const { reasons } = candidate;
  return { kind: reasons.every(isOfPlacement) ? "placement" : "holder-unfit", from: last, reasons };
}
