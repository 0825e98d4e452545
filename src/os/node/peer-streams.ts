import type { TLSSocket } from "node:tls";
import { known } from "../../base/assert.js";
import { type Instant, between } from "../../base/time.js";
import type { Cluster, NodeConfig, NodeNetwork } from "../../model/cluster.js";
import type { TcpConnection } from "../../model/kernel.js";
import { byName, type NetworkName, type NodeName, type ServiceName } from "../../model/names.js";
import type { NodeState } from "../../model/node-state.js";
import { PEER_VERSIONS, type PeerHello } from "../../model/peer-message.js";
import { agedState } from "../../model/state-age.js";
import { frameOf, PeerConnection, type PeerTalk } from "./peer-connection.js";
import { PeerDialer, type PeerRoute } from "./peer-dialer.js";
import { answerInquiry, PeerInquiry } from "./peer-inquiry.js";
import { inquiryKey, type PairKey, pairKey } from "./peer-key.js";
import { PeerListener } from "./peer-listener.js";

/** What can change while the program runs. */
export interface PeerStreamsSetup {
  readonly cluster: Cluster;
  readonly self: NodeName;
  /** All keys of the secret file; the first is used, all are accepted. */
  readonly secrets: readonly Uint8Array[];
}

export interface PeerStreamsHandler {
  readonly onConnected: (peer: NodeName, hello: PeerHello) => void;
  readonly onDisconnected: (peer: NodeName, why: string) => void;
  readonly onMessage: (peer: NodeName, message: PeerTalk) => void;
  /** A peer answered that this node is not in its cluster file; said again as long as that is so. */
  readonly onDisowned: (peer: NodeName) => void;
  /** A peer that had disowned this node knows it. */
  readonly onAcknowledged: (peer: NodeName) => void;
  /** What is wrong with a peer's stream, or at one of our own addresses; undefined: nothing any more. */
  readonly onProblem: (about: string, problem: string | undefined) => void;
}

export interface PeerStreamsOptions extends PeerStreamsSetup {
  readonly program: string;
  readonly incarnation: () => number;
  readonly clock: () => Instant;
  readonly handler: PeerStreamsHandler;
}

/** What was received and not used, since the start. */
export interface PeerStreamCounters {
  /** Messages of kinds that a later version may have. */
  unknown: number;
  malformed: number;
  /** Connections that did not prove a key. */
  refused: number;
  /** Connections beyond the number that one source may have. */
  turnedAway: number;
}

export type RelayMessage = Extract<PeerTalk, { readonly kind: `relayed-${string}` }>;

/** Whom a connection that is accepted may come from. */
interface Caller {
  readonly peer: NodeName;
  readonly pair: PairKey;
}

/**
 * The streams between this node and all others, one for each pair. The node with the smaller name dials; the other one
 * takes whichever connection last greeted it. Whoever connects is told the latest state at once.
 */
export class PeerStreams {
  readonly counters: PeerStreamCounters = { unknown: 0, malformed: 0, refused: 0, turnedAway: 0 };
  readonly #options: PeerStreamsOptions;
  /** The one connection to each peer that has greeted. */
  readonly #current = new Map<NodeName, PeerConnection>();
  /** All connections, those before their greeting too. */
  readonly #open = new Set<PeerConnection>();
  readonly #dialers = new Map<NodeName, PeerDialer>();
  /** One for each peer, at rest while it is connected. */
  readonly #inquiries = new Map<NodeName, PeerInquiry>();
  /** Peers that do not know this node, by what they answered last. */
  readonly #disowners = new Set<NodeName>();
  readonly #clients = new Map<ServiceName, Uint8Array | undefined>();
  #setup: PeerStreamsSetup;
  #callers: ReadonlyMap<string, Caller> = new Map();
  #inquiryKeys: ReadonlyMap<string, Uint8Array> = new Map();
  #listeners: readonly PeerListener[] = [];
  #state: { readonly state: NodeState; readonly at: Instant } | undefined;

  constructor(options: PeerStreamsOptions) {
    this.#options = options;
    this.#setup = options;
    this.#begin();
  }

  /** Replaces configuration and keys. When that touches any stream, all are made anew, which takes milliseconds. */
  reconfigure(setup: PeerStreamsSetup): void {
    if (signatureOf(setup) === signatureOf(this.#setup)) return;
    this.close();
    const subjects = new Set(subjectsOf(setup));
    for (const gone of subjectsOf(this.#setup).filter((each) => !subjects.has(each))) {
      this.#options.handler.onProblem(gone, undefined);
    }
    this.#setup = setup;
    this.#begin();
  }

  publishState(state: NodeState): void {
    this.#state = { state, at: this.#options.clock() };
    this.#broadcast(frameOf({ kind: "state", state }));
  }

  /** The clients of a service, for those who may take it over; none ends the matter. */
  publishConnections(service: ServiceName, connections: readonly TcpConnection[]): void {
    const frame = frameOf({ kind: "connections", service, connections });
    if (connections.length === 0) this.#clients.delete(service);
    else this.#clients.set(service, frame);
    this.#broadcast(frame);
  }

  /** @returns false when the peer is not connected; true does not mean that it arrived. */
  send(peer: NodeName, message: PeerTalk): boolean {
    const connection = this.#current.get(peer);
    connection?.send(frameOf(message));
    return connection !== undefined;
  }

  /** Passes on what a third node says to those of the peers that are connected; of what waits, only the newest stays. */
  relay(to: readonly NodeName[], message: RelayMessage): void {
    const about = message.kind === "relayed-state" ? message.state.node : message.relayed.node;
    const frame = frameOf(message);
    for (const peer of to) this.#current.get(peer)?.sendNewest(`${message.kind} ${about}`, frame);
  }

  /** The peer was heard in another way: if it is not connected, now is the time. */
  nudge(peer: NodeName): void {
    this.#dialers.get(peer)?.nudge();
  }

  /** The peer is no longer heard on a network: a stream there is given up at once, without waiting for its timeout. */
  networkLost(peer: NodeName, network: NetworkName): void {
    const { cluster, self } = this.#setup;
    const own = cluster.nodes.find(({ name }) => name === self)?.networks.find((each) => each.network === network);
    const connection = this.#current.get(peer);
    if (own !== undefined && connection?.localAddress === own.address) connection.close(`network ${network} is lost`);
  }

  /** The peers that can be talked to now, and our address of the connection. */
  get connected(): readonly { readonly peer: NodeName; readonly localAddress: string }[] {
    return [...this.#current.values()].map(({ peer, localAddress }) => ({ peer, localAddress }));
  }

  /** Ends all streams. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
    for (const dialer of this.#dialers.values()) dialer.stop();
    for (const inquiry of this.#inquiries.values()) inquiry.stop();
    this.#listeners = [];
    this.#dialers.clear();
    this.#inquiries.clear();
    for (const connection of this.#open) connection.close("this node ended it");
  }

  #begin(): void {
    const { cluster, self, secrets } = this.#setup;
    const own = this.#ownNetworks;
    const peers = cluster.nodes.filter(({ name }) => name !== self);
    const known = new Set(peers.flatMap(({ networks }) => networks.map(({ address }) => address)));
    this.#callers = this.#callersAmong(peers);
    const inquiryKeys = secrets.map((secret) => inquiryKey(secret, { cluster: cluster.name, acceptor: self }));
    this.#inquiryKeys = new Map(inquiryKeys.map(({ identity, key }) => [identity, key]));
    this.#listeners = own.map(({ address }) => this.#listen(address, known));
    for (const peer of peers) if (byName(self, peer.name) < 0) this.#dial(peer, own);
    for (const peer of peers) this.#inquire(peer);
    for (const name of this.#disowners) if (!this.#inquiries.has(name)) this.#disowners.delete(name);
  }

  get #ownNetworks(): readonly NodeNetwork[] {
    const { cluster, self } = this.#setup;
    return cluster.nodes.find(({ name }) => name === self)?.networks ?? [];
  }

  /** By the identities that they may call themselves: one for each key. */
  #callersAmong(peers: readonly NodeConfig[]): ReadonlyMap<string, Caller> {
    const { cluster, self, secrets } = this.#setup;
    const callers = peers
      .filter(({ name }) => byName(name, self) < 0)
      .flatMap(({ name: peer }) =>
        secrets.map((secret): Caller => {
          const pair = pairKey(secret, { cluster: cluster.name, dialer: peer, acceptor: self });
          return { peer, pair };
        }),
      );
    return new Map(callers.map((caller) => [caller.pair.identity, caller]));
  }

  #listen(address: string, known: ReadonlySet<string>): PeerListener {
    return new PeerListener({
      address,
      port: this.#setup.cluster.port,
      known,
      tls: {
        keyOf: (identity) => this.#callers.get(identity)?.pair.key ?? this.#inquiryKeys.get(identity),
        onSecure: (socket, identity) => this.#accept(socket, identity),
        onRefused: (from) => this.#refusedCaller(from),
      },
      onTurnedAway: () => (this.counters.turnedAway += 1),
      onProblem: (problem) => this.#options.handler.onProblem(address, problem),
    });
  }

  #accept(socket: TLSSocket, identity: string): void {
    const { nodes } = this.#setup.cluster;
    if (this.#inquiryKeys.has(identity))
      return answerInquiry(socket, (node) => nodes.some(({ name }) => name === node));
    const caller = this.#callers.get(identity);
    // The keys were changed during the handshake.
    if (caller === undefined) return void socket.destroy();
    this.#greet(socket, caller.peer);
  }

  /** Somebody without a key of ours: worth a word only when it comes from where a peer is. */
  #refusedCaller(from: string | undefined): void {
    this.counters.refused += 1;
    const { nodes } = this.#setup.cluster;
    const peer = nodes.find(({ networks }) => networks.some(({ address }) => address === from));
    if (peer !== undefined) this.#options.handler.onProblem(peer.name, KEYS_DIFFER);
  }

  #dial(peer: NodeConfig, own: readonly NodeNetwork[]): void {
    const { cluster, self, secrets } = this.#setup;
    const secret = known(secrets[0], "a secret file has a key");
    this.#dialers.set(
      peer.name,
      new PeerDialer({
        routes: routesBetween(own, peer.networks, cluster.port),
        key: pairKey(secret, { cluster: cluster.name, dialer: self, acceptor: peer.name }),
        onConnected: (socket) => this.#greet(socket, peer.name),
        onRefused: () => {
          if (!this.#disowners.has(peer.name)) this.#options.handler.onProblem(peer.name, KEYS_DIFFER);
        },
      }),
    );
  }

  #inquire(peer: NodeConfig): void {
    const { cluster, secrets } = this.#setup;
    const secret = known(secrets[0], "a secret file has a key");
    this.#inquiries.set(
      peer.name,
      new PeerInquiry({
        routes: routesBetween(this.#ownNetworks, peer.networks, cluster.port),
        key: inquiryKey(secret, { cluster: cluster.name, acceptor: peer.name }),
        hello: () => this.#hello(),
        onAnswer: (isMember) => (isMember ? this.#acknowledged(peer.name) : this.#disowned(peer.name)),
      }),
    );
  }

  #disowned(peer: NodeName): void {
    const { handler } = this.#options;
    this.#disowners.add(peer);
    // Its refusal of the ordinary connection is explained.
    handler.onProblem(peer, undefined);
    handler.onDisowned(peer);
  }

  #acknowledged(peer: NodeName): void {
    if (this.#disowners.delete(peer)) this.#options.handler.onAcknowledged(peer);
  }

  #greet(socket: TLSSocket, peer: NodeName): void {
    const { handler } = this.#options;
    const connection: PeerConnection = new PeerConnection(
      { socket, peer, hello: this.#hello() },
      {
        onGreeted: (hello) => this.#welcome(connection, hello),
        onMessage: (message) => handler.onMessage(peer, message),
        onClosed: (why, isFault) => this.#part(connection, why, isFault),
        onUnusable: (what) => (this.counters[what] += 1),
      },
    );
    this.#open.add(connection);
  }

  #hello(): PeerHello {
    const { cluster, self } = this.#setup;
    const { program, incarnation } = this.#options;
    return {
      kind: "hello",
      node: self,
      versions: PEER_VERSIONS,
      incarnation: incarnation(),
      program,
      configHash: cluster.hash,
    };
  }

  #welcome(connection: PeerConnection, hello: PeerHello): void {
    const { handler } = this.#options;
    const { peer } = connection;
    const previous = this.#current.get(peer);
    this.#current.set(peer, connection);
    previous?.close("a newer connection takes its place");
    this.#inquiries.get(peer)?.stop();
    this.#acknowledged(peer);
    this.#sendState(connection);
    for (const frame of this.#clients.values()) connection.send(frame);
    handler.onProblem(peer, undefined);
    handler.onConnected(peer, hello);
  }

  #sendState(connection: PeerConnection): void {
    if (this.#state === undefined) return;
    const { state, at } = this.#state;
    connection.send(frameOf({ kind: "state", state: agedState(state, between(at, this.#options.clock())) }));
  }

  #part(connection: PeerConnection, why: string, isFault: boolean): void {
    const { handler } = this.#options;
    const { peer } = connection;
    this.#open.delete(connection);
    if (isFault) handler.onProblem(peer, why);
    this.#dialers.get(peer)?.lost();
    if (this.#current.get(peer) !== connection) return;
    this.#current.delete(peer);
    const config = this.#setup.cluster.nodes.find(({ name }) => name === peer);
    if (config !== undefined && this.#inquiries.has(peer)) this.#inquire(config);
    handler.onDisconnected(peer, why);
  }

  #broadcast(frame: Uint8Array | undefined): void {
    for (const connection of this.#current.values()) connection.send(frame);
  }
}

const KEYS_DIFFER = "its secret file has another key than ours, or it calls the cluster or the nodes by other names";

/** What problems are about: peers, and our own addresses. */
const subjectsOf = ({ cluster: { nodes }, self }: PeerStreamsSetup): readonly string[] =>
  nodes.flatMap(({ name, networks }) => (name === self ? networks.map(({ address }) => address) : [name]));

/** All that streams depend on. */
const signatureOf = ({ cluster, self, secrets }: PeerStreamsSetup): string =>
  JSON.stringify([cluster.name, cluster.port, cluster.hash, cluster.nodes, self, secrets.map((key) => [...key])]);

function routesBetween(
  own: readonly NodeNetwork[],
  theirs: readonly NodeNetwork[],
  port: number,
): readonly PeerRoute[] {
  return own.flatMap(({ network, address: from }) =>
    theirs.filter((their) => their.network === network).map(({ address: to }) => ({ from, to, port })),
  );
}
