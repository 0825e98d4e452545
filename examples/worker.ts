/**
 * A program of a service that talks to Locum: it works off the jobs in a directory, says how many wait, says that it is in
 * trouble when they are too many, and has its service moved when the directory is gone.
 *
 *     programs:
 *       worker: { run: [/usr/bin/node, /opt/worker.js, /var/spool/shop, "10"], user: shop }
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocumClient, LocumError, type ProgramReport } from "locum/client";

const LOOK_MS = 200;

const [spool = "/var/spool/shop", limit = "10"] = process.argv.slice(2);
/** By the socket in LOCUM_SOCKET, which is this program's own: what it says there is said of it. */
const locum = new LocumClient();
let last = "";

/** Says what is news; Locum keeps it until something else is said. */
async function say(report: ProgramReport): Promise<void> {
  const text = JSON.stringify(report);
  if (text === last) return;
  await locum.report(report);
  last = text;
}

async function lookOnce(): Promise<void> {
  const jobs = await readdir(spool).catch(() => undefined);
  if (jobs === undefined) {
    await say({ state: "trouble", words: `${spool} is gone` });
    // Answered when another node has the service; this program is ended then, if it runs where the service is only.
    console.log(await locum.moveAway());
    return;
  }
  const words = `${jobs.length} jobs wait`;
  await say(jobs.length > Number(limit) ? { state: "trouble", words } : { state: "well", words });
  const [next] = jobs.filter((job) => job.endsWith(".job"));
  if (next !== undefined) await rm(join(spool, next));
}

const { service, node } = await locum.self();
console.log(`working for ${service} on ${node}`);
for (;;) {
  try {
    await lookOnce();
  } catch (error) {
    // An agent that is away, or says no, keeps nobody from working: it is asked again.
    if (!(error instanceof LocumError)) throw error;
    console.error(`${error.failure.code}: ${error.message}`);
  }
  await pause(LOOK_MS);
}
