import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { executableFault } from "./executable.js";
import { mayUse } from "./user-reach.js";

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "locum-executable-"));
  t.after(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o755);
  return directory;
}

test("a script needs an interpreter that is there, with the line ends of Unix", (t) => {
  const directory = place(t);
  const fault = (text: string, mode = 0o755): string | undefined => {
    const path = join(directory, "script");
    writeFileSync(path, text);
    chmodSync(path, mode);
    const found = executableFault(path);
    return found === undefined ? undefined : `${found.kind}: ${found.problem}`;
  };
  assert.equal(fault("#!/bin/sh\nexit 0\n"), undefined);
  assert.equal(fault("#! /bin/sh -e\n"), undefined);
  assert.equal(fault("exit 0\n"), undefined, "a shell runs it");
  assert.equal(fault("#!./no-such-file\n"), undefined, "it may be where the program runs");
  assert.equal(fault("#!/bin/shh\n"), "interpreter: its first line names /bin/shh, and there is no such file");
  assert.equal(fault("#!/etc\n"), "interpreter: its first line names /etc, and that is no file");
  assert.equal(fault("#!/etc/passwd\n"), "interpreter: its first line names /etc/passwd, and that may not be executed");
  for (const line of ["#!/bin/sh", "#!/usr/bin/env -S sh"])
    assert.equal(fault(`${line}\r\n`), "interpreter: its first line ends with a carriage return, as on Windows");
  assert.equal(fault("#!/bin/sh\n", 0o644), "forbidden: it may not be executed");
  assert.deepEqual([executableFault(directory)?.kind, executableFault(`${directory}/x`)?.kind], ["no-file", "missing"]);
});

const skip = process.geteuid?.() === 0 ? false : "only root can become somebody else";

test("what another user may use is what the kernel lets him", { skip }, (t) => {
  const directory = place(t);
  const inner = join(directory, "inner");
  const script = join(inner, "run");
  mkdirSync(inner);
  writeFileSync(script, "#!/bin/sh\n");
  const allowed = (ofDirectory: number, ofScript: number): readonly (boolean | undefined)[] => {
    chmodSync(script, ofScript);
    chmodSync(inner, ofDirectory);
    return [
      mayUse("nobody", inner, "enter"),
      mayUse("nobody", script, "execute"),
      mayUse("nobody", script, "interpret"),
    ];
  };
  assert.deepEqual(allowed(0o755, 0o755), [true, true, true]);
  assert.deepEqual(allowed(0o755, 0o711), [true, true, false]);
  assert.deepEqual(allowed(0o700, 0o755), [false, false, false]);
  assert.equal(mayUse("root", script, "interpret"), true);
  assert.equal(mayUse("no-such-user", script, "execute"), undefined);
});
