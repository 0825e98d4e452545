import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { TAG_SIZE, type PacketCipher } from "../../wire/heartbeat/cipher.js";

const ALGORITHM = "aes-256-gcm";
const OPTIONS = { authTagLength: TAG_SIZE };

/** AES-256-GCM by Node's own interface, where OpenSSL cannot be called directly. */
class NodeGcmCipher implements PacketCipher {
  readonly #key: KeyObject;

  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  seal(packet: Uint8Array, nonce: Uint8Array, start: number): void {
    const end = packet.length - TAG_SIZE;
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, OPTIONS);
    cipher.setAAD(packet.subarray(0, start));
    packet.set(cipher.update(packet.subarray(start, end)), start);
    cipher.final();
    packet.set(cipher.getAuthTag(), end);
  }

  open(packet: Uint8Array, nonce: Uint8Array, start: number): boolean {
    const end = packet.length - TAG_SIZE;
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, OPTIONS);
    decipher.setAAD(packet.subarray(0, start));
    decipher.setAuthTag(packet.subarray(end));
    const clear = decipher.update(packet.subarray(start, end));
    try {
      decipher.final();
    } catch {
      return false;
    }
    packet.set(clear, start);
    return true;
  }
}

export const nodeGcm = (key: Uint8Array): PacketCipher => new NodeGcmCipher(key);
