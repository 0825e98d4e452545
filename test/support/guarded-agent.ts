import { createInterface } from "node:readline";
import { milliseconds } from "../../src/base/time.js";
import { GuardLink } from "../../src/daemon/guard/guard-link.js";
import { type Goodbye, RENEWAL_BYTES, writeRenewal } from "../../src/daemon/guard/guard-protocol.js";
import type { PlacedAddress } from "../../src/model/kernel.js";
import { bootClock, write } from "../../src/os/linux/libc.js";

/*
 * Stands in for an agent in the guard's tests: it has a guard, renews its lease, and does nothing else. It tells what
 * happens in lines of JSON, and obeys single words on its standard input.
 */

export interface GuardedAgentOptions {
  readonly socket: string;
  readonly addresses: readonly PlacedAddress[];
  readonly guarded: boolean;
  readonly goodbyes: readonly Goodbye[];
  readonly leaseMs: number;
  readonly nodeOptions?: readonly string[];
}

const RENEW_MS = 10;
const tell = (what: object): void => console.log(JSON.stringify(what));

async function main(options: GuardedAgentOptions): Promise<void> {
  const link = new GuardLink({
    socket: options.socket,
    ...(options.nodeOptions === undefined ? {} : { nodeOptions: options.nodeOptions }),
    onFiring: () => tell({ kind: "firing" }),
    onFired: (fired) => tell(fired),
    onTrouble: (problem) => tell({ kind: "trouble", problem }),
    onRecovered: () => tell({ kind: "recovered", guard: link.pid }),
  });
  // It goes on trying, and tells when it has one.
  await link.start().catch(() => undefined);
  link.guard(options.addresses, options.guarded);
  link.prepareGoodbyes(options.goodbyes);
  const renewal = new Uint8Array(RENEWAL_BYTES);
  const renew = (): void => {
    writeRenewal(new DataView(renewal.buffer), bootClock(), milliseconds(options.leaseMs));
    write(link.renewalsFd ?? -1, renewal);
  };
  renew();
  setInterval(renew, RENEW_MS);
  createInterface({ input: process.stdin }).on("line", (word) => {
    if (word === "disarm") link.disarm();
    if (word === "end") process.exit(0);
  });
  tell({ kind: "ready", guard: link.pid });
}

await main(JSON.parse(process.argv[2] ?? "{}") as GuardedAgentOptions);
