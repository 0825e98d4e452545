import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { benchMaker, controlGroupsMissing, ProgramBench, shell } from "../../../test/support/program-bench.js";
import { programsMissing } from "../../../test/support/debian-programs.js";
import { known } from "../../base/assert.js";
import { seconds } from "../../base/time.js";

/*
 * What the kernel refuses to one run is the end of that run alone: the host, and all other programs in it, go on.
 */

const missing = controlGroupsMissing();
const bench = benchMaker();

/** Longer than the kernel takes one word of a command to be (MAX_ARG_STRLEN). */
const ENDLESS = "x".repeat(200_000);
const TOO_LONG = /longer than the kernel takes \(E2BIG\)/;

/** Runs one beside, which is to outlive what is refused. */
async function beside(on: ProgramBench): Promise<() => void> {
  const other = on.start({});
  await on.heard("program-ready", other);
  const host = on.link.pid;
  return () => {
    assert.equal(on.link.pid, host, "the host is the same");
    assert.deepEqual(on.kindsOf(other), ["program-started", "program-ready"]);
  };
}

test("a command that is too long for the kernel is refused, and ends no other", { skip: missing }, async () => {
  const on = bench();
  const goesOn = await beside(on);
  const run = on.start({ source: { kind: "command", command: ["/bin/true", ENDLESS] } });
  assert.match((await on.heard("program-not-started", run)).problem, TOO_LONG);
  await on.heard("program-gone", run);
  goesOn();
});

test("so is one that tells a role, or asks whether all is well", { skip: missing }, async () => {
  const on = bench();
  const goesOn = await beside(on);
  const probe = { kind: "exec", command: ["/bin/true", ENDLESS] } as const;
  const health = { probe, interval: seconds(0.1), timeout: seconds(1), fail: 1, slow: undefined };
  const run = on.start({ roleCommand: ["/bin/true", ENDLESS], health }, "standby");
  assert.match((await on.heard("program-judged", run)).problem, TOO_LONG);
  on.link.perform({ kind: "tell-role", run, role: "holder" });
  assert.match((await on.heard("role-told", run)).problem ?? "", TOO_LONG);
  goesOn();
});

/** With an agent that does nothing, and does it well. */
function agentRoot(): string {
  const root = join(process.env["TMPDIR"] ?? "/tmp", `locum-refused-${process.pid}`);
  mkdirSync(join(root, "resource.d/test"), { recursive: true });
  const says = `<resource-agent name="a"><actions><action name="start"/></actions></resource-agent>`;
  const agent = `#!/bin/sh\n[ "$1" = meta-data ] && echo '${says}'\nexit 0\n`;
  writeFileSync(join(root, "resource.d/test/a"), agent, { mode: 0o755 });
  return root;
}

test("an agent of a resource that can't be run is no start that failed by itself", { skip: missing }, async () => {
  const on = bench({ ocfRoot: agentRoot() });
  const goesOn = await beside(on);
  const run = on.start({ source: { kind: "ocf", provider: "test", type: "a", parameters: { long: ENDLESS } } });
  const { problem } = await on.heard("program-not-started", run);
  assert.match(problem, /^start could not be run: .*longer than the kernel takes/);
  await on.heard("program-gone", run);
  goesOn();
});

/** More than a host needs. */
const ROOM = 1_024;
const noLimits = missing || programsMissing("/usr/bin/prlimit");

/** Of its open files. */
function setLimit(pid: number | undefined, soft: number): void {
  const { status } = spawnSync("/usr/bin/prlimit", ["--pid", String(pid), `--nofile=${soft}:`]);
  assert.equal(status, 0);
}

for (const ungrouped of [false, true]) {
  const where = ungrouped ? "without control groups" : "in control groups";
  const title = `where no file can be opened any more, nothing is started, until one can be, ${where}`;
  test(title, { skip: noLimits }, async () => {
    const on = bench({ ungrouped });
    const goesOn = await beside(on);
    const host = known(on.link.pid, "it runs");
    // A start opens several, one after the other.
    for (const room of [0, 1, 2, 3, 4, 6, 8]) {
      setLimit(host, firstFree(host) + room);
      const run = on.start({ source: { kind: "command", command: ["/bin/true"] } });
      const problem = await Promise.race([
        on.heard("program-not-started", run).then((fact) => fact.problem),
        on.heard("program-exited", run).then(() => undefined),
      ]);
      if (room < 3) assert.match(problem ?? "", /EMFILE/, `with room for ${room}`);
      setLimit(host, ROOM);
      await on.heard("program-gone", run);
      goesOn();
    }
  });
}

test("what runs is not taken for gone where no file can be opened any more", { skip: noLimits }, async () => {
  const on = bench();
  const run = on.start({ source: shell("sleep 1000 & exec sleep 1000") });
  const { pid } = await on.heard("program-started", run);
  setLimit(on.link.pid, 0);
  process.kill(known(pid, "it runs"), "SIGKILL");
  await on.heard("program-exited", run);
  await on.heard("program-not-started", on.start({}));
  assert.equal(on.kindsOf(run).includes("program-gone"), false);
  setLimit(on.link.pid, ROOM);
  on.kill(run);
  await on.heard("program-gone", run);
});

function firstFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let fd = 0;
  while (open.has(fd)) fd += 1;
  return fd;
}

test("a resource that can't be put on record is not started", { skip: missing }, async () => {
  const on = bench({ ocfRoot: agentRoot() });
  const source = { kind: "ocf", provider: "test", type: "a", parameters: {} } as const;
  const goesOn = await beside(on);
  const inTheWay = `${on.socket}.programs.new`;
  mkdirSync(inTheWay);
  const run = on.start({ source });
  assert.match((await on.heard("program-not-started", run)).problem, /EISDIR/);
  await on.heard("program-gone", run);
  goesOn();
  rmdirSync(inTheWay);
  await on.heard("program-ready", on.start({ source }));
});
