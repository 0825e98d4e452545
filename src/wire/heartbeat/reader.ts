import { equalBytes, viewOf } from "../../base/bytes.js";
import { ok, refused, type Result } from "../../base/result.js";
import type { BulletinPage, Heartbeat, PacketRefusal } from "../../model/heartbeat.js";
import { NONCE_SIZE, type CipherSuite, type PacketCipher, type SecretKey } from "./cipher.js";
import {
  HEADER_SIZE,
  PREFIX_SIZE,
  SALT_OFFSET,
  SALT_SIZE,
  WIRE_VERSION_OFFSET,
  clusterOf,
  hasMagic,
  keyIdOf,
  senderOf,
  sequenceOf,
  sessionPurpose,
  setNonce,
} from "./header.js";
import { PACKET_SIZE_MAX, PACKET_SIZE_MIN, WIRE_VERSION, bulletinRange, readBody, readBulletin } from "./v1.js";

/** Whose heartbeats a reader accepts. */
export interface ReadingOptions {
  readonly cluster: number;
  /** All keys of the secret file. */
  readonly keys: readonly SecretKey[];
  /** Wire ids of all other nodes. */
  readonly senders: readonly number[];
}

export interface RefusedPacket {
  readonly refusal: PacketRefusal;
  /** Who the packet claims to come from, when that is another node of the cluster; 0 otherwise. */
  readonly sender: number;
}

/** A sender's run as far as known: its key is derived once, and an unchanged bulletin is read once. */
interface ReceivingSession {
  readonly keyId: number;
  readonly salt: Uint8Array;
  readonly cipher: PacketCipher;
  bulletinBytes: Uint8Array;
  bulletin: BulletinPage | undefined;
}

/**
 * Packets of unknown sessions that are looked into between two calls of {@link HeartbeatReader.allowMore}: each costs a
 * key derivation, and a flood of them must not take the thread's time. Genuine new sessions are few and try again.
 */
const DERIVATIONS_MAX = 64;
/** Sessions kept per sender: the present one, its predecessor, and what a recording may bring up. */
const SESSIONS_MAX = 4;

/**
 * Turns packets into heartbeats, or says why not. Only a packet that proved authentic makes a session be remembered, so
 * forged packets can neither push out a genuine session nor fill memory. Freshness is not judged here.
 */
export class HeartbeatReader {
  readonly #options: ReadingOptions;
  readonly #suite: CipherSuite;
  /** By sender; the session used last comes first. */
  readonly #sessions: ReadonlyMap<number, ReceivingSession[]>;
  #derivations = 0;
  readonly #nonce = new Uint8Array(NONCE_SIZE);
  readonly #nonceView: DataView = viewOf(this.#nonce);

  constructor(options: ReadingOptions, suite: CipherSuite) {
    this.#options = options;
    this.#suite = suite;
    this.#sessions = new Map(options.senders.map((sender) => [sender, []]));
  }

  /** Reads one packet; its bytes are decrypted in place. */
  read(packet: Uint8Array): Result<Heartbeat, RefusedPacket> {
    const view = viewOf(packet);
    const refusal = this.#refusePrefix(view);
    if (refusal !== undefined) return this.#refuse(view, refusal);
    const session = this.#open(packet, view);
    if (typeof session === "string") return this.#refuse(view, session);
    const heartbeat = readOpened(packet, view, session);
    return heartbeat === undefined ? this.#refuse(view, "malformed") : ok(heartbeat);
  }

  /** To be called every now and then, such as once an interval. */
  allowMore(): void {
    this.#derivations = 0;
  }

  #refusePrefix(view: DataView): PacketRefusal | undefined {
    if (view.byteLength < PREFIX_SIZE || !hasMagic(view)) return "not-a-heartbeat";
    if (clusterOf(view) !== this.#options.cluster) return "wrong-cluster";
    if (!this.#sessions.has(senderOf(view))) return "unknown-sender";
    if (view.getUint8(WIRE_VERSION_OFFSET) !== WIRE_VERSION) return "unknown-version";
    return view.byteLength < PACKET_SIZE_MIN || view.byteLength > PACKET_SIZE_MAX ? "not-a-heartbeat" : undefined;
  }

  #refuse(view: DataView, refusal: PacketRefusal): Result<Heartbeat, RefusedPacket> {
    const claimed = view.byteLength < PREFIX_SIZE ? 0 : senderOf(view);
    return refused({ refusal, sender: this.#sessions.has(claimed) ? claimed : 0 });
  }

  /** Decrypts in place. */
  #open(packet: Uint8Array, view: DataView): ReceivingSession | PacketRefusal {
    const sender = senderOf(view);
    const sessions = this.#sessions.get(sender) ?? [];
    const salt = packet.subarray(SALT_OFFSET, SALT_OFFSET + SALT_SIZE);
    const index = sessions.findIndex((session) => session.keyId === keyIdOf(view) && equalBytes(session.salt, salt));
    const session = sessions[index] ?? this.#derive(sender, keyIdOf(view), salt);
    if (typeof session === "string") return session;
    setNonce(this.#nonceView, sequenceOf(view));
    if (!session.cipher.open(packet, this.#nonce, HEADER_SIZE)) return "forged";
    if (index !== 0) remember(sessions, session, index);
    return session;
  }

  #derive(sender: number, keyId: number, salt: Uint8Array): ReceivingSession | PacketRefusal {
    const key = this.#options.keys.find((candidate) => candidate.id === keyId);
    if (key === undefined) return "unknown-key";
    if (this.#derivations === DERIVATIONS_MAX) return "too-many-sessions";
    this.#derivations += 1;
    const cipher = this.#suite.derive(key.bytes, salt, sessionPurpose(this.#options.cluster, sender));
    return { keyId, salt: salt.slice(), cipher, bulletinBytes: new Uint8Array(0), bulletin: undefined };
  }
}

function remember(sessions: ReceivingSession[], session: ReceivingSession, index: number): void {
  if (index > 0) sessions.splice(index, 1);
  sessions.unshift(session);
  if (sessions.length > SESSIONS_MAX) sessions.length = SESSIONS_MAX;
}

function readOpened(packet: Uint8Array, view: DataView, session: ReceivingSession): Heartbeat | undefined {
  const range = bulletinRange(view);
  if (range === undefined) return undefined;
  const bytes = packet.subarray(range.start, range.end);
  if (!equalBytes(bytes, session.bulletinBytes)) {
    session.bulletin = readBulletin(view, range.start);
    session.bulletinBytes = bytes.slice();
  }
  if (session.bulletin === undefined) return undefined;
  return readBody(view, { sender: senderOf(view), sequence: sequenceOf(view), bulletin: session.bulletin });
}
