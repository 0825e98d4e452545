import { once } from "node:events";
import { createServer } from "node:net";
import { type Instant, instant, milliseconds, seconds } from "../../src/base/time.js";
import type { Cluster } from "../../src/model/cluster.js";
import { networkName, nodeName } from "../../src/model/names.js";
import type { NodeOptions } from "../../src/model/node-io.js";
import { NOTHING_SAVED, type NodeState } from "../../src/model/node-state.js";
import type { PeerHello } from "../../src/model/peer-message.js";
import type { PeerTalk } from "../../src/os/node/peer-connection.js";
import { PeerStreams, type PeerStreamsSetup } from "../../src/os/node/peer-streams.js";
import { nodeState } from "./node-state.js";

export const WEB1 = nodeName("web1");
export const WEB2 = nodeName("web2");
export const SECRET: Uint8Array = new Uint8Array(32).fill(7);
export const OTHER_SECRET: Uint8Array = new Uint8Array(32).fill(9);

/** Two nodes on two networks; web1 dials. */
export const pairCluster = (port: number, prefix = "127.0."): Cluster => ({
  name: "shop",
  secretFile: "/etc/locum/secret",
  port,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: seconds(60), ban: seconds(60), banMax: seconds(600) },
  networks: [
    { name: networkName("a"), ping: [] },
    { name: networkName("b"), ping: [] },
  ],
  nodes: [1, 2].map((number) => ({
    name: number === 1 ? WEB1 : WEB2,
    networks: [
      { network: networkName("a"), address: `${prefix}1.${number}` },
      { network: networkName("b"), address: `${prefix}2.${number}` },
    ],
    paths: [],
  })),
  services: [],
  hash: "abc",
});

/** What web1 of that pair starts from the first time. */
export const pairOptions: NodeOptions = {
  cluster: pairCluster(7_000),
  self: WEB1,
  incarnation: 5,
  program: "test",
  saved: NOTHING_SAVED,
  ledger: [],
};

export const stateOf = (node: typeof WEB1, incarnation: number): NodeState =>
  nodeState(node, { incarnation, program: "test" });

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What a node hears on its streams, to be waited for. */
export type Heard =
  | { readonly kind: "connected"; readonly peer: string; readonly hello: PeerHello }
  | { readonly kind: "disconnected"; readonly peer: string; readonly why: string }
  | { readonly kind: "disowned"; readonly peer: string }
  | { readonly kind: "acknowledged"; readonly peer: string }
  | { readonly kind: "message"; readonly peer: string; readonly message: PeerTalk }
  | { readonly kind: "problem"; readonly about: string; readonly problem: string | undefined };

const WAIT_MS_MAX = 60_000;

/** One node's streams, and what happened on them. */
export class StreamingNode {
  readonly streams: PeerStreams;
  readonly heard: Heard[] = [];
  now: Instant = instant(0);
  #wake: (() => void) | undefined;

  constructor(setup: PeerStreamsSetup) {
    this.streams = new PeerStreams({
      ...setup,
      program: "test",
      incarnation: () => 1,
      clock: () => this.now,
      handler: {
        onConnected: (peer, hello) => this.#add({ kind: "connected", peer, hello }),
        onDisconnected: (peer, why) => this.#add({ kind: "disconnected", peer, why }),
        onDisowned: (peer) => this.#add({ kind: "disowned", peer }),
        onAcknowledged: (peer) => this.#add({ kind: "acknowledged", peer }),
        onMessage: (peer, message) => this.#add({ kind: "message", peer, message }),
        onProblem: (about, problem) => this.#add({ kind: "problem", about, problem }),
      },
    });
  }

  /** The first thing heard, from `start` on, that fits. */
  async until<Kind extends Heard["kind"]>(
    kind: Kind,
    fits: (heard: Extract<Heard, { kind: Kind }>) => boolean = () => true,
    start = 0,
  ): Promise<Extract<Heard, { kind: Kind }>> {
    const deadline = Date.now() + WAIT_MS_MAX;
    for (;;) {
      for (const heard of this.heard.slice(start)) if (isKind(heard, kind) && fits(heard)) return heard;
      if (Date.now() > deadline) throw new Error(`no ${kind} in ${JSON.stringify(this.heard)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, WAIT_MS_MAX);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #add(heard: Heard): void {
    this.heard.push(heard);
    this.#wake?.();
  }
}

const isKind = <Kind extends Heard["kind"]>(heard: Heard, kind: Kind): heard is Extract<Heard, { kind: Kind }> =>
  heard.kind === kind;
