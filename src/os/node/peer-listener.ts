import type { Socket } from "node:net";
import type { Server } from "node:tls";
import { endWhenDead, makeTlsServer, type TlsHandler } from "./peer-tls.js";

/** Connections at once from one address of a peer: more than its dialling on all networks ever makes. */
const PER_PEER_MAX = 8;
/** Connections at once from all other addresses together. They cannot get far, but could be many. */
const STRANGERS_MAX = 8;
const RETRY_MS = 1_000;
const BACKLOG_MAX = 64;

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  /** Addresses of the configured peers. */
  readonly known: ReadonlySet<string>;
  readonly tls: TlsHandler;
  readonly onTurnedAway: () => void;
  /** Why nobody can connect at this address; undefined: now they can. */
  readonly onProblem: (problem: string | undefined) => void;
}

/** Listens on one of the node's own addresses, or tries to until it can. */
export class PeerListener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #openBySource = new Map<string, number>();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = makeTlsServer(options.tls);
    // Before the handshake begins, which the server's own listener does.
    this.#server.prependListener("connection", (socket: Socket) => this.#admit(socket));
    this.#server.on("listening", () => options.onProblem(undefined));
    this.#server.on("error", (error) => this.#refused(error));
    this.#server.unref();
    this.#listen();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#server.close();
  }

  #listen(): void {
    const { address: host, port } = this.#options;
    this.#server.listen({ host, port, backlog: BACKLOG_MAX, exclusive: true });
  }

  #refused(error: Error): void {
    this.#options.onProblem(error.message);
    if (!this.#closed) this.#retry = setTimeout(() => this.#listen(), RETRY_MS).unref();
  }

  #admit(socket: Socket): void {
    const source = this.#sourceOf(socket);
    const open = this.#openBySource.get(source) ?? 0;
    if (open >= (source === STRANGER ? STRANGERS_MAX : PER_PEER_MAX)) {
      this.#options.onTurnedAway();
      socket.destroy();
      return;
    }
    this.#openBySource.set(source, open + 1);
    socket.on("close", () => this.#openBySource.set(source, (this.#openBySource.get(source) ?? 1) - 1));
    socket.unref();
    endWhenDead(socket);
  }

  #sourceOf(socket: Socket): string {
    const address = socket.remoteAddress ?? "";
    return this.#options.known.has(address) ? address : STRANGER;
  }
}

/** Stands for all addresses that are no peer's. */
const STRANGER = "stranger";
