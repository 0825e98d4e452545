import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { unitFileFault } from "./unit-files.js";

test("a unit is missing without a file for it or its template, and masked by a link to nothing before all others", (t) => {
  const root = mkdtempSync(join(tmpdir(), "locum-units-"));
  t.after(() => rmSync(root, { recursive: true }));
  const put = (path: string, text: string | undefined): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text === undefined) symlinkSync("/dev/null", join(root, path));
    else writeFileSync(join(root, path), text);
  };
  put("/usr/lib/systemd/system/db.service", "[Service]\n");
  put("/usr/lib/systemd/system/web@.service", "[Service]\n");
  put("/usr/lib/systemd/system/off.service", "[Service]\n");
  put("/etc/systemd/system/off.service", undefined);
  put("/run/systemd/generator/srv.mount", "[Mount]\n");
  put("/etc/systemd/system/none.service", "");
  const faults = ["db", "web@shop", "web", "off", "none", "dbx"].map((name) => unitFileFault(`${name}.service`, root));
  assert.deepEqual(faults, [undefined, undefined, "missing", "masked", "masked", "missing"]);
  assert.equal(unitFileFault("srv.mount", root), undefined);
  put("/opt/units/own.service", "[Service]\n");
  put("/proc/1/environ", "container=other\0SYSTEMD_UNIT_PATH=/opt/units\0");
  assert.deepEqual([unitFileFault("own.service", root), unitFileFault("db.service", root)], [undefined, "missing"]);
  put("/proc/1/environ", "SYSTEMD_UNIT_PATH=/opt/units:\0");
  assert.deepEqual([unitFileFault("own.service", root), unitFileFault("db.service", root)], [undefined, undefined]);
});
