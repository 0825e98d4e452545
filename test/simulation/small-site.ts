import { milliseconds, seconds } from "../../src/base/time.js";
import type { ServiceAddress } from "../../src/model/cluster.js";
import type { FenceConfig } from "../../src/model/fencing.js";
import { networkName, nodeName, serviceName } from "../../src/model/names.js";
import { type ProgramConfig, programName } from "../../src/model/program.js";
import { type RuleAction, type RuleConfig, ruleName } from "../../src/model/rule.js";
import type { Fault, HostPlan, InterfacePlan, Plan, SegmentPlan, SitePlan, Trouble } from "../../src/sim/plan.js";
import { withHash } from "../../src/sim/site-workload.js";
import { groupConfig } from "../support/path-group-config.js";
import { programConfig, programsConfig } from "../support/program-config.js";

const NETWORKS = ["a", "b"].map(networkName);
const NODES = ["first", "second"].map(nodeName);
const QUALITY = { delay: 60, jitter: 120, loss: 0, duplication: 0, reordering: 0 };

const segments: readonly SegmentPlan[] = NETWORKS.map((network) => ({
  name: network,
  network,
  quality: QUALITY,
  pingTargets: [],
}));

const hosts: readonly HostPlan[] = NODES.map((name, index) => ({
  name,
  clock: { offset: 1_000_000 * (index + 1), rate: 1 },
  pace: { wakeUp: 100, step: 60, watch: 200, save: 20_000, guard: 2_000, hiccupChance: 0, hiccup: 0 },
  interfaces: NETWORKS.map((segment, nth) => ({
    name: `eth${nth}`,
    segment,
    mac: `02:00:00:00:0${nth}:0${index + 1}`,
    addresses: [
      { address: `10.${nth}.0.${index + 1}`, family: 4, prefixLength: 24 },
      { address: `fd00:${nth + 1}::${index + 1}`, family: 6, prefixLength: 64 },
    ],
  })),
  promotesSecondaries: false,
  startAt: index * 10_000,
}));

const PAIR = groupConfig({
  primary: { interface: "eth1", members: [] },
  secondary: { interface: "spare1", members: [] },
  mac: "move",
  monitor: { ...groupConfig().monitor, ping: ["10.1.0.250"] },
});

/** Its interface to the second network has another one beside it. */
function paired(each: InterfacePlan): readonly InterfacePlan[] {
  if (each.name !== "eth1") return [each];
  const routes = [{ family: 4, destination: "10.9.0.0/16", gateway: "10.1.0.254" }] as const;
  const neighbours = [{ family: 4, address: "10.1.0.240", mac: "02:00:00:00:ff:01", isProxy: false }] as const;
  const vlans = [
    { name: "vlan1", id: 7, addresses: [{ address: "172.16.1.1", family: 4, prefixLength: 24 }] },
  ] as const;
  const spare = {
    ...each,
    name: "spare1",
    mac: each.mac.replace("02:00", "02:01"),
    addresses: [],
    spare: { up: false },
  };
  return [{ ...each, more: { routes, neighbours, vlans } }, spare];
}

const addresses: readonly ServiceAddress[] = [
  { address: "10.1.0.100", family: 4, prefixLength: 24 },
  { address: "10.1.0.101", family: 4, prefixLength: 24 },
  { address: "fd00:2::100", family: 6, prefixLength: 64 },
];

/** Two nodes on two networks, and one service with three addresses that fails back at once. */
export const SMALL_SITE: SitePlan = {
  cluster: withHash({
    name: "small",
    secretFile: "/etc/locum/secret",
    port: 7_400,
    detection: { interval: milliseconds(25), timeout: milliseconds(100) },
    damping: { failures: 5, within: seconds(60), ban: seconds(5), banMax: seconds(10) },
    networks: NETWORKS.map((name) => ({ name, ping: [] })),
    nodes: NODES.map((name, index) => ({
      name,
      networks: NETWORKS.map((network, nth) => ({ network, address: `10.${nth}.0.${index + 1}` })),
      paths: [],
    })),
    services: [
      {
        name: serviceName("shop"),
        addresses,
        nodes: NODES,
        failback: { kind: "after", delay: seconds(0) },
      },
    ],
    hash: "",
  }),
  segments,
  hosts,
  claimsPerPage: 40,
};

/** The same with two paths to the second network from each node. */
export const PAIRED_SITE: SitePlan = {
  ...SMALL_SITE,
  cluster: withHash({
    ...SMALL_SITE.cluster,
    nodes: SMALL_SITE.cluster.nodes.map((node) => ({ ...node, paths: [PAIR] })),
  }),
  hosts: hosts.map((host) => ({ ...host, interfaces: host.interfaces.flatMap(paired) })),
};

/** The same, and the service has a MAC of its own. */
export const PAIRED_SITE_WITH_MAC: SitePlan = {
  ...PAIRED_SITE,
  cluster: withHash({
    ...PAIRED_SITE.cluster,
    services: PAIRED_SITE.cluster.services.map((service) => ({
      ...service,
      identity: { kind: "mac", mac: "02:5e:00:00:00:01" },
    })),
  }),
};

const withPrograms = (list: readonly ProgramConfig[]): SitePlan => ({
  ...SMALL_SITE,
  cluster: withHash({
    ...SMALL_SITE.cluster,
    services: SMALL_SITE.cluster.services.map((service) => ({ ...service, ...programsConfig(list) })),
  }),
});

/** The small site, whose service has a program that may run on one node only, and one that comes after it. */
export const PROGRAM_SITE: SitePlan = withPrograms([
  programConfig("store"),
  programConfig("front", { after: [programName("store")] }),
]);

/** The small site, whose service has a program that stays down once it has failed. */
const ONCE_SITE: SitePlan = withPrograms([
  programConfig("store", {
    ready: { kind: "started" },
    stop: { signal: "SIGTERM", timeout: milliseconds(200) },
    restart: { delays: [], within: seconds(60), reset: seconds(600), exits: {}, exhausted: { kind: "stop" } },
  }),
]);

const UNIT_SITE: SitePlan = withPrograms([
  programConfig("db", { source: { kind: "unit", unit: "db.service" }, ready: { kind: "started" } }),
]);

/** Somebody starts the unit of its program beside the holder's, where no agent is for a while. */
export const STARTED_BESIDE: Plan = {
  seed: 1,
  site: UNIT_SITE,
  faults: [
    {
      moment: { kind: "at", time: 4_000_000 },
      befallsSpeaker: false,
      trouble: { kind: "unit-begun", host: 1, nth: 0, for: 3_000_000 },
    },
  ],
  healAt: 10_000_000,
  isCalm: false,
};

/** The same; no signal ends that unit, and then the holder's fails. */
export const FAILS_BESIDE_STRAY: Plan = {
  ...STARTED_BESIDE,
  faults: [
    {
      moment: { kind: "at", time: 3_500_000 },
      befallsSpeaker: false,
      trouble: {
        kind: "program-misbehaves",
        host: 1,
        nth: 0,
        how: { kind: "unkillable" },
        for: 15_000_000,
      },
    },
    ...STARTED_BESIDE.faults,
    {
      moment: { kind: "at", time: 10_000_000 },
      befallsSpeaker: false,
      trouble: { kind: "program-ended", host: 0, nth: 0, exit: { kind: "status", status: 1 } },
    },
  ],
  healAt: 25_000_000,
};

/** What befalls somebody at a time. */
export const at = (time: number, trouble: Trouble): Fault => ({
  moment: { kind: "at", time },
  befallsSpeaker: false,
  trouble,
});

/** In a pause somebody starts the unit of its program beside the holder's, and the next agent there gets no answer whether that runs when the holder's fails. */
export const FAILS_BESIDE_UNLOOKED: Plan = {
  ...STARTED_BESIDE,
  faults: [
    at(3_500_000, { kind: "commanded", host: 0, command: { kind: "pause" } }),
    ...STARTED_BESIDE.faults,
    at(8_000_000, { kind: "units-unanswered", host: 1, for: 5_000_000 }),
    at(8_500_000, { kind: "agent-crashed", host: 1, afterEffects: 0, guardToo: false, for: 500_000 }),
    at(10_000_000, { kind: "program-ended", host: 0, nth: 0, exit: { kind: "status", status: 1 } }),
    at(45_000_000, { kind: "commanded", host: 0, command: { kind: "unpause" } }),
  ],
  healAt: 50_000_000,
};

/** Its program fails, and nobody does anything about that for long. */
export const GIVEN_UP: Plan = {
  seed: 1,
  site: ONCE_SITE,
  faults: [
    {
      moment: { kind: "at", time: 4_000_000 },
      befallsSpeaker: false,
      trouble: { kind: "program-ended", host: 0, nth: 0, exit: { kind: "status", status: 1 } },
    },
  ],
  healAt: 30_000_000,
  isCalm: false,
};

const [first, second] = ["first", "second"].map(nodeName);
const shop = serviceName("shop");

const rule = (name: string, when: string, ...actions: readonly RuleAction[]): RuleConfig => ({
  name: ruleName(name),
  each: "cluster",
  when,
  holdFor: seconds(5),
  every: undefined,
  holdOff: seconds(0),
  limit: { times: 2, within: seconds(3_600), suspend: seconds(3_600) },
  actions,
});

/** The small site, and in its middle a file with another service that reaches the nodes after so many microseconds. */
export const extended = (...delays: readonly number[]): Plan => ({
  seed: delays.reduce((sum, each) => sum + each, 1),
  site: SMALL_SITE,
  faults: [
    {
      moment: { kind: "at", time: 4_000_000 },
      befallsSpeaker: false,
      trouble: { kind: "reconfigured", cluster: EXTENDED, delays },
    },
  ],
  healAt: 14_000_000,
  isCalm: false,
});

/** Nobody can hold the service from the start on; what keeps each node from it ends 4 s and so many microseconds later. */
export const freed = (seed: number, site: SitePlan, ...delays: readonly number[]): Plan => ({
  seed,
  site: staying(site),
  faults: delays.map((delay, host) => ({
    moment: { kind: "at", time: 0 },
    befallsSpeaker: false,
    trouble: { kind: "interface-down", host, interface: "eth1", for: 4_000_000 + delay },
  })),
  healAt: 10_000_000,
  isCalm: false,
});

/** Its services stay where they are. */
export const staying = (site: SitePlan): SitePlan => {
  const services = site.cluster.services.map((each) => ({ ...each, failback: { kind: "never" } as const }));
  return { ...site, cluster: withHash({ ...site.cluster, services }) };
};

const EXTENDED = withHash({
  ...SMALL_SITE.cluster,
  services: SMALL_SITE.cluster.services.flatMap((each) => [
    each,
    {
      ...each,
      ...programsConfig([programConfig("store")]),
      name: serviceName("late"),
      failback: { kind: "never" },
      addresses: [{ address: "10.1.0.110", family: 4, prefixLength: 24 }],
    },
  ]),
});

/** The small site with rules, and with what befalls it. */
const withRules = (rules: readonly RuleConfig[], ...faults: readonly Fault[]): Plan => ({
  seed: 1,
  site: {
    ...SMALL_SITE,
    cluster: withHash({
      ...SMALL_SITE.cluster,
      rules,
    }),
  },
  faults,
  healAt: 20_000_000,
  isCalm: false,
});

/** Two rules that undo each other. */
const THERE_AND_BACK = [
  rule("there", 'services.shop.holder == "first"', { kind: "move", service: shop, to: second }),
  rule("back", 'services.shop.holder == "second"', { kind: "move", service: shop, to: first }),
];

/** The rules act until they may not any more. */
export const RULED: Plan = withRules(THERE_AND_BACK);

/** A rule says once what is true from then on. */
export const RULED_TO_TELL: Plan = withRules(
  [rule("wet", "nodes.first.attributes.wet == true", { kind: "notify", text: "It is wet", severity: "warning" })],
  {
    moment: { kind: "at", time: 5_000_000 },
    befallsSpeaker: false,
    trouble: {
      kind: "commanded",
      host: 0,
      command: { kind: "set-attribute", node: nodeName("first"), attribute: { name: "wet", value: true } },
    },
  },
);

/** An operator pauses the cluster before they have. */
export const RULED_AND_PAUSED: Plan = withRules(THERE_AND_BACK, {
  moment: { kind: "at", time: 2_000_000 },
  befallsSpeaker: false,
  trouble: { kind: "commanded", host: 0, command: { kind: "pause" } },
});

const FENCE: FenceConfig = {
  methods: [
    {
      name: "outlet",
      command: ["/usr/sbin/outlet"],
      speech: { kind: "json" },
      secretFile: undefined,
      timeout: seconds(2),
      nodes: [],
    },
  ],
  origin: "cluster",
  when: ["stuck"],
  delay: milliseconds(200),
  attempts: 1,
  retry: seconds(1),
  rest: seconds(5),
};

/** A site with a method to cut its nodes off. */
const fenced = (site: SitePlan): SitePlan => ({
  ...site,
  cluster: withHash({ ...site.cluster, nodes: site.cluster.nodes.map((node) => ({ ...node, fence: FENCE })) }),
});

const STUCK_FOR = 30_000_000;

/** Nothing ends the program, its node can't be cut off, and its agent falls silent. */
export const NOT_FENCED: Plan = {
  seed: 1,
  site: fenced(ONCE_SITE),
  faults: (
    [
      [4, { kind: "program-misbehaves", host: 0, nth: 0, how: { kind: "unkillable" }, for: STUCK_FOR }],
      [4, { kind: "fencing-fails", how: "refuses", for: STUCK_FOR }],
      [
        5,
        { kind: "commanded", host: 0, command: { kind: "move", service: serviceName("shop"), to: nodeName("second") } },
      ],
      [17, { kind: "frozen", host: 0, scope: "agent", for: STUCK_FOR / 2 }],
    ] as const
  ).map(([second, trouble]) => ({
    moment: { kind: "at", time: second * 1_000_000 },
    befallsSpeaker: false,
    trouble,
  })),
  healAt: 40_000_000,
  isCalm: false,
};

/** No signal ends the unit that somebody started beside the holder's, the agent there crashes, and then the holder's fails. */
export const SILENT_BESIDE_STRAY: Plan = {
  ...FAILS_BESIDE_STRAY,
  site: fenced(FAILS_BESIDE_STRAY.site),
  faults: [
    ...FAILS_BESIDE_STRAY.faults,
    at(9_000_000, { kind: "agent-crashed", host: 1, afterEffects: 0, guardToo: false, for: 10_000_000 }),
  ],
};
