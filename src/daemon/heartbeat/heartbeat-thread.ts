/* Entry of the heartbeat thread: it waits in ppoll and never returns to the event loop until it ends. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { known } from "../../base/assert.js";
import { bootClock, read } from "../../os/linux/libc.js";
import { PollSet } from "../../os/linux/poll-set.js";
import { REALTIME_PRIORITY, raisePriority } from "../../os/linux/scheduling.js";
import { checked } from "../../os/linux/system-call-error.js";
import { hastenMain, isUrgentReport } from "../haste.js";
import type { HeartbeatCommand, HeartbeatMessage, HeartbeatStart } from "./heartbeat-protocol.js";
import { HeartbeatStation } from "./heartbeat-station.js";

const start = workerData as HeartbeatStart;
const port = known(parentPort ?? undefined, "this file runs as a worker");
const station = new HeartbeatStation(start, { clock: bootClock, post });
const wakeCount = new Uint8Array(8);

function post(message: HeartbeatMessage): void {
  if (message.kind === "reported" && message.reports.some(isUrgentReport)) hastenMain();
  port.postMessage(message);
}

function takeCommands(): void {
  read(start.wakeFd, wakeCount);
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    station.command(next.message as HeartbeatCommand);
  }
}

function loop(): void {
  let fds: readonly number[] = [];
  let polled = new PollSet([start.wakeFd]);
  while (!station.ended) {
    if (station.fds !== fds) {
      fds = station.fds;
      polled = new PollSet([start.wakeFd, ...fds]);
    }
    checked(polled.wait(station.sleep()), "ppoll", "wait for heartbeats");
    if (polled.isReady(0)) takeCommands();
    station.run();
  }
}

const started: HeartbeatMessage = { kind: "started", standing: raisePriority(REALTIME_PRIORITY) };
port.postMessage(started);
try {
  loop();
} finally {
  // Descriptors of our own outlive a thread that fails.
  station.close();
}
port.close();
