import type { Duration } from "../base/time.js";
import type { NodeName } from "./names.js";

/**
 * What one heartbeat says, as a value. Ids are {@link import("./names.js").wireId} of the names. The same packet
 * content goes to every peer on every network, but for the fields that say where it goes and `echo`.
 */
export interface Heartbeat {
  readonly sender: number;
  /** Grows at every start of the sender; everything of an older incarnation is refused. */
  readonly incarnation: number;
  /** Grows with every packet of an incarnation; the guard's prepared goodbye uses numbers from `FINAL_SEQUENCE` on. */
  readonly sequence: number;
  readonly kind: "alive" | "goodbye";
  /** Who shall read it: a recorded packet is of no use against another node. */
  readonly addressee: number;
  /** Wire id of the network that the packet was sent on. */
  readonly network: number;
  /** Sender's clock when it sent this, microseconds modulo 2^32; comes back in `echo`. */
  readonly sentAt: number;
  /** What the sender last heard from the addressee on this network; undefined: nothing yet. */
  readonly echo: HeartbeatEcho | undefined;
  /** First and last protocol version that the sender speaks. */
  readonly versions: { readonly min: number; readonly max: number };
  /** First 32 bits of the configuration hash. */
  readonly configDigest: number;
  /** 32 bits over the sorted names of nodes and networks; `hears` means something only between equals. */
  readonly topologyDigest: number;
  /**
   * What the sender heard: for each other node in the sorted order of names, for each network in the sorted order of
   * names, the age in milliseconds of the newest packet, or {@link NOT_HEARD} or {@link NOT_JUDGED}.
   */
  readonly hears: Uint16Array;
  readonly bulletin: BulletinPage;
}

/** The versions of heartbeats that this program speaks; `wire/heartbeat` has a file for each. */
export const HEARTBEAT_VERSIONS: Heartbeat["versions"] = { min: 1, max: 1 };

/** Mark in `hears`: silent for longer than the timeout, or not attached to that network. */
export const NOT_HEARD = 0xffff;
/** Mark in `hears`: too early to say, after a start or a stall of the sender. Ages are below both marks. */
export const NOT_JUDGED = 0xfffe;
/** Pairs of other node and network in `hears`, at most: 64 nodes on 8 networks, beside which claims still have room. */
export const HEARS_MAX = 504;
/** Pages of a bulletin, at most. */
export const BULLETIN_PAGES_MAX = 64;

export interface HeartbeatEcho {
  /** The addressee's incarnation as the sender knows it. */
  readonly incarnation: number;
  /** The addressee's `sentAt` of its newest packet here. */
  readonly sentAt: number;
  /** Microseconds from that packet's arrival to this one's departure, or {@link NOT_LATELY}. */
  readonly heldFor: number;
}

/** Mark in an echo: no packet came lately, and `sentAt` says nothing. */
export const NOT_LATELY = 0xffff_ffff;

/** What a node's decisions say to all others, carried by its heartbeats until the next bulletin replaces it. */
export interface Bulletin {
  /** Grows with every change, within an incarnation. */
  readonly version: number;
  /** 32 bits over the node's full state, which travels on the peer stream. */
  readonly stateDigest: number;
  readonly claims: readonly ClaimBrief[];
}

/** A node's newest bulletin, as another one that hears it passes it on to those who do not. */
export interface RelayedBulletin {
  readonly node: NodeName;
  readonly incarnation: number;
  /** First 32 bits of the hash of the node's configuration. */
  readonly configDigest: number;
  readonly bulletin: Bulletin;
}

/** The part of a bulletin that one packet holds; a small bulletin has one page. */
export interface BulletinPage extends Bulletin {
  /** From 0. */
  readonly page: number;
  readonly pages: number;
}

/**
 * One service in a bulletin.
 * `holding`: the sender holds it. `offering`: it holds it until `target` claims it. `released`: it let go of it;
 * `target`, if not 0, shall claim it. `declined`: the sender, who was offered it, cannot take it.
 */
export interface ClaimBrief {
  readonly service: number;
  readonly epoch: number;
  readonly state: "holding" | "offering" | "released" | "declined";
  /** Wire id of a node, 0 for none. */
  readonly target: number;
  /** Why the sender offers or released it. */
  readonly cause: HandoverCause;
}

/** The order of the causes is their number on the wire: append only. */
export const HANDOVER_CAUSES = [
  "none",
  "operator",
  "drain",
  "failback",
  "unfit",
  "stopping",
  "halted",
  "placement",
  "rule",
  "program",
] as const;
export type HandoverCause = (typeof HANDOVER_CAUSES)[number];

/** Packets with this sequence or a later one end their incarnation: nothing after them is accepted. */
export const FINAL_SEQUENCE: number = 2 ** 40;

/** Why a packet changed nothing. The first eight are found by the codec, the others by the detector. */
export type PacketRefusal =
  /** Too short, or not of this protocol. */
  | "not-a-heartbeat"
  | "wrong-cluster"
  | "unknown-version"
  | "unknown-sender"
  /** Sealed with a key that is not in the secret file. */
  | "unknown-key"
  /** More new sessions at once than genuine nodes would begin: a flood of forged packets. */
  | "too-many-sessions"
  | "forged"
  /** Authentic, and yet without sense: a defect of the sender. */
  | "malformed"
  | "wrong-addressee"
  /** Meant for another network: cables or addresses are mixed up. */
  | "wrong-network"
  | "old-incarnation"
  | "ended-incarnation"
  /** Seen before, or overtaken by a later packet on the same network. */
  | "replayed";

/** What the detector tells the node's decisions. Facts in the past tense. */
export type DetectorReport =
  /** `incarnation` 0: only other nodes hear it (again after 0 with the number, once it answered this node). */
  | { readonly kind: "peer-heard"; readonly peer: number; readonly incarnation: number }
  /** Also for a peer not heard since this node's start; its incarnation is then 0. */
  | {
      readonly kind: "peer-silent";
      readonly peer: number;
      readonly incarnation: number;
      /** Time since the last sign of life, direct or reported by another node. */
      readonly silence: Duration;
    }
  | { readonly kind: "peer-said-goodbye"; readonly peer: number; readonly incarnation: number }
  /** The peer's packets arrive, but none has answered ours: they may be old ones, or it does not hear us. */
  | { readonly kind: "peer-unanswered"; readonly peer: number }
  | {
      readonly kind: "bulletin-heard";
      readonly peer: number;
      readonly incarnation: number;
      /** False while the peer is unanswered; the same bulletin is reported again once it is answered. */
      readonly answered: boolean;
      readonly bulletin: Bulletin;
    }
  /**
   * `observer` (possibly this node) began or ceased to hear `subject` on `network`. What a silent observer said before
   * is void; when it returns, all of its pairs are reported anew.
   */
  | {
      readonly kind: "hearing-changed";
      readonly observer: number;
      readonly subject: number;
      readonly network: number;
      readonly heard: boolean;
    }
  | {
      readonly kind: "peer-described";
      readonly peer: number;
      readonly configDigest: number;
      readonly topologyDigest: number;
      readonly versions: { readonly min: number; readonly max: number };
    }
  /** A peer knows of a later incarnation of this node, and refuses this one. Reported once. */
  | { readonly kind: "own-incarnation-outdated"; readonly incarnation: number }
  /** The worst since the previous such report. */
  | { readonly kind: "own-stall-noticed"; readonly lateness: Duration }
  | {
      readonly kind: "packets-refused";
      readonly refusal: PacketRefusal;
      /** Who the packets claim to come from (not proven); 0: no node of this cluster. */
      readonly sender: number;
      /** Packets since the previous such report. */
      readonly count: number;
      /** Some of them came from the address of the node that they claim to come from. No proof either: it can be forged. */
      readonly fromItsAddress?: true;
    }
  | {
      readonly kind: "round-trip-measured";
      readonly peer: number;
      readonly network: number;
      readonly roundTrip: Duration;
    };
