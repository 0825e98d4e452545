import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { known } from "../../base/assert.js";
import { isProgram, type ProcessOrder, SpareProcess, type StartedProcess, startProcess } from "./program-process.js";
import type { UserIdentity } from "./user-identity.js";

const NOBODY: UserIdentity = { name: "nobody", uid: 65_534, gid: 65_534, home: "/", shell: "/bin/sh" };
const SCRIPT = "echo one >/dev/stdout; echo two >>/proc/self/fd/1; echo three >/dev/stderr; echo four";

const order = (identity: UserIdentity | undefined): ProcessOrder => ({
  command: ["/bin/sh", "-c", SCRIPT],
  directory: undefined,
  identity,
  environment: {},
  entries: [],
  mark: "test",
});

async function said(child: StartedProcess): Promise<readonly string[]> {
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return [out, err];
}

test("a program may open its output anew, as nginx does for a log in /dev/stderr", async () => {
  assert.deepEqual(await said(startProcess(order(undefined))), ["one\ntwo\nfour\n", "three\n"]);
  const spare = new SpareProcess(order(undefined), []);
  spare.begin([]);
  assert.deepEqual(await said(spare.child), ["one\ntwo\nfour\n", "three\n"]);
});

const isRoot = process.getuid?.() === 0;

test("so may one that runs as another user", { skip: isRoot ? false : "needs root" }, async () => {
  assert.deepEqual(await said(startProcess(order(NOBODY))), ["one\ntwo\nfour\n", "three\n"]);
});

test("nothing of its pipes stays here when it has ended", async () => {
  const before = readdirSync("/proc/self/fd").length;
  const child = startProcess(order(undefined));
  const closed = [child.stdout, child.stderr].map((stream) => once(stream, "close"));
  await said(child);
  await Promise.all(closed);
  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("nothing of its pipes stays here when it can't be started", () => {
  const before = readdirSync("/proc/self/fd").length;
  const endless = { LONG: "x".repeat(2 ** 20) };
  assert.throws(() => startProcess({ ...order(undefined), environment: endless }), /E2BIG/);
  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("a shell that begins as the starter does is the program all the same", async () => {
  const script = `umask 027; [ -z "$WATCHDOG_USEC" ]; echo begun; sleep 1000`;
  const child = startProcess({ ...order(undefined), command: ["/bin/sh", "-c", script] });
  await once(child.stdout, "data");
  const pid = known(child.pid, "it runs");
  assert.equal(isProgram(pid), true);
  process.kill(-pid, "SIGKILL");
  await once(child, "exit");
});
