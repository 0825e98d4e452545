/*
 * Runs units as programs on a machine with systemd, and writes the facts that come of it, one line each. As second argument,
 * `restarted-by-systemd`: runs one that systemd starts again by itself, once; `advised`: starts one that never answers, and
 * writes how many seconds it is said to need; `stray`: asks whether it runs, ends it, and asks again; `told`: tells it one role
 * while it still acts on another, and asks how it is.
 */
import { readFileSync } from "node:fs";
import { known } from "../../src/base/assert.js";
import { inMilliseconds, milliseconds, seconds } from "../../src/base/time.js";
import type { ProgramRole } from "../../src/model/program.js";
import { ProgramBench } from "./program-bench.js";

const on = new ProgramBench();
const tell = (what: string, fact: unknown): void => console.log(`${what}: ${JSON.stringify(fact)}`);
const [unit = "", kind] = process.argv.slice(2);

async function runOne(): Promise<void> {
  const run = on.start({ source: { kind: "unit", unit } });
  const { pid, problem } = await Promise.race<{ pid?: number | undefined; problem?: string }>([
    on.heard("program-started", run),
    on.heard("program-not-started", run),
  ]);
  if (problem !== undefined) tell("problem", problem);
  else {
    process.kill(known(pid, "it runs"), "SIGKILL");
    tell("killed", (await on.heard("program-exited", run)).exit);
  }
  await on.heard("program-gone", run);
  tell("gone", true);
  await on.close();
  process.exit();
}
if (kind === "restarted-by-systemd") await runOne();

async function startOne(): Promise<void> {
  const closed = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
  const run = on.start({ source: { kind: "unit", unit }, ready: { kind: "probe", probe: closed } });
  await on.heard("program-started", run);
  on.stop(run);
  await on.heard("program-gone", run);
  const advice = on.facts.flatMap((fact) =>
    fact.kind === "program-said" && fact.saying.kind === "extending" ? [inMilliseconds(fact.saying.by) / 1_000] : [],
  );
  tell("advised", advice);
  await on.close();
  process.exit();
}
if (kind === "advised") await startOne();

/** As if somebody else had started it. */
async function endStray(): Promise<void> {
  const source = { kind: "unit", unit } as const;
  tell("probed", await on.probe({ source }));
  const run = on.endStray({ source }, false);
  await on.heard("program-gone", run);
  tell("probed", await on.probe({ source }));
  tell("none", (await on.probe({ source: { kind: "unit", unit: "no-such.service" } })).kind);
  await on.close();
  process.exit();
}
if (kind === "stray") await endStray();

/** It acts slowly on one role, at once on the other, and too slowly on the third. */
async function tellRoles(): Promise<void> {
  const roles = `/run/roles-of-${unit}`;
  const script = `[ $1 = holder ] && sleep 1; echo "$1 $LOCUM_ROLE" >>${roles}; [ $(wc -l <${roles}) -lt 3 ] || sleep 1000`;
  const failing = { kind: "exec", command: ["/bin/sh", "-c", "echo bad day >&2; exit 5"] } as const;
  const run = on.start({
    source: { kind: "unit", unit },
    roleCommand: ["/bin/sh", "-c", script, "-"],
    roleTimeout: seconds(3),
    health: { probe: failing, interval: milliseconds(50), timeout: seconds(60), fail: 1, slow: undefined },
  });
  await on.heard("program-ready", run);
  const tellRole = (role: ProgramRole): void => on.link.perform({ kind: "tell-role", run, role });
  tellRole("holder");
  tellRole("standby");
  await on.heard("role-told", run, ({ role }) => role === "standby");
  tell("told", readFileSync(roles, "utf8").trim().split("\n"));
  tellRole("holder");
  tell("late", (await on.heard("role-told", run, ({ problem }) => problem !== undefined)).problem);
  tell("judged", (await on.heard("program-judged", run)).problem);
  on.stop(run);
  await on.heard("program-gone", run);
  await on.close();
  process.exit();
}
if (kind === "told") await tellRoles();

const stopped = on.start({ source: { kind: "unit", unit } });
const { pid } = await on.heard("program-started", stopped);
tell("has a process", { is: pid !== undefined });
await on.heard("program-ready", stopped);
on.stop(stopped);
tell("stopped", (await on.heard("program-exited", stopped)).exit);
await on.heard("program-gone", stopped);

const killed = on.start({ source: { kind: "unit", unit } });
const again = await on.heard("program-started", killed);
process.kill(known(again.pid, "it runs"), "SIGKILL");
tell("killed", (await on.heard("program-exited", killed)).exit);
await on.heard("program-gone", killed);

const unknown = on.start({ source: { kind: "unit", unit: "no-such.service" } });
tell("unknown", { problem: (await on.heard("program-not-started", unknown)).problem });
await on.heard("program-gone", unknown);

on.link.keep(true);
const kept = on.start({ source: { kind: "unit", unit } });
const { pid: lasting } = await on.heard("program-started", kept);
await on.heard("program-ready", kept);
await on.link.close();
const next = new ProgramBench({ socket: on.socket });
const found = await next.resume();
// Of those that are gone, the agent before may not have heard: they are told again.
const here = found?.runs.filter(({ facts }) => facts.every(({ kind }) => kind !== "program-gone"));
tell("kept", { runs: here?.map(({ start, facts }) => [start.run, facts.map(({ kind }) => kind)]) });
process.kill(known(lasting, "it runs"), "SIGKILL");
tell("watched on", (await next.heard("program-exited", kept)).exit);
await next.heard("program-gone", kept);
next.link.keep(false);

const left = next.start({ source: { kind: "unit", unit } });
await next.heard("program-ready", left);
await next.close();
await on.close();
