import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { BENCH_NODE, ProgramBench, SIMPLE, controlGroupsMissing, shell } from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";
import { milliseconds, seconds } from "../../base/time.js";
import type { ProgramConfig } from "../../model/program.js";
import { machineHierarchies } from "../../os/linux/cgroup-hierarchies.js";
import { doorOf } from "./program-protocol.js";

const missing = controlGroupsMissing();
const RESTARTS = { ...SIMPLE.restart, delays: [milliseconds(0)] };
let on: ProgramBench;
afterEach(() => on.close());

/** Directories of the group of what is to follow a run, or has, in all hierarchies. */
const groupsAfter = (run: number): readonly string[] =>
  machineHierarchies().flatMap(({ path }) => {
    const root = join(path, "locum");
    const owners = existsSync(root) ? readdirSync(root).filter((name) => name.startsWith(`${BENCH_NODE}-`)) : [];
    return owners.map((owner) => join(root, owner, `shop:p:${run}-next`)).filter((group) => existsSync(group));
  });

/** Processes that are in as many groups as there are hierarchies: their shell has done all but wait. */
function spares(run: number): readonly number[] {
  const members = groupsAfter(run).flatMap((group) => {
    const file = join(group, "cgroup.procs");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean).map(Number) : [];
  });
  return [...new Set(members)].filter(
    (pid) => members.filter((each) => each === pid).length === machineHierarchies().length,
  );
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 60_000 && !isSo(); waited += 5) await pause(5);
  assert.ok(isSo(), what);
}

async function untilSpare(run: number): Promise<number> {
  await until(() => spares(run).length === 1, "there is one spare");
  return spares(run)[0] ?? 0;
}

/** Starts a program and waits until there is a spare for its next run. */
async function startWithSpare(config: Partial<ProgramConfig>): Promise<{ run: number; pid: number; spare: number }> {
  const run = on.start({ restart: RESTARTS, ...config });
  const { pid = 0 } = await on.heard("program-started", run);
  return { run, pid, spare: await untilSpare(run) };
}

async function killed(run: number, pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await on.heard("program-gone", run);
}

test("what waits in the next run's groups is the next run", { skip: missing }, async () => {
  on = new ProgramBench();
  const { run, pid, spare } = await startWithSpare({});
  assert.deepEqual(on.kindsOf(run), ["program-started", "program-ready"], "nobody is told of it");
  await killed(run, pid);
  const next = on.start({ restart: RESTARTS });
  assert.equal((await on.heard("program-started", next)).pid, spare);
  const after = await untilSpare(next);
  assert.notEqual(after, spare, "one for the run after it");
  on.stop(next);
  await on.heard("program-gone", next);
  await until(() => groupsAfter(run).length + groupsAfter(next).length === 0, "what is stopped has none");
  assert.deepEqual(on.kindsOf(next), ["program-started", "program-ready", "program-exited", "program-gone"]);
});

test("a program that waited inherits and is told what any other is", { skip: missing }, async () => {
  on = new ProgramBench();
  const source = shell(`env; id -un; cat /proc/self/oom_score_adj; ls -l /proc/self/fd; echo end; exec sleep 1000`);
  const settings = {
    ...SIMPLE.settings,
    user: "daemon",
    directory: "/usr",
    environment: { COLOUR: `a'b"c $HOME \\ *` },
  };
  const { run, pid, spare } = await startWithSpare({ source, settings, watchdog: seconds(1_000) });
  assert.equal(readlinkSync(`/proc/${spare}/cwd`), "/", "no file system is in use because of it");
  const said = (): readonly string[] =>
    on
      .log()
      .split("out end\n")
      .map((text) =>
        text
          .replaceAll(/^\S+ (?:out|err) /gm, "")
          .replaceAll(String(run), "RUN")
          .replaceAll(/\b\d{3,}\b|^.*:\d\d (?=\d ->)/gm, "N"),
      );
  await killed(run, pid);
  const next = on.start({ restart: RESTARTS, source, settings, watchdog: seconds(1_000) }, "standby");
  assert.equal((await on.heard("program-started", next)).pid, spare);
  assert.equal(readlinkSync(`/proc/${spare}/cwd`), "/usr");
  await until(() => said().length === 3, "both have said what they are");
  const log = on.log().slice(on.log().indexOf("out end\n"));
  for (const line of [
    `COLOUR=a'b"c $HOME \\ *`,
    `LOCUM_SOCKET=${doorOf(join(on.directory, "agent.sock"), next)}`,
    `NOTIFY_SOCKET=${join(on.directory, "agent.sock")}.notify/${next}`,
    "LOCUM_ROLE=standby",
    "daemon",
    "0",
  ])
    assert.ok(log.includes(`out ${line}\n`), line);
  const names = (text = ""): readonly string[] =>
    [...text.matchAll(/^(\w+)=/gm)].map(([, name = ""]) => name).toSorted();
  assert.deepEqual(names(said()[1]), names(said()[0]), "the same variables");
  assert.equal(/-> .*(socket|anon_inode|event)/.test(log.replaceAll(/ [12] -> socket.*/g, "")), false, log);
});

test("what would be another program is not made from it", { skip: missing }, async () => {
  on = new ProgramBench();
  const { run, pid, spare } = await startWithSpare({});
  await killed(run, pid);
  const settings = { ...SIMPLE.settings, user: "daemon" };
  const next = on.start({ restart: RESTARTS, settings });
  assert.notEqual((await on.heard("program-started", next)).pid, spare);
  await until(() => !existsSync(`/proc/${spare}`), "it is gone");
});

test("a program that is not restarted here has none", { skip: missing }, async () => {
  on = new ProgramBench();
  const moved = on.start({ restart: { ...RESTARTS, exits: { "*": "move" } } });
  await on.heard("program-ready", moved);
  on.stop(moved);
  await on.heard("program-gone", moved);
  // One that is restarted would have had its own by now, as the next one has.
  await startWithSpare({});
  assert.deepEqual(groupsAfter(moved), []);
});

for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
  test(`the next run does without one that got ${signal}`, { skip: missing }, async () => {
    on = new ProgramBench();
    const { run, pid, spare } = await startWithSpare({});
    process.kill(pid, "SIGKILL");
    process.kill(spare, signal);
    await on.heard("program-gone", run);
    const next = on.start({ restart: RESTARTS });
    const { pid: started } = await on.heard("program-started", next);
    assert.ok(started !== undefined && started !== spare);
    await on.heard("program-ready", next);
    assert.deepEqual(on.kindsOf(next), ["program-started", "program-ready"]);
    await until(() => !existsSync(`/proc/${spare}`), "it is gone");
  });
}

test("none outlives its host, nor counts as what it left", { skip: missing }, async () => {
  on = new ProgramBench();
  const { run, spare } = await startWithSpare({});
  process.kill(known(on.link.pid, "it runs"), "SIGKILL");
  const { left } = await on.heard("program-host-lost", undefined);
  assert.deepEqual(left, []);
  await until(() => !existsSync(`/proc/${spare}`), "it is gone");
  assert.deepEqual(groupsAfter(run), []);
});
