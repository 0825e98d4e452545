import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ProgramBench, SIMPLE } from "../../../test/support/program-bench.js";
import { milliseconds } from "../../base/time.js";
import { getrlimit, setrlimit } from "../../os/linux/libc.js";
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

const RLIMIT_NOFILE = 7;

/** Leaves this process no room for another open file. @returns what gives it back */
function fillOpenFiles(): () => void {
  const [before, full] = [new Uint8Array(16), new Uint8Array(16)];
  getrlimit(RLIMIT_NOFILE, before);
  full.set(before);
  const open = new Set(readdirSync("/proc/self/fd").map(Number));
  let fd = 0;
  while (open.has(fd)) fd += 1;
  new DataView(full.buffer).setBigUint64(0, BigInt(fd), true);
  setrlimit(RLIMIT_NOFILE, full);
  return () => setrlimit(RLIMIT_NOFILE, before);
}

test("an agent that can open no more files goes on, and says that no host runs", async (t) => {
  const defects: unknown[] = [];
  const onDefect = (error: unknown): void => void defects.push(error);
  process.on("uncaughtException", onDefect);
  t.after(() => process.off("uncaughtException", onDefect));
  const troubles: string[] = [];
  const link = new ProgramLink({
    host: { socket: join(tmpdir(), "no-such.sock"), node: nodeName("web1"), logs: tmpdir() },
    onInput: () => undefined,
    onTrouble: (problem) => troubles.push(problem),
    onRecovered: () => undefined,
    mayOutlive: () => Promise.resolve(true),
  });
  t.after(() => link.close());
  const empty = fillOpenFiles();
  link.start();
  await new Promise(setImmediate);
  empty();
  assert.deepEqual(defects, []);
  assert.match(troubles.join(), /EMFILE/);
});
