/** Everything that is wrong now as one node knows it, put together for the board (findings-board.ts). */
import type { Instant } from "../../base/time.js";
import type { NetworkName, NodeName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import type { Knowledge } from "../knowledge.js";
import type { Service } from "../services/service.js";
import { networkFindings } from "./network-findings.js";
import { serviceFindings } from "./service-findings.js";

/** Wire versions that this program speaks. */
const VERSIONS = { min: 1, max: 1 };

export interface FindingSources {
  readonly knowledge: Knowledge;
  readonly services: readonly Service[];
  /** This node is too fresh to know who is missing and who holds what. */
  readonly listening: boolean;
  /** Why a changed file was not taken into use. */
  readonly reload: readonly Finding[];
  readonly contests: readonly Finding[];
}

export function allFindings(now: Instant, sources: FindingSources): readonly Finding[] {
  const { knowledge, listening, reload, contests } = sources;
  const network = networkFindings({
    cluster: knowledge.cluster,
    roster: knowledge.roster,
    membership: knowledge.membership,
    carrier: (node, name) => knowledge.carrier(node, name),
    versions: VERSIONS,
  });
  return [
    ...(listening ? network.filter((finding) => finding.kind !== "node-down") : network),
    ...knowledge.pings.targets
      .filter(({ network: name }) =>
        knowledge.pings.readings().some((each) => each.network === name && !each.reachable),
      )
      .map(({ network: name }): Finding => ({ kind: "ping-lost", network: name })),
    ...knowledge.bans(now).map(({ node, failures }): Finding => ({ kind: "node-banned", node, failures })),
    ...reload,
    ...knowledge.kept.map(({ node, service }): Finding => ({ kind: "left-behind", node, service })),
    ...knowledge.disowners.names.map((node): Finding => ({ kind: "not-known-to-peer", node })),
    ...contests,
    ...knowledge.paths.findings(now),
    ...(listening ? [] : findingsOfServices(now, sources, network)),
  ];
}

function findingsOfServices(
  now: Instant,
  { knowledge, services }: FindingSources,
  network: readonly Finding[],
): readonly Finding[] {
  const unstable = services.flatMap((service) =>
    service.addresses.unstable.map(({ placed }): Finding => {
      return { kind: "address-unstable", address: placed.address, interface: placed.interface };
    }),
  );
  const places = services.map((service) => ({
    service: service.config.name,
    holder: holderOf(service, knowledge),
    facts: knowledge.facts(now, service),
  }));
  const isTold = (node: NodeName, name: string): boolean =>
    network.some((finding) => isAboutLink(finding, node) && knowledge.interfaceOn(node, finding.network) === name);
  return [...unstable, ...serviceFindings(places, isTold)];
}

const holderOf = (service: Service, { membership, self }: Knowledge): NodeName | undefined =>
  service.holding === undefined ? service.strongestRival(membership.claimsOf(service.config.name))?.peer : self;

/** Whether a finding says that a node's interface to a network has no link, or that all have none. */
const isAboutLink = (finding: Finding, node: NodeName): finding is Finding & { readonly network: NetworkName } =>
  finding.kind === "network-down" || (finding.kind === "link-down" && finding.node === node);
