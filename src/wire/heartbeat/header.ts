import { getUint48, setUint48 } from "../../base/bytes.js";

/*
 * The clear part of a heartbeat, authenticated but not encrypted. Big-endian, offsets in bytes:
 *
 *    0  "LOC"          3
 *    3  wire version   1
 *    4  cluster        4   hash of the cluster's name
 *    8  sender         4   wire id of the node's name
 *   ---- so far the same in every wire version, so that any version can say whom it cannot understand
 *   12  key            4   which key of the secret file
 *   16  salt          16   random for each session of the sender; the packet key is derived from it
 *   32  sequence       6   the nonce: unique within a session
 *   38  sealed body, then 16 bytes of tag
 */
const MAGIC = 0x4c4f4300;
export const WIRE_VERSION_OFFSET = 3;
const CLUSTER_OFFSET = 4;
const SENDER_OFFSET = 8;
const KEY_OFFSET = 12;
export const SALT_OFFSET = 16;
export const SALT_SIZE = 16;
const SEQUENCE_OFFSET = 32;
export const HEADER_SIZE = 38;
/** What every wire version begins with. */
export const PREFIX_SIZE = 12;

const NONCE_SEQUENCE_OFFSET = 6;

/** What stays the same for all packets of a session. */
export interface SessionHeader {
  readonly version: number;
  readonly cluster: number;
  readonly sender: number;
  readonly keyId: number;
  readonly salt: Uint8Array;
}

export function writeSessionHeader(packet: Uint8Array, header: SessionHeader): void {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  view.setUint32(0, (MAGIC | header.version) >>> 0);
  view.setUint32(CLUSTER_OFFSET, header.cluster);
  view.setUint32(SENDER_OFFSET, header.sender);
  view.setUint32(KEY_OFFSET, header.keyId);
  packet.set(header.salt, SALT_OFFSET);
}

export const hasMagic = (view: DataView): boolean => view.getUint32(0) >>> 8 === MAGIC >>> 8;
export const clusterOf = (view: DataView): number => view.getUint32(CLUSTER_OFFSET);
export const senderOf = (view: DataView): number => view.getUint32(SENDER_OFFSET);
export const keyIdOf = (view: DataView): number => view.getUint32(KEY_OFFSET);
export const sequenceOf = (view: DataView): number => getUint48(view, SEQUENCE_OFFSET);
export const setSequence = (view: DataView, sequence: number): void => setUint48(view, SEQUENCE_OFFSET, sequence);

/** The nonce of a packet: its sequence; the key is new in every session, so that is never used twice. */
export const setNonce = (nonce: DataView, sequence: number): void => setUint48(nonce, NONCE_SEQUENCE_OFFSET, sequence);

/** What binds a session key to its use, besides secret and salt. */
export const sessionPurpose = (cluster: number, sender: number): string => `locum heartbeat 1 ${cluster} ${sender}`;
