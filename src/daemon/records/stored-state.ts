import { instant } from "../../base/time.js";
import { isAttributeValue, type NodeAttribute } from "../../model/attribute.js";
import type { Bond, FencedNode, Stray } from "../../model/fencing.js";
import { isName, nodeName, serviceName } from "../../model/names.js";
import {
  type CarrierMac,
  NOTHING_SAVED,
  type KeptService,
  type Pause,
  type PeerCarriers,
  type SavedState,
  savedLists,
} from "../../model/node-state.js";
import { type PathGroupMemory, type PathRole, pathGroupName } from "../../model/path.js";
import { programName, type ServiceHalt } from "../../model/program.js";
import { type RuleFiring, ruleName } from "../../model/rule.js";
import { parseMac } from "../../wire/mac-address.js";
import { isCount, isJsonObject, isText, parseJson, readList, readOptional, type JsonObject } from "./stored-json.js";

/** What the state directory keeps: the saved state, and the incarnation of the run that saved it. */
export interface StoredState {
  readonly incarnation: number;
  readonly saved: SavedState;
}

const FORMAT = 1;

export const NOTHING_STORED: StoredState = { incarnation: 0, saved: NOTHING_SAVED };

export const writeStoredState = (state: StoredState): string => `${JSON.stringify({ format: FORMAT, ...state })}\n`;

/** The state in a text that {@link writeStoredState} made; undefined for anything else. */
export function readStoredState(text: string): StoredState | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value) || value["format"] !== FORMAT || !isCount(value["incarnation"])) return undefined;
  const saved = readSaved(value["saved"]);
  return saved === undefined ? undefined : { incarnation: value["incarnation"], saved };
}

function readSaved(value: unknown): SavedState | undefined {
  if (!isJsonObject(value) || typeof value["drained"] !== "boolean") return undefined;
  const pause = readPause(value["pause"]);
  const epochs = readList(value["epochs"], readEpoch);
  const leftBehind = readList(value["leftBehind"] ?? [], readKept);
  const paths = readList(value["paths"] ?? [], readPathMemory);
  // To lose these is better than to lose the epochs with them.
  const held = readList(value["held"], readEpoch) ?? [];
  const halts = readList(value["halts"], readHalt) ?? [];
  const peerMacs = readList(value["peerMacs"], readPeerCarriers) ?? [];
  const attributes = readList(value["attributes"], readAttribute) ?? [];
  const bonds = readList(value["bonds"], readBond) ?? [];
  const strays = readList(value["strays"], readStray) ?? [];
  const fenced = readList(value["fenced"], readFenced) ?? [];
  const firings = readList(value["firings"], readFiring) ?? [];
  if (pause === undefined || epochs === undefined || leftBehind === undefined || paths === undefined) return undefined;
  return {
    drained: value["drained"],
    ...(isName(value["drainedBy"]) ? { drainedBy: ruleName(value["drainedBy"]) } : {}),
    pause,
    epochs,
    ...savedLists({ leftBehind, held, paths, halts, peerMacs, attributes, bonds, strays, fenced, firings }),
  };
}

function readPause(value: unknown): Pause | undefined {
  if (!isJsonObject(value)) return undefined;
  const { paused, revision } = value;
  return typeof paused === "boolean" && isCount(revision) ? { paused, revision } : undefined;
}

function readKept({ node, service, epoch }: JsonObject): KeptService | undefined {
  if (!isName(node) || !isName(service) || !isCount(epoch)) return undefined;
  return { node: nodeName(node), service: serviceName(service), epoch };
}

function readEpoch({ service, epoch }: JsonObject): SavedState["epochs"][number] | undefined {
  return isName(service) && isCount(epoch) ? { service: serviceName(service), epoch } : undefined;
}

function readHalt({ service, halted, revision, by }: JsonObject): ServiceHalt | undefined {
  if (!isName(service) || typeof halted !== "boolean" || !isCount(revision)) return undefined;
  return { service: serviceName(service), halted, revision, ...(isName(by) ? { by: ruleName(by) } : {}) };
}

function readPathMemory(item: JsonObject): PathGroupMemory | undefined {
  const { group, active, paused, detached } = item;
  if (!isName(group) || !isRole(active) || typeof paused !== "boolean") return undefined;
  if (!Array.isArray(detached) || !detached.every(isRole)) return undefined;
  const optional = readOptional<Required<Pick<PathGroupMemory, "spareMac" | "standbyMtu">>>(item, {
    spareMac: isText,
    standbyMtu: isInterfaceMtu,
  });
  return optional === undefined ? undefined : { group: pathGroupName(group), active, paused, detached, ...optional };
}

const isInterfaceMtu = (value: unknown): value is NonNullable<PathGroupMemory["standbyMtu"]> =>
  isJsonObject(value) && isText(value["interface"]) && isCount(value["mtu"]);

function readPeerCarriers({ node, service, carriers }: JsonObject): PeerCarriers | undefined {
  const known = readList(carriers, readCarrier);
  if (!isName(node) || !isName(service) || known === undefined) return undefined;
  return { node: nodeName(node), service: serviceName(service), carriers: known };
}

function readCarrier({ address, mac, link }: JsonObject): CarrierMac | undefined {
  if (!isText(address) || !isText(mac) || parseMac(mac) === undefined || typeof link !== "boolean") return undefined;
  return { address, mac, link };
}

function readBond({ node, service, program, epoch, incarnation, boot }: JsonObject): Bond | undefined {
  if (!isName(node) || !isName(service) || !isName(program) || !isCount(epoch) || !isCount(incarnation))
    return undefined;
  const of = { node: nodeName(node), service: serviceName(service), program: programName(program) };
  return { ...of, epoch, incarnation, ...(isText(boot) ? { boot } : {}) };
}

function readStray({ node, service, program, incarnation, version, boot }: JsonObject): Stray | undefined {
  if (!isName(node) || !isName(service) || !isName(program) || !isCount(incarnation) || !isCount(version))
    return undefined;
  const of = { node: nodeName(node), service: serviceName(service), program: programName(program) };
  return { ...of, incarnation, version, ...(isText(boot) ? { boot } : {}) };
}

function readFenced({ node, at, boot }: JsonObject): FencedNode | undefined {
  // What a peer told of may have been before this machine was started.
  if (!isName(node) || typeof at !== "number" || !Number.isSafeInteger(at)) return undefined;
  return { node: nodeName(node), at: instant(at), ...(isText(boot) ? { boot } : {}) };
}

function readFiring({ rule, about, at, boot }: JsonObject): RuleFiring | undefined {
  if (!isName(rule) || typeof at !== "number" || !Number.isSafeInteger(at)) return undefined;
  const subject = isText(about) ? { about } : {};
  return { rule: ruleName(rule), ...subject, at: instant(at), ...(isText(boot) ? { boot } : {}) };
}

const readAttribute = ({ name, value }: JsonObject): NodeAttribute | undefined =>
  isName(name) && isAttributeValue(value) ? { name, value } : undefined;

const isRole = (value: unknown): value is PathRole => value === "primary" || value === "secondary";
