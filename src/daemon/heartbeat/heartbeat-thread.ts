/* Entry of the heartbeat thread: it waits in ppoll and never returns to the event loop until it ends. */
import { parentPort, workerData } from "node:worker_threads";
import { known } from "../../base/assert.js";
import { bootClock } from "../../os/linux/libc.js";
import { REALTIME_PRIORITY, raisePriority } from "../../os/linux/scheduling.js";
import { hastenMain, isUrgentReport } from "../haste.js";
import { runStation } from "../station-loop.js";
import type { HeartbeatCommand, HeartbeatMessage, HeartbeatStart } from "./heartbeat-protocol.js";
import { HeartbeatStation } from "./heartbeat-station.js";

const start = workerData as HeartbeatStart;
const port = known(parentPort ?? undefined, "this file runs as a worker");
const station = new HeartbeatStation(start, { clock: bootClock, post });

function post(message: HeartbeatMessage): void {
  if (message.kind === "reported" && message.reports.some(isUrgentReport)) hastenMain();
  port.postMessage(message);
}

const started: HeartbeatMessage = { kind: "started", standing: raisePriority(REALTIME_PRIORITY) };
port.postMessage(started);
try {
  runStation<HeartbeatCommand>(station, { port, wakeFd: start.wakeFd, purpose: "wait for heartbeats" });
} finally {
  // Descriptors of our own outlive a thread that fails.
  station.close();
}
port.close();
