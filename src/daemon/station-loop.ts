import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Duration } from "../base/time.js";
import { read } from "../os/linux/libc.js";
import { PollSet } from "../os/linux/poll-set.js";
import { checked } from "../os/linux/system-call-error.js";

/** The work of a thread that waits for descriptors and never for the event loop. */
export interface Station<Order> {
  /** Another list whenever they change. */
  readonly fds: readonly number[];
  readonly ended: boolean;
  /** How long to wait if no descriptor can be read before; undefined: without end. */
  sleep(): Duration | undefined;
  run(): void;
  order(order: Order): void;
}

interface Waiting {
  readonly port: MessagePort;
  /** An eventfd that can be read when there are orders at the port. */
  readonly wakeFd: number;
  /** What a refused wait was to do. */
  readonly purpose: string;
}

/** Runs a station until it has ended: whatever comes on its descriptors, and its orders before that. */
export function runStation<Order>(station: Station<Order>, { port, wakeFd, purpose }: Waiting): void {
  const wakeCount = new Uint8Array(8);
  let fds: readonly number[] = [];
  let polled = new PollSet([wakeFd]);
  while (!station.ended) {
    if (station.fds !== fds) {
      fds = station.fds;
      polled = new PollSet([wakeFd, ...fds]);
    }
    checked(polled.wait(station.sleep()), "ppoll", purpose);
    if (polled.isReady(0)) {
      read(wakeFd, wakeCount);
      takeOrders(station, port);
    }
    station.run();
  }
}

function takeOrders<Order>(station: Station<Order>, port: MessagePort): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    // The main thread of the same program sent it.
    station.order(next.message as Order);
  }
}
