/** What a node knows, as the one plain tree that everybody outside the decisions reads. */
import { type Instant, earliest } from "../base/time.js";
import type { NodeAttribute } from "../model/attribute.js";
import type { NetworkName, NodeName } from "../model/names.js";
import type { HoldCondition, MoveReason } from "../model/node-state.js";
import type { PathConfig } from "../model/path.js";
import type {
  Candidate,
  NodeCondition,
  NodeView,
  PathGroupView,
  PathView,
  PeerView,
  ProgramView,
  ReachView,
  ServiceView,
} from "../model/status.js";
import type { FindingsBoard } from "./findings/findings-board.js";
import type { Knowledge } from "./knowledge.js";
import type { Peer } from "./membership/membership.js";
import { place } from "./placement/place.js";
import { reachOf, waysTo } from "./reach.js";
import { programViews } from "./supervision/program-views.js";
import { byRule } from "./services/halts.js";
import { strongestClaim } from "./services/seniority.js";
import type { Service } from "./services/service.js";

export interface ViewParts {
  readonly now: Instant;
  readonly startedAt: Instant;
  readonly stopping: boolean;
  readonly program: string;
  readonly knowledge: Knowledge;
  /** Whether a route of ours leads to a service address. */
  readonly isRouted: (address: string) => boolean;
  readonly services: readonly Service[];
  readonly board: FindingsBoard;
}

export function viewOf(parts: ViewParts): NodeView {
  const { knowledge } = parts;
  return {
    cluster: knowledge.cluster.name,
    node: knowledge.self,
    configHash: knowledge.cluster.hash,
    paused: knowledge.paused,
    nodes: knowledge.cluster.nodes.map(({ name }) =>
      name === knowledge.self ? ownView(parts) : peerView(name, parts),
    ),
    services: parts.services.map((service) => serviceView(service, parts)),
    findings: parts.board.raised(),
  };
}

function ownView({ now, startedAt, stopping, program, knowledge }: ViewParts): PeerView {
  const state: NodeCondition = stopping ? "leaving" : knowledge.standing.drained ? "drained" : "up";
  const bannedUntil = knowledge.bannedUntil(now, knowledge.self);
  return {
    name: knowledge.self,
    state,
    since: (state === "drained" ? knowledge.standing.drainedSince : undefined) ?? startedAt,
    networks: (knowledge.ownConfig?.networks ?? []).map(({ network }) => ({
      network,
      reachable: knowledge.carrier(knowledge.self, network) === true,
    })),
    ...addressOf(knowledge.self, knowledge),
    program,
    ...(state === "drained" ? { drain: byRule(knowledge.standing.drainedBy) } : {}),
    ...(knowledge.paths.isEmpty ? {} : { paths: knowledge.paths.views() }),
    ...attributesOf(knowledge.attributes.all()),
    ...(bannedUntil === undefined ? {} : { bannedUntil }),
  };
}

function peerView(name: NodeName, { now, startedAt, knowledge }: ViewParts): PeerView {
  const peer = knowledge.membership.peer(name);
  if (peer === undefined) return { name, state: "unknown", since: startedAt, networks: [] };
  const bannedUntil = knowledge.bannedUntil(now, name);
  const state = conditionOf(peer);
  const fence = knowledge.fencing.viewOf(name);
  return {
    name,
    state,
    since: (state === "drained" ? peer.drainedSince : undefined) ?? peer.since,
    networks: knowledge.roster.networks
      .filter((network) => knowledge.roster.isOn(name, network))
      .map((network) => reachView(peer, network, knowledge)),
    ...addressOf(name, knowledge),
    ...(peer.state === undefined ? {} : { program: peer.state.program }),
    ...(state === "drained" ? { drain: byRule(peer.state?.drainedBy) } : {}),
    ...pathsFromAfar(name, peer, knowledge),
    // What was said of a node that is gone says nothing of now.
    ...(peer.condition === "up" ? attributesOf(peer.state?.attributes ?? []) : {}),
    ...(bannedUntil === undefined ? {} : { bannedUntil }),
    ...(fence === undefined ? {} : { fence }),
  };
}

function addressOf(name: NodeName, knowledge: Knowledge): Pick<PeerView, "address"> {
  const [way] = waysTo(name, knowledge);
  return way === undefined ? {} : { address: way.address };
}

const attributesOf = (attributes: readonly NodeAttribute[]): Pick<PeerView, "attributes"> =>
  attributes.length === 0 ? {} : { attributes };

function reachView({ name, roundTrips }: Peer, network: NetworkName, { membership, self }: Knowledge): ReachView {
  const heard = membership.map.hears({ observer: self, subject: name, network });
  // What a peer heard before it fell silent says nothing of now.
  const hears = membership.hears(name) && membership.map.hears({ observer: name, subject: self, network });
  if (heard !== hears) return { network, reachable: false, oneWay: heard ? "in" : "out" };
  const roundTripUs = roundTrips.get(network);
  return { network, reachable: heard, ...(heard && roundTripUs !== undefined ? { roundTripUs } : {}) };
}

/** Of another node's groups only what it tells is known. */
function pathsFromAfar(
  name: NodeName,
  { state, stateReceived }: Peer,
  { cluster }: Knowledge,
): Pick<PeerView, "paths"> {
  const configs = cluster.nodes.find((node) => node.name === name)?.paths ?? [];
  const paths = (state?.paths ?? []).flatMap((brief): PathGroupView | [] => {
    const config = configs.find((each) => each.name === brief.group);
    if (config === undefined) return [];
    return {
      name: brief.group,
      active: brief.active,
      state: brief.state,
      since: stateReceived,
      reason: undefined,
      paused: false,
      primary: pathFromAfar(config.primary),
      secondary: pathFromAfar(config.secondary),
      switches: brief.switches,
      unmoved: [],
      obstacles: [],
      immovable: [],
    };
  });
  return paths.length === 0 ? {} : { paths };
}

const pathFromAfar = ({ interface: name, members }: PathConfig): PathView => ({
  interface: name ?? members.join("+"),
  health: undefined,
});

function conditionOf(peer: Peer): NodeCondition {
  return peer.condition === "up" && peer.state?.drained === true ? "drained" : peer.condition;
}

interface Hold {
  readonly holder: NodeName | undefined;
  readonly state: ServiceView["state"];
  readonly epoch: number;
  readonly since: Instant;
  readonly reason: MoveReason | undefined;
}

function serviceView(service: Service, parts: ViewParts): ServiceView {
  const programs = programViews(parts.now, service, parts.knowledge);
  const { candidates } = place(parts.knowledge.facts(parts.now, service), undefined);
  const halt = parts.knowledge.halts.of(service.config.name);
  const unservedSince = parts.board.unserved.since(service.config.name);
  const hold = ownHold(service, parts) ?? heardHold(service, parts) ?? holdOnWire(service) ?? vacancy(service, parts);
  return {
    name: service.config.name,
    ...hold,
    ...(unservedSince === undefined ? {} : { unservedSince }),
    addresses: service.config.addresses.map((each) => `${each.address}/${each.prefixLength}`),
    reach: reachOf(service.config, hold.holder, parts),
    candidates: candidates.map((each) => withEnd(each, programs, parts)),
    ...(halt === undefined ? {} : { halt }),
    programs,
    listensFor: parts.knowledge.standIns
      .of(service.config.name)
      .map(({ node, mac, interface: name }) => ({ node, mac, interface: name })),
  };
}

/** With when what speaks against a node only for a while is over. */
function withEnd(candidate: Candidate, programs: readonly ProgramView[], { knowledge, now }: ViewParts): Candidate {
  const { node, reasons } = candidate;
  const ban = reasons.find(({ code }) => code === "banned" || code === "program-failed");
  if (ban === undefined) return candidate;
  const ofNode = ban.code === "banned" && ban.detail === undefined;
  const until = ofNode
    ? knowledge.bannedUntil(now, node)
    : programs.find((each) => each.node === node && each.bannedUntil !== undefined)?.bannedUntil;
  return until === undefined ? candidate : { ...candidate, until };
}

function ownHold(service: Service, { knowledge }: ViewParts): Hold | undefined {
  const { holding } = service;
  if (holding === undefined) return undefined;
  return { holder: knowledge.self, state: ownState(service), ...holding };
}

/** What has never been in place here comes up still, unless it is its programs that it waits for. */
function ownState({ active, offeredTo, condition }: Service): ServiceView["state"] {
  const isComing = !active && condition === undefined;
  return isComing || offeredTo !== undefined ? "moving" : stateIn(condition);
}

function heardHold(service: Service, { knowledge, now }: ViewParts): Hold | undefined {
  const rival = strongestClaim(knowledge.membership.claimsOf(service.config.name), service.config);
  if (rival === undefined) return undefined;
  const { epoch } = rival.claim;
  const known = knowledge.membership.peer(rival.peer)?.tenures.get(service.config.name);
  const tenure = known?.epoch === epoch ? known : undefined;
  return {
    holder: rival.peer,
    state: rival.claim.state === "offering" ? "moving" : stateIn(tenure?.condition),
    epoch,
    // The claim was heard a moment after it was made, or long after by a node that was away: the holder knows better.
    since: earliest(holdSince(service, rival.peer, epoch) ?? now, tenure?.since ?? now),
    reason: tenure?.reason,
  };
}

/** When this node heard of a claim first; undefined: not yet. */
const holdSince = ({ lastHold }: Service, node: NodeName, epoch: number): Instant | undefined =>
  lastHold?.node === node && lastHold.epoch === epoch ? lastHold.since : undefined;

/** What clients see of a holding: a program that is down for good does not come back by itself. */
function stateIn(condition: HoldCondition | undefined): ServiceView["state"] {
  switch (condition) {
    case undefined:
      return "active";
    case "starting":
      return "starting";
    case "stopping":
      return "moving";
    case "failed":
      return "blocked";
  }
}

/** The holder is not heard, but the wire shows that it has the addresses. */
function holdOnWire({ tie: { left }, knownEpoch }: Service): Hold | undefined {
  if (left === undefined) return undefined;
  return { holder: left.to, state: "active", epoch: knownEpoch, since: left.since, reason: undefined };
}

function vacancy(service: Service, { knowledge, now, startedAt }: ViewParts): Hold {
  const since = service.vacantSince ?? startedAt;
  const kept = knowledge.kept.filter((each) => each.service === service.config.name).at(-1);
  if (kept !== undefined) {
    const { node: holder, epoch } = kept;
    return { holder, state: "stopped", epoch, since: holdSince(service, holder, epoch) ?? since, reason: undefined };
  }
  if (knowledge.halts.has(service.config.name)) {
    return { holder: undefined, state: "stopped", epoch: service.knownEpoch, since, reason: undefined };
  }
  const takers = place(knowledge.facts(now, service), undefined).order;
  return {
    holder: undefined,
    state: takers.length > 0 && !knowledge.paused ? "moving" : "blocked",
    epoch: service.knownEpoch,
    since,
    reason: undefined,
  };
}
