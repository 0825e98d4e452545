import { setTimeout as pause } from "node:timers/promises";
import { type Duration, type Instant, inMilliseconds, seconds } from "../src/base/time.js";
import { bootClock } from "../src/os/linux/libc.js";
import { SHOP_ADDRESS, Trial } from "../src/main/trial/trial.js";
import { gapAfter } from "../lab/client/probe-report.js";
import type { UdpProbe } from "../lab/measure.js";

export const PATH_FAULTS = ["cable cut", "dead beyond the switch", "switch by hand"] as const;
export type PathFault = (typeof PATH_FAULTS)[number];

/** What a client saw when one path of the serving node failed, and its other one took over. */
export interface PathSample {
  readonly fault: PathFault;
  /** How many addresses moved. */
  readonly addresses: number;
  readonly gapMs: number;
  readonly lost: number;
}

const WINDOW: Duration = seconds(10);
const WATCH_MS = 300;
const GROUP = "mether0";
const CLIENT = "192.168.1.100";
const [NODE, ACTIVE, IDLE] = ["web1", "eth0", "eth3"];
const PORT = `${NODE}:${ACTIVE}`;

/** Fails the active path of a node `runs` times, with so many service addresses on it. */
export async function measurePaths(
  fault: PathFault,
  addresses: number,
  runs: number,
  progress: (sample: PathSample) => void,
): Promise<readonly PathSample[]> {
  const trial = await openTrial(addresses);
  try {
    await trial.startAgents();
    await trial.settle("shop", NODE);
    const probe = await trial.startProbe();
    await probe.servedBy(NODE);
    await pause(WATCH_MS);
    const samples: PathSample[] = [];
    for (let run = 0; run < runs; run += 1) {
      const seen = await measureOnce(trial, probe, fault);
      samples.push({ fault, addresses, ...seen });
      progress({ fault, addresses, ...seen });
      await recover(trial);
    }
    return samples;
  } finally {
    await trial.close();
  }
}

function openTrial(addresses: number): Promise<Trial> {
  const monitor = `monitor: { ping: [${CLIENT}], upFor: 100ms }`;
  const paths = `{ ${GROUP}: { primary: ${ACTIVE}, secondary: ${IDLE}, addressesMax: ${addresses + 10}, ${monitor} } }`;
  const more = Array.from({ length: addresses - 1 }, (_, at) => `192.168.1.${at < 9 ? at + 2 : at + 12}/24`);
  const list = [`${SHOP_ADDRESS}/24`, ...more.filter((each) => each !== `${CLIENT}/24`)];
  const services = `  shop:\n    addresses: [${list.join(", ")}]\n    nodes: [web1, web2]\n`;
  return Trial.open({ nodes: 2, paths, services });
}

async function measureOnce(
  trial: Trial,
  probe: UdpProbe,
  fault: PathFault,
): Promise<Pick<PathSample, "gapMs" | "lost">> {
  await probe.report();
  const at = await inflict(trial, fault);
  await untilOn(trial, IDLE);
  await pause(WATCH_MS);
  const report = await probe.report();
  const gap = gapAfter(report, at, WINDOW);
  return { gapMs: gap === undefined ? 0 : inMilliseconds(gap.duration), lost: report.lost };
}

async function inflict(trial: Trial, fault: PathFault): Promise<Instant> {
  if (fault === "cable cut") return trial.lab.cut(PORT, "lan");
  if (fault === "dead beyond the switch") return trial.lab.block(PORT, "lan", { bothWays: true });
  const at = bootClock();
  await trial.client(NODE).switchPath(GROUP, { to: IDLE, node: NODE });
  return at;
}

/** Everything works, and the traffic is on its first path again: by order, which is never held back for flapping. */
async function recover(trial: Trial): Promise<void> {
  trial.lab.heal();
  trial.lab.restore(PORT, "lan");
  await trial.until(NODE, ({ nodes }) => nodes[NODE]?.paths[GROUP]?.state === "sound");
  await trial.client(NODE).switchPath(GROUP, { to: ACTIVE, node: NODE });
  await untilOn(trial, ACTIVE);
  await pause(WATCH_MS);
}

async function untilOn(trial: Trial, name: string): Promise<void> {
  await trial.until(NODE, ({ nodes }) => nodes[NODE]?.paths[GROUP]?.interface === name);
}
