import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { freeze, freezerMissing } from "../../../test/support/freezer.js";
import { eventually } from "../../../test/support/eventually.js";
import {
  benchGroups,
  benchMaker,
  controlGroupsMissing,
  isAlive,
  type ProgramBench,
  shell,
  SIMPLE,
} from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";
import { inMilliseconds, seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import { programName } from "../../model/program.js";
import { prctl } from "../../os/linux/libc.js";
import { Orphanage } from "../../os/linux/orphans.js";
import { ocfAgentFile } from "../../os/node/ocf-agent.js";
import { isOwnChild } from "../../os/node/own-children.js";
import { ProgramRecord, readProgramRecord } from "./program-record.js";

const missing = controlGroupsMissing();
const bench = benchMaker();

const isLost = ({ kind }: { readonly kind: string }): boolean => kind === "program-host-lost";

/** As arguments of a program, so many would be more than the kernel takes. */
const PROCESSES = 4_000;

test("the next host begins, however many processes the one before has left", { skip: missing }, async () => {
  const on = bench();
  await on.heard("program-ready", on.start({}));
  const sleeper = spawn("/bin/sleep", ["1000"], { stdio: "ignore" });
  // Stands for a control group: each of its members costs as much as one of another number.
  const group = join(on.directory, "group");
  mkdirSync(group);
  writeFileSync(join(group, "cgroup.procs"), `${sleeper.pid}\n`.repeat(PROCESSES));
  const record = new ProgramRecord(on.socket, readProgramRecord(on.socket));
  record.add({ kind: "group", paths: [group] });
  process.kill(known(on.link.pid, "its host runs"), "SIGKILL");
  await on.heard("program-host-lost", undefined);
});

test(
  "nobody waits for the next host to hear what died with the last, and it has the orders that come of that",
  { skip: missing },
  async () => {
    const on = bench();
    const { pid } = await on.heard("program-started", on.start({}));
    process.kill(known(on.link.pid, "its host runs"), "SIGKILL");
    const { left, until } = await on.heard("program-host-lost", undefined);
    assert.deepEqual([left, until, on.recoveries, isAlive(pid)], [[], 1, 0, false]);
    await on.heard("program-ready", on.start({}));
    assert.deepEqual([on.facts.filter(isLost).length, on.recoveries], [1, 1]);
  },
);

test("what only the next host can tell is told with how long ago it was", { skip: missing }, async () => {
  const on = bench({ ungrouped: true });
  await on.heard("program-started", on.start({}));
  const killed = performance.now();
  process.kill(known(on.link.pid, "its host runs"), "SIGKILL");
  const { ago } = await on.heard("program-host-lost", undefined);
  const took = performance.now() - killed;
  const told = inMilliseconds(known(ago, "this agent saw its end"));
  assert.ok(told > took / 2 && told <= took, `${told} of ${took} ms`);
});

const ROUNDS = 40;

for (const ungrouped of [false, true]) {
  const where = ungrouped ? " (without control groups)" : "";
  // The start itself takes some milliseconds: each round the kill comes a little later into it.
  test(`a kill ends what has just been started${where}`, { skip: missing }, async () => {
    const on = bench({ ungrouped });
    for (let round = 0; round < ROUNDS; round += 1) {
      const run = on.start({ source: shell("trap '' TERM; while :; do sleep 1000; done") });
      await pause(round / 2);
      on.kill(run);
      await on.heard("program-gone", run);
      const started = on.facts.find((fact) => fact.kind === "program-started" && fact.run === run);
      assert.ok(started?.kind !== "program-started" || !isAlive(started.pid), `round ${round}`);
    }
  });
}

test("a kill ends what begins from a spare", { skip: missing }, async () => {
  const on = bench();
  const config = {
    source: shell("trap '' TERM; while :; do sleep 1000; done"),
    restart: { ...SIMPLE.restart, delays: [seconds(0)] },
  };
  for (let round = 0; round < ROUNDS / 4; round += 1) {
    const first = on.start(config);
    const { pid } = await on.heard("program-started", first);
    await eventually(() => benchGroups().some((name) => name.endsWith("-next")), "there is a spare");
    process.kill(known(pid, "it runs"), "SIGKILL");
    await on.heard("program-gone", first);
    const run = on.start(config);
    await pause(round / 2);
    on.kill(run);
    await on.heard("program-gone", run);
  }
});

/** Processes whose parents have ended become this one's children, and stay as dead ones until it takes them away. */
const PR_SET_CHILD_SUBREAPER = 36;

test(
  "after its host's death a program starts anew only when the number of its last run is free",
  { skip: missing },
  async () => {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const on = bench();
    const run = on.start({});
    const pid = known((await on.heard("program-started", run)).pid, "it runs");
    process.kill(known(on.link.pid, "its host runs"), "SIGKILL");
    await eventually(() => existsSync(`/proc/${pid}`) && !isAlive(pid), "it is dead, and not taken away");
    await on.heard("program-host-lost", undefined);
    const next = on.start({});
    // Far longer than another host takes to come up.
    await pause(1_000);
    assert.deepEqual([on.kindsOf(next), existsSync(`/proc/${pid}`)], [[], true]);
    const orphanage = new Orphanage({ isOwnChild, onExit: () => undefined });
    orphanage.reap();
    await on.heard("program-started", next);
    assert.equal(existsSync(`/proc/${pid}`), false);
    orphanage.close();
  },
);

/** @param isLast its programs were to be kept, and nothing outlives it after all. @returns what runs. */
async function unkillable(on: ProgramBench, isLast: boolean): Promise<number | undefined> {
  on.isLast = isLast;
  on.link.keep(isLast);
  const run = on.start({});
  await on.heard("program-ready", run);
  return (await on.heard("program-started", run)).pid;
}

test(
  "one that even SIGKILL does not end is told of, and keeps its agent neither from work nor from its end",
  { skip: freezerMissing() },
  async () => {
    const benches = [false, true].map((isLast) => ({ on: bench(), isLast }));
    const pids = await Promise.all(benches.map(({ on, isLast }) => unkillable(on, isLast)));
    const thaw = await freeze(...benches.map(({ on }) => known(on.link.pid, "its host runs")));
    try {
      for (const { on } of benches)
        await eventually(() => on.troubles.some((each) => each.includes("SIGKILL did not end")), "it is said");
      await Promise.all(benches.map(({ on }) => on.link.close()));
      for (const { on } of benches) assert.match(on.troubles.at(-1) ?? "", /cannot be interrupted.*: this agent ends/);
      await eventually(() => !pids.some(isAlive), "their programs were killed");
    } finally {
      await thaw();
    }
  },
);

/** Stands for one that the host has started. @returns the file that its agent makes when it is asked to end. */
function recordResource({ directory, socket }: ProgramBench): string {
  const instance = { root: directory, provider: "bench", type: "disk", parameters: {}, name: "shop-disk" };
  const stopped = join(directory, "disk-stopped");
  mkdirSync(dirname(ocfAgentFile(instance)), { recursive: true });
  writeFileSync(ocfAgentFile(instance), `#!/bin/sh\n[ "$1" != stop ] || : > ${stopped}\n`, { mode: 0o755 });
  const of = { service: serviceName("shop"), program: programName("disk") };
  new ProgramRecord(socket, readProgramRecord(socket)).add({ kind: "ocf", instance, isPromotable: false, ...of });
  return stopped;
}

test("one that stands still when it is to end everything in order is killed, and all that it had ends", async () => {
  const on = bench();
  const pid = await unkillable(on, true);
  process.kill(known(on.link.pid, "its host runs"), "SIGSTOP");
  const stopped = recordResource(on);
  await on.link.close();
  await eventually(() => !isAlive(pid), "its program was killed");
  await eventually(() => existsSync(stopped), "its resource was asked to end");
});
