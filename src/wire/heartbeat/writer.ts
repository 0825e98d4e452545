import { assert } from "../../base/assert.js";
import { viewOf } from "../../base/bytes.js";
import { HEARS_MAX, type BulletinPage, type Heartbeat } from "../../model/heartbeat.js";
import { NONCE_SIZE, type CipherSuite, type PacketCipher, type SecretKey } from "./cipher.js";
import { HEADER_SIZE, sessionPurpose, setNonce, setSequence, writeSessionHeader } from "./header.js";
import { PACKET_SIZE_MAX, WIRE_VERSION, claimsPerPage, writeAddressing, writeBulletin, writeHears } from "./v1.js";

/** One run of one sender: `salt` must be random and new for each. */
export interface SendingSession {
  readonly cluster: number;
  readonly sender: number;
  readonly key: SecretKey;
  readonly salt: Uint8Array;
}

/**
 * Turns the heartbeats of one session into packets. The parts that all packets of a round share (the same `hears` and
 * `bulletin` objects) are laid out once and kept in a clear copy, as sealing overwrites.
 */
export class HeartbeatWriter {
  readonly #sender: number;
  readonly #cipher: PacketCipher;
  readonly #clear = new Uint8Array(PACKET_SIZE_MAX);
  readonly #clearView: DataView = viewOf(this.#clear);
  readonly #sealed = new Uint8Array(PACKET_SIZE_MAX);
  readonly #nonce = new Uint8Array(NONCE_SIZE);
  readonly #nonceView: DataView = viewOf(this.#nonce);
  #hears: Uint16Array | undefined;
  #bulletin: BulletinPage | undefined;
  #size = 0;

  constructor(session: SendingSession, suite: CipherSuite) {
    this.#sender = session.sender;
    this.#cipher = suite.derive(session.key.bytes, session.salt, sessionPurpose(session.cluster, session.sender));
    writeSessionHeader(this.#clear, { ...session, version: WIRE_VERSION, keyId: session.key.id });
  }

  /** The packet, valid until the next call. */
  write(heartbeat: Heartbeat): Uint8Array {
    assert(heartbeat.sender === this.#sender, "a session has one sender");
    setSequence(this.#clearView, heartbeat.sequence);
    writeAddressing(this.#clearView, heartbeat);
    this.#writeShared(heartbeat);
    this.#sealed.set(this.#clear);
    const packet = this.#sealed.subarray(0, this.#size);
    setNonce(this.#nonceView, heartbeat.sequence);
    this.#cipher.seal(packet, this.#nonce, HEADER_SIZE);
    return packet;
  }

  #writeShared({ hears, bulletin }: Heartbeat): void {
    if (hears === this.#hears && bulletin === this.#bulletin) return;
    assert(hears.length <= HEARS_MAX, "the configuration bounds nodes and networks");
    assert(bulletin.claims.length <= claimsPerPage(hears.length), "a bulletin is cut into pages that fit");
    const moved = hears.length !== this.#hears?.length;
    if (hears !== this.#hears) writeHears(this.#clearView, hears);
    if (moved || bulletin !== this.#bulletin) this.#size = writeBulletin(this.#clearView, hears.length, bulletin);
    this.#hears = hears;
    this.#bulletin = bulletin;
  }
}
