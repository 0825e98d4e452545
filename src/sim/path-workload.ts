import type { Random } from "../base/random.js";
import { type Duration, milliseconds, seconds } from "../base/time.js";
import type { Failback } from "../model/cluster.js";
import type { Command } from "../model/command.js";
import type { NoteCode } from "../model/note.js";
import { type PathGroupConfig, pathGroupName, type PathMonitor, type Standby } from "../model/path.js";
import { drawLength, type FaultTime, restartTime } from "./fault-workload.js";
import type { Fault, HostPlan, InterfacePlan, Moment, MoreConfiguration, SitePlan, Trouble } from "./plan.js";
import { shuffled, weighted, withHash } from "./site-workload.js";

const MS = 1_000;
const SECOND = 1_000_000;
/** So many worlds have path groups. */
const WORLDS_WITH_PATHS = 0.4;
/** So many of the machines on a network with path groups have one there. */
const HOSTS_WITH_PATHS = 0.8;
/** Both paths fail at the same moment in so many of the faults. */
const DOUBLE_FAULTS = 0.1;
/** Faults of the paths of one plan, at most. */
const FAULTS_MAX = 200;
/** Beyond the cluster, on every network. */
const TARGET = 250;

/** The codes after which a fault hits the moment that matters: a change of paths under way, or just over. */
const DELICATE: readonly NoteCode[] = [
  "path.switching",
  "path.switching",
  "path.step-done",
  "path.step-done",
  "path.step-done",
  "path.switched",
  "path.plan-resumed",
  "path.failed",
  "path.detached",
  "service.claimed",
  "agent.started",
];

/** Two paths to a network from some of the machines, in some of the worlds; the others stay as they are. */
export function withPaths(random: Random, site: SitePlan): SitePlan {
  if (!random.chance(WORLDS_WITH_PATHS)) return site;
  const last = site.segments.length - 1;
  const chosen = random.chance(0.8) ? [last] : [random.between(0, last)];
  const other = random.between(0, last);
  const segments = new Set(random.chance(0.3) ? [...chosen, other] : chosen);
  return [...segments].reduce((before, segment) => withPathsOn(random, before, segment), site);
}

function withPathsOn(random: Random, site: SitePlan, segment: number): SitePlan {
  const paired = new Set([...site.hosts.keys()].filter(() => random.chance(HOSTS_WITH_PATHS)));
  const hosts = site.hosts.map((host, index) => (paired.has(index) ? withSpare(random, host, segment, index) : host));
  const nodes = site.cluster.nodes.map((node, index) =>
    paired.has(index) ? { ...node, paths: [...node.paths, drawGroup(random, site, segment, index)] } : node,
  );
  return { ...site, hosts, cluster: withHash({ ...site.cluster, nodes }) };
}

function withSpare(random: Random, host: HostPlan, segment: number, index: number): HostPlan {
  const name = `eth${segment}`;
  const interfaces = host.interfaces.flatMap((each): readonly InterfacePlan[] => {
    if (each.name !== name) return [each];
    const mac = each.mac.replace("02:00:00:00", "02:00:00:01");
    const spare = { ...each, name: spareOf(segment), mac, addresses: [], spare: { up: random.chance(0.5) } };
    return [{ ...each, more: drawMore(random, segment, index) }, spare];
  });
  return { ...host, interfaces };
}

const spareOf = (segment: number): string => `spare${segment}`;

/** Routes, a neighbour and a VLAN, which go along with the path. */
function drawMore(random: Random, segment: number, index: number): MoreConfiguration {
  const vlan = {
    name: `vlan${segment}`,
    id: 7,
    addresses: [{ address: `172.16.${segment}.${index + 1}`, family: 4, prefixLength: 24 } as const],
  };
  return {
    routes: [
      { family: 4, destination: `10.9${segment}.0.0/16`, gateway: `10.${segment}.0.254` },
      { family: 6, destination: `fd09:${segment}::/32` },
    ],
    neighbours: [{ family: 4, address: `10.${segment}.0.240`, mac: "02:00:00:00:ff:01", isProxy: false }],
    vlans: random.chance(0.4) ? [vlan] : [],
  };
}

function drawGroup(random: Random, site: SitePlan, segment: number, index: number): PathGroupConfig {
  const peer = (index + 1) % site.hosts.length;
  return {
    name: pathGroupName(`mether${segment}`),
    primary: { interface: `eth${segment}`, members: [] },
    secondary: { interface: spareOf(segment), members: [] },
    standby: drawStandby(random, segment, index),
    mac: random.chance(0.3) ? "move" : "keep",
    monitor: drawMonitor(random, segment, peer),
    threshold: { of: "members", share: 0.5 },
    settleDelay: milliseconds(weighted(random, [0, 300, 500])),
    failback: drawFailback(random),
    addressesMax: random.chance(0.15) ? 4 : 40,
  };
}

function drawStandby(random: Random, segment: number, index: number): Standby {
  if (random.chance(0.7)) return { kind: "cold" };
  const address = { address: `10.${segment}.0.${220 + index}`, family: 4, prefixLength: 24 } as const;
  return random.chance(0.5) ? { kind: "warm" } : { kind: "warm", address };
}

/** A peer's own address, where it is a target, tells that the peer has gone to its other path. */
function drawMonitor(random: Random, segment: number, peer: number): PathMonitor {
  const beyond = `10.${segment}.0.${TARGET}`;
  const ping = weighted(random, [[], [beyond], [beyond], [beyond, `10.${segment}.0.${peer + 1}`]]);
  const carrierDownFor = weighted(random, [0, 0, 30]);
  const interval = weighted(random, [50, 100]);
  return {
    carrierDownFor: ping.length > 0 && random.chance(0.1) ? undefined : milliseconds(carrierDownFor),
    ping,
    need: "any",
    interval: milliseconds(interval),
    downFor: milliseconds(interval * random.between(3, 6)),
    upFor: milliseconds(weighted(random, [0, 300, 2_000])),
  };
}

const drawFailback = (random: Random): Failback =>
  random.chance(0.5)
    ? { kind: "never" }
    : { kind: "after", delay: Math.round(random.between(0, seconds(2))) as Duration };

/** A path of some machine. */
interface Place {
  readonly host: number;
  readonly segment: number;
  readonly interface: string;
}

interface Scene {
  readonly random: Random;
  readonly site: SitePlan;
  readonly places: readonly Place[];
}

/** Faults of paths, and orders about them, beside all others that befall the world. */
export function drawPathFaults(random: Random, site: SitePlan, time: FaultTime): readonly Fault[] {
  const places = placesOf(site);
  if (places.length === 0) return [];
  const scene: Scene = { random, site, places };
  const gapMax = weighted(random, [1, 3, 8]) * SECOND;
  const lengthMax = weighted(random, [100 * MS, 2 * SECOND, 10 * SECOND, 30 * SECOND]);
  const faults: Fault[] = [];
  for (let at = time.from; at < time.until && faults.length < FAULTS_MAX; at += random.between(MS, gapMax)) {
    faults.push(...drawFault(scene, at, drawLength(random, lengthMax)));
  }
  return faults;
}

const placesOf = (site: SitePlan): readonly Place[] =>
  site.hosts.flatMap(({ interfaces }, host) =>
    interfaces
      .filter(({ segment }) => interfaces.some((each) => each.spare !== undefined && each.segment === segment))
      .map(({ name, segment }) => ({
        host,
        segment: site.segments.findIndex((each) => each.name === segment),
        interface: name,
      })),
  );

function drawFault(scene: Scene, time: number, length: number): readonly Fault[] {
  const { random, places } = scene;
  const place = weighted(random, places);
  const moment: Moment = random.chance(0.4) ? drawDelicateMoment(random) : { kind: "at", time };
  const befallsSpeaker = random.chance(0.8);
  if (!random.chance(DOUBLE_FAULTS)) return [{ moment, befallsSpeaker, trouble: drawTrouble(scene, place, length) }];
  return places
    .filter(({ host, segment }) => host === place.host && segment === place.segment)
    .map((each) => ({ moment, befallsSpeaker, trouble: drawDeath(random, each, drawLength(random, length + MS)) }));
}

const drawDelicateMoment = (random: Random): Moment => ({
  kind: "after-note",
  code: weighted(random, DELICATE),
  nth: random.between(1, 12),
  wait: random.chance(0.6) ? random.between(0, 2 * MS) : random.between(0, 200 * MS),
});

const drawDeath = (random: Random, place: Place, length: number): Trouble =>
  weighted<Trouble>(random, [
    { kind: "cable-pulled", ...place, for: length },
    { kind: "path-died", host: place.host, interface: place.interface, for: length },
  ]);

function drawTrouble(scene: Scene, place: Place, length: number): Trouble {
  const { random } = scene;
  const { host, interface: name } = place;
  const draw = weighted<() => Trouble>(random, [
    ...Array.from({ length: 9 }, () => () => drawDeath(random, place, length)),
    () => ({ kind: "interface-down", host, interface: name, for: length }),
    () => ({ kind: "interface-down", host, interface: name, for: length }),
    () => ({ kind: "interface-deleted", host, interface: name, for: length }),
    () => ({ kind: "interface-deleted", host, interface: name, for: length }),
    () => ({ kind: "interface-swapped", host, interface: name, for: Math.max(length, SECOND) }),
    () => ({ kind: "kernel-refuses", host, order: "change", code: "EINVAL", for: length }),
    () => ({ kind: "kernel-refuses", host, order: "change", code: "ENOMEM", for: length }),
    () => ({ kind: "kernel-refuses", host, order: "capture", code: "ENOBUFS", for: length }),
    ...Array.from({ length: 3 }, () => () => drawCrash(random, host, length)),
    () => ({ kind: "frozen", host, scope: weighted(random, ["main-thread", "agent", "machine"]), for: length }),
    () => ({ kind: "kernel-events-lost", host, for: length }),
    ...Array.from(
      { length: 6 },
      () => () => ({ kind: "commanded", host, command: drawCommand(scene, place) }) as const,
    ),
  ]);
  return draw();
}

const drawCrash = (random: Random, host: number, length: number): Trouble => ({
  kind: "agent-crashed",
  host,
  afterEffects: random.between(0, 20),
  guardToo: random.chance(0.25),
  for: restartTime(length),
});

function drawCommand({ random, site, places }: Scene, place: Place): Command {
  const node = site.hosts[place.host]?.name ?? weighted(random, site.hosts).name;
  const group = pathGroupName(`mether${place.segment}`);
  const { interface: name } = random.chance(0.9) ? place : weighted(random, shuffled(random, places));
  return weighted<Command>(random, [
    { kind: "path-switch", node, group, to: name },
    { kind: "path-switch", node, group, to: name },
    { kind: "path-switch", node, group, to: name },
    { kind: "path-switch", node, group, to: name },
    { kind: "path-pause", node, group },
    { kind: "path-resume", node, group },
    { kind: "path-resume", node, group },
    { kind: "path-detach", node, interface: name },
    { kind: "path-attach", node, interface: name },
    { kind: "path-attach", node, interface: name },
  ]);
}
