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

/** Counts the takeovers without cause while all cores are overbooked. */
export async function measureCalm(subject: Subject, minutes: number): Promise<Calm> {
  const probe = await subject.startProbe();
  await probe.servedBy();
  await probe.report();
  const busy = startBusyProcesses();
  let takeovers = 0;
  try {
    let server: string | undefined;
    for (let minute = 0; minute < minutes; minute += 1) {
      await new Promise((resolve) => void setTimeout(resolve, 60_000));
      const servers = await serversOf(probe);
      takeovers += changes(server === undefined ? servers : [server, ...servers]);
      server = servers.at(-1) ?? server;
    }
  } finally {
    for (const each of busy) each.kill("SIGKILL");
  }
  await probe.stop();
  return { subject: subject.name, minutes, takeovers };
}

const serversOf = async (probe: UdpProbe): Promise<readonly string[]> =>
  (await probe.report()).timeline.map((span) => span.server);

const changes = (servers: readonly string[]): number =>
  servers.filter((server, index) => index > 0 && server !== servers[index - 1]).length;

function startBusyProcesses(): readonly ChildProcess[] {
  const count = availableParallelism() * BUSY_PER_CORE;
  return Array.from({ length: count }, () => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
}
