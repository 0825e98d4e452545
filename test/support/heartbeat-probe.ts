import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { milliseconds, seconds, type Duration } from "../../src/base/time.js";
import { HeartbeatLink } from "../../src/daemon/heartbeat/heartbeat-link.js";
import type { HeartbeatMessage } from "../../src/daemon/heartbeat/heartbeat-protocol.js";
import type { Cluster } from "../../src/model/cluster.js";
import type { DetectorReport } from "../../src/model/heartbeat.js";
import { networkName, nodeName, wireId } from "../../src/model/names.js";

/** Longer than any start of a thread on a busy machine; only a failing test waits so long. */
const PATIENCE_MS = 20_000;
export const PROBE_SECRET: Uint8Array = new Uint8Array(32).fill(7);

export interface ProbeClusterOptions {
  readonly nodes: number;
  readonly port: number;
  readonly timeout: Duration;
  /** By network: what comes before the number of the node. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** A cluster of nodes n1, n2, … on the given networks. */
export function probeCluster({ nodes, port, timeout, addresses }: ProbeClusterOptions): Cluster {
  const networks = Object.entries(addresses).map(([name, prefix]) => ({ network: networkName(name), prefix }));
  return {
    name: "test",
    secretFile: "/nonexistent",
    port,
    detection: { interval: milliseconds(25), timeout },
    damping: { failures: 3, within: seconds(60), ban: seconds(60), banMax: seconds(600) },
    networks: networks.map(({ network }) => ({ name: network, ping: [] })),
    nodes: Array.from({ length: nodes }, (_, index) => ({
      name: nodeName(`n${index + 1}`),
      networks: networks.map(({ network, prefix }) => ({ network, address: `${prefix}${index + 1}` })),
      paths: [],
    })),
    services: [],
    hash: "12345678abcdef",
  };
}

type ReportOf<Kind extends DetectorReport["kind"]> = Extract<DetectorReport, { readonly kind: Kind }>;

/** A real heartbeat thread whose messages a test can await. */
export class HeartbeatProbe {
  readonly id: number;
  readonly link: HeartbeatLink;
  #messages: HeartbeatMessage[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(context: TestContext, cluster: Cluster, node: number) {
    const self = nodeName(`n${node}`);
    this.id = wireId(self);
    this.link = new HeartbeatLink({
      setup: { cluster, secrets: [PROBE_SECRET] },
      self,
      incarnation: 1_000 + node,
      onMessage: (message) => {
        this.#messages.push(message);
        for (const look of this.#waiting) look();
      },
      onDeath: (problem) => assert.fail(problem),
    });
    context.after(() => this.link.end());
  }

  /** What came so far does not count for what is awaited from now on. */
  forget(): void {
    this.#messages = [];
  }

  /** The first message, past or future, that passes. */
  async message<Found>(pick: (message: HeartbeatMessage) => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new assert.AssertionError({ message: `not among ${JSON.stringify(this.#messages)}` }));
      }, PATIENCE_MS);
      const look = (): void => {
        const found = this.#messages.map(pick).find((picked) => picked !== undefined);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async started(): Promise<Extract<HeartbeatMessage, { readonly kind: "started" }>> {
    return this.message((message) => (message.kind === "started" ? message : undefined));
  }

  async report<Kind extends DetectorReport["kind"]>(
    kind: Kind,
    accept: (report: ReportOf<Kind>) => boolean = () => true,
  ): Promise<ReportOf<Kind>> {
    const isWanted = (report: DetectorReport): report is ReportOf<Kind> =>
      report.kind === kind && accept(report as ReportOf<Kind>);
    return this.message((message) => (message.kind === "reported" ? message.reports.find(isWanted) : undefined));
  }
}
