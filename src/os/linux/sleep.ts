const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Holds up this thread, and lets others have its processor: for who must not return to the event loop in between. */
export function sleep(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}
