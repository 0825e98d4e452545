/** Everything that is wrong now as one node knows it, put together for the board (findings-board.ts). */
import type { Instant } from "../../base/time.js";
import { exitText } from "../../model/exit-text.js";
import { accountsOf, restsOnAll } from "../../model/finding-kinds.js";
import { HEARTBEAT_VERSIONS } from "../../model/heartbeat.js";
import type { NetworkName, NodeName, ServiceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import type { ProgramView } from "../../model/status.js";
import type { Knowledge } from "../knowledge.js";
import { byRule } from "../services/halts.js";
import type { Service } from "../services/service.js";
import { locate } from "../addresses/locate.js";
import { programViews } from "../supervision/program-views.js";
import { type Findings, withoutExplained } from "./explained.js";
import { networkFindings } from "./network-findings.js";
import { type ServicePlace, serviceFindings, stayingOn } from "./service-findings.js";
import { attendanceOf } from "./unserved-watch.js";

export interface FindingSources {
  readonly knowledge: Knowledge;
  readonly services: readonly Service[];
  /** Those that the configuration does not have any more, as long as something of them is left here. */
  readonly retired: readonly Service[];
  /** This node is too fresh to know who is missing and who holds what. */
  readonly listening: boolean;
  /** What other parts of the node found themselves: why a changed file is not used, contests, rules. */
  readonly told: readonly Finding[];
}

export function allFindings(now: Instant, sources: FindingSources): Findings {
  const { knowledge, listening, told } = sources;
  const network = networkFindings({
    cluster: knowledge.cluster,
    roster: knowledge.roster,
    membership: knowledge.membership,
    carrier: (node, name) => (knowledge.membership.isStateOld(node) ? undefined : knowledge.carrier(node, name)),
    isOn: (node, name) => knowledge.isOn(node, name),
    servicesOn: (name) => servicesOn(name, sources),
    versions: HEARTBEAT_VERSIONS,
  });
  const places = placesOf(now, sources);
  const found: readonly Finding[] = [
    ...cutOffFindings(knowledge),
    ...network,
    ...knowledge.pings.targets
      .filter(({ network: name }) =>
        knowledge.pings.readings().some((each) => each.network === name && !each.reachable),
      )
      .map(({ network: name }): Finding => ({ kind: "ping-lost", network: name })),
    ...drainFindings(places, sources),
    ...knowledge.bans(now).map(({ node, failures }): Finding => ({ kind: "node-banned", node, failures })),
    ...told,
    ...floodFindings(knowledge),
    ...knowledge.kept.map(({ node, service }): Finding => ({ kind: "left-behind", node, service })),
    ...knowledge.keyDiffers.map((node): Finding => ({ kind: "key-differs", node })),
    ...knowledge.disowners.names.map((node): Finding => ({ kind: "not-known-to-peer", node })),
    ...unstableAddresses(sources),
    ...programFindings(now, sources),
    ...knowledge.standIns.findings(),
    ...pathFindings(now, knowledge),
    ...findingsOfServices(places, knowledge, network),
  ];
  const isUncertain = (finding: Finding): boolean =>
    (listening && restsOnAll(finding)) ||
    (finding.kind === "one-way" && knowledge.membership.catchesUp(now)) ||
    accountsOf(finding).some((node) => knowledge.membership.isStateOld(node));
  const findings = withoutExplained(knowledge.self, found, isUncertain);
  const isBlind = listening || knowledge.cutOff || knowledge.disowners.names.length > 0;
  return isBlind ? findings : { ...findings, attendance: attendanceOf(sources.services, knowledge) };
}

/** Services with an address on the interface by which this node is on a network. */
function servicesOn(network: NetworkName, { knowledge, services }: FindingSources): readonly ServiceName[] {
  const name = knowledge.interfaceOn(knowledge.self, network);
  return services
    .map(({ config }) => config)
    .filter(({ addresses }) =>
      addresses.some((address) => {
        const link = locate(address, knowledge);
        return link.ok && link.value.name === name;
      }),
    )
    .map((config) => config.name);
}

/** A node that hears nobody is the one that is gone, when its own links or its ping targets say so. */
function cutOffFindings({ roster, membership, unplugged, unpluggedNetworks, cutOff, pings }: Knowledge): Finding[] {
  if (roster.peers.length === 0 || membership.livePeers().length > 0 || !(unplugged || cutOff)) return [];
  const unanswered = unplugged ? [] : pings.targets.map(({ network }) => network);
  return [{ kind: "cut-off", unplugged: unpluggedNetworks, unanswered }];
}

function drainFindings(
  places: readonly ServicePlace[],
  { knowledge: { self, standing, membership, paused }, listening }: FindingSources,
): readonly Finding[] {
  const nodes = [{ name: self, state: standing }, ...membership.livePeers()];
  return nodes.flatMap(({ name: node, state }): Finding[] => {
    if (state?.drained !== true) return [];
    const services = listening ? [] : stayingOn(node, places, paused);
    const staying = services.length === 0 ? {} : { services };
    return [{ kind: "node-drained", node, ...byRule(state.drainedBy), ...staying }];
  });
}

const floodFindings = ({ attributes, self: node }: Knowledge): readonly Finding[] =>
  attributes.exceededUntil === undefined ? [] : [{ kind: "attributes-flooded", node }];

const unstableAddresses = ({ services }: FindingSources): readonly Finding[] =>
  services.flatMap((service) =>
    service.addresses.unstable.map(({ placed }): Finding => {
      return { kind: "address-unstable", address: placed.address, interface: placed.interface };
    }),
  );

/** Each node's own account of its path groups. */
const pathFindings = (now: Instant, { self, paths, membership }: Knowledge): readonly Finding[] => [
  ...paths.findings(now).map((finding): Finding => ({ ...finding, node: self })),
  ...membership
    .livePeers()
    .flatMap(({ name: node, state }) => (state?.pathFindings ?? []).map((finding): Finding => ({ ...finding, node }))),
];

/** Each node's own account of what its programs do. */
function programFindings(now: Instant, sources: FindingSources): readonly Finding[] {
  const { knowledge, services } = sources;
  const found = services.flatMap((service) =>
    programViews(now, service, knowledge).flatMap((view) => findingOf(service.config.name, view)),
  );
  return [...found, ...leftOver(now, sources)];
}

/** What can't be ended goes on, and what somebody else started, whether or not the file still has it there. */
function leftOver(now: Instant, { knowledge, services, retired }: FindingSources): readonly Finding[] {
  const { self, membership, cluster } = knowledge;
  const isListed = (node: NodeName, of: ServiceName): boolean =>
    cluster.services.some(({ name, nodes }) => name === of && nodes.includes(node));
  const own = [...services, ...retired]
    .filter(({ config, programs }) => !programs.isEmpty && !isListed(self, config.name))
    .flatMap((service) => service.programs.briefs(now).map((brief) => ({ node: self, ...brief })));
  const others = membership
    .livePeers()
    .flatMap(({ name: node, state }) => (state?.programs ?? []).map((brief) => ({ node, ...brief })))
    .filter(({ node, service }) => !isListed(node, service));
  return [...own, ...others]
    .filter(({ state, stray }) => state === "stuck" || stray === true)
    .flatMap((brief) => findingOf(brief.service, brief));
}

type Told = Pick<
  ProgramView,
  | "node"
  | "program"
  | "state"
  | "words"
  | "lastExit"
  | "failing"
  | "troubled"
  | "stray"
  | "unprobed"
  | "behind"
  | "awaits"
>;

function findingOf(service: ServiceName, view: Told): readonly Finding[] {
  const { node, program, awaits } = view;
  if (awaits === undefined) return troubleOf(service, view);
  const { node: on, ...how } = awaits;
  return [{ kind: "program-waiting", node, service, program, on, ...how }, ...troubleOf(service, view)];
}

function troubleOf(service: ServiceName, view: Told): readonly Finding[] {
  const { node, program, words = "it ended", lastExit, state } = view;
  const about = { node, service, program };
  // Of one that runs, what is wrong has nothing to do with how it ended before.
  const problem = lastExit === undefined || state === "troubled" ? words : `${words}: ${exitText(lastExit)}`;
  if (state === "stuck") {
    const known = view.words === undefined ? {} : { problem: view.words };
    return [{ kind: "program-stuck", ...about, ...known }];
  }
  if (view.stray === true) return [{ kind: "program-stray", ...about }];
  if (view.unprobed === true) return [{ kind: "program-unprobed", ...about, problem: view.words ?? "" }];
  if (view.failing === true) return [{ kind: "program-failed", ...about, problem }];
  if (view.troubled === true || state === "troubled") return [{ kind: "program-troubled", ...about, problem }];
  return view.behind === true ? [{ kind: "program-behind", ...about, problem: words }] : [];
}

function placesOf(now: Instant, { knowledge, services }: FindingSources): readonly ServicePlace[] {
  // What was left to a peer that is not heard is held; how well, this node cannot know.
  const known = services.filter((service) => service.holding !== undefined || service.tie.left === undefined);
  const kept = new Set(knowledge.kept.map(({ service }) => service));
  return known.map((service) => ({
    service: service.config.name,
    holder: knowledge.holderOf(service),
    rests: kept.has(service.config.name) || knowledge.halts.has(service.config.name),
    facts: knowledge.facts(now, service),
  }));
}

function findingsOfServices(
  places: readonly ServicePlace[],
  knowledge: Knowledge,
  network: readonly Finding[],
): readonly Finding[] {
  const isTold = (node: NodeName, name: string): boolean =>
    network.some((finding) => isAboutLink(finding, node) && knowledge.interfaceOn(node, finding.network) === name);
  return serviceFindings(places, { isTold, paused: knowledge.paused });
}

/** Whether a finding says that a node's interface to a network has no link, or that all have none. */
const isAboutLink = (finding: Finding, node: NodeName): finding is Finding & { readonly network: NetworkName } =>
  finding.kind === "network-down" || (finding.kind === "link-down" && finding.node === node);
