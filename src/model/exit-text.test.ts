import assert from "node:assert/strict";
import { test } from "node:test";
import { exitText, ocfStatusText } from "./exit-text.js";

test("each end says what is usually meant by it", () => {
  assert.equal(exitText({ kind: "status", status: 0 }), "exit status 0 (success)");
  assert.equal(exitText({ kind: "status", status: 78 }), "exit status 78 (wrong configuration)");
  assert.equal(exitText({ kind: "status", status: 1 }), "exit status 1");
  assert.equal(exitText({ kind: "status", status: 2 }), "exit status 2", "each program means something else by it");
  assert.equal(exitText({ kind: "status", status: 42 }), "exit status 42");
  assert.equal(exitText({ kind: "status", status: 143 }), "exit status 143 (a command of it was ended by SIGTERM)");
  assert.equal(
    exitText({ kind: "signal", signal: "SIGSEGV" }),
    "killed by SIGSEGV (it used memory that is not its own)",
  );
  assert.equal(exitText({ kind: "signal", signal: "SIGRTMIN" }), "killed by SIGRTMIN");
  assert.equal(exitText({ kind: "out-of-memory" }), "killed by the kernel: it used more memory than its limit");
  assert.equal(exitText({ kind: "not-running" }), "found not running");
});

test("an OCF agent's answers have meanings of their own", () => {
  assert.equal(ocfStatusText(7), "status 7 (not running)");
  assert.equal(ocfStatusText(8), "status 8 (running and promoted)");
  assert.equal(ocfStatusText(99), "status 99");
});
