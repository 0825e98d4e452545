/**
 * Why a node can't hold a service, and how each reason is to be taken: what it keeps the node from, who says it, what it is
 * about. One row a code, so that a new one cannot be added without all of that being decided.
 */
import type { RuleName } from "./rule.js";

/** Why a node can't hold a service. `detail` is the interface, path group, network, address, peer, program or rule. */
export interface UnfitReason {
  readonly code:
    | "node-down"
    | "node-leaving"
    | "node-unknown"
    | "state-unknown"
    | "drained"
    /** It failed too often or, if `detail` names one, a program failed on it that stands by there, ready: the last choice for a while. */
    | "banned"
    | "not-configured"
    | "interface-missing"
    | "no-subnet"
    | "link-down"
    | "paths-down"
    /** The active interface of a path group may carry no more addresses; `detail` is the interface. */
    | "interface-full"
    | "network-cut"
    | "ping-lost"
    | "address-refused"
    | "declined"
    | "not-known-to-peer"
    /** One of the service's programs failed on it; `detail` is the program. */
    | "program-failed"
    /** One of them cannot be ended there. */
    | "program-stuck"
    /** One that stands by there has yet to become ready. */
    | "program-not-ready"
    /** Nobody may begin before another node, which is `detail`, is fenced. */
    | "not-fenced"
    | PlacementCode;
  readonly detail?: string;
}

/** What other services have against a node; `detail` is the share of its room that is taken or, where it is too small, wanted, or one of them. */
export type PlacementCode =
  | "no-room"
  /** It would have too little for it with nothing else on it. */
  | "too-small"
  /** Services of higher priority have the room. */
  | "outranked"
  /** It is held there, and to leave its room to another that has no better place. */
  | "makes-room"
  /** Services of lower priority have the room, and would make it when it has no other place. */
  | "displaces"
  | "apart"
  /** Those that it is to be with are to be elsewhere. */
  | "with"
  /** The node is not fit for one that it is to be with. */
  | "with-unfit"
  | "needs";

interface Traits {
  readonly keepsFrom: Scope;
  readonly saidBy: Sayer;
  readonly about: Subject;
  /** The node is not fit; else it may be all the same, and is asked again in a moment. */
  readonly isSure: boolean;
  /** Other findings tell of it, or nothing is wrong; else only a finding of the standby does. */
  readonly isTold: boolean;
}

type Scope =
  /** It can't have it. */
  | "service"
  /** It takes what is served nowhere. Nothing that is well is ended for it: what stands by there may not have the data yet. */
  | "moves"
  /** It takes what is served nowhere, and not what another node serves by an order: nothing is won by such a move. */
  | "ordered-moves"
  /** It is the last choice. */
  | "preference";

type Sayer =
  /** The node itself. */
  | "itself"
  /** The other nodes. */
  | "others"
  /** Every node hears of it at the same time: it says nothing of one node alone. */
  | "all";

type Subject =
  /** It is not there. */
  | "absence"
  /** It has yet to read the file, or to say what it can. */
  | "unaware"
  /** It knows the service, and another node does not know it. */
  | "files"
  /** An operator or a rule wants it so. */
  | "order"
  /** It failed, or would not take it a moment ago. */
  | "past"
  /** Where the service's addresses belong, and whether they can be there. */
  | "address"
  /** How many addresses an interface may carry. */
  | "limit"
  /** What the service's clients are reached by; the cause may be one of all nodes. */
  | "network"
  | "programs"
  | "fencing"
  /** Other services have its room, and can make it. */
  | "room"
  /** Other services apart from that. */
  | "other-services";

const PLACEMENT: Readonly<Record<PlacementCode, Traits>> = {
  "no-room": { keepsFrom: "service", saidBy: "itself", about: "room", isSure: true, isTold: true },
  "too-small": { keepsFrom: "service", saidBy: "itself", about: "other-services", isSure: true, isTold: true },
  outranked: { keepsFrom: "service", saidBy: "itself", about: "room", isSure: true, isTold: true },
  "makes-room": { keepsFrom: "service", saidBy: "itself", about: "room", isSure: true, isTold: true },
  displaces: { keepsFrom: "service", saidBy: "all", about: "other-services", isSure: true, isTold: true },
  apart: { keepsFrom: "service", saidBy: "itself", about: "other-services", isSure: true, isTold: true },
  with: { keepsFrom: "service", saidBy: "all", about: "other-services", isSure: true, isTold: true },
  "with-unfit": { keepsFrom: "service", saidBy: "all", about: "other-services", isSure: true, isTold: true },
  needs: { keepsFrom: "service", saidBy: "all", about: "other-services", isSure: true, isTold: true },
};

const TRAITS: Readonly<Record<UnfitReason["code"], Traits>> = {
  "node-down": { keepsFrom: "service", saidBy: "others", about: "absence", isSure: true, isTold: true },
  "node-leaving": { keepsFrom: "service", saidBy: "others", about: "absence", isSure: true, isTold: true },
  "node-unknown": { keepsFrom: "service", saidBy: "others", about: "absence", isSure: true, isTold: true },
  "state-unknown": { keepsFrom: "service", saidBy: "others", about: "unaware", isSure: false, isTold: true },
  drained: { keepsFrom: "service", saidBy: "itself", about: "order", isSure: true, isTold: true },
  banned: { keepsFrom: "preference", saidBy: "others", about: "past", isSure: true, isTold: true },
  "not-configured": { keepsFrom: "service", saidBy: "itself", about: "unaware", isSure: true, isTold: true },
  "interface-missing": { keepsFrom: "service", saidBy: "itself", about: "address", isSure: true, isTold: false },
  "no-subnet": { keepsFrom: "service", saidBy: "itself", about: "address", isSure: true, isTold: false },
  "link-down": { keepsFrom: "service", saidBy: "itself", about: "network", isSure: true, isTold: true },
  "paths-down": { keepsFrom: "service", saidBy: "itself", about: "network", isSure: true, isTold: true },
  "interface-full": { keepsFrom: "ordered-moves", saidBy: "itself", about: "limit", isSure: true, isTold: true },
  "network-cut": { keepsFrom: "service", saidBy: "itself", about: "network", isSure: true, isTold: true },
  "ping-lost": { keepsFrom: "service", saidBy: "itself", about: "network", isSure: true, isTold: false },
  "address-refused": { keepsFrom: "service", saidBy: "itself", about: "address", isSure: true, isTold: false },
  declined: { keepsFrom: "service", saidBy: "others", about: "past", isSure: false, isTold: true },
  "not-known-to-peer": { keepsFrom: "service", saidBy: "itself", about: "files", isSure: true, isTold: true },
  "program-failed": { keepsFrom: "service", saidBy: "itself", about: "programs", isSure: true, isTold: false },
  "program-stuck": { keepsFrom: "service", saidBy: "itself", about: "programs", isSure: true, isTold: true },
  "program-not-ready": { keepsFrom: "moves", saidBy: "itself", about: "programs", isSure: true, isTold: true },
  "not-fenced": { keepsFrom: "service", saidBy: "all", about: "fencing", isSure: true, isTold: true },
  ...PLACEMENT,
};

/** All codes, for who reads one that somebody else wrote. */
export const UNFIT_CODES: Readonly<Record<UnfitReason["code"], unknown>> = TRAITS;

/** @param by the rule that drained the node; undefined: an operator did */
export const drainedReason = (by: RuleName | undefined): UnfitReason =>
  by === undefined ? { code: "drained" } : { code: "drained", detail: by };

/** Reasons that only lower a node's place in the order. */
export const isSoft = ({ code }: UnfitReason): boolean => TRAITS[code].keepsFrom !== "service";

/** Reasons for which a node takes what is served nowhere, and not what another node serves by an order: nothing is won by such a move. */
export const isAgainstMoves = (reason: UnfitReason): boolean => isFull(reason) || isUnprepared(reason);

/** The interface of its path group may carry no more addresses. */
export const isFull = ({ code }: UnfitReason): boolean => TRAITS[code].keepsFrom === "ordered-moves";

/** Reasons for which nothing that is well is ended for a node: what stands by there may not have the data yet. */
export const isUnprepared = ({ code }: UnfitReason): boolean => TRAITS[code].keepsFrom === "moves";

/** Whether a node knows by itself that this keeps it from holding. */
export const isSaidByItself = ({ code }: UnfitReason): boolean => TRAITS[code].saidBy !== "others";

/** Whether every node hears of it at the same time: it says nothing of one node alone. */
export const isShared = ({ code }: UnfitReason): boolean => TRAITS[code].saidBy === "all";

/** Whether the node may be fit all the same: it has not said yet, or would not take it a moment ago. */
export const isUnsure = ({ code }: UnfitReason): boolean => !TRAITS[code].isSure;

/** Whether no other finding tells of it than one of the standby that could not take the service. */
export const isUntold = ({ code }: UnfitReason): boolean => !TRAITS[code].isTold;

/** Whether the node is not there: it says nothing. */
export const isAway = ({ code }: UnfitReason): boolean => TRAITS[code].about === "absence";

/** Whether the node has yet to read the file, or to say what it can. */
export const isUnaware = ({ code }: UnfitReason): boolean => TRAITS[code].about === "unaware";

/** Whether an operator or a rule wants it so. */
export const isOfOrder = ({ code }: UnfitReason): boolean => TRAITS[code].about === "order";

/** Whether a node lost what the service's clients are reached by; the cause may be one of all nodes. */
export const isLoss = ({ code }: UnfitReason): boolean => TRAITS[code].about === "network";

/** Whether clients cannot reach the service there. Of its programs a node says itself when they do not serve; what two files differ in keeps no client away. */
export const isUnreachable = (reason: UnfitReason): boolean =>
  isLoss(reason) || TRAITS[reason.code].about === "address";

export const isOfPrograms = ({ code }: UnfitReason): boolean => TRAITS[code].about === "programs";

/** Whether another node is to be fenced first. */
export const isOfFencing = ({ code }: UnfitReason): boolean => TRAITS[code].about === "fencing";

/** Whether it is for the sake of other services that a node is not to hold this one. */
export const isOfPlacement = ({ code }: UnfitReason): boolean => isPlacementCode(code);

export const isPlacementCode = (code: string): code is PlacementCode => Object.hasOwn(PLACEMENT, code);

/** Whether room that is made on the node would let it hold it. */
export const isOfRoom = ({ code }: UnfitReason): boolean => TRAITS[code].about === "room";
