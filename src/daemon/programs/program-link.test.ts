import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ProgramBench, SIMPLE } from "../../../test/support/program-bench.js";
import { milliseconds } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { KeptPrograms, KeptRun } from "../../model/program.js";
import { LineBuffer } from "../line-buffer.js";
import type { HostProcess } from "./host-process.js";
import { ProgramLink } from "./program-link.js";
import { PROGRAM_LINE_MAX } from "./program-protocol.js";

const HOST: HostProcess = {
  pid: undefined,
  channel: undefined,
  kill: () => undefined,
  whenEnded: () => undefined,
  hold: () => undefined,
};

const runOf = (run: number): KeptRun => ({
  start: { run, service: serviceName("shop"), config: SIMPLE, role: "holder" },
  age: milliseconds(5),
  role: "holder",
  facts: [],
});

test("an agent is told of everything that a host has kept for it", () => {
  const link = new ProgramLink({
    host: { socket: join(tmpdir(), "no-such.sock"), node: nodeName("web1"), logs: tmpdir() },
    onInput: () => undefined,
    onTrouble: () => undefined,
    onRecovered: () => undefined,
    mayOutlive: () => Promise.resolve(true),
  });
  const told: Required<KeptPrograms> = {
    runs: [runOf(3)],
    left: [{ run: -1, service: serviceName("shop"), program: SIMPLE.name }],
    ended: [runOf(2)],
    lastRun: 9,
  };
  const kept = { kind: "kept", pid: 1, shortcoming: undefined, ...told } as const;
  const lines = new LineBuffer(PROGRAM_LINE_MAX);
  assert.deepEqual(link.resume({ kind: "found", host: HOST, kept, more: [], lines }), told);
});

test("an agent that stood still for longer than a host may be silent hears what it said before it judges it", async (t) => {
  const on = new ProgramBench();
  t.after(() => on.close());
  await on.heard("program-ready", on.start({}));
  const host = on.link.pid;
  // As when the machine has no time for it: neither timers nor what is to be read.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 11_500);
  await on.heard("program-ready", on.start({}));
  assert.deepEqual([on.link.pid, on.troubles], [host, []]);
});
