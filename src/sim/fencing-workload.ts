import type { Random } from "../base/random.js";
import { milliseconds, seconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { FenceConfig, FenceMethod } from "../model/fencing.js";
import { drawLength, type FaultTime } from "./fault-workload.js";
import type { Fault, FencingFailure, SitePlan } from "./plan.js";
import { hasPrograms } from "./program-workload.js";
import { weighted, withHash } from "./site-workload.js";

const SECOND = 1_000_000;
/** So many of the worlds with programs have methods to fence their nodes. */
const WORLDS_WITH_FENCING = 0.5;
const METHOD_NAMES = ["outlet", "controller"] as const;
const FAILURES: readonly FencingFailure[] = ["late", "lies", "denies", "refuses", "refuses", "hangs"];
/** Faults of the fencing of one plan, at most. */
const FAULTS_MAX = 50;

export const hasFencing = ({ nodes }: Cluster): boolean => nodes.some(({ fence }) => fence !== undefined);

/** Methods to cut nodes off, in some of the worlds whose programs may have to be cut off; the others stay as they are. */
export function withFencing(random: Random, site: SitePlan): SitePlan {
  if (!hasPrograms(site.cluster) || !random.chance(WORLDS_WITH_FENCING)) return site;
  const fence = drawFence(random);
  return {
    ...site,
    cluster: withHash({ ...site.cluster, nodes: site.cluster.nodes.map((node) => ({ ...node, fence })) }),
  };
}

const drawFence = (random: Random): FenceConfig => ({
  methods: METHOD_NAMES.slice(0, random.between(1, METHOD_NAMES.length)).map((name) => drawMethod(random, name)),
  origin: "cluster",
  when: ["stuck"],
  delay: milliseconds(random.between(200, 2_000)),
  attempts: random.between(1, 3),
  retry: seconds(random.between(1, 4)),
  rest: seconds(random.between(5, 20)),
});

const drawMethod = (random: Random, name: string): FenceMethod => ({
  name,
  command: [`/usr/sbin/${name}`],
  speech: { kind: "json" },
  secretFile: undefined,
  timeout: milliseconds(random.between(1_000, 5_000)),
  nodes: [],
});

/** A schedule of faults of what cuts nodes off; none in a world without. */
export function drawFencingFaults(random: Random, site: SitePlan, time: FaultTime): readonly Fault[] {
  if (!hasFencing(site.cluster)) return [];
  const gapMax = weighted(random, [5, 20, 60]) * SECOND;
  const faults: Fault[] = [];
  for (let at = time.from; at < time.until && faults.length < FAULTS_MAX; at += random.between(SECOND, gapMax)) {
    const length = drawLength(random, 20 * SECOND, SECOND);
    faults.push({
      moment: { kind: "at", time: at },
      befallsSpeaker: false,
      trouble: { kind: "fencing-fails", how: weighted(random, FAILURES), for: length },
    });
  }
  return faults;
}
