import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LocumError } from "../base/locum-error.js";
import { ok, refused } from "../base/result.js";
import { takeRuntimePlace } from "./runtime-place.js";

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "locum-runtime-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const hasCode =
  (code: string, words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof LocumError && error.failure.code === code && words.test(error.message);

test("the place is made, locked, and says whose it is", (t) => {
  const socket = join(directory(t), "run", "agent.sock");
  const locked: string[] = [];
  const place = takeRuntimePlace(socket, (path) => {
    locked.push(path);
    return ok(undefined);
  });
  assert.deepEqual(place, { socket, ledger: `${socket}.ledger`, plans: `${socket}.plans`, routes: `${socket}.routes` });
  assert.deepEqual(locked, [`${socket}.pid`]);
  assert.equal(readFileSync(`${socket}.pid`, "utf8"), `${process.pid}\n`);
});

test("a place that another agent has is refused with its process, and left as it is", (t) => {
  const socket = join(directory(t), "agent.sock");
  writeFileSync(`${socket}.pid`, "4711\n");
  assert.throws(
    () => takeRuntimePlace(socket, () => refused("held")),
    hasCode("agent.already-running", /process 4711/),
  );
  assert.equal(readFileSync(`${socket}.pid`, "utf8"), "4711\n");
});

test("a place that can't be made is refused", (t) => {
  const file = join(directory(t), "file");
  writeFileSync(file, "");
  assert.throws(
    () => takeRuntimePlace(join(file, "agent.sock"), () => ok(undefined)),
    hasCode("agent.socket-refused", /Cannot use/),
  );
});

test("a path that leaves no room for the sockets of programs is refused", (t) => {
  const inside = directory(t);
  const place = (length: number) =>
    takeRuntimePlace(join(inside, "s".repeat(length - inside.length - 1)), () => ok(undefined));
  assert.throws(() => place(90), hasCode("agent.socket-refused", /longer than 89 bytes/));
  place(89);
});

test("nobody else can take the lock in the agent's place: the file can't even be read", (t) => {
  const socket = join(directory(t), "agent.sock");
  const mode = (): number => statSync(`${socket}.pid`).mode & 0o777;
  takeRuntimePlace(socket, () => ok(undefined));
  assert.equal(mode(), 0o600);
  chmodSync(`${socket}.pid`, 0o644);
  takeRuntimePlace(socket, () => ok(undefined));
  assert.equal(mode(), 0o600, "also one that an earlier version left");
});
