import { EventEmitter, once } from "node:events";
import { bootClock } from "../src/os/linux/libc.js";
import { type Instant, between, inMilliseconds } from "../src/base/time.js";
import type { Host } from "../lab/host.js";
import { SHOP_ADDRESS } from "../src/main/trial/trial.js";
import { LocumSubject } from "./locum-subject.js";

/** How long the service address stays on the node whose agent was killed with -9, as another process there sees it. */
export interface Removal {
  readonly profile: string;
  readonly ms: number;
}

/** An address of the loopback interface, to see whether the kernel's events arrive. */
const PROOF = "127.0.0.77/32";
/** As `ip -ts monitor` writes it: local time, microseconds. */
const STAMP = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\]/;

export async function measureRemoval(
  profile: string,
  runs: number,
  progress: (removal: Removal) => void,
): Promise<readonly Removal[]> {
  const subject = await LocumSubject.open({ profile });
  const removals: Removal[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const holder = run % 2 === 0 ? "web1" : "web2";
      const removed = await watchRemoval(subject.trial.host(holder));
      const killed = await subject.inflict("agent kill -9", holder);
      const removal = { profile, ms: (await removed()) - wallMs(killed) };
      removals.push(removal);
      progress(removal);
      await subject.recover("agent kill -9", holder);
    }
  } finally {
    await subject.close();
  }
  return removals;
}

/** @returns what waits for the removal, and says when it was; since 1970, in milliseconds. */
async function watchRemoval(host: Host): Promise<() => Promise<number>> {
  const heard = new EventEmitter();
  const [listens, removed] = [once(heard, "proof"), once(heard, "removed")];
  const monitor = await host.spawn(["ip", "-ts", "-oneline", "monitor", "address"], {
    onLine: (line) => {
      if (line.includes(PROOF)) heard.emit("proof");
      if (line.includes("Deleted") && line.includes(` ${SHOP_ADDRESS}/`)) heard.emit("removed", line);
    },
  });
  const proof = setInterval(() => void prove(host), 50);
  await listens;
  clearInterval(proof);
  return async () => {
    const [line] = (await removed) as [string];
    monitor.signal("SIGTERM");
    await monitor.exited;
    return stampMs(line);
  };
}

async function prove(host: Host): Promise<void> {
  await host.run(["ip", "address", "replace", PROOF, "dev", "lo"]);
}

function stampMs(line: string): number {
  const [, second = "", micros = ""] = STAMP.exec(line) ?? [];
  return new Date(second).getTime() + Number(micros) / 1_000;
}

const wallMs = (at: Instant): number =>
  performance.timeOrigin + performance.now() - inMilliseconds(between(at, bootClock()));
