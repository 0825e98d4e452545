import type { TLSSocket } from "node:tls";
import { unreachable } from "../../base/assert.js";
import type { NodeName } from "../../model/names.js";
import {
  commonVersion,
  PEER_VERSIONS,
  type PeerHello,
  type PeerMembership,
  type PeerMessage,
} from "../../model/peer-message.js";
import { encodeFrame, FRAME_MAX } from "../../wire/peer-frame.js";
import type { ParsedMessage } from "../../wire/peer-message.js";
import { MessageReader } from "./message-reader.js";

/** A peer that leaves more unread than this is given up; it may come again. */
const UNREAD_MAX: number = 2 * FRAME_MAX;
const HELLO_MS_MAX = 3_000;
const CLOSE_MS_MAX = 1_000;

/** What is said once the two have greeted each other. */
export type PeerTalk = Exclude<PeerMessage, PeerHello | PeerMembership>;

export interface ConnectionHandler {
  /** Both know whom they talk to and in which version. */
  readonly onGreeted: (hello: PeerHello) => void;
  readonly onMessage: (message: PeerTalk) => void;
  /** `isFault`: the peer did what no peer should, and will do it again. */
  readonly onClosed: (why: string, isFault: boolean) => void;
  /** Something was received that can't be used. */
  readonly onUnusable: (what: "unknown" | "malformed") => void;
}

export interface ConnectionOptions {
  readonly socket: TLSSocket;
  readonly peer: NodeName;
  /** What this side says of itself. */
  readonly hello: PeerHello;
}

/** One authenticated connection: greeting, then messages, until it closes once and for all. */
export class PeerConnection {
  readonly peer: NodeName;
  readonly localAddress: string;
  readonly #socket: TLSSocket;
  readonly #handler: ConnectionHandler;
  readonly #reader = new MessageReader();
  readonly #helloTimer: NodeJS.Timeout;
  readonly #self: NodeName;
  /** What waits for the peer to read, by what it replaces: a kind of message about a node. */
  readonly #newest = new Map<string, Uint8Array>();
  #greeted = false;
  #closed = false;

  constructor({ socket, peer, hello }: ConnectionOptions, handler: ConnectionHandler) {
    this.peer = peer;
    this.localAddress = socket.localAddress ?? "";
    this.#self = hello.node;
    this.#socket = socket;
    this.#handler = handler;
    this.#helloTimer = setTimeout(() => this.close("it did not greet", true), HELLO_MS_MAX).unref();
    socket.unref();
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("drain", () => this.#sendWaiting());
    socket.on("error", (error) => this.close(error.message));
    socket.on("close", () => this.close("it was closed"));
    this.send(frameOf(hello));
  }

  /** @param frame from {@link frameOf}. */
  send(frame: Uint8Array | undefined): void {
    if (this.#closed || frame === undefined) return;
    this.#socket.write(frame);
    if (this.#socket.writableLength > UNREAD_MAX) this.close("it does not read", true);
  }

  /** While the peer does not keep up, only the newest frame of those with the same key is kept for it. */
  sendNewest(key: string, frame: Uint8Array | undefined): void {
    if (frame === undefined) return;
    if (this.#socket.writableNeedDrain) this.#newest.set(key, frame);
    else this.send(frame);
  }

  #sendWaiting(): void {
    for (const [key, frame] of this.#newest) {
      if (this.#socket.writableNeedDrain) return;
      this.#newest.delete(key);
      this.send(frame);
    }
  }

  close(why: string, isFault = false): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#helloTimer);
    this.#handler.onClosed(why, isFault);
    if (this.#socket.writableLength > UNREAD_MAX) this.#socket.destroy();
    // What was written last, such as our hello that tells our version, shall still arrive.
    else this.#socket.end();
    setTimeout(() => this.#socket.destroy(), CLOSE_MS_MAX).unref();
  }

  #take(bytes: Uint8Array): void {
    if (this.#closed) return;
    const messages = this.#reader.push(bytes);
    if (messages === undefined) return this.close("it sends no frames", true);
    for (const parsed of messages) this.#read(parsed);
  }

  #read(parsed: ParsedMessage): void {
    if (this.#closed) return;
    switch (parsed.kind) {
      case "understood":
        return this.#understand(parsed.message);
      case "unknown":
      case "malformed":
        return this.#handler.onUnusable(parsed.kind);
      default:
        return unreachable(parsed);
    }
  }

  #understand(message: PeerMessage): void {
    if (message.kind === "hello" && !this.#greeted) this.#greet(message);
    else if (isTalk(message) && this.#greeted && this.#mayPeerSay(message)) this.#handler.onMessage(message);
    else this.#handler.onUnusable("malformed");
  }

  /** Everybody speaks for himself; what is passed on is about a third node. */
  #mayPeerSay(message: PeerTalk): boolean {
    switch (message.kind) {
      case "state":
        return message.state.node === this.peer;
      case "relayed-state":
        return this.#isThird(message.state.node);
      case "relayed-bulletin":
        return this.#isThird(message.relayed.node);
      default:
        return true;
    }
  }

  #isThird(node: NodeName): boolean {
    return node !== this.peer && node !== this.#self;
  }

  #greet(hello: PeerHello): void {
    if (hello.node !== this.peer) return this.close(`it calls itself ${hello.node}`, true);
    if (commonVersion(PEER_VERSIONS, hello.versions) === undefined) return this.close(versionProblem(hello), true);
    clearTimeout(this.#helloTimer);
    this.#greeted = true;
    this.#handler.onGreeted(hello);
  }
}

const isTalk = (message: PeerMessage): message is PeerTalk => message.kind !== "hello" && message.kind !== "membership";

const versionProblem = ({ versions: { min, max }, program }: PeerHello): string =>
  `its program ${program} speaks versions ${min} to ${max} of peer messages, ours ${PEER_VERSIONS.min} to ` +
  `${PEER_VERSIONS.max}: update the older one`;

/** A message ready to be sent to any number of peers; undefined when it is too long for a frame. */
export const frameOf = (message: PeerMessage): Uint8Array | undefined =>
  encodeFrame(new TextEncoder().encode(JSON.stringify(message)));
