import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { controlGroupsMissing } from "../../../test/support/program-bench.js";
import { serviceName } from "../../model/names.js";
import { programName } from "../../model/program.js";
import { machineHierarchies } from "../../os/linux/cgroup-hierarchies.js";
import { openControlGroups } from "../../os/linux/control-groups.js";
import { lockForLife } from "../../os/linux/file-lock.js";
import { hostLockFile, programRecordFile } from "./program-protocol.js";
import { forgetRecorded, ProgramRecord } from "./program-record.js";

const missing = controlGroupsMissing();

test("groups of a host that lives are left to it while it ends a resource in them", { skip: missing }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-record-"));
  const groups = openControlGroups(machineHierarchies(), `record-${process.pid}`) ?? assert.fail("groups can be made");
  t.after(() => {
    groups.clear();
    rmSync(directory, { recursive: true });
  });
  const socket = join(directory, "agent.sock");
  const record = new ProgramRecord(socket, []);
  const unit = { kind: "unit", unit: "db.service", service: serviceName("shop"), program: programName("db") } as const;
  record.add({ kind: "group", paths: groups.paths });
  record.add(unit);
  writeFileSync(hostLockFile(socket), "");
  assert.ok(lockForLife(hostLockFile(socket)).ok);
  assert.equal(forgetRecorded(socket), false);
  assert.deepEqual(groups.paths.filter(existsSync), groups.paths);
  record.remove(unit);
  assert.equal(forgetRecorded(socket), true);
  assert.deepEqual(groups.paths.filter(existsSync), []);
  assert.equal(existsSync(programRecordFile(socket)), false);
});

test("of a host that is dead, only units and resources stay on record", { skip: missing }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-record-"));
  const groups = openControlGroups(machineHierarchies(), `record-${process.pid}`) ?? assert.fail("groups can be made");
  t.after(() => rmSync(directory, { recursive: true }));
  const socket = join(directory, "agent.sock");
  const record = new ProgramRecord(socket, []);
  record.add({ kind: "group", paths: groups.paths });
  record.add({ kind: "unit", unit: "db.service", service: serviceName("shop"), program: programName("db") });
  assert.equal(forgetRecorded(socket), true);
  assert.deepEqual(groups.paths.filter(existsSync), []);
  assert.equal(existsSync(programRecordFile(socket)), true);
});
