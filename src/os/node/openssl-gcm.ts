import koffi from "koffi";
import { assert } from "../../base/assert.js";
import { NONCE_SIZE, TAG_SIZE, type PacketCipher } from "../../wire/heartbeat/cipher.js";

/*
 * AES-256-GCM by the OpenSSL that is part of Node, called directly. Node's own Cipher objects are made for streams: they
 * cost a hundred microseconds when called now and then, as heartbeats are, against a few for these calls, and leave
 * garbage. One context for each direction serves all keys of a thread, as setting a key takes less than a microsecond.
 */

type Bytes = Uint8Array;
/** A pointer, as koffi hands it out. */
type Pointer = unknown;

interface Evp {
  readonly newContext: () => Pointer;
  readonly aes256Gcm: () => Pointer;
  readonly init: (
    context: Pointer,
    cipher: Pointer | null,
    engine: null,
    key: Bytes | null,
    nonce: Bytes | null,
    seal: number,
  ) => number;
  readonly update: (context: Pointer, out: Bytes | null, written: Bytes, bytes: Bytes, length: number) => number;
  readonly final: (context: Pointer, out: Bytes, written: Bytes) => number;
  readonly control: (context: Pointer, command: number, length: number, bytes: Bytes | null) => number;
}

/** EVP_CTRL_AEAD_*. */
const CONTROL = { setNonceLength: 0x9, getTag: 0x10, setTag: 0x11 } as const;

/** Undefined when this Node does not offer its OpenSSL to others. */
function loadEvp(): Evp | undefined {
  try {
    const library = koffi.load(null);
    return {
      newContext: library.func("void *EVP_CIPHER_CTX_new()"),
      aes256Gcm: library.func("void *EVP_aes_256_gcm()"),
      init: library.func("int EVP_CipherInit_ex(void *, void *, void *, void *, void *, int)"),
      update: library.func("int EVP_CipherUpdate(void *, void *, void *, void *, int)"),
      final: library.func("int EVP_CipherFinal_ex(void *, void *, void *)"),
      control: library.func("int EVP_CIPHER_CTX_ctrl(void *, int, int, void *)"),
    };
  } catch {
    return undefined;
  }
}

/** The context of one direction, shared by all keys: no call leaves anything behind for the next. */
class Direction {
  readonly #evp: Evp;
  readonly #seal: number;
  readonly #context: Pointer;
  readonly #written = new Uint8Array(4);
  readonly #rest = new Uint8Array(TAG_SIZE);

  constructor(evp: Evp, seal: boolean) {
    this.#evp = evp;
    this.#seal = seal ? 1 : 0;
    this.#context = evp.newContext();
    this.#must(evp.init(this.#context, evp.aes256Gcm(), null, null, null, this.#seal));
    this.#must(evp.control(this.#context, CONTROL.setNonceLength, NONCE_SIZE, null));
  }

  /** Passes header and body through the cipher, the body in place. */
  run(key: Bytes, nonce: Bytes, packet: Bytes, start: number): void {
    const { update } = this.#evp;
    const body = packet.subarray(start, packet.length - TAG_SIZE);
    this.#must(this.#evp.init(this.#context, null, null, key, nonce, this.#seal));
    this.#must(update(this.#context, null, this.#written, packet, start));
    this.#must(update(this.#context, body, this.#written, body, body.length));
  }

  getTag(tag: Bytes): void {
    this.#must(this.#evp.final(this.#context, this.#rest, this.#written));
    this.#must(this.#evp.control(this.#context, CONTROL.getTag, TAG_SIZE, tag));
  }

  isTag(tag: Bytes): boolean {
    this.#must(this.#evp.control(this.#context, CONTROL.setTag, TAG_SIZE, tag));
    return this.#evp.final(this.#context, this.#rest, this.#written) === 1;
  }

  #must(answer: number): void {
    assert(answer === 1, "OpenSSL refuses nothing of a packet but a wrong tag");
  }
}

class OpensslGcmCipher implements PacketCipher {
  readonly #sealing: Direction;
  readonly #opening: Direction;
  readonly #key: Bytes;

  constructor(sealing: Direction, opening: Direction, key: Bytes) {
    this.#sealing = sealing;
    this.#opening = opening;
    this.#key = key;
  }

  seal(packet: Uint8Array, nonce: Uint8Array, start: number): void {
    this.#sealing.run(this.#key, nonce, packet, start);
    this.#sealing.getTag(packet.subarray(packet.length - TAG_SIZE));
  }

  open(packet: Uint8Array, nonce: Uint8Array, start: number): boolean {
    this.#opening.run(this.#key, nonce, packet, start);
    return this.#opening.isTag(packet.subarray(packet.length - TAG_SIZE));
  }
}

function makeOpensslGcm(): ((key: Bytes) => PacketCipher) | undefined {
  const evp = loadEvp();
  if (evp === undefined) return undefined;
  const [sealing, opening] = [new Direction(evp, true), new Direction(evp, false)];
  return (key) => new OpensslGcmCipher(sealing, opening, key);
}

/** Makes the cipher for a key of 32 bytes; undefined when this Node does not offer its OpenSSL to others. */
export const opensslGcm: ((key: Uint8Array) => PacketCipher) | undefined = makeOpensslGcm();
