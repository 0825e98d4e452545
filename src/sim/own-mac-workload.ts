import type { Random } from "../base/random.js";
import type { Cluster, ServiceConfig } from "../model/cluster.js";
import type { ServiceName } from "../model/names.js";
import type { Fault, Plan } from "./plan.js";
import { withHash } from "./site-workload.js";

/** So many worlds have services with a MAC of their own, and so many of their services have one. */
const WORLDS = 0.35;
const SERVICES = 0.6;
/** A new version of the cluster file gives or takes so many of them theirs. */
const CHANGES = 0.1;

/** Some services have a MAC of their own, in some of the worlds; the others stay as they are. */
export function withOwnMacs(random: Random, plan: Plan): Plan {
  if (!random.chance(WORLDS)) return plan;
  const draft = new Draft(random);
  const cluster = draft.next(plan.site.cluster);
  const faults = plan.faults.map((fault) => withFile(draft, fault));
  return { ...plan, site: { ...plan.site, cluster }, faults };
}

function withFile(draft: Draft, fault: Fault): Fault {
  const { trouble } = fault;
  if (trouble.kind !== "reconfigured") return fault;
  return { ...fault, trouble: { ...trouble, cluster: draft.next(trouble.cluster) } };
}

/** One version of the cluster file after the other. */
class Draft {
  readonly #random: Random;
  /** The services that were ever named, with the last byte of their MAC, and whether they have it now. */
  readonly #services = new Map<ServiceName, { readonly last: number; hasMac: boolean }>();

  constructor(random: Random) {
    this.#random = random;
  }

  next(cluster: Cluster): Cluster {
    return withHash({ ...cluster, services: cluster.services.map((service) => this.#service(service)) });
  }

  #service(service: ServiceConfig): ServiceConfig {
    const known = this.#services.get(service.name);
    const { last } = known ?? { last: this.#services.size + 1 };
    const hasMac = known === undefined ? this.#random.chance(SERVICES) : known.hasMac !== this.#random.chance(CHANGES);
    this.#services.set(service.name, { last, hasMac });
    if (!hasMac) return service;
    return { ...service, identity: { kind: "mac", mac: `02:5e:00:00:00:${last.toString(16).padStart(2, "0")}` } };
  }
}
