import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Shelter } from "./shelter.js";

const OWN = "12:pids:/elsewhere\n0::/system.slice/locum.service\n";

/** Directories stand in for groups: what a process writes to enter one is left in them. */
test("a process leaves its unit's group of version 2 for one of ours, and comes back", (t) => {
  const mount = mkdtempSync(join(tmpdir(), "locum-shelter-"));
  t.after(() => rmSync(mount, { recursive: true }));
  const unit = join(mount, "system.slice/locum.service");
  mkdirSync(unit, { recursive: true });
  const abandoned = join(mount, "locum/keeper-1");
  mkdirSync(abandoned, { recursive: true });
  const shelter = new Shelter([{ version: 2, path: mount, root: "/", controllers: [] }], () => OWN);
  assert.ok(shelter.enter());
  assert.ok(shelter.enter(), "it has");
  assert.equal(readFileSync(join(mount, `locum/keeper-${process.pid}/cgroup.procs`), "utf8"), "0");
  assert.equal(existsSync(abandoned), false, "what a dead one left is removed");
  assert.equal(existsSync(join(unit, "cgroup.procs")), false);
  shelter.leave();
  assert.equal(readFileSync(join(unit, "cgroup.procs"), "utf8"), "0");
});

test("where a part of the hierarchy is mounted, as in a container, a process comes back to its place in that", (t) => {
  const mount = mkdtempSync(join(tmpdir(), "locum-shelter-"));
  t.after(() => rmSync(mount, { recursive: true }));
  mkdirSync(join(mount, "agent"));
  const part = { version: 2, path: mount, root: "/docker/1", controllers: [] } as const;
  const shelter = new Shelter([part], () => "0::/docker/1/agent\n");
  assert.ok(shelter.enter());
  shelter.leave();
  assert.equal(readFileSync(join(mount, "agent/cgroup.procs"), "utf8"), "0");
});

const PIDS = { version: 1, path: "/nowhere", root: "/", controllers: ["pids"] } as const;
const UNWRITABLE = { version: 2, path: "/proc/self/nowhere", root: "/", controllers: [] } as const;

test("what can't leave its unit would be ended with it", () => {
  assert.equal(new Shelter([PIDS, UNWRITABLE], () => OWN).enter(), false);
  const oldSystemd = "3:pids:/\n1:name=systemd:/system.slice/locum.service\n";
  assert.equal(new Shelter([PIDS], () => oldSystemd).enter(), false);
  const ofUser = "0::/user.slice/user-0.slice/user@0.service/app.slice/run-1.scope\n";
  assert.equal(new Shelter([UNWRITABLE], () => ofUser).enter(), false, "and with one that its own unit is in");
});

test("what is in no unit need not leave it", () => {
  assert.ok(new Shelter([UNWRITABLE], () => "0::/\n").enter());
  assert.ok(new Shelter([PIDS], () => "1:pids:/system.slice/locum.service\n1:name=systemd:/\n").enter());
  assert.ok(new Shelter([], () => "").enter());
});
