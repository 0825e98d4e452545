import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import type { UdpProbe } from "../lab/measure.js";
import type { Subject } from "./subject.js";

/** Busy processes for each core: the scheduler then gives a fair process a fifth of one. */
const BUSY_PER_CORE = 4;

export interface Calm {
  readonly subject: string;
  readonly minutes: number;
  /** Times that another node began to serve although nothing was wrong. */
  readonly takeovers: number;
}

/** Counts the takeovers without cause of all subjects, beside each other, while all cores are overbooked. */
export async function measureCalm(subjects: readonly Subject[], minutes: number): Promise<readonly Calm[]> {
  const watches: Watch[] = [];
  for (const subject of subjects) watches.push(await startWatch(subject));
  const busy = startBusyProcesses();
  try {
    for (let minute = 0; minute < minutes; minute += 1) {
      await new Promise((resolve) => void setTimeout(resolve, 60_000));
      for (const watch of watches) await look(watch);
    }
  } finally {
    for (const each of busy) each.kill("SIGKILL");
  }
  for (const { probe } of watches) await probe.stop();
  return watches.map(({ subject, takeovers }) => ({ subject: subject.name, minutes, takeovers }));
}

interface Watch {
  readonly subject: Subject;
  readonly probe: UdpProbe;
  server: string | undefined;
  takeovers: number;
}

async function startWatch(subject: Subject): Promise<Watch> {
  const probe = await subject.startProbe();
  await probe.servedBy();
  await probe.report();
  return { subject, probe, server: undefined, takeovers: 0 };
}

async function look(watch: Watch): Promise<void> {
  const servers = await serversOf(watch.probe);
  watch.takeovers += changes(watch.server === undefined ? servers : [watch.server, ...servers]);
  watch.server = servers.at(-1) ?? watch.server;
}

const serversOf = async (probe: UdpProbe): Promise<readonly string[]> =>
  (await probe.report()).timeline.map((span) => span.server);

const changes = (servers: readonly string[]): number =>
  servers.filter((server, index) => index > 0 && server !== servers[index - 1]).length;

function startBusyProcesses(): readonly ChildProcess[] {
  const count = availableParallelism() * BUSY_PER_CORE;
  return Array.from({ length: count }, () => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
}
