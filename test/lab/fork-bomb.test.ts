/*
 * A program that forks without end. It takes all processors from whatever ordinary else runs on the machine, so that this runs
 * by itself, as labs do.
 */
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { controlGroupsMissing, ProgramBench, shell } from "../support/program-bench.js";

test("a program that forks without end disturbs nobody and dies whole", { skip: controlGroupsMissing() }, async (t) => {
  const on = new ProgramBench();
  t.after(() => on.close());
  const run = on.start({ source: shell("f() { f | f & }; f; sleep 1000") });
  await on.heard("program-ready", run);
  await pause(500);
  const other = on.start({ source: shell("exit 0") });
  await on.heard("program-gone", other);
  on.kill(run);
  await on.heard("program-gone", run);
});
