import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { known } from "../../base/assert.js";
import { LocumError } from "../../base/locum-error.js";
import type { Host } from "../../../lab/host.js";
import { Lab } from "../../../lab/lab.js";
import type { LabProcess } from "../../../lab/lab-process.js";
import { type UdpProbe, startUdpEcho, startUdpProbe } from "../../../lab/measure.js";
import { cluster, clusterWithSpares, type Topology } from "../../../lab/topology.js";
import { LocumClient } from "../../client/client.js";
import { bootClock } from "../../os/linux/libc.js";
import type { Instant } from "../../base/time.js";
import type { CandidateDocument, StatusDocument } from "../../model/status-document.js";

const LOCUM: string = fileURLToPath(new URL("../../../../bin/locum", import.meta.url));
const CONFIG_PATH = "/etc/locum/cluster.yaml";
const SECRET_PATH = "/etc/locum/secret";
const SOCKET_PATH = "/run/locum/agent.sock";
const ECHO_PORT = 7_000;
const CLIENT = "client";
const SETTLE_MS_MAX = 60_000;

export interface TrialOptions {
  /** How many nodes: web1, web2, … */
  readonly nodes: number;
  /** As in the cluster file; `lan` unless given. */
  readonly detection?: string;
  /** The `services:` part of the cluster file; unless given, `shop` with {@link SHOP_ADDRESS} on all nodes. */
  readonly services?: string;
  /** Networks of the cluster; `a` and `b` unless given. `lan` is the one that the client is on. */
  readonly networks?: readonly (keyof typeof INTERFACES)[];
  /** Of the nodes' own addresses, by which they hear each other on all networks; IPv4 unless given. */
  readonly family?: "IPv4" | "IPv6";
  /** The `paths:` of every node, or of each by its name; then eth3 is a node's second way to `lan`. */
  readonly paths?: string | Readonly<Record<string, string>>;
  /** The `capacity:` of every node. */
  readonly capacity?: string;
  /** Machines, switches and cables, the client and the nodes among them; what the other options need unless given. */
  readonly topology?: Topology;
  /** Further lines of the cluster file. */
  readonly settings?: string;
  /** Directories of which each host has its own, beside the usual ones. */
  readonly privateDirectories?: readonly string[];
  /** How long {@link Trial.until} waits at most; 60 s unless given, which an emulated processor may need to start. */
  readonly settleMsMax?: number;
}

/** Which interface of a node is on which switch. */
const INTERFACES = { lan: "eth0", a: "eth1", b: "eth2" } as const;

export const SHOP_ADDRESS = "192.168.1.1";

/**
 * Real agents on the hosts of a lab, and a client that asks for what they serve: what demo, bench and lab tests are
 * made of. Every host has its own configuration, secret, state and socket in the usual places.
 */
export class Trial {
  readonly lab: Lab;
  readonly nodes: readonly string[];
  readonly #configuration: string;
  readonly #settleMsMax: number;
  readonly #secret: string = `locum1:${randomBytes(32).toString("base64url")}\n`;
  readonly #agents = new Map<string, LabProcess>();

  private constructor(lab: Lab, nodes: readonly string[], options: TrialOptions) {
    this.lab = lab;
    this.nodes = nodes;
    this.#configuration = configurationOf(lab, nodes, options);
    this.#settleMsMax = options.settleMsMax ?? SETTLE_MS_MAX;
  }

  /** Builds the lab and starts everything but the agents. */
  static async open(options: TrialOptions): Promise<Trial> {
    const { privateDirectories = [] } = options;
    const lab = await Lab.open(options.topology ?? usualTopology(options), { privateDirectories });
    const nodes = Array.from({ length: options.nodes }, (_, index) => `web${index + 1}`);
    const trial = new Trial(lab, nodes, options);
    for (const name of nodes) await trial.#equip(name);
    return trial;
  }

  host(node: string): Host {
    return this.lab.host(node);
  }

  agent(node: string): LabProcess {
    return known(this.#agents.get(node), `an agent was started on ${node}`);
  }

  /** Starts the agent of a node; returns when it answers. */
  async startAgent(node: string): Promise<LabProcess> {
    const agent = await this.host(node).spawn([process.execPath, LOCUM, "agent", "--node", node]);
    this.#agents.set(node, agent);
    await this.until(node, () => true);
    return agent;
  }

  async startAgents(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.startAgent(node)));
  }

  /** Ends an agent, and nothing else of its host, with SIGKILL. */
  killAgent(node: string): Instant {
    return this.#signalAgent(node, "SIGKILL");
  }

  /** Tells an agent to stop in order. */
  stopAgent(node: string): Instant {
    return this.#signalAgent(node, "SIGTERM");
  }

  /** Asks for a planned move. @returns just before it was asked for. */
  async moveByHand(service: string, to: string): Promise<Instant> {
    const at = bootClock();
    await this.client(to).move(service, { to });
    return at;
  }

  /** Starts a host that was switched off, with its server and its agent. */
  async powerOn(node: string): Promise<void> {
    await this.lab.powerOn(node);
    await this.#equip(node);
    await this.startAgent(node);
  }

  /** Waits until `observer` says that the node could take every service. */
  async untilFit(node: string, observer: string): Promise<void> {
    await this.until(observer, ({ services }) =>
      Object.values(services).every(({ candidates }) => candidates.some((each) => each.node === node && each.eligible)),
    );
  }

  /** Waits until `observer` says so, and that all programs that stand by on the node could take over with what they have. */
  async untilPrepared(node: string, observer: string): Promise<void> {
    await this.until(observer, ({ services }) =>
      Object.values(services).every(({ candidates }) =>
        candidates.some((each) => each.node === node && isPrepared(each)),
      ),
    );
  }

  /** Runs a command of the CLI on a node's host. @returns its standard output. */
  locum(node: string, ...args: readonly string[]): Promise<string> {
    return this.host(node).run([process.execPath, LOCUM, ...args]);
  }

  client(node: string): LocumClient {
    return new LocumClient({ socketPath: this.host(node).outside(SOCKET_PATH) });
  }

  /** Waits until the status that a node gives is as wished. @throws {LocumError} when it takes too long. */
  async until(node: string, isWished: (status: StatusDocument) => boolean): Promise<StatusDocument> {
    const agent = this.agent(node);
    const ended = new AbortController();
    const timeout = setTimeout(() => ended.abort(), this.#settleMsMax);
    void agent.exited.then(() => ended.abort());
    try {
      const { signal } = ended;
      for await (const status of this.client(node).watch({ signal, reconnect: true })) {
        if (isWished(status)) return status;
      }
    } finally {
      clearTimeout(timeout);
    }
    const what = agent.running ? `did not settle within ${this.#settleMsMax / 1_000} s` : "ended";
    throw new LocumError({ code: "trial.not-settled", message: `The agent on ${node} ${what}:\n${agent.tail()}` });
  }

  /** Waits until every node that is up says that the service is served by this node. */
  async untilHeldBy(service: string, holder: string, seenBy: readonly string[] = [holder]): Promise<void> {
    await Promise.all(
      seenBy.map((node) =>
        this.until(node, ({ services }) => {
          const seen = services[service];
          return seen?.holder === holder && seen.state === "active";
        }),
      ),
    );
  }

  /** Waits until all nodes are sound and agree, and sees to it that this one holds the service. */
  async settle(service: string, holder: string): Promise<void> {
    const placed = await this.until(holder, (status) => isSound(status, service));
    const now = placed.services[service]?.holder ?? holder;
    if (now !== holder) {
      // Who gives it away must know so too.
      await this.until(now, (status) => isSound(status, service));
      await this.client(holder).move(service, { to: holder });
    }
    await this.untilHeldBy(service, holder, this.nodes);
  }

  /** A client that asks for the address once a millisecond. */
  startProbe(address: string = SHOP_ADDRESS): Promise<UdpProbe> {
    const host = address.includes(":") ? `[${address}]` : address;
    return startUdpProbe(this.lab.host(CLIENT), { target: `${host}:${ECHO_PORT}` });
  }

  async close(): Promise<void> {
    await this.lab.close();
  }

  async #equip(node: string): Promise<void> {
    const host = this.host(node);
    host.writeFile(CONFIG_PATH, this.#configuration);
    host.writeFile(SECRET_PATH, this.#secret, 0o600);
    await startUdpEcho(host, [`0.0.0.0:${ECHO_PORT}`, `[::]:${ECHO_PORT}`]);
  }

  #signalAgent(node: string, signal: NodeJS.Signals): Instant {
    const at = bootClock();
    this.agent(node).signal(signal);
    return at;
  }
}

const usualTopology = ({ nodes, paths }: TrialOptions): Topology =>
  (paths === undefined ? cluster : clusterWithSpares)(nodes);

function configurationOf(lab: Lab, nodes: readonly string[], options: TrialOptions): string {
  const networks = (name: string): string => {
    const { interfaces } = lab.host(name).plan;
    const address = (network: keyof typeof INTERFACES): string => {
      const own = interfaces[INTERFACES[network]]?.addresses.map((each) => each.split("/")[0] ?? "") ?? [];
      return own.find((each) => each.includes(":") === (options.family === "IPv6")) ?? "";
    };
    return `{ ${(options.networks ?? ["a", "b"]).map((each) => `${each}: "${address(each)}"`).join(", ")} }`;
  };
  const pathsOf = (name: string): string => {
    const paths = typeof options.paths === "object" ? options.paths[name] : options.paths;
    return paths === undefined ? "" : `, paths: ${paths}`;
  };
  const capacity = options.capacity === undefined ? "" : `, capacity: ${options.capacity}`;
  const services =
    options.services ?? `  shop:\n    addresses: [${SHOP_ADDRESS}/24]\n    nodes: [${nodes.join(", ")}]\n`;
  return [
    "cluster: trial",
    `secretFile: ${SECRET_PATH}`,
    `detection: ${options.detection ?? "lan"}`,
    ...(options.settings === undefined ? [] : [options.settings]),
    "nodes:",
    ...nodes.map((name) => `  ${name}: { networks: ${networks(name)}${pathsOf(name)}${capacity} }`),
    "services:",
    services,
  ].join("\n");
}

/** All nodes are there, the service is served, and each of its nodes could take it, with programs that stand by. */
function isSound({ nodes, services }: StatusDocument, service: string): boolean {
  const seen = services[service];
  const isReady = seen?.candidates.every(isPrepared);
  return isReady === true && seen?.state === "active" && Object.values(nodes).every(({ state }) => state === "up");
}

const isPrepared = ({ eligible, codes }: CandidateDocument): boolean =>
  eligible && !codes.includes("program-not-ready");
