import { programConfig, programsConfig } from "../support/program-config.js";
import { matchesFilter } from "../../src/api/event-filter.js";
import type { AgentPort, EventFilter, Measurement } from "../../src/api/agent-port.js";
import { type Instant, instant, milliseconds, seconds } from "../../src/base/time.js";
import type { Cluster } from "../../src/model/cluster.js";
import type { Command, CommandOutcome } from "../../src/model/command.js";
import type { AddressOutlook } from "../../src/model/eligibility.js";
import type { AgentEvent } from "../../src/model/event.js";
import { type ServiceName, networkName, nodeName, serviceName } from "../../src/model/names.js";
import type { Note } from "../../src/model/note.js";
import { type PathGroupConfig, pathGroupName } from "../../src/model/path.js";
import { type ProgramSaying, programName } from "../../src/model/program.js";
import type { RuleStanding } from "../../src/model/rule-standing.js";
import type { NodeView, PathGroupView, ProgramView } from "../../src/model/status.js";
import { groupConfig } from "../support/path-group-config.js";

export const web1 = nodeName("web1");
export const web2 = nodeName("web2");
export const shop = serviceName("shop");
export const mail = serviceName("mail");

/** The instant zero of the agent in memory, as a time of day. */
export const BOOT_MS: number = Date.parse("2026-03-01T12:00:00.000Z");

/** When people look at what it shows. */
export const READ_AT: Date = new Date(BOOT_MS + 195_000);

export const mether0 = pathGroupName("mether0");

const { monitor, ...GROUP } = groupConfig({ name: mether0, secondary: { interface: "bond1", members: [] } });
const PATH_GROUP: PathGroupConfig = { ...GROUP, monitor: { ...monitor, ping: [] } };

export const CLUSTER: Cluster = {
  name: "demo",
  secretFile: "/etc/locum/secret",
  port: 7700,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: seconds(600), ban: seconds(60), banMax: seconds(3_600) },
  networks: [
    { name: networkName("a"), ping: [] },
    { name: networkName("b"), ping: [] },
  ],
  nodes: [web1, web2].map((name, index) => ({
    name,
    networks: [
      { network: networkName("a"), address: `10.1.1.${index + 1}` },
      { network: networkName("b"), address: `20.1.1.${index + 1}` },
    ],
    paths: [PATH_GROUP],
  })),
  services: [shop, mail].map((name, index) => ({
    name,
    addresses: [{ address: `192.168.1.${index + 1}`, family: 4, prefixLength: 24 }],
    nodes: [web1, web2],
    failback: { kind: "never" },
    ...programsConfig([programConfig("db")]),
  })),
  hash: "0123456789abcdef",
};

/** web1 went down, web2 took shop; nobody can hold mail. */
export const TAKEN_OVER: NodeView = {
  cluster: "demo",
  node: web2,
  configHash: CLUSTER.hash,
  paused: false,
  nodes: [
    {
      name: web1,
      state: "down",
      since: instant(10e6),
      networks: [
        { network: "a", reachable: false },
        { network: "b", reachable: false },
      ],
      program: "0.1.0",
    },
    {
      name: web2,
      state: "up",
      since: instant(0),
      networks: [
        { network: "a", reachable: true },
        { network: "b", reachable: true },
      ],
      address: "10.1.1.2",
      program: "0.1.0",
    },
  ],
  services: [
    {
      name: shop,
      holder: web2,
      epoch: 7,
      state: "active",
      since: instant(10.1e6),
      reason: { kind: "holder-silent", from: web1 },
      addresses: ["192.168.1.1"],
      reach: [{ address: "192.168.1.1", use: "192.168.1.1" }],
      programs: [],
      candidates: [
        { node: web1, eligible: false, reasons: [{ code: "node-down" }] },
        { node: web2, eligible: true, reasons: [] },
      ],
      listensFor: [{ node: web1, mac: "02:00:00:00:00:01", interface: "eth0" }],
    },
    {
      name: mail,
      holder: undefined,
      epoch: 2,
      state: "blocked",
      since: instant(10.1e6),
      unservedSince: instant(10e6),
      reason: undefined,
      addresses: ["192.168.1.2", "fd00::2"],
      reach: ["192.168.1.2", "fd00::2"].map((address) => ({ address, use: undefined })),
      programs: [],
      candidates: [
        { node: web1, eligible: false, reasons: [{ code: "node-down" }] },
        { node: web2, eligible: false, reasons: [{ code: "interface-missing", detail: "eth1" }] },
      ],
      listensFor: [],
    },
  ],
  findings: [
    { finding: { kind: "node-down", node: web1 }, since: instant(10e6) },
    { finding: { kind: "service-unplaced", service: mail }, since: instant(10.1e6) },
  ],
};

/** The traffic of web2's group is on its secondary path, a trunk. */
export const SWITCHED: PathGroupView = {
  name: mether0,
  active: "secondary",
  state: "degraded",
  since: instant(10e6),
  reason: { kind: "carrier-lost" },
  paused: false,
  primary: { interface: "eth0", health: "failed" },
  secondary: { interface: "bond1", health: "healthy", members: { up: 3, total: 4 } },
  switches: 1,
  lastSwitch: { at: instant(10e6), reason: { kind: "carrier-lost" }, took: milliseconds(3.1) },
  unmoved: [],
  obstacles: [],
  immovable: ["a macvlan interface mv0 on eth0"],
};

/** Of another node only the rough state is known. */
const FROM_AFAR: PathGroupView = {
  name: mether0,
  active: "primary",
  state: "sound",
  since: instant(0),
  reason: undefined,
  paused: false,
  primary: { interface: "eth0", health: undefined },
  secondary: { interface: "bond1", health: undefined },
  switches: 0,
  unmoved: [],
  obstacles: [],
  immovable: [],
};

export const withAttributes = (view: NodeView): NodeView => ({
  ...view,
  nodes: view.nodes.map((node) =>
    node.name === web2
      ? {
          ...node,
          attributes: [
            { name: "fit", value: true },
            { name: "rack", value: "b2" },
          ],
        }
      : node,
  ),
});

/** Of shop, web1 runs one program, and waits to restart another. */
export function withPrograms(view: NodeView): NodeView {
  const common = { role: "holder", since: instant(10e6), node: web1 } as const;
  const programs: readonly ProgramView[] = [
    { ...common, program: programName("db"), state: "ready", restarts: 0 },
    {
      ...common,
      program: programName("web"),
      state: "waiting",
      restarts: 3,
      lastExit: { kind: "signal", signal: "SIGSEGV" },
    },
  ];
  return { ...view, services: view.services.map((each) => (each.name === shop ? { ...each, programs } : each)) };
}

export const withPaths = (view: NodeView): NodeView => ({
  ...view,
  nodes: view.nodes.map((node) => ({ ...node, paths: [node.name === web2 ? SWITCHED : FROM_AFAR] })),
});

/** Both nodes work; web1 holds all. */
export const ALL_WELL: NodeView = {
  ...TAKEN_OVER,
  nodes: [web1, web2].map((name, index) => ({
    name,
    state: "up",
    address: `10.1.1.${index + 1}`,
    since: instant(0),
    networks: ["a", "b"].map((network) =>
      name === web2 ? { network, reachable: true } : { network, reachable: true, roundTripUs: 212 },
    ),
    program: "0.1.0",
  })),
  services: [shop, mail].map((name, index) => ({
    name,
    holder: web1,
    epoch: 1,
    state: "active",
    since: instant(1e6),
    reason: { kind: "cluster-start" },
    addresses: [`192.168.1.${index + 1}`],
    reach: [{ address: `192.168.1.${index + 1}`, use: "20.1.1.1" }],
    programs: [],
    candidates: [web1, web2].map((node) => ({ node, eligible: true, reasons: [] })),
    listensFor: [],
  })),
  findings: [],
};

/** An agent without a cluster: it has the view, events and answers that a test gives it. */
export class MemoryAgent implements AgentPort {
  readonly program = "0.1.0";
  readonly clock = { toIso: (at: Instant): string => new Date(BOOT_MS + at / 1_000).toISOString() };
  readonly events = {
    recent: (filter: EventFilter): readonly AgentEvent[] => {
      const matching = this.#events.filter((event) => matchesFilter(filter, event));
      return filter.limit === 0 ? [] : matching.slice(-(filter.limit ?? matching.length));
    },
    subscribe: (filter: EventFilter, listener: (event: AgentEvent) => void): (() => void) => {
      const entry = { filter, listener };
      this.eventListeners.add(entry);
      return () => this.eventListeners.delete(entry);
    },
  };
  readonly eventListeners = new Set<{ readonly filter: EventFilter; readonly listener: (event: AgentEvent) => void }>();
  readonly viewListeners = new Set<() => void>();
  readonly commands: Command[] = [];
  /** What runs of programs said. */
  readonly sayings: { readonly run: number; readonly saying: ProgramSaying }[] = [];
  standings: readonly RuleStanding[] = [];
  outcome: CommandOutcome = { ok: true, message: "done" };
  readonly #events: AgentEvent[] = [];
  #view: NodeView;

  constructor(view: NodeView = TAKEN_OVER) {
    this.#view = view;
  }

  configuration(): Cluster {
    return CLUSTER;
  }

  view(): NodeView {
    return this.#view;
  }

  /** shop could go to the other path of mether0, but for one check. */
  outlook(service: ServiceName): readonly AddressOutlook[] {
    if (service !== shop) return [];
    const place = { address: "192.168.1.1", interface: "eth0" };
    const yes = { check: "interface-up", verdict: "yes" } as const;
    const no = { check: "room-for-address", verdict: "no", detail: "15 of 15" } as const;
    return [
      { ...place, isHere: true, results: [yes] },
      { ...place, interface: "bond1", isHere: false, results: [yes, no] },
    ];
  }

  ruleStandings(): readonly RuleStanding[] {
    return this.standings;
  }

  show(view: NodeView): void {
    this.#view = view;
    for (const listener of this.viewListeners) listener();
  }

  /** `atMs` counts from boot. */
  say(note: Note, { node = web2, atMs = 10_000 }: { readonly node?: typeof web2; readonly atMs?: number } = {}): void {
    const event = { sequence: this.#events.length + 1, atMs: BOOT_MS + atMs, node, note };
    this.#events.push(event);
    for (const { filter, listener } of this.eventListeners) if (matchesFilter(filter, event)) listener(event);
  }

  onViewChange(listener: () => void): () => void {
    this.viewListeners.add(listener);
    return () => this.viewListeners.delete(listener);
  }

  command(command: Command): Promise<CommandOutcome> {
    this.commands.push(command);
    return Promise.resolve(this.outcome);
  }

  programSaid(run: number, saying: ProgramSaying): void {
    this.sayings.push({ run, saying });
  }

  measurements(): readonly Measurement[] {
    return [
      {
        name: "packets_rejected_total",
        help: "Packets that were not accepted, by reason.",
        kind: "counter",
        labels: { reason: "replayed" },
        value: 3,
      },
    ];
  }

  /** What happened in {@link TAKEN_OVER}. */
  static withHistory(): MemoryAgent {
    const agent = new MemoryAgent();
    agent.say({ code: "agent.started", incarnation: 1, adopted: [] }, { atMs: 0 });
    agent.say(
      { code: "service.claimed", service: shop, epoch: 6, reason: { kind: "cluster-start" } },
      { node: web1, atMs: 1_000 },
    );
    agent.say({ code: "node.down", node: web1, silence: milliseconds(103) }, { atMs: 10_000 });
    agent.say(
      { code: "service.claimed", service: shop, epoch: 7, reason: { kind: "holder-silent", from: web1 } },
      { atMs: 10_100 },
    );
    agent.say({ code: "service.active", service: shop, epoch: 7, took: milliseconds(4.2) }, { atMs: 10_104 });
    agent.say({ code: "finding.raised", finding: { kind: "service-unplaced", service: mail } }, { atMs: 10_110 });
    return agent;
  }
}
