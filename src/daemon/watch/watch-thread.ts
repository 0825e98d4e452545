/* Entry of the watch thread: it waits in ppoll and never returns to the event loop until it ends. */
import { parentPort, workerData } from "node:worker_threads";
import { known } from "../../base/assert.js";
import type { NodeInput } from "../../model/node-io.js";
import { bootClock } from "../../os/linux/libc.js";
import { HASTE_PRIORITY, raisePriority } from "../../os/linux/scheduling.js";
import { hastenMain, isUrgentInput } from "../haste.js";
import { runStation } from "../station-loop.js";
import type { WatchOrder, WatchReport, WatchStart } from "./watch-protocol.js";
import { WatchStation } from "./watch-station.js";

const start = workerData as WatchStart;
const port = known(parentPort ?? undefined, "this file runs as a worker");
const untaken = new Int32Array(start.untaken);

function post(report: WatchReport): void {
  if (report.kind === "inputs") announce(report.inputs);
  port.postMessage(report);
}

function announce(inputs: readonly NodeInput[]): void {
  Atomics.add(untaken, 0, inputs.length);
  if (inputs.some(isUrgentInput)) hastenMain();
}

raisePriority(HASTE_PRIORITY);
const station = new WatchStation({ clock: bootClock, post, untaken: () => Atomics.load(untaken, 0) });
runStation<WatchOrder>(station, { port, wakeFd: start.wakeFd, purpose: "wait for the kernel's reports" });
station.close();
port.close();
