/** Authenticated encryption as the heartbeat codec needs it; done by os/node, given from outside. */
export interface PacketCipher {
  /**
   * Encrypts `packet[start .. length-16]` in place and writes the tag over the last 16 bytes. What stands before
   * `start` is authenticated too. A nonce of 12 bytes must never be used twice.
   */
  seal(packet: Uint8Array, nonce: Uint8Array, start: number): void;
  /** The reverse, in place; false when anything was changed, and the rest of the packet is then without meaning. */
  open(packet: Uint8Array, nonce: Uint8Array, start: number): boolean;
}

export interface CipherSuite {
  /** The number by which packets refer to a key; it tells nothing about the key. */
  identify(secret: Uint8Array): number;
  /** The cipher of one session of one sender; `salt` and `info` make its key unlike any other. */
  derive(secret: Uint8Array, salt: Uint8Array, info: string): PacketCipher;
}

/** A key of the secret file and the number by which packets refer to it. */
export interface SecretKey {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export const NONCE_SIZE = 12;
export const TAG_SIZE = 16;
