/* Entry of the watch thread: it waits in ppoll and never returns to the event loop until it ends. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { known } from "../../base/assert.js";
import type { NodeInput } from "../../model/node-io.js";
import { bootClock, read } from "../../os/linux/libc.js";
import { PollSet } from "../../os/linux/poll-set.js";
import { HASTE_PRIORITY, raisePriority } from "../../os/linux/scheduling.js";
import { checked } from "../../os/linux/system-call-error.js";
import { hastenMain, isUrgentInput } from "../haste.js";
import type { WatchOrder, WatchReport, WatchStart } from "./watch-protocol.js";
import { WatchStation } from "./watch-station.js";

const start = workerData as WatchStart;
const port = known(parentPort ?? undefined, "this file runs as a worker");
const untaken = new Int32Array(start.untaken);
const wakeCount = new Uint8Array(8);

function post(report: WatchReport): void {
  if (report.kind === "inputs") announce(report.inputs);
  port.postMessage(report);
}

function announce(inputs: readonly NodeInput[]): void {
  Atomics.add(untaken, 0, inputs.length);
  if (inputs.some(isUrgentInput)) hastenMain();
}

function takeOrders(station: WatchStation): void {
  read(start.wakeFd, wakeCount);
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    station.order(next.message as WatchOrder);
  }
}

function loop(station: WatchStation): void {
  let fds: readonly number[] = [];
  let polled = new PollSet([start.wakeFd]);
  while (!station.ended) {
    if (station.fds !== fds) {
      fds = station.fds;
      polled = new PollSet([start.wakeFd, ...fds]);
    }
    checked(polled.wait(station.sleep()), "ppoll", "wait for the kernel's reports");
    if (polled.isReady(0)) takeOrders(station);
    station.run();
  }
  station.close();
}

raisePriority(HASTE_PRIORITY);
loop(new WatchStation({ clock: bootClock, post, untaken: () => Atomics.load(untaken, 0) }));
port.close();
