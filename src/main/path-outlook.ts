import { type Instant, instant } from "../base/time.js";
import { KernelTable } from "../core/addresses/kernel-table.js";
import type { EligibilityFacts } from "../core/addresses/eligibility.js";
import type { PathEffects } from "../core/paths/path-effects.js";
import { PathGroups } from "../core/paths/path-groups.js";
import type { Cluster } from "../model/cluster.js";
import type { Eligibility, EligibilityCheck, EligibilityResult } from "../model/eligibility.js";
import type { KernelAddress, KernelSnapshot } from "../model/kernel.js";
import type { MachineView } from "../model/configuration/machine-networks.js";
import { addressPlaces } from "../model/configuration/machine-services.js";
import type { NodeName } from "../model/names.js";

const START: Instant = instant(0);

/** Nothing is carried out: only what the groups make of the machine is asked for. */
const NOTHING_DONE: PathEffects = { push: () => undefined, note: () => undefined, nextStep: () => 0 };

/**
 * What every check of the eligibility analysis says of each address that a path group of this machine carries, or would
 * with its services, going to the group's other path (AF-3): as the agent judges it. Whom else in the cluster or on the
 * wire has the address, and what the targets of a path say, only a running agent knows.
 */
export function pathOutlook(cluster: Cluster, node: NodeName, kernel: KernelSnapshot): readonly Eligibility[] {
  const config = cluster.nodes.find(({ name }) => name === node);
  if (config === undefined || config.paths.length === 0) return [];
  const facts = factsOf(cluster, kernel);
  const options = { self: node, configs: config.paths, memories: [], plans: [], snapshots: [] };
  const begun = (): PathGroups => {
    const groups = new PathGroups(START, options, facts);
    groups.start(START, NOTHING_DONE);
    return groups;
  };
  for (const address of coming({ cluster, config, kernel }, begun())) facts.kernel.addAddress(address);
  const groups = begun();
  return groups.prospects().map((each) => withoutGuesses(each, groups));
}

/** Nobody was asked, so that silence is no answer. */
function withoutGuesses(answer: Eligibility, groups: PathGroups): Eligibility {
  const hasTargets = groups.groupOf(answer.interface)?.config.monitor.ping.length !== 0;
  const isGuess = ({ check, verdict }: EligibilityResult): boolean =>
    verdict === "yes" && (ASKED_BY_AGENTS.has(check) || (check === "path-healthy" && hasTargets));
  const results = answer.results.map((each) =>
    isGuess(each) ? ({ check: each.check, verdict: "unknown" } as const) : each,
  );
  return { ...answer, results };
}

const ASKED_BY_AGENTS: ReadonlySet<EligibilityCheck> = new Set(["free-in-cluster", "free-on-wire"]);

function factsOf({ services }: Cluster, snapshot: KernelSnapshot): EligibilityFacts {
  const kernel = new KernelTable();
  kernel.replace(snapshot);
  const moving = new Set(services.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  const isMoving = (address: string): boolean => moving.has(address);
  return { kernel, isMoving, isOurs: () => false, claimant: () => undefined, rival: () => undefined };
}

/**
 * The addresses of services that are not on this machine, on the interfaces that they would be put on; those with a MAC of
 * their own are on none of these. @param groups as they are without these
 */
function coming(view: MachineView, groups: PathGroups): readonly KernelAddress[] {
  const plain = view.cluster.services.filter(({ identity }) => identity?.kind !== "mac");
  return addressPlaces({ ...view, cluster: { ...view.cluster, services: plain } }).flatMap((place) => {
    const to = pathTo(place.interface, groups);
    const link = view.kernel.links.find(({ name }) => name === to);
    const address = plain
      .find(({ name }) => name === place.service)
      ?.addresses.find((each) => each.address === place.address);
    const isHere = view.kernel.addresses.some((each) => each.address === place.address);
    if (link === undefined || address === undefined || isHere) return [];
    const { family, address: text, prefixLength } = address;
    return [{ linkIndex: link.index, family, address: text, prefixLength, flags: 0 }];
  });
}

/** The path that has the addresses of its group; where it has none, the interface that was found. */
function pathTo(name: string, groups: PathGroups): string {
  const group = groups.groupOf(name);
  return group === undefined || group.brief().addresses.length === 0 ? name : group.activeInterface;
}
