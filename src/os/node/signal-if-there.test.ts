import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, test } from "node:test";
import { signalIfThere } from "./signal-if-there.js";

const NOBODY = 65_534;
const OTHER_USER = 1;
const isRoot = process.getuid?.() === 0;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function sleeper(options: { readonly uid?: number; readonly detached?: boolean } = {}): {
  child: ChildProcess;
  pid: number;
} {
  const child = spawn("/bin/sleep", ["1000"], { stdio: "ignore", ...options });
  children.push(child);
  assert.ok(child.pid !== undefined);
  return { child, pid: child.pid };
}

test("a process, and a process group, get the signal", async () => {
  const one = sleeper();
  assert.equal(signalIfThere(one.pid, "SIGTERM"), undefined);
  assert.deepEqual(await once(one.child, "exit"), [null, "SIGTERM"]);
  const group = sleeper({ detached: true });
  assert.equal(signalIfThere(-group.pid, "SIGKILL"), undefined);
  assert.deepEqual(await once(group.child, "exit"), [null, "SIGKILL"]);
});

test("who has ended needs none", async () => {
  const { child, pid } = sleeper();
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(signalIfThere(pid, "SIGKILL"), undefined);
  assert.equal(signalIfThere(-pid, "SIGKILL"), undefined);
});

test("that another user's may not be sent one is said", { skip: isRoot ? false : "needs root" }, () => {
  const { pid } = sleeper({ uid: OTHER_USER });
  process.seteuid?.(NOBODY);
  try {
    assert.match(signalIfThere(pid, "SIGKILL") ?? "", /EPERM/);
  } finally {
    process.seteuid?.(0);
  }
});

test("nobody signals what stands for many", () => {
  for (const pid of [0, -1, Number.NaN])
    assert.throws(() => signalIfThere(pid, "SIGCONT"), /one process, or for one group/);
});
