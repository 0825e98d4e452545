import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { programsMissing } from "../../../test/support/debian-programs.js";
import { benchGroups, controlGroupsMissing, ProgramBench } from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";

const skip = controlGroupsMissing() || programsMissing("/usr/bin/perl");

/** Starts one process after the other, until it is told that it is enough. */
const PARENT = `my $enough = 0;
$SIG{USR1} = sub { $enough = 1 };
while (1) {
  my $pid = $enough ? -1 : fork;
  exec "/bin/sleep", "1000" if defined $pid && $pid == 0;
  select undef, undef, undef, 0.05;
}`;

/** Where the kernel counts the processes of the programs that this test has run. */
const limits = (): readonly string[] =>
  benchGroups()
    .map((group) => join(group, "pids.max"))
    .filter((file) => existsSync(file));

test("a program that may start no more processes is in trouble for as long as it tries", { skip }, async () => {
  const on = new ProgramBench();
  const run = on.start({ source: { kind: "command", command: ["/usr/bin/perl", "-e", PARENT] } });
  const pid = known((await on.heard("program-started", run)).pid, "it runs");
  const files = limits();
  assert.equal(files.length, 1, files.join());
  for (const file of files) writeFileSync(file, "10");
  const { problem } = await on.heard("program-judged", run, ({ health }) => health === "slow");
  assert.equal(problem, "it has as many processes and threads as it may, and starts of more are refused");
  process.kill(pid, "SIGUSR1");
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  assert.deepEqual(
    on.facts.flatMap((fact) => (fact.kind === "program-judged" ? [[fact.health, fact.by]] : [])),
    [
      ["slow", "limit"],
      ["healthy", "limit"],
    ],
    "each is said once",
  );
  on.kill(run);
  await on.heard("program-gone", run);
  await on.close();
});
