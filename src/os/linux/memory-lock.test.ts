import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { hasCapability, ownCapabilities } from "./capabilities.js";
import { lockableMappings } from "./memory-lock.js";

const MAPS = `00400000-00caf000 r--p 00000000 fe:00 1311 /usr/bin/node
33e05000-33f2a000 rw-p 00000000 00:00 0                                  [heap]
15ac7c00000-15ac7c80000 rw-p 00000000 00:00 0
7ffd3c5f7000-7ffd3c618000 rw-p 00000000 00:00 0                          [stack]
`;

test("files and the C heap are locked, and nothing that is V8's", () => {
  assert.deepEqual(lockableMappings(MAPS), [
    { start: 0x400000, length: 0x8af000 },
    { start: 0x33e05000, length: 0x125000 },
  ]);
});

/** Makes V8 compile, collect and give back code, which ends a process that has locked it. */
const PROGRAM = `
  import { lockMemory } from "${new URL("./memory-lock.js", import.meta.url).href}";
  const refusal = lockMemory();
  let found = 0;
  for (let index = 0; index < 3_000; index += 1) {
    const pattern = new RegExp("a" + index + "(b|c)*d" + index);
    for (let count = 0; count < 20; count += 1) if (pattern.test("a" + index + "bcd" + index)) found += 1;
  }
  console.log(refusal ?? "locked", found);
`;

const skip = hasCapability(ownCapabilities(), "CAP_IPC_LOCK") ? false : "needs CAP_IPC_LOCK";

test("a program with locked memory goes on to compile and collect", { skip }, () => {
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM], { encoding: "utf8" });
  assert.equal(output, "locked 60000\n");
});
