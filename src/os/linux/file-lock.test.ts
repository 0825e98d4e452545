import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockForLife } from "./file-lock.js";

const LOCK_MODULE = new URL("./file-lock.js", import.meta.url).href;

/** What another process is told about the same path. */
function askElsewhere(path: string): string {
  const program = `import { lockForLife } from "${LOCK_MODULE}"; console.log(JSON.stringify(lockForLife("${path}")));`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }).stdout.trim();
}

test("a directory is held against others for as long as its process lives", async (t) => {
  const path = mkdtempSync(join(tmpdir(), "locum-lock-"));
  t.after(() => rmSync(path, { recursive: true }));
  const program = `import { lockForLife } from "${LOCK_MODULE}"; console.log(lockForLife("${path}").ok); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program]);
  await once(holder.stdout, "data");
  assert.deepEqual(lockForLife(path), { ok: false, problem: "held" });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  assert.deepEqual(lockForLife(path), { ok: true, value: undefined });
  assert.equal(askElsewhere(path), JSON.stringify({ ok: false, problem: "held" }));
});

test("what is not there can't be locked", () => {
  assert.deepEqual(lockForLife("/nonexistent/locum"), { ok: false, problem: "impossible" });
});
