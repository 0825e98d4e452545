import { takeOrders } from "./control.js";
import type { Host } from "./host.js";
import { Lab, type LabOptions } from "./lab.js";
import type { LabProcess } from "./lab-process.js";
import { drawMap } from "./map.js";
import { enterUserNamespace } from "./privileges.js";
import type { Topology } from "./topology.js";

/** `locum lab up`: builds a lab, starts what its file says on the hosts, and keeps it until Ctrl-C or `lab down`. */
export async function runLab(topology: Topology, options: LabOptions): Promise<void> {
  enterUserNamespace();
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end.abort());
  const lab = await Lab.open(topology, options);
  try {
    const server = await takeOrders(lab, () => end.abort());
    say(drawMap(lab));
    say(["", "run something on a host:  locum lab exec HOST -- COMMAND", "Ctrl-C ends the lab"]);
    for (const host of lab.hosts.values()) await startPrograms(host);
    await ended(end.signal);
    server.close();
  } finally {
    await lab.close();
  }
}

async function startPrograms(host: Host): Promise<void> {
  for (const command of host.plan.run ?? []) {
    const process = await host.spawn(["sh", "-c", command], { onLine: (line) => say([`${host.name}: ${line}`]) });
    void process.exited.then(() => sayEnd(host, command, process));
  }
}

async function sayEnd(host: Host, command: string, process: LabProcess): Promise<void> {
  const { code, signal } = await process.exited;
  say([`${host.name}: ended with ${code ?? signal}: ${command}`]);
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

function say(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
