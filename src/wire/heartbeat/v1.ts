import { getUint48, setUint48 } from "../../base/bytes.js";
import {
  BULLETIN_PAGES_MAX,
  HANDOVER_CAUSES,
  HEARS_MAX,
  type BulletinPage,
  type ClaimBrief,
  type Heartbeat,
  type HeartbeatEcho,
} from "../../model/heartbeat.js";
import { TAG_SIZE } from "./cipher.js";

/*
 * The sealed part of a heartbeat in wire version 1. Big-endian, offsets from the start of the packet:
 *
 *   38  incarnation        6        68  echo: incarnation  6   (zeros without the flag)
 *   44  kind               1        74  echo: sentAt       4
 *   45  flags (1: echo)    1        78  echo: heldFor      4
 *   46  addressee          4        82  hears: pairs       2
 *   50  network            4        84  hears: ages        2 each
 *   54  sentAt             4            bulletin version   6
 *   58  versions min, max  1 + 1        bulletin state     4
 *   60  config digest      4            page, pages        1 + 1
 *   64  topology digest    4            claims             2
 *                                       claim: service 4, epoch 6, state 1, cause 1, target 4
 */
export const WIRE_VERSION = 1;

/** Fits the smallest MTU of IPv6 links and every tunnel in use, so a heartbeat is never a fragment. */
export const PACKET_SIZE_MAX = 1_400;

const INCARNATION = 38;
const KIND = 44;
const FLAGS = 45;
const ADDRESSEE = 46;
const NETWORK = 50;
const SENT_AT = 54;
const VERSIONS = 58;
const CONFIG_DIGEST = 60;
const TOPOLOGY_DIGEST = 64;
const ECHO = 68;
const HEARS = 82;
const AGES = 84;
const AGE_SIZE = 2;
const BULLETIN_HEAD_SIZE = 14;
const CLAIM_SIZE = 16;
const FLAG_ECHO = 1;

/** The smallest packet: nothing heard, nothing claimed. */
export const PACKET_SIZE_MIN: number = AGES + BULLETIN_HEAD_SIZE + TAG_SIZE;

const KINDS = ["alive", "goodbye"] as const;
const CLAIM_STATES = ["holding", "offering", "released", "declined"] as const;

/** How many claims fit into one packet beside this many pairs of `hears`. */
export const claimsPerPage = (pairs: number): number =>
  Math.floor((PACKET_SIZE_MAX - PACKET_SIZE_MIN - pairs * AGE_SIZE) / CLAIM_SIZE);

/** Where the bulletin of a packet begins. */
const bulletinOffset = (pairs: number): number => AGES + pairs * AGE_SIZE;

/** Writes what differs from packet to packet of one round. */
export function writeAddressing(view: DataView, heartbeat: Heartbeat): void {
  setUint48(view, INCARNATION, heartbeat.incarnation);
  view.setUint8(KIND, 1 + KINDS.indexOf(heartbeat.kind));
  view.setUint8(FLAGS, heartbeat.echo === undefined ? 0 : FLAG_ECHO);
  view.setUint32(ADDRESSEE, heartbeat.addressee);
  view.setUint32(NETWORK, heartbeat.network);
  view.setUint32(SENT_AT, heartbeat.sentAt);
  view.setUint8(VERSIONS, heartbeat.versions.min);
  view.setUint8(VERSIONS + 1, heartbeat.versions.max);
  view.setUint32(CONFIG_DIGEST, heartbeat.configDigest);
  view.setUint32(TOPOLOGY_DIGEST, heartbeat.topologyDigest);
  writeEcho(view, heartbeat.echo);
}

function writeEcho(view: DataView, echo: HeartbeatEcho | undefined): void {
  setUint48(view, ECHO, echo?.incarnation ?? 0);
  view.setUint32(ECHO + 6, echo?.sentAt ?? 0);
  view.setUint32(ECHO + 10, echo?.heldFor ?? 0);
}

export function writeHears(view: DataView, hears: Uint16Array): void {
  view.setUint16(HEARS, hears.length);
  for (let pair = 0; pair < hears.length; pair += 1) view.setUint16(AGES + pair * AGE_SIZE, hears[pair] ?? 0);
}

/** Writes the bulletin behind so many pairs. @returns the size of the packet with its tag. */
export function writeBulletin(view: DataView, pairs: number, bulletin: BulletinPage): number {
  let offset = bulletinOffset(pairs);
  setUint48(view, offset, bulletin.version);
  view.setUint32(offset + 6, bulletin.stateDigest);
  view.setUint8(offset + 10, bulletin.page);
  view.setUint8(offset + 11, bulletin.pages);
  view.setUint16(offset + 12, bulletin.claims.length);
  offset += BULLETIN_HEAD_SIZE;
  for (const claim of bulletin.claims) {
    writeClaim(view, offset, claim);
    offset += CLAIM_SIZE;
  }
  return offset + TAG_SIZE;
}

function writeClaim(view: DataView, offset: number, claim: ClaimBrief): void {
  view.setUint32(offset, claim.service);
  setUint48(view, offset + 4, claim.epoch);
  view.setUint8(offset + 10, 1 + CLAIM_STATES.indexOf(claim.state));
  view.setUint8(offset + 11, HANDOVER_CAUSES.indexOf(claim.cause));
  view.setUint32(offset + 12, claim.target);
}

/** The part of an opened packet that holds the bulletin; undefined when the packet makes no sense. */
export function bulletinRange(view: DataView): { readonly start: number; readonly end: number } | undefined {
  const pairs = view.getUint16(HEARS);
  const start = bulletinOffset(pairs);
  const end = view.byteLength - TAG_SIZE;
  if (pairs > HEARS_MAX || start + BULLETIN_HEAD_SIZE > end) return undefined;
  const claims = view.getUint16(start + 12);
  return start + BULLETIN_HEAD_SIZE + claims * CLAIM_SIZE === end ? { start, end } : undefined;
}

/** Reads the bulletin at a checked range. */
export function readBulletin(view: DataView, start: number): BulletinPage | undefined {
  const page = view.getUint8(start + 10);
  const pages = view.getUint8(start + 11);
  if (page >= pages || pages > BULLETIN_PAGES_MAX) return undefined;
  const claims: ClaimBrief[] = [];
  const count = view.getUint16(start + 12);
  for (let index = 0; index < count; index += 1) {
    const claim = readClaim(view, start + BULLETIN_HEAD_SIZE + index * CLAIM_SIZE);
    if (claim === undefined) return undefined;
    claims.push(claim);
  }
  return { version: getUint48(view, start), stateDigest: view.getUint32(start + 6), page, pages, claims };
}

function readClaim(view: DataView, offset: number): ClaimBrief | undefined {
  const state = CLAIM_STATES[view.getUint8(offset + 10) - 1];
  // Of a later version: its words about why must not make its sender look dead.
  const cause = HANDOVER_CAUSES[view.getUint8(offset + 11)] ?? "none";
  if (state === undefined) return undefined;
  const [service, epoch, target] = [view.getUint32(offset), getUint48(view, offset + 4), view.getUint32(offset + 12)];
  return { service, epoch, state, target, cause };
}

/** What the header of an opened packet says, and the bulletin that was read from it or is known to be the same. */
export interface ReadBefore {
  readonly sender: number;
  readonly sequence: number;
  readonly bulletin: BulletinPage;
}

/** The rest of an opened packet whose bulletin range was checked; undefined when it makes no sense. */
export function readBody(view: DataView, before: ReadBefore): Heartbeat | undefined {
  const kind = KINDS[view.getUint8(KIND) - 1];
  const flags = view.getUint8(FLAGS);
  if (kind === undefined || (flags & ~FLAG_ECHO) !== 0) return undefined;
  return {
    sender: before.sender,
    incarnation: getUint48(view, INCARNATION),
    sequence: before.sequence,
    kind,
    addressee: view.getUint32(ADDRESSEE),
    network: view.getUint32(NETWORK),
    sentAt: view.getUint32(SENT_AT),
    echo: flags === 0 ? undefined : readEcho(view),
    versions: { min: view.getUint8(VERSIONS), max: view.getUint8(VERSIONS + 1) },
    configDigest: view.getUint32(CONFIG_DIGEST),
    topologyDigest: view.getUint32(TOPOLOGY_DIGEST),
    hears: readHears(view),
    bulletin: before.bulletin,
  };
}

const readEcho = (view: DataView): HeartbeatEcho => ({
  incarnation: getUint48(view, ECHO),
  sentAt: view.getUint32(ECHO + 6),
  heldFor: view.getUint32(ECHO + 10),
});

function readHears(view: DataView): Uint16Array {
  const hears = new Uint16Array(view.getUint16(HEARS));
  for (let pair = 0; pair < hears.length; pair += 1) hears[pair] = view.getUint16(AGES + pair * AGE_SIZE);
  return hears;
}
