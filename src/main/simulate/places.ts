/** Where each service goes in one group of nodes that hear each other, by the same functions as in the agents. */
import { type Assignment, assign } from "../../core/placement/assign.js";
import type { ServiceDemand } from "../../core/placement/demand.js";
import { type CandidateFacts, place } from "../../core/placement/place.js";
import { isShared, offersOf, reasonOf } from "../../core/placement/shared-placement.js";
import { type Cluster, ORDINARY, type ServiceConfig } from "../../model/cluster.js";
import type { NodeName } from "../../model/names.js";
import type { Candidate } from "../../model/status.js";

/** One service, before it is known where it goes. */
export interface Contender {
  readonly service: ServiceConfig;
  readonly facts: readonly CandidateFacts[];
  readonly holder: NodeName | undefined;
}

export interface Place {
  readonly node: NodeName | undefined;
  readonly candidates: readonly Candidate[];
}

/** In the order of the contenders. */
export function placesOf(cluster: Cluster, contenders: readonly Contender[]): readonly Place[] {
  if (!isShared(cluster)) return contenders.map(placeAlone);
  const assignment = afterFailbacks(cluster, contenders);
  return contenders.map(({ service: { name }, facts }) => ({
    node: assignment.nodeOf(name),
    candidates: place(withObstacles(assignment, name, facts), undefined).candidates,
  }));
}

function placeAlone({ service, facts, holder }: Contender): Place {
  const stays = place(facts, holder);
  const best = service.failback.kind === "never" ? stays.best : place(facts, undefined).best;
  // What no node is fit for stays where it is.
  return { node: best ?? holder, candidates: stays.candidates };
}

const withObstacles = (
  assignment: Assignment,
  service: ServiceConfig["name"],
  facts: readonly CandidateFacts[],
): readonly CandidateFacts[] =>
  facts.map(({ node, reasons }) => {
    const obstacle = assignment.obstacle(service, node);
    return { node, reasons: obstacle === undefined ? reasons : [...reasons, reasonOf(obstacle)] };
  });

/** Services go back one after the other, each if there is room then. */
function afterFailbacks(cluster: Cluster, contenders: readonly Contender[]): Assignment {
  const nodes = offersOf(cluster);
  let demands = contenders.map(demandOf);
  let assignment = assign({ nodes, services: demands });
  for (const { service, facts } of contenders) {
    if (service.failback.kind === "never" || assignment.leaderOf(service.name) !== undefined) continue;
    const holder = place(withObstacles(assignment, service.name, facts), undefined).best;
    demands = demands.map((each) => (each.name === service.name ? { ...each, holder } : each));
    assignment = assign({ nodes, services: demands });
  }
  return assignment;
}

function demandOf({ service: { name, placement = ORDINARY }, facts, holder }: Contender): ServiceDemand {
  const { order: candidates, lastChoices } = place(facts, undefined);
  return { name, placement, candidates, lastChoices, holder };
}
