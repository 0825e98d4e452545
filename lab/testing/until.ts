import { setTimeout as pause } from "node:timers/promises";
import { LocumError } from "../../src/base/locum-error.js";

const WAIT_MS_MAX = 10_000;
const LOOK_MS = 10;

/** Waits for something that announces itself in no other way than by being so. @throws {LocumError} when it is not. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new LocumError({ code: "lab.waited-too-long", message: `Waited too long until ${what}` });
    await pause(LOOK_MS);
  }
}
