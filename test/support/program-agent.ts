import { serviceName } from "../../src/model/names.js";
import { GuardLink } from "../../src/daemon/guard/guard-link.js";
import { ProgramLink } from "../../src/daemon/programs/program-link.js";
import type { HostOptions } from "../../src/daemon/programs/program-protocol.js";
import type { ProgramConfig } from "../../src/model/program.js";

/*
 * Stands in for an agent that dies: it has a guard where wanted, runs some programs, and tells what it hears in lines of
 * JSON, until somebody kills it.
 */

export interface ProgramAgentOptions {
  readonly host: HostOptions;
  readonly isGuarded: boolean;
  /** Programs are to outlive it. */
  readonly isKeeping?: boolean;
  readonly programs: readonly ProgramConfig[];
}

const tell = (what: object): void => console.log(JSON.stringify(what));

async function main({ host, isGuarded, isKeeping, programs }: ProgramAgentOptions): Promise<void> {
  const guard = new GuardLink({
    socket: host.socket,
    onFiring: () => tell({ kind: "firing" }),
    onFired: tell,
    onTrouble: (problem) => tell({ kind: "trouble", problem }),
    onRecovered: () => undefined,
  });
  if (isGuarded) {
    await guard.start();
    guard.guard([], isKeeping !== true);
  }
  const link = new ProgramLink({
    host,
    onInput: tell,
    onTrouble: (problem) => tell({ kind: "trouble", problem }),
    onRecovered: () => undefined,
    mayOutlive: () => Promise.resolve(true),
  });
  link.keep(isKeeping === true);
  programs.forEach((config, index) =>
    link.perform({
      kind: "start-program",
      start: { run: index + 1, service: serviceName("shop"), config, role: "holder" },
    }),
  );
  tell({ kind: "hosted", pid: link.pid, guard: guard.pid });
  setInterval(() => undefined, 60_000);
}

await main(JSON.parse(process.argv[2] ?? "{}") as ProgramAgentOptions);
