import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { setsockopt } from "../linux/libc.js";
import { optionValue } from "../linux/socket-options.js";
import type { PairKey } from "./peer-key.js";

/*
 * TLS 1.3 with a pre-shared key and an ephemeral Diffie-Hellman exchange (psk_dhe_ke): both sides prove that they know
 * the key of the pair, nobody needs a certificate, and a secret that leaks later opens no recording.
 */

/** OpenSSL binds a key from a callback to SHA-256, which leaves these two. */
const CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
const HANDSHAKE_MS_MAX = 2_000;

const COMMON = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: CIPHERS,
  // No tickets: every connection proves the key anew, so a key that was retired is of no use at once.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/** Begins the handshake on a connected socket. */
export function dialTls(socket: Socket, { identity, key }: PairKey): TLSSocket {
  return connect({
    ...COMMON,
    socket,
    pskCallback: () => ({ identity, psk: key }),
    // Only asked when the other side shows a certificate instead of the key.
    ca: [],
    checkServerIdentity: () => new Error("the peer shows a certificate, and does not prove the key"),
  });
}

export interface TlsHandler {
  /** The key that belongs to an identity; undefined refuses the connection. */
  readonly keyOf: (identity: string) => Uint8Array | undefined;
  /** `identity` was proved. */
  readonly onSecure: (socket: TLSSocket, identity: string) => void;
  /** A handshake failed; `from` is the other side's address, if it is still known. */
  readonly onRefused: (from: string | undefined) => void;
}

export function makeTlsServer(handler: TlsHandler): Server {
  const claimed = new WeakMap<TLSSocket, string>();
  const server = createServer({
    ...COMMON,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    pskCallback: (socket, identity) => {
      const key = handler.keyOf(identity);
      if (key !== undefined) claimed.set(socket as TLSSocket, identity);
      return key ?? null;
    },
  });
  server.on("tlsClientError", (error, socket) => {
    if (isTlsRefusal(error)) handler.onRefused(socket.remoteAddress);
    // Node leaves the connection open after the time for the handshake is over.
    socket.destroy();
  });
  server.on("secureConnection", (socket) => {
    const identity = claimed.get(socket);
    // Without the callback there was a resumption, which we offer to nobody.
    if (identity === undefined) socket.destroy();
    else handler.onSecure(socket, identity);
  });
  return server;
}

/** Errors of a handshake that say nothing of keys: the connection broke, or took too long. */
const MERE_FAILURES: ReadonlySet<unknown> = new Set(["ECONNRESET", "ERR_TLS_HANDSHAKE_TIMEOUT"]);

/** Whether one side refused what the other one showed. */
export const isTlsRefusal = (error: Error): boolean =>
  !("syscall" in error) && "code" in error && !MERE_FAILURES.has(error.code);

const IPPROTO_TCP = 6;
const TCP_USER_TIMEOUT = 18;
const DEAD_MS = 1_000;

/**
 * Ends a connection whose other end is not there any more, in about a second, instead of the quarter of an hour that
 * TCP would go on for: data must be acknowledged in that time, and an idle connection is probed.
 */
export function endWhenDead(socket: Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, DEAD_MS);
  const handle: unknown = Reflect.get(socket, "_handle");
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  if (typeof fd === "number" && fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, optionValue(DEAD_MS));
}
