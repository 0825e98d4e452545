import { known } from "../base/assert.js";
import { canonicalIpAddress } from "../base/ip-address.js";
import { hashText, type Random } from "../base/random.js";
import { milliseconds, seconds, type Duration } from "../base/time.js";
import type { Cluster, Detection, Failback, ServiceAddress, ServiceConfig } from "../model/cluster.js";
import { type NodeName, networkName, nodeName, serviceName } from "../model/names.js";
import type { LinkQuality } from "./network.js";
import type { Pace } from "./pace.js";
import type { HostPlan, InterfacePlan, SegmentPlan, SitePlan } from "./plan.js";

const NODE_NAMES = ["alder", "birch", "cedar", "elm", "fir", "hazel", "oak"] as const;
const NETWORK_NAMES = ["red", "green", "blue"] as const;
const SERVICE_NAMES = ["shop", "mail", "db", "cache", "files", "login", "logs", "api"] as const;
/** A service that a new version of the cluster file adds. */
export const LATE_SERVICE = "late";
const ALL_SERVICES: readonly string[] = [...SERVICE_NAMES, LATE_SERVICE];
/** The client network, when it is one of its own. */
const PUBLIC = "public";

interface Profile {
  readonly detection: Detection;
  readonly quality: LinkQuality;
}

const LAN: LinkQuality = { delay: 60, jitter: 120, loss: 0, duplication: 0, reordering: 0 };
const profile = (interval: number, timeout: number, quality: LinkQuality): Profile => ({
  detection: { interval: milliseconds(interval), timeout: milliseconds(timeout) },
  quality,
});

const PROFILES: readonly Profile[] = [
  profile(25, 100, LAN),
  profile(25, 100, { ...LAN, jitter: 2_000, loss: 0.001 }),
  profile(25, 100, { ...LAN, reordering: 0.01, duplication: 0.01 }),
  profile(10, 30, LAN),
  profile(250, 1_500, { delay: 20_000, jitter: 8_000, loss: 0.005, duplication: 0.001, reordering: 0.005 }),
  profile(250, 1_500, { delay: 80_000, jitter: 2_000, loss: 0, duplication: 0, reordering: 0 }),
  profile(100, 500, { ...LAN, jitter: 1_000 }),
];

const PACES: readonly Pace[] = [
  { wakeUp: 100, step: 60, watch: 200, save: 20_000, guard: 2_000, hiccupChance: 0, hiccup: 0 },
  { wakeUp: 300, step: 200, watch: 2_000, save: 200_000, guard: 10_000, hiccupChance: 0.001, hiccup: 3_000 },
  { wakeUp: 50, step: 1_000, watch: 100, save: 5_000, guard: 500, hiccupChance: 0, hiccup: 0 },
];

/** An installation of 2 to 7 nodes, with 1 to 3 networks and 1 to 8 services. */
export function drawSite(random: Random): SitePlan {
  const shape = drawShape(random);
  const segments = drawSegments(random, shape);
  const cluster = drawCluster(random, shape, segments);
  const hosts = shape.nodes.map((name, index) => drawHost(random, { name, index, segments, shape }));
  return { cluster, segments, hosts, claimsPerPage: random.chance(0.3) ? 2 : 40 };
}

interface Shape {
  readonly nodes: readonly NodeName[];
  readonly networks: number;
  readonly services: number;
  readonly profile: Profile;
  /** Clients are on a network of their own. */
  readonly hasPublic: boolean;
  readonly hasPings: boolean;
}

function drawShape(random: Random): Shape {
  const nodes = weighted(random, [2, 2, 2, 3, 3, 3, 4, 5, 6, 7]);
  return {
    nodes: shuffled(random, NODE_NAMES).slice(0, nodes).map(nodeName),
    networks: weighted(random, [1, 2, 2, 2, 3]),
    services: random.between(1, SERVICE_NAMES.length),
    profile: weighted(
      random,
      [0, 0, 0, 1, 2, 3, 4, 5, 6].map((index) => known(PROFILES[index], "a profile")),
    ),
    hasPublic: random.chance(0.5),
    hasPings: random.chance(0.4),
  };
}

function drawSegments(random: Random, shape: Shape): readonly SegmentPlan[] {
  const { quality } = shape.profile;
  const networks = NETWORK_NAMES.slice(0, shape.networks).map((name, index): SegmentPlan => {
    const pinged = shape.hasPings && random.chance(0.7);
    const pingTargets = pinged ? [`10.${index}.0.254`, `10.${index}.0.253`].slice(0, random.between(1, 2)) : [];
    return { name, network: networkName(name), quality, pingTargets };
  });
  if (!shape.hasPublic) return networks;
  return [...networks, { name: PUBLIC, network: undefined, quality: LAN, pingTargets: [] }];
}

function drawCluster(random: Random, shape: Shape, segments: readonly SegmentPlan[]): Cluster {
  const networks = segments.flatMap(({ network, pingTargets }) =>
    network === undefined ? [] : [{ name: network, ping: pingTargets }],
  );
  const nodes = shape.nodes.map((name, index) => ({
    name,
    networks: networks.map(({ name: network }, nth) => ({ network, address: `10.${nth}.0.${index + 1}` })),
    paths: [],
  }));
  const cluster: Cluster = {
    name: "simulated",
    secretFile: "/etc/locum/secret",
    port: 7_400,
    detection: shape.profile.detection,
    damping: drawDamping(random),
    networks,
    nodes,
    services: shuffled(random, SERVICE_NAMES)
      .slice(0, shape.services)
      .map((name) => drawService(random, { name, nodes: shape.nodes, segments })),
    hash: "",
  };
  return withHash(cluster);
}

/** The cluster with the hash that its content has. */
export const withHash = (cluster: Cluster): Cluster => ({
  ...cluster,
  hash: hashText(JSON.stringify({ ...cluster, hash: "" }))
    .toString(16)
    .padStart(8, "0")
    .repeat(8),
});

const drawDamping = (random: Random): Cluster["damping"] => ({
  failures: random.between(2, 4),
  within: seconds(random.between(20, 60)),
  ban: seconds(random.between(2, 8)),
  banMax: seconds(15),
});

interface ServiceSlot {
  readonly name: string;
  readonly nodes: readonly NodeName[];
  readonly segments: readonly SegmentPlan[];
}

/** A service for some of the nodes, in some order. */
export function drawService(random: Random, slot: ServiceSlot): ServiceConfig {
  const count = Math.max(random.between(1, slot.nodes.length), random.between(1, slot.nodes.length));
  const addresses = weighted(random, [1, 1, 1, 2, 3]);
  return {
    name: serviceName(slot.name),
    addresses: [...Array(addresses).keys()].map((nth) => drawAddress(random, slot, nth)),
    nodes: shuffled(random, slot.nodes).slice(0, count),
    failback: drawFailback(random),
    ...(listens(slot) ? { identity: { kind: "listen" } } : {}),
    ...(isRouted(slot) ? { hostRoutes: true } : {}),
  };
}

/** Some services do; which ones costs no draw, so that worlds stay what they were. */
const listens = ({ name, nodes }: ServiceSlot): boolean => hashText(`${name} ${nodes.join(" ")}`) % 3 === 0;

const isRouted = ({ name, nodes }: ServiceSlot): boolean => hashText(`${nodes.join(" ")} ${name}`) % 2 === 0;

export const FAILBACK_MAX: Duration = seconds(6);

function drawFailback(random: Random): Failback {
  if (random.chance(0.4)) return { kind: "never" };
  const delay = random.chance(0.5) ? 0 : random.between(0, FAILBACK_MAX);
  return { kind: "after", delay: Math.round(delay) as Duration };
}

/** Found by a subnet of the machine, or on a named interface in a subnet that nobody else uses there. */
function drawAddress(random: Random, { name, segments }: ServiceSlot, nth: number): ServiceAddress {
  const segment = segments.length - 1 - (random.chance(0.7) ? 0 : random.between(0, segments.length - 1));
  // Each service has its own numbers, so that no two ever share an address.
  const last = 10 + ALL_SERVICES.indexOf(name) * 10 + nth;
  if (random.chance(0.3)) return { address: addressV6(segment, last), family: 6, prefixLength: 64 };
  if (random.chance(0.3)) {
    const prefixLength = random.chance(0.5) ? 24 : 32;
    return { address: `192.0.${segment}.${last}`, family: 4, prefixLength, interface: `eth${segment}` };
  }
  return { address: `10.${segment}.0.${100 + last}`, family: 4, prefixLength: random.chance(0.8) ? 24 : 32 };
}

interface HostSlot {
  readonly name: NodeName;
  readonly index: number;
  readonly segments: readonly SegmentPlan[];
  readonly shape: Shape;
}

function drawHost(random: Random, { name, index, segments, shape }: HostSlot): HostPlan {
  const fast = shape.profile.detection.timeout < milliseconds(50);
  return {
    name,
    clock: { offset: random.between(1_000_000, 1e12), rate: 1 + (random.fraction() - 0.5) * 0.0004 },
    pace: weighted(random, fast ? PACES.slice(0, 1) : PACES),
    interfaces: segments.map(({ name: segment }, nth) => drawInterface({ segment, nth, index })),
    promotesSecondaries: random.chance(0.5),
    startAt: random.chance(0.7) ? random.between(0, 300_000) : random.between(0, 8_000_000),
  };
}

function drawInterface({ segment, nth, index }: { segment: string; nth: number; index: number }): InterfacePlan {
  const digits = (value: number): string => value.toString(16).padStart(2, "0");
  return {
    name: `eth${nth}`,
    segment,
    mac: `02:00:00:00:${digits(nth)}:${digits(index + 1)}`,
    addresses: [
      { address: `10.${nth}.0.${index + 1}`, family: 4, prefixLength: 24 },
      { address: addressV6(nth, 0x100 + index), family: 6, prefixLength: 64 },
    ],
  };
}

const addressV6 = (subnet: number, last: number): string =>
  known(canonicalIpAddress(`fd00:${subnet}::${last.toString(16)}`), "an address by its form");

/** One of several that are equally likely; to make one likelier, name it more often. */
export const weighted = <Item>(random: Random, items: readonly Item[]): Item =>
  known(random.pick(items), "there is something to draw from");

/** The same items in an order that chance made (Fisher-Yates). */
export function shuffled<Item>(random: Random, items: readonly Item[]): readonly Item[] {
  const mixed = [...items];
  for (let index = mixed.length - 1; index > 0; index -= 1) {
    const other = random.between(0, index);
    const [a, b] = [mixed[index], mixed[other]];
    if (a === undefined || b === undefined) continue;
    mixed[index] = b;
    mixed[other] = a;
  }
  return mixed;
}
