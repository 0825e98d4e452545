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
  const shelter = new Shelter([{ version: 2, path: mount, controllers: [] }], () => OWN);
  shelter.enter();
  assert.equal(readFileSync(join(mount, `locum/keeper-${process.pid}/cgroup.procs`), "utf8"), "0");
  assert.equal(existsSync(abandoned), false, "what a dead one left is removed");
  assert.equal(existsSync(join(unit, "cgroup.procs")), false);
  shelter.leave();
  assert.equal(readFileSync(join(unit, "cgroup.procs"), "utf8"), "0");
});

test("where there is no version 2, it stays where it is", () => {
  const shelter = new Shelter([{ version: 1, path: "/nowhere", controllers: ["pids"] }], () => OWN);
  shelter.enter();
  shelter.leave();
});
