import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../../base/time.js";
import { readTimespan, readUnitState } from "./systemd-units.js";

test("spans as systemd writes them", () => {
  assert.equal(readTimespan("1min 30s"), seconds(90));
  assert.equal(readTimespan("1h 2min 3.500s"), seconds(3_723.5));
  assert.equal(readTimespan("100ms"), milliseconds(100));
  for (const none of ["infinity", "", "1month", "s", "90"]) assert.equal(readTimespan(none), undefined, none);
});

test("a unit that waits to be started again by its own Restart= has ended", () => {
  const text = "ActiveState=activating\nSubState=auto-restart\nNRestarts=2\nExecMainCode=2\nExecMainStatus=9\n";
  const { activity, isWaiting, restarts, exit } = readUnitState(text);
  assert.deepEqual(
    { activity, isWaiting, restarts, exit },
    { activity: "activating", isWaiting: true, restarts: 2, exit: { kind: "signal", signal: "SIGKILL" } },
  );
  assert.equal(readUnitState("ActiveState=activating\nSubState=start-pre\n").isWaiting, false);
});
