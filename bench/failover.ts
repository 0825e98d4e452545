import { type Duration, inMilliseconds, type Instant, seconds } from "../src/base/time.js";
import { gapAfter } from "../lab/client/probe-report.js";
import type { UdpProbe } from "../lab/measure.js";
import type { Fault, Subject } from "./subject.js";

export interface Sample {
  readonly subject: string;
  readonly fault: Fault;
  readonly gapMs: number;
  readonly lost: number;
}

/** How long after a fault its gap may begin and go on. */
const WINDOW: Duration = seconds(10);
/** The client is watched for so long after it is served again, since a second gap belongs to the same fault. */
const WATCH_MS = 300;
const GIVE_UP_MS = 30_000;

/** Brings a fault on the serving node `runs` times and measures what the client saw. */
export async function measureFailover(
  subject: Subject,
  fault: Fault,
  runs: number,
  progress: (sample: Sample) => void,
): Promise<readonly Sample[]> {
  const probe = await subject.startProbe();
  const samples: Sample[] = [];
  let holder = await servedBy(probe);
  for (let run = 0; run < runs; run += 1) {
    const sample = await measureOnce(subject, probe, fault, holder);
    samples.push(sample);
    progress(sample);
    await subject.recover(fault, holder);
    holder = await calmHolder(probe, holder);
  }
  await probe.stop();
  return samples;
}

async function measureOnce(subject: Subject, probe: UdpProbe, fault: Fault, holder: string): Promise<Sample> {
  await probe.report();
  const at = await subject.inflict(fault, holder);
  await servedByAnotherThan(probe, holder, at);
  await pause(WATCH_MS);
  const report = await probe.report();
  const gap = gapAfter(report, at, WINDOW);
  const { name } = subject;
  return { subject: name, fault, gapMs: gap === undefined ? 0 : inMilliseconds(gap.duration), lost: report.lost };
}

/** Waits until one node alone has answered for a while, and says which. */
async function calmHolder(probe: UdpProbe, last: string): Promise<string> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (Date.now() < giveUpAt) {
    await probe.report();
    await pause(WATCH_MS);
    const { timeline, lost } = await probe.report();
    if (timeline.length === 1 && lost === 0) return timeline[0]?.server ?? last;
  }
  return last;
}

async function servedBy(probe: UdpProbe): Promise<string> {
  await probe.servedBy();
  return calmHolder(probe, "");
}

async function servedByAnotherThan(probe: UdpProbe, holder: string, since: Instant): Promise<void> {
  await Promise.race([probe.servedBy(holder === "web1" ? "web2" : "web1", since), pause(GIVE_UP_MS, false)]);
}

const pause = (ms: number, keepsAlive = true): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (!keepsAlive) timer.unref();
  });
