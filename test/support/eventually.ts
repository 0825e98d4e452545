import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

const LOOK_MS = 20;
/** Far longer than anything takes on a machine that is alive. */
const PATIENCE_MS = 60_000;

/**
 * Looks again and again until it is so, because no one event says it.
 * @param what is said where it does not come to be so, after `not so: `; a function is asked only then
 */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  what: string | (() => string) = "what the test waits for has come",
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) assert.fail(`not so: ${typeof what === "string" ? what : what()}`);
    await wait(LOOK_MS);
  }
}
