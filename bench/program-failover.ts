import { setTimeout as pause } from "node:timers/promises";
import { known } from "../src/base/assert.js";
import { inMilliseconds, seconds } from "../src/base/time.js";
import { bootClock } from "../src/os/linux/libc.js";
import { SHOP_ADDRESS, Trial } from "../src/main/trial/trial.js";
import { gapAfter } from "../lab/client/probe-report.js";
import { ECHO_COMMAND, ECHO_PROGRAM_PORT, echoProgram } from "../lab/echo-program.js";
import { startUdpProbe, type UdpProbe } from "../lab/measure.js";

/** What follows when the program that serves is killed. */
export const PROGRAM_CASES = ["warm standby, move", "restart here, starts in 20 ms"] as const;
export type ProgramCase = (typeof PROGRAM_CASES)[number];

/** What a client saw when the program that served it was killed. */
export interface ProgramSample {
  readonly case: ProgramCase;
  readonly gapMs: number;
  readonly lost: number;
}

const SERVICE = "shop";
const START_MS = 20;
const WATCH_MS = 300;

/** Without an end of restarts: each counts as the first. */
const PROGRAMS: Readonly<Record<ProgramCase, string>> = {
  "warm standby, move": `run: ${JSON.stringify(echoProgram(SHOP_ADDRESS))}
        standby: on
        restart: { exits: { "*": move } }`,
  "restart here, starts in 20 ms": `run: ${JSON.stringify(echoProgram(SHOP_ADDRESS, START_MS))}
        restart: { delays: [0s], within: 1ms }`,
};

/** Kills the program that serves `runs` times, with SIGKILL. */
export async function measureProgramFailover(
  what: ProgramCase,
  runs: number,
  progress: (sample: ProgramSample) => void,
): Promise<readonly ProgramSample[]> {
  const services = `  ${SERVICE}:
    addresses: [${SHOP_ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      echo:
        ${PROGRAMS[what]}\n`;
  const trial = await Trial.open({ nodes: 2, services });
  try {
    await trial.startAgents();
    await trial.settle(SERVICE, "web1");
    const probe = await startUdpProbe(trial.host("client"), { target: `${SHOP_ADDRESS}:${ECHO_PROGRAM_PORT}` });
    const samples: ProgramSample[] = [];
    let holder = "web1";
    await probe.servedBy(holder);
    for (let run = 0; run < runs; run += 1) {
      const heir = what === "warm standby, move" ? other(holder) : holder;
      const sample = { case: what, ...(await measureOnce(trial, probe, holder, heir)) };
      samples.push(sample);
      progress(sample);
      holder = heir;
      await recover(trial, holder);
    }
    return samples;
  } finally {
    await trial.close();
  }
}

async function measureOnce(
  trial: Trial,
  probe: UdpProbe,
  holder: string,
  heir: string,
): Promise<Pick<ProgramSample, "gapMs" | "lost">> {
  await pause(WATCH_MS);
  await probe.report();
  const [pid] = trial.host(holder).processesNamed(ECHO_COMMAND);
  const at = bootClock();
  process.kill(known(pid, "the holder's program runs"), "SIGKILL");
  if (heir !== holder) await probe.servedBy(heir, at);
  await pause(WATCH_MS);
  const report = await probe.report();
  const gap = gapAfter(report, at, seconds(10));
  return { gapMs: gap === undefined ? 0 : inMilliseconds(gap.duration), lost: report.lost };
}

/** A node that the program failed on counts as mended, and stands by again. */
async function recover(trial: Trial, holder: string): Promise<void> {
  await trial.client(holder).start(SERVICE);
  await trial.untilHeldBy(SERVICE, holder, trial.nodes);
  for (const node of trial.nodes) await trial.untilFit(node, holder);
  await trial.until(holder, ({ services }) =>
    (services[SERVICE]?.programs ?? []).every(({ state }) => state === "ready"),
  );
}

const other = (node: string): string => (node === "web1" ? "web2" : "web1");
