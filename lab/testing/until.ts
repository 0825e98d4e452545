import { setTimeout as pause } from "node:timers/promises";
import { LocumError } from "../../src/base/locum-error.js";

/** Far longer than anything takes on a machine that is alive. */
const WAIT_MS_MAX = 60_000;
const LOOK_MS = 10;

/** Waits for something that announces itself in no other way than by being so. @throws {LocumError} when it is not. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new LocumError({ code: "lab.waited-too-long", message: `Waited too long until ${what}` });
    await pause(LOOK_MS);
  }
}
