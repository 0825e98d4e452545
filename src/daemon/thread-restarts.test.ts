import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, type Instant } from "../base/time.js";
import { ThreadRestarts } from "./thread-restarts.js";

const at = (seconds: number): Instant => instant(seconds * 1_000_000);

test("a thread is replaced, unless the last one was replaced less than a minute ago", () => {
  const restarts = new ThreadRestarts();
  assert.deepEqual(
    [0, 60, 121, 180].map((second) => restarts.died(at(second))),
    ["restart", "restart", "restart", "give-up"],
  );
});
