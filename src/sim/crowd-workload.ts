import { Random } from "../base/random.js";
import type { NodeConfig, ServiceConfig } from "../model/cluster.js";
import type { Plan } from "./plan.js";
import { withHash } from "./site-workload.js";
import { drawPlan } from "./workload.js";

/**
 * The same world as without, on nodes with little room: on some everything fits, on some not. Services have priorities
 * and sizes, and some are to be apart from each other.
 */
export function drawCrowdedPlan(seed: number, minutes: number): Plan {
  const plan = drawPlan(seed, minutes);
  const random = new Random(seed, "crowd");
  const { cluster } = plan.site;
  const crowded = withHash({
    ...cluster,
    nodes: cluster.nodes.map((node) => withRoom(random, node, cluster.services.length)),
    services: cluster.services.map((service) => withPlacement(random, service, cluster.services)),
  });
  const faults = plan.faults.filter(({ trouble }) => trouble.kind !== "reconfigured");
  return { ...plan, faults, site: { ...plan.site, cluster: crowded } };
}

function withRoom(random: Random, node: NodeConfig, services: number): NodeConfig {
  if (random.chance(0.1)) return node;
  const slots = random.between(1, Math.max(1, services));
  return { ...node, room: { capacity: { slots, memory: random.between(2, 3 * slots + 1) }, weight: 1 } };
}

function withPlacement(random: Random, service: ServiceConfig, all: readonly ServiceConfig[]): ServiceConfig {
  const others = all.filter(({ name }) => name !== service.name).map(({ name }) => name);
  const enemy = random.pick(others);
  return {
    ...service,
    placement: {
      size: { slots: 1, memory: random.between(0, 3) },
      priority: random.between(0, 2),
      spread: service.failback.kind === "never" && random.chance(0.2),
      with: [],
      apart: enemy !== undefined && random.chance(0.2) ? [enemy] : [],
      needs: [],
    },
  };
}
