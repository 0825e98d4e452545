/**
 * What a node makes of another station's announcement of a service address: a stranger's is a contest, and answered; a
 * peer's that is not heard otherwise decides who of two holders keeps the service (wire-tie.ts); one of a peer that is
 * heard is a trace of a move, and epochs decide.
 */
import type { Duration, Instant } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { NodeInput } from "../../model/node-io.js";
import type { Contests, Rival } from "../addresses/contests.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { listeningSpan } from "../membership/listening.js";
import type { Peer } from "../membership/membership.js";
import { isPreferred } from "./seniority.js";
import type { Service } from "./service.js";

/** A tie is decided within so many spans where both nodes hear the other's announcements; one that goes on is a contest. */
const DECIDED_WITHIN = 2;

export type Announcement = Extract<NodeInput, { readonly kind: "announcement-heard" }>;

export interface Surroundings {
  readonly knowledge: Knowledge;
  readonly services: readonly Service[];
  readonly contests: Contests;
  readonly effects: Effects;
}

/** Takes an announcement in; whether anything was found or decided by it. */
export function announcementHeard(now: Instant, heard: Announcement, around: Surroundings): boolean {
  const { knowledge, services } = around;
  if ([...knowledge.kernel.links()].some((link) => link.mac === heard.mac)) return false;
  const service = services.find(({ config }) => config.addresses.some((each) => each.address === heard.address));
  if (service === undefined) return false;
  const peer = knowledge.membership.ownerOf(heard.mac);
  if (service.holding !== undefined) return heldHereToo(now, heard, service, peer, around);
  if (peer !== undefined && isSilentCandidate(peer, service, knowledge)) service.tie.shown(now, peer.name);
  return false;
}

function heldHereToo(
  now: Instant,
  heard: Announcement,
  service: Service,
  peer: Peer | undefined,
  around: Surroundings,
): boolean {
  const { address, mac, interface: name } = heard;
  const { knowledge, contests, effects } = around;
  if (!service.active || service.offeredTo !== undefined || !service.addresses.holds(name, address)) return false;
  const tied = peer !== undefined && isSilentCandidate(peer, service, knowledge) ? peer : undefined;
  const lasted = tied === undefined ? undefined : service.tie.witnessed(now, tied.name, tied.since);
  if (tied !== undefined && lasted !== undefined && isDecided(now, tied, lasted, service, knowledge)) {
    service.leaveOnWire(now, { self: knowledge.self, to: tied.name }, effects);
    return true;
  }
  service.addresses.announceAgain(now, { address });
  if (!service.isSettled(now) || (lasted !== undefined && lasted < decisionSpan(knowledge) * DECIDED_WITHIN))
    return false;
  const node = peer?.name;
  const rival = { interface: name, address, mac, ...(node === undefined ? {} : { node }) };
  const isNew = contests.heard(now, { ...rival, claims: node !== undefined && !hasLetGo(node, service, knowledge) });
  if (isNew) effects.note({ code: "address.rival-heard", service: service.config.name, ...rival });
  return isNew;
}

/** May hold the service, and says nothing from which its epoch could be known. */
const isSilentCandidate = ({ name }: Peer, { config }: Service, { membership }: Knowledge): boolean =>
  config.nodes.includes(name) && !membership.speaks(name);

/** In which the other holder would be heard if it could be. */
const decisionSpan = ({ cluster }: Knowledge): Duration => listeningSpan(cluster.detection.timeout);

/** Whether it is this node that leaves the service, and now. */
const isDecided = (now: Instant, peer: Peer, lasted: Duration, service: Service, knowledge: Knowledge): boolean =>
  isPreferred(peer.name, knowledge.self, service.config, knowledge.membership.sharesFile(peer)) &&
  lasted >= decisionSpan(knowledge) &&
  service.isSettled(now);

/** Whether a peer says, by not claiming it, that it does not hold the service. */
const hasLetGo = (node: NodeName, { config }: Service, { membership }: Knowledge): boolean =>
  membership.speaks(node) &&
  !membership
    .claimsOf(config.name)
    .some(({ peer, claim }) => peer === node && (claim.state === "holding" || claim.state === "offering"));

/** Whether this node, or the peer that it was contested by, has let go of the address. */
export function isContestOver(rival: Rival, services: readonly Service[], knowledge: Knowledge): boolean {
  const service = services.find((each) => each.addresses.holds(rival.interface, rival.address));
  if (service === undefined) return true;
  // Whose MAC it is may have become known since.
  const node = rival.node ?? knowledge.membership.ownerOf(rival.mac)?.name;
  return node !== undefined && (node !== rival.node || rival.claims) && hasLetGo(node, service, knowledge);
}
