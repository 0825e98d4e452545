import type { Random } from "../base/random.js";
import type { Cluster } from "../model/cluster.js";
import type { Command } from "../model/command.js";
import type { NoteCode } from "../model/note.js";
import type { Fault, FreezeScope, Moment, SitePlan, Trouble } from "./plan.js";
import { drawService, LATE_SERVICE, shuffled, weighted, withHash } from "./site-workload.js";

/** What troubles are drawn for. `cluster` is the newest file so far. */
interface Scene {
  readonly random: Random;
  readonly site: SitePlan;
  cluster: Cluster;
}

export interface FaultTime {
  /** World time in microseconds. */
  readonly from: number;
  readonly until: number;
}

const MS = 1_000;
const SECOND = 1_000_000;
/** Faults of one plan, at most. */
const FAULTS_MAX = 400;

/** How many of the faults are partitions that heal pair by pair. */
const PARTIAL_HEALINGS = 0.05;

/** The codes after which a fault hits the moment that matters: a takeover, a hand-over, a start, a stop under way. */
const DELICATE: readonly NoteCode[] = [
  "service.claimed",
  "service.claimed",
  "service.offered",
  "service.offered",
  "service.released",
  "service.active",
  "service.rival",
  "agent.started",
  "agent.stopping",
  "node.down",
  "node.up",
  "node.left",
  "address.taken-away",
  "cluster.paused",
];

/** A schedule of faults: sparse or dense, short and long, at any time or at delicate moments. */
export function drawFaults(random: Random, site: SitePlan, time: FaultTime): readonly Fault[] {
  const scene: Scene = { random, site, cluster: site.cluster };
  const gapMax = weighted(random, [1, 3, 8, 20]) * SECOND;
  const lengthMax = weighted(random, [100 * MS, 2 * SECOND, 10 * SECOND, 40 * SECOND]);
  const faults: Fault[] = [];
  for (let at = time.from; at < time.until && faults.length < FAULTS_MAX; at += random.between(MS, gapMax)) {
    if (random.chance(PARTIAL_HEALINGS)) faults.push(...drawPartialHealing(scene, at, lengthMax));
    else faults.push(drawFault(scene, at, lengthMax));
  }
  return faults;
}

/**
 * Two sides lose each other at once, and their nodes find each other again pair by pair: in between, some know of each
 * other only through a third one.
 */
function drawPartialHealing({ random, site }: Scene, at: number, lengthMax: number): readonly Fault[] {
  const hosts = shuffled(random, [...site.hosts.keys()]);
  const border = random.between(1, hosts.length - 1);
  const pairs = hosts.slice(0, border).flatMap((a) => hosts.slice(border).map((b) => [a, b] as const));
  return pairs.map((pair) => ({
    moment: { kind: "at", time: at },
    befallsSpeaker: false,
    trouble: { kind: "pair-parted", hosts: pair, for: drawLength(random, lengthMax) },
  }));
}

function drawFault(scene: Scene, at: number, lengthMax: number): Fault {
  const { random } = scene;
  const isDelicate = random.chance(0.35);
  const moment: Moment = isDelicate ? drawDelicateMoment(random) : { kind: "at", time: at };
  return { moment, befallsSpeaker: random.chance(0.7), trouble: drawTrouble(scene, drawLength(random, lengthMax)) };
}

const drawDelicateMoment = (random: Random): Moment => ({
  kind: "after-note",
  code: weighted(random, DELICATE),
  nth: random.between(1, 12),
  wait: random.chance(0.5) ? random.between(0, 2 * MS) : random.between(0, 200 * MS),
});

/** From the shortest to the longest, every order of magnitude as likely as another. */
export function drawLength(random: Random, lengthMax: number, shortest: number = 2 * MS): number {
  return Math.round(shortest * (lengthMax / shortest) ** random.fraction());
}

type Drawing = (scene: Scene, length: number) => Trouble;

/** How often each kind comes, against the others. */
const DRAWINGS: readonly (readonly [weight: number, draw: Drawing])[] = [
  [10, (scene, length) => ({ kind: "cable-pulled", host: host(scene), segment: segment(scene), for: length })],
  [4, (scene, length) => ({ kind: "switch-died", segment: segment(scene), for: length })],
  [6, drawDirectionCut],
  [5, drawPairCut],
  [8, drawPartition],
  [6, drawDisturbance],
  [3, (scene, length) => ({ kind: "ping-targets-died", segment: segment(scene), for: length })],
  [3, (scene, length) => ({ kind: "replayed", host: host(scene), segment: segment(scene), for: length })],
  [10, (scene, length) => ({ kind: "frozen", host: host(scene), scope: drawScope(scene.random), for: length })],
  [8, drawCrash],
  [5, (scene, length) => ({ kind: "agent-stopped", host: host(scene), for: restartTime(length) })],
  [4, drawMaintenance],
  [5, (scene, length) => ({ kind: "powered-off", host: host(scene), for: restartTime(length) })],
  [1, (scene) => ({ kind: "state-lost", host: host(scene) })],
  [1, (scene) => ({ kind: "wall-clock-set", host: host(scene), by: scene.random.between(-600_000, 600_000) })],
  [3, (scene, length) => ({ kind: "interface-down", host: host(scene), interface: nic(scene), for: length })],
  [2, (scene, length) => ({ kind: "interface-deleted", host: host(scene), interface: nic(scene), for: length })],
  [4, (scene) => ({ kind: "service-address-taken", host: host(scene), nth: nth(scene), times: times(scene, 4) })],
  [2, (scene, length) => ({ kind: "service-address-put", host: host(scene), nth: nth(scene), for: length })],
  [2, (scene, length) => ({ kind: "foreign-address-put", host: host(scene), interface: nic(scene), for: length })],
  [3, drawRefusal],
  [3, (scene, length) => ({ kind: "kernel-events-lost", host: host(scene), for: length })],
  [2, (scene) => ({ kind: "rival-announced", segment: segment(scene), nth: nth(scene), times: times(scene, 3) })],
  [14, (scene) => ({ kind: "commanded", host: host(scene), command: drawCommand(scene) })],
  [2, drawReconfiguration],
];

const WEIGHT_SUM = DRAWINGS.reduce((sum, [weight]) => sum + weight, 0);

function drawTrouble(scene: Scene, length: number): Trouble {
  let left = scene.random.between(1, WEIGHT_SUM);
  for (const [weight, draw] of DRAWINGS) {
    left -= weight;
    if (left <= 0) return draw(scene, length);
  }
  return drawPartition(scene, length);
}

const host = ({ random, site }: Scene): number => random.between(0, site.hosts.length - 1);
const segment = ({ random, site }: Scene): number => random.between(0, site.segments.length - 1);
const nic = (scene: Scene): string => `eth${segment(scene)}`;
const nth = ({ random }: Scene): number => random.between(0, 23);
const times = ({ random }: Scene, most: number): number => random.between(1, most);
/** An agent that ended is started again by its supervisor no sooner than this. */
export const restartTime = (length: number): number => Math.max(length, 300 * MS);

function drawDirectionCut(scene: Scene, length: number): Trouble {
  const [from = 0, to = 0] = shuffled(scene.random, [...scene.site.hosts.keys()]);
  return { kind: "direction-cut", segment: segment(scene), from, to, for: length };
}

function drawPairCut(scene: Scene, length: number): Trouble {
  const [a = 0, b = 0] = shuffled(scene.random, [...scene.site.hosts.keys()]);
  return { kind: "pair-cut", segment: segment(scene), hosts: [a, b], for: length };
}

function drawPartition(scene: Scene, length: number): Trouble {
  const { random, site } = scene;
  const all = [...site.segments.keys()];
  const hosts = shuffled(random, [...site.hosts.keys()]);
  return {
    kind: "partitioned",
    segments: random.chance(0.6) ? all : [segment(scene)],
    side: hosts.slice(0, random.between(1, hosts.length - 1)),
    withBeyond: random.chance(0.5),
    for: length,
  };
}

function drawDisturbance(scene: Scene, length: number): Trouble {
  const { random } = scene;
  const delay = random.chance(0.3) ? random.between(0, 50 * MS) : 0;
  const quality = {
    delay,
    jitter: random.between(0, 20 * MS),
    loss: random.chance(0.7) ? random.fraction() ** 2 : 0,
    duplication: random.chance(0.3) ? random.fraction() * 0.3 : 0,
    reordering: random.chance(0.3) ? random.fraction() * 0.3 : 0,
  };
  return { kind: "disturbed", segment: segment(scene), quality, for: length };
}

const drawScope = (random: Random): FreezeScope =>
  weighted(random, ["machine", "machine", "agent", "agent", "heartbeat-thread", "main-thread", "guard"]);

function drawCrash(scene: Scene, length: number): Trouble {
  const { random } = scene;
  const afterEffects = random.chance(0.5) ? 0 : random.between(1, 8);
  const guardToo = random.chance(0.25);
  return { kind: "agent-crashed", host: host(scene), afterEffects, guardToo, for: restartTime(length) };
}

function drawMaintenance(scene: Scene, length: number): Trouble {
  const stopAfter = scene.random.between(0, 500 * MS);
  const unpauseAfter = stopAfter + scene.random.between(0, 3 * SECOND);
  const time = restartTime(length) + unpauseAfter;
  return { kind: "maintained", host: host(scene), by: host(scene), stopAfter, unpauseAfter, for: time };
}

function drawRefusal(scene: Scene, length: number): Trouble {
  const code = weighted(scene.random, ["EPERM", "ENOMEM", "ENOBUFS"]);
  const order = scene.random.chance(0.8) ? "add" : "remove";
  return { kind: "kernel-refuses", host: host(scene), order, code, for: length };
}

function drawCommand(scene: Scene): Command {
  const { random, cluster, site } = scene;
  const service = random.pick(cluster.services);
  const node = weighted(random, site.hosts).name;
  const isMove = random.chance(0.5);
  if (isMove && service !== undefined) {
    return { kind: "move", service: service.name, to: random.chance(0.9) ? weighted(random, service.nodes) : node };
  }
  return weighted<Command>(random, [
    { kind: "drain", node },
    { kind: "resume", node },
    { kind: "resume", node },
    { kind: "pause" },
    { kind: "unpause" },
    { kind: "unpause" },
  ]);
}

/** A new cluster file: one service added, removed, reordered or drawn anew; each node reads it in its own time. */
function drawReconfiguration(scene: Scene): Trouble {
  const { random, site } = scene;
  const services = [...scene.cluster.services];
  const index = random.between(0, services.length - 1);
  const nodes = site.hosts.map(({ name }) => name);
  const slot = { name: services[index]?.name ?? LATE_SERVICE, nodes, segments: site.segments };
  const kind = weighted(random, ["removed", "redrawn", "reordered", "added"]);
  if (kind === "removed" && services.length > 1) services.splice(index, 1);
  else if (kind === "added" && !services.some(({ name }) => name === LATE_SERVICE)) {
    services.push(drawService(random, { ...slot, name: LATE_SERVICE }));
  } else if (kind === "redrawn") services[index] = drawService(random, slot);
  else services[index] = reordered(random, drawService(random, slot), scene.cluster.services[index]);
  scene.cluster = withHash({ ...scene.cluster, services });
  const spread = weighted(random, [10 * MS, SECOND, 4 * SECOND]);
  return { kind: "reconfigured", cluster: scene.cluster, delays: nodes.map(() => random.between(0, spread)) };
}

const reordered = (
  random: Random,
  fresh: Cluster["services"][number],
  before: Cluster["services"][number] | undefined,
): Cluster["services"][number] => ({
  ...fresh,
  addresses: before?.addresses ?? fresh.addresses,
  nodes: shuffled(random, before?.nodes ?? fresh.nodes),
  ...(before?.programs === undefined ? {} : { programs: before.programs }),
});
