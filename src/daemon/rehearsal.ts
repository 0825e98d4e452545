import { instant, type Instant } from "../base/time.js";
import { Node } from "../core/node.js";
import type { Cluster } from "../model/cluster.js";
import type { DetectorReport } from "../model/heartbeat.js";
import type { KernelSnapshot } from "../model/kernel.js";
import { wireId, type NodeName } from "../model/names.js";
import type { NodeInput } from "../model/node-io.js";
import { NOTHING_SAVED } from "../model/node-state.js";
import { gratuitousReply, gratuitousRequest } from "../wire/arp.js";
import { unsolicitedAdvertisement } from "../wire/ndisc.js";
import { type PathHands, rehearsePaths } from "./path-rehearsal.js";
import type { KernelPort } from "./performer.js";

const ROUNDS = 40;
/** With a large cluster fewer rounds do: each is longer. */
const TIME_MS_MAX = 100;
/** Ticks until a node that is alone has taken its services. */
const TICKS = 40;

/** An address for documents (RFC 5737) with a length that no kernel accepts, on an interface that nobody serves on. */
const NOWHERE = { interface: "lo", address: "192.0.2.1", family: 4, prefixLength: 33 } as const;

const ADDRESS = new Uint8Array(4);
const ADDRESS_6 = new Uint8Array(16);
const MAC = new Uint8Array(6);

export interface RehearsalOptions {
  readonly cluster: Cluster;
  readonly self: NodeName;
  readonly snapshot: KernelSnapshot;
  readonly kernel: Pick<KernelPort, "addAddress" | "removeAddress" | keyof PathHands> & {
    readConnections(addresses: readonly string[]): unknown;
  };
}

/**
 * Goes through takeovers that are not real, before the first one is: code that has run before is several times as fast.
 * The decisions have no side effects, and the kernel refuses what it is asked for here.
 */
export function rehearse(options: RehearsalOptions): void {
  const end = performance.now() + TIME_MS_MAX;
  for (let round = 0; round < ROUNDS && performance.now() < end; round += 1) {
    rehearseDecisions(options);
    rehearsePackets();
    options.kernel.addAddress(NOWHERE);
    options.kernel.removeAddress(NOWHERE);
    options.kernel.readConnections([NOWHERE.address]);
    rehearsePaths(options.cluster, options.self, options.kernel);
  }
}

function rehearsePackets(): void {
  gratuitousRequest(ADDRESS, MAC);
  gratuitousReply(ADDRESS, MAC);
  unsolicitedAdvertisement({ address: ADDRESS_6, mac: MAC, router: false });
}

/** A node hears its peers, loses them all, and takes what they held. */
function rehearseDecisions({ cluster, self, snapshot }: RehearsalOptions): void {
  const stage = new Stage(cluster, self);
  stage.play({ kind: "started", kernel: snapshot });
  const peers = cluster.nodes.filter(({ name }) => name !== self).map(({ name }) => wireId(name));
  for (const peer of peers) for (const report of peerComes(peer, cluster)) stage.hear(report);
  for (const peer of peers)
    stage.hear({ kind: "peer-silent", peer, incarnation: 1, silence: cluster.detection.timeout });
  for (let ticks = 0; ticks < TICKS; ticks += 1) stage.tick();
}

const peerComes = (peer: number, { services }: Cluster): readonly DetectorReport[] => [
  { kind: "peer-heard", peer, incarnation: 1 },
  {
    kind: "bulletin-heard",
    peer,
    incarnation: 1,
    answered: true,
    bulletin: {
      version: 1,
      stateDigest: 0,
      claims: services.map(({ name }) => ({
        service: wireId(name),
        epoch: 1,
        state: "holding",
        target: 0,
        cause: "none",
      })),
    },
  },
];

/** A node whose clock jumps to its next deadline, and whose steps are always done. */
class Stage {
  readonly #node: Node;
  #now: Instant = instant(1_000_000);

  constructor(cluster: Cluster, self: NodeName) {
    const options = { cluster, self, incarnation: 1, program: "", saved: NOTHING_SAVED, ledger: [] };
    this.#node = new Node(this.#now, options);
  }

  hear(report: DetectorReport): void {
    this.play({ kind: "detector-reported", report });
  }

  tick(): void {
    this.#now = this.#node.deadline()?.at ?? this.#now;
    this.play({ kind: "ticked" });
  }

  play(input: NodeInput): void {
    for (const effect of this.#node.handle(this.#now, input)) {
      if ("step" in effect) this.#node.handle(this.#now, { kind: "step-done", step: effect.step });
    }
  }
}
