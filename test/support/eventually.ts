import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

const LOOK_MS = 10;
/** Far longer than anything takes on a machine that is alive. */
const LOOKS_MAX = 6_000;

/** Waits until another process has brought something about. */
export async function eventually(isSo: () => boolean, what = "what the test waits for has come"): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    if (isSo()) return;
    await wait(LOOK_MS);
  }
  assert.fail(`not so: ${what}`);
}
