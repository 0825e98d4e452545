import { hkdfSync } from "node:crypto";
import type { NodeName } from "../../model/names.js";

const IDENTITY_BYTES = 16;
const KEY_BYTES = 32;
const NO_SALT = new Uint8Array(0);

/** Who dials whom: the smaller name dials. */
export interface PeerPair {
  readonly cluster: string;
  readonly dialer: NodeName;
  readonly acceptor: NodeName;
}

/** What the two of a pair prove to each other in the handshake, and the name under which they speak of it. */
export interface PairKey {
  /** Tells which pair and which secret, to those who know the secret only. */
  readonly identity: string;
  readonly key: Uint8Array;
}

/** The key of a pair: another one for each pair and direction, so that a message can't be led to another node. */
export const pairKey = (secret: Uint8Array, { cluster, dialer, acceptor }: PeerPair): PairKey =>
  keyFor(secret, "stream", [cluster, dialer, acceptor]);

/** The key with which any node of the cluster may ask one of the others whether it is known there. */
export const inquiryKey = (secret: Uint8Array, { cluster, acceptor }: Omit<PeerPair, "dialer">): PairKey =>
  keyFor(secret, "inquiry", [cluster, acceptor]);

function keyFor(secret: Uint8Array, use: "stream" | "inquiry", names: readonly string[]): PairKey {
  const derive = (purpose: string, length: number): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", secret, NO_SALT, JSON.stringify([purpose, ...names]), length));
  return {
    identity: Buffer.from(derive(`locum peer ${use} identity`, IDENTITY_BYTES)).toString("base64url"),
    key: derive(`locum peer ${use} key`, KEY_BYTES),
  };
}
