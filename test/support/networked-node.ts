/**
 * The decisions of one node, web3, that hears web1 and web2 on two networks: what it hears, and who claims what, is said by
 * the test. Its kernel does what it is told at once.
 */
import { type Instant, instant, milliseconds } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import type { Cluster, ServiceConfig } from "../../src/model/cluster.js";
import type { CommandOutcome } from "../../src/model/command.js";
import type { ErrandEffect } from "../../src/model/errand.js";
import type { FenceConfig } from "../../src/model/fencing.js";
import type { ClaimBrief, DetectorReport } from "../../src/model/heartbeat.js";
import type { KernelAddress, KernelLink } from "../../src/model/kernel.js";
import { networkName, nodeName, serviceName, wireId } from "../../src/model/names.js";
import type { NodeEffect, NodeInput, RouteEffect, StepProblem } from "../../src/model/node-io.js";
import { NOTHING_SAVED, type NodeState, type SavedState } from "../../src/model/node-state.js";
import type { Note } from "../../src/model/note.js";
import type { KeptPrograms, ProgramEffect } from "../../src/model/program.js";
import type { NodeView } from "../../src/model/status.js";

const NODES = ["web1", "web2", "web3"];
const SELF = "web3";
export const NETWORKS: Readonly<Record<string, string>> = { a: "10.1.1", b: "20.1.1" };
/** The service's own network, which carries no heartbeats. */
const LAN = "lan";

export const SHOP: ServiceConfig = {
  name: serviceName("shop"),
  addresses: [{ address: "192.168.1.1", family: 4, prefixLength: 24 }],
  nodes: NODES.map(nodeName),
  failback: { kind: "never" },
};

export interface NetworkedNodeOptions {
  readonly service?: Partial<ServiceConfig>;
  readonly others?: readonly ServiceConfig[];
  /** Whether web3 has an interface in the service's own subnet. */
  readonly lan?: boolean;
  /** What an earlier run of its agent left on disk. */
  readonly saved?: SavedState;
  /** Targets of each network that answer ping while it works. */
  readonly ping?: readonly string[];
  /** How each node is fenced, if it can be. */
  readonly fence?: FenceConfig;
  /** And in the hands of its program host. */
  readonly programs?: KeptPrograms;
}

export class NetworkedNode {
  now: Instant = instant(1_000_000);
  readonly notes: Note[] = [];
  /** Routes of ours in the kernel. */
  routes: readonly string[] = [];
  /** Where there may be some, as it is on record. */
  recorded: readonly string[] | undefined;
  /** Routes that were put in without being on record. */
  readonly unrecorded: string[] = [];
  /** What was removed when no other route was there. */
  readonly emptyMoments: string[] = [];
  /** Why the kernel takes no route now. */
  refusal: StepProblem | undefined;
  hasExited = false;
  /** What was ordered of programs. */
  readonly orders: ProgramEffect[] = [];
  /** Commands that were to be run. */
  readonly errands: ErrandEffect[] = [];
  /** What became of commands, by their ids. */
  readonly outcomes: Map<string, CommandOutcome> = new Map();
  /** What its peers were told of it last. */
  told: NodeState | undefined;
  readonly #node: Node;
  readonly #links: Map<string, KernelLink>;
  #bulletin = 0;

  constructor(options: NetworkedNodeOptions = {}) {
    const { service = {}, others = [], lan = true, saved = NOTHING_SAVED, ping = [], programs, fence } = options;
    const names = [...Object.keys(NETWORKS), ...(lan ? [LAN] : [])];
    this.#links = new Map(names.map((name, index) => [name, linkOf(name, index + 2)]));
    const cluster = clusterOf([{ ...SHOP, ...service }, ...others], ping);
    this.#node = new Node(this.now, {
      cluster: { ...cluster, nodes: cluster.nodes.map((node) => (fence === undefined ? node : { ...node, fence })) },
      self: nodeName(SELF),
      incarnation: 1,
      program: "1",
      saved,
      ledger: [],
    });
    const kernel = { links: [...this.#links.values()], addresses: this.#addresses() };
    this.take({ kind: "started", kernel, ...(programs === undefined ? {} : { programs }) });
    for (const peer of NODES.slice(0, 2)) {
      this.report({ kind: "peer-heard", peer: idOf(peer), incarnation: 1 });
      for (const network of Object.keys(NETWORKS)) this.hear(peer, network, true);
    }
  }

  /** Packets of a peer, and to it, begin or cease to arrive on a network. */
  hear(peer: string, network: string, heard: boolean): void {
    this.hearing(SELF, peer, network, heard);
    this.hearing(peer, SELF, network, heard);
  }

  hearing(observer: string, subject: string, network: string, heard: boolean): void {
    const pair = { observer: idOf(observer), subject: idOf(subject), network: wireId(networkName(network)) };
    this.report({ kind: "hearing-changed", ...pair, heard });
  }

  /** What a peer claims from now on. */
  claim(peer: string, epoch: number, state: ClaimBrief["state"] = "holding"): void {
    this.#bulletin += 1;
    const service = wireId(SHOP.name);
    const claims: readonly ClaimBrief[] = [{ service, epoch, state, target: 0, cause: "none" }];
    const bulletin = { version: this.#bulletin, stateDigest: 0, claims };
    this.report({ kind: "bulletin-heard", peer: idOf(peer), incarnation: 1, answered: true, bulletin });
  }

  /** A peer says that it claims nothing. */
  claimNothing(peer: string): void {
    this.#bulletin += 1;
    const bulletin = { version: this.#bulletin, stateDigest: 0, claims: [] };
    this.report({ kind: "bulletin-heard", peer: idOf(peer), incarnation: 1, answered: true, bulletin });
  }

  silence(peer: string): void {
    for (const network of Object.keys(NETWORKS)) this.hear(peer, network, false);
    this.report({ kind: "peer-silent", peer: idOf(peer), incarnation: 1, silence: milliseconds(100) });
  }

  carrier(name: string, carrier: boolean): void {
    const link = { ...(this.#links.get(name) ?? linkOf(name, 0)), carrier };
    this.#links.set(name, link);
    this.take({ kind: "link-changed", link });
  }

  /** The targets of all networks answer, or do not. */
  pinged(reachable: boolean): void {
    for (const network of Object.keys(NETWORKS))
      this.take({ kind: "ping-judged", network: networkName(network), reachable });
  }

  /** Somebody else removes all routes of ours. */
  dropRoutes(): void {
    this.routes = [];
  }

  view(): NodeView {
    return this.#node.view(this.now);
  }

  /** Lets time pass, with every deadline served at its moment. */
  pass(ms: number): void {
    const end = instant(this.now + ms * 1_000);
    for (let due = this.#node.deadline(); due !== undefined && due.at <= end; due = this.#node.deadline()) {
      this.now = instant(Math.max(due.at, this.now));
      this.take({ kind: "ticked" });
    }
    this.now = end;
  }

  report(report: DetectorReport): void {
    this.take({ kind: "detector-reported", report });
  }

  take(input: NodeInput): void {
    const inputs = [input];
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      for (const effect of this.#node.handle(this.now, next)) inputs.push(...this.#perform(effect));
    }
  }

  #perform(effect: NodeEffect): readonly NodeInput[] {
    if (effect.kind === "note") this.notes.push(effect.note);
    if (effect.kind === "exit") this.hasExited = true;
    if (effect.kind === "publish-state") this.told = effect.state;
    if (effect.kind === "answer-command") this.outcomes.set(effect.id, effect.outcome);
    if (effect.kind === "run-errand") this.errands.push(effect);
    if (isProgramOrder(effect)) this.orders.push(effect);
    if (effect.kind === "record-routes") this.recorded = effect.addresses;
    if (effect.kind === "add-route" || effect.kind === "remove-route") return [this.#changeRoute(effect)];
    return "step" in effect && effect.step !== undefined ? [{ kind: "step-done", step: effect.step }] : [];
  }

  #changeRoute({ kind, step, route }: Extract<RouteEffect, { readonly step: number }>): NodeInput {
    const text = `${route.address} via ${route.gateway} dev ${route.interface}`;
    const isThere = this.routes.includes(text);
    if (kind === "add-route") {
      if (isThere) return failed(step, { code: "EEXIST", message: "File exists" });
      if (this.refusal !== undefined) return failed(step, this.refusal);
      if (this.recorded?.includes(route.address) !== true) this.unrecorded.push(text);
      this.routes = [...this.routes, text];
      return { kind: "step-done", step };
    }
    if (!isThere) return failed(step, { code: "ESRCH", message: "No such process" });
    this.routes = this.routes.filter((each) => each !== text);
    if (this.routes.length === 0) this.emptyMoments.push(text);
    return { kind: "step-done", step };
  }

  #addresses(): readonly KernelAddress[] {
    const subnets = { ...NETWORKS, [LAN]: "192.168.1" };
    return Object.entries(subnets).flatMap(([name, subnet]): readonly KernelAddress[] => {
      const linkIndex = this.#links.get(name)?.index;
      const host = name === LAN ? 103 : 3;
      return linkIndex === undefined
        ? []
        : [{ linkIndex, family: 4, address: `${subnet}.${host}`, prefixLength: 24, flags: 0 }];
    });
  }
}

const failed = (step: number, problem: StepProblem): NodeInput => ({ kind: "step-failed", step, problem });

const idOf = (node: string): number => wireId(nodeName(node));

const linkOf = (name: string, index: number): KernelLink => ({
  index,
  name,
  mac: `02:00:00:00:00:0${index}`,
  up: true,
  carrier: true,
  mtu: 1_500,
});

export const clusterOf = (services: readonly ServiceConfig[], ping: readonly string[]): Cluster => ({
  name: "shop",
  secretFile: "/etc/locum/secret",
  port: 4_994,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: milliseconds(600_000), ban: milliseconds(60_000), banMax: milliseconds(3_600_000) },
  networks: Object.keys(NETWORKS).map((name) => ({ name: networkName(name), ping })),
  nodes: NODES.map((name, index) => ({
    name: nodeName(name),
    networks: Object.entries(NETWORKS).map(([network, subnet]) => ({
      network: networkName(network),
      address: `${subnet}.${index + 1}`,
    })),
    paths: [],
  })),
  services,
  hash: "0".repeat(64),
});

const PROGRAM_ORDERS: ReadonlySet<NodeEffect["kind"]> = new Set<NodeEffect["kind"]>([
  "start-program",
  "stop-program",
  "kill-program",
  "tell-role",
  "watch-program",
  "probe-program",
  "end-stray",
]);

const isProgramOrder = (effect: NodeEffect): effect is ProgramEffect => PROGRAM_ORDERS.has(effect.kind);
