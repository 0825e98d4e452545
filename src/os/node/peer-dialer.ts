import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { doubled } from "../../base/time.js";
import type { PairKey } from "./peer-key.js";
import { dialTls, endWhenDead, isTlsRefusal } from "./peer-tls.js";

const ATTEMPT_MS_MAX = 1_000;
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 2_000;
/** A connection that held so long was a good one: the next is tried without a pause. */
const GOOD_MS = 5_000;

/** One way to a peer: on one network, from our address there to the peer's. */
export interface PeerRoute {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

export interface DialerOptions {
  readonly routes: readonly PeerRoute[];
  readonly key: PairKey;
  /** The handshake is done; whoever is called says with {@link PeerDialer.lost} when the connection has ended. */
  readonly onConnected: (socket: TLSSocket) => void;
  /** The peer answered, but refused the handshake. */
  readonly onRefused: () => void;
}

/**
 * Keeps a peer dialled: on all networks at once, so that a dead one costs no time; the first handshake that succeeds
 * wins. Failures are repeated in growing pauses, until there is reason to believe that the peer is there.
 */
export class PeerDialer {
  readonly #options: DialerOptions;
  readonly #attempts = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #connectedAtMs: number | undefined;
  #stopped = false;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#dial();
  }

  /** The peer was heard: dial now, if it is not connected. */
  nudge(): void {
    if (this.#stopped || this.#connectedAtMs !== undefined || this.#attempts.size > 0) return;
    this.#failures = 0;
    this.#dial();
  }

  /** The connection that was handed out has ended. */
  lost(): void {
    const held = performance.now() - (this.#connectedAtMs ?? performance.now());
    this.#connectedAtMs = undefined;
    if (held >= GOOD_MS) this.nudge();
    else this.#pause();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#hangUp();
  }

  #dial(): void {
    clearTimeout(this.#timer);
    for (const route of this.#options.routes) this.#attempt(route);
    this.#timer = setTimeout(() => this.#giveUp(), ATTEMPT_MS_MAX).unref();
  }

  #attempt({ from, to, port }: PeerRoute): void {
    const socket = connect({ host: to, port, localAddress: from });
    socket.unref();
    this.#attempts.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#failed(socket));
    socket.on("connect", () => {
      endWhenDead(socket);
      const secured = dialTls(socket, this.#options.key);
      secured.on("error", (error) => this.#refused(socket, error));
      secured.on("secureConnect", () => this.#won(socket, secured));
    });
  }

  #won(socket: Socket, secured: TLSSocket): void {
    if (!this.#attempts.delete(socket)) return;
    this.#hangUp();
    clearTimeout(this.#timer);
    this.#connectedAtMs = performance.now();
    this.#options.onConnected(secured);
  }

  #refused(socket: Socket, error: Error): void {
    if (this.#attempts.has(socket) && isTlsRefusal(error)) this.#options.onRefused();
    socket.destroy();
  }

  #failed(socket: Socket): void {
    if (this.#attempts.delete(socket) && this.#attempts.size === 0) this.#pause();
  }

  #giveUp(): void {
    this.#hangUp();
    this.#pause();
  }

  #hangUp(): void {
    const sockets = [...this.#attempts];
    this.#attempts.clear();
    for (const socket of sockets) socket.destroy();
  }

  #pause(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const pause = doubled(PAUSE_MS, this.#failures, PAUSE_MS_MAX);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#dial(), pause).unref();
  }
}
