/*
 * A node that a peer does not know is neither dialled nor heard by it, and would take that for silence: it could be one
 * that was added to some files only, or was taken out of them while its agent runs. So each node asks the peers that it
 * is not connected to whether they know it. Anybody who knows the secret and the cluster's name may ask.
 *
 *     asker --hello--> answerer
 *     asker <--membership-- answerer, which ends the connection
 *
 * No answer means nothing: the peer does not run, is slow, out of reach, or of another cluster.
 */
import type { TLSSocket } from "node:tls";
import type { NodeName } from "../../model/names.js";
import type { PeerHello, PeerMessage } from "../../model/peer-message.js";
import { MessageReader } from "./message-reader.js";
import { frameOf } from "./peer-connection.js";
import { PeerDialer, type PeerRoute } from "./peer-dialer.js";
import type { PairKey } from "./peer-key.js";

/** So long the ordinary connection has to come about before anybody is asked. */
const WAIT_MS = 200;
/** For question and answer, on both sides. */
const EXCHANGE_MS_MAX = 2_000;

export interface InquiryOptions {
  readonly routes: readonly PeerRoute[];
  readonly key: PairKey;
  readonly hello: () => PeerHello;
  readonly onAnswer: (isMember: boolean) => void;
}

/** Asks a peer again and again, in the dialer's growing pauses, until it is stopped. */
export class PeerInquiry {
  readonly #options: InquiryOptions;
  readonly #wait: NodeJS.Timeout;
  #dialer: PeerDialer | undefined;

  constructor(options: InquiryOptions) {
    this.#options = options;
    this.#wait = setTimeout(() => this.#begin(), WAIT_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#wait);
    this.#dialer?.stop();
    this.#dialer = undefined;
  }

  #begin(): void {
    const { routes, key } = this.#options;
    // A refused handshake is no answer: the keys differ, or the program there is an older one.
    this.#dialer = new PeerDialer({ routes, key, onConnected: (socket) => this.#ask(socket), onRefused: () => {} });
  }

  #ask(socket: TLSSocket): void {
    const dialer = this.#dialer;
    if (dialer === undefined) return void socket.destroy();
    socket.write(frameOf(this.#options.hello()) ?? "");
    hearOne(socket, "membership", ({ isMember }) => {
      if (this.#dialer === dialer) this.#options.onAnswer(isMember);
      socket.destroy();
    });
    socket.on("close", () => dialer.lost());
  }
}

/** Answers one question on a connection whose other end has proved that it belongs to the cluster. */
export function answerInquiry(socket: TLSSocket, isMember: (node: NodeName) => boolean): void {
  hearOne(socket, "hello", ({ node }) => socket.end(frameOf({ kind: "membership", isMember: isMember(node) }) ?? ""));
}

/** Hears the one message of an exchange, and nothing else; ends the connection that does not bring it in time. */
function hearOne<Kind extends PeerMessage["kind"]>(
  socket: TLSSocket,
  kind: Kind,
  take: (message: Extract<PeerMessage, { readonly kind: Kind }>) => void,
): void {
  const reader = new MessageReader();
  socket.unref();
  socket.on("error", () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), EXCHANGE_MS_MAX).unref();
  socket.on("close", () => clearTimeout(timer));
  const hear = (bytes: Buffer): void => {
    const messages = reader.push(bytes);
    const [first] = messages ?? [];
    if (messages !== undefined && first === undefined) return;
    socket.off("data", hear);
    if (first?.kind === "understood" && isOf(kind, first.message)) take(first.message);
    else socket.destroy();
  };
  socket.on("data", hear);
}

const isOf = <Kind extends PeerMessage["kind"]>(
  kind: Kind,
  message: PeerMessage,
): message is Extract<PeerMessage, { readonly kind: Kind }> => message.kind === kind;
