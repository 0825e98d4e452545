import type { DetectorReport } from "../model/heartbeat.js";
import type { NodeInput } from "../model/node-io.js";
import { hasten, relax } from "../os/linux/scheduling.js";

/*
 * The main thread is an ordinary one, since the API lets others give it work. What may lead to a takeover must not wait
 * behind other programs, though: whoever wakes the main thread for that hastens it, it hastens itself while it decides
 * and acts, and when everything that waited is handled it is an ordinary thread again.
 */

/** The kernel numbers the first thread of a process like the process. */
const MAIN_THREAD = process.pid;

const URGENT_REPORTS: ReadonlySet<DetectorReport["kind"]> = new Set<DetectorReport["kind"]>([
  "peer-silent",
  "peer-said-goodbye",
  "bulletin-heard",
]);
const URGENT_INPUTS: ReadonlySet<NodeInput["kind"]> = new Set<NodeInput["kind"]>([
  "link-changed",
  "link-removed",
  "address-removed",
  "path-judged",
]);

export const isUrgentReport = ({ kind }: DetectorReport): boolean => URGENT_REPORTS.has(kind);
export const isUrgentInput = ({ kind }: NodeInput): boolean => URGENT_INPUTS.has(kind);

/** To be called by any thread, before it gives the main thread something urgent. */
export const hastenMain = (): void => hasten(MAIN_THREAD);
export const relaxMain = (): void => relax(MAIN_THREAD);
