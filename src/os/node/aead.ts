import { hkdfSync } from "node:crypto";
import type { CipherSuite } from "../../wire/heartbeat/cipher.js";
import { nodeGcm } from "./node-gcm.js";
import { opensslGcm } from "./openssl-gcm.js";

const KEY_SIZE = 32;
const KEY_ID_SIZE = 4;
const NO_SALT = new Uint8Array(0);

const makeCipher = opensslGcm ?? nodeGcm;

/**
 * AES-256-GCM with keys from HKDF-SHA-256. ChaCha20-Poly1305 was measured beside it: equal for packets of 300 bytes
 * where the processor knows AES, as all servers of today do.
 */
export const aesGcm: CipherSuite = {
  identify(secret) {
    return new DataView(hkdfSync("sha256", secret, NO_SALT, "locum key id", KEY_ID_SIZE)).getUint32(0);
  },
  derive(secret, salt, info) {
    return makeCipher(new Uint8Array(hkdfSync("sha256", secret, salt, info, KEY_SIZE)));
  },
};
