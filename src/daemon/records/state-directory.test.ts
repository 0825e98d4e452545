import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LocumError } from "../../base/locum-error.js";
import { ok, refused } from "../../base/result.js";
import { instant } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import { ruleName } from "../../model/rule.js";
import { NOTHING_SAVED, type SavedState } from "../../model/node-state.js";
import type { Note } from "../../model/note.js";
import { Impairments } from "../impairments.js";
import { isPausedIn, StateDirectory, type LockFile } from "./state-directory.js";

const DRAINED: SavedState = {
  drained: true,
  drainedBy: ruleName("hot"),
  pause: { paused: true, revision: 4 },
  epochs: [{ service: serviceName("shop"), epoch: 12 }],
  held: [{ service: serviceName("jobs"), epoch: 3 }],
  leftBehind: [{ node: nodeName("web2"), service: serviceName("shop"), epoch: 12 }],
};

interface Bench {
  readonly path: string;
  readonly notes: readonly Note[];
  open(overrides?: { lock?: LockFile; wallMs?: () => number }): StateDirectory;
  problems(): readonly string[];
}

function bench(t: TestContext, inside = "state"): Bench {
  const root = mkdtempSync(join(tmpdir(), "locum-state-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const path = join(root, inside);
  const notes: Note[] = [];
  const impairments = new Impairments(
    () => instant(0),
    (note) => notes.push(note),
  );
  return {
    path,
    notes,
    open: (overrides = {}) => new StateDirectory({ path, impairments, lock: () => ok(undefined), ...overrides }),
    problems: () =>
      impairments.findings().map(({ finding }) => (finding.kind === "agent-impaired" ? finding.problem : finding.kind)),
  };
}

test("a new directory is made, and what was saved last is there at the next start", async (t) => {
  const { open, problems } = bench(t);
  const first = open();
  assert.deepEqual(first.saved, NOTHING_SAVED);
  first.save(NOTHING_SAVED);
  first.save({ ...DRAINED, drained: false });
  first.save(DRAINED);
  await first.close();
  assert.deepEqual(open().saved, DRAINED);
  assert.deepEqual(problems(), []);
});

test("whether the cluster is paused can be read while an agent has the directory, and where none ever was", async (t) => {
  const { path, open } = bench(t);
  assert.equal(isPausedIn(path), false);
  const directory = open();
  assert.equal(isPausedIn(path), false);
  directory.save(DRAINED);
  await directory.close();
  assert.equal(isPausedIn(path), true);
});

test("the incarnation grows at every start, also when the clock was set back", (t) => {
  const { open } = bench(t);
  const first = open({ wallMs: () => 5_000 });
  const second = open({ wallMs: () => 1_000 });
  assert.equal(first.incarnation, 5_000);
  assert.equal(second.incarnation, 5_001);
  assert.equal(open({ wallMs: () => 9_000 }).incarnation, 9_000);
});

test("another incarnation is later than one that is known, and is kept", async (t) => {
  const { open } = bench(t);
  const directory = open({ wallMs: () => 5_000 });
  assert.equal(directory.beginIncarnation(7_000), 7_001);
  await directory.close();
  assert.equal(open({ wallMs: () => 1_000 }).incarnation, 7_002);
});

test("a directory that another agent has is refused", (t) => {
  const { open } = bench(t);
  assert.throws(
    () => open({ lock: () => refused("held") }),
    (error) => error instanceof LocumError && error.failure.code === "state-directory-busy",
  );
});

test("nobody else can take the lock in the agent's place: what is locked can't even be read, whoever may see the directory", (t) => {
  const { path, open } = bench(t);
  mkdirSync(path, { mode: 0o755 });
  const locked: string[] = [];
  const lock: LockFile = (file) => {
    locked.push(file);
    return ok(undefined);
  };
  open({ lock });
  assert.deepEqual(
    locked.map((file) => [file.startsWith(path), statSync(file).mode & 0o777]),
    [[true, 0o600]],
  );
  assert.equal(statSync(path).mode & 0o777, 0o755, "the directory stays as it was made");
});

for (const [what, text] of [
  ["not JSON", "{"],
  ["of another shape", JSON.stringify({ format: 1, incarnation: 3, saved: { drained: "yes" } })],
  ["empty", ""],
] as const) {
  test(`a state file that is ${what} is moved aside and reported until the next start`, async (t) => {
    const { path, open, problems } = bench(t);
    await open().close();
    writeFileSync(join(path, "state.json"), text);
    const directory = open();
    assert.deepEqual(directory.saved, NOTHING_SAVED);
    assert.equal(readFileSync(join(path, "state.json.corrupt"), "utf8"), text);
    directory.save(DRAINED);
    await directory.close();
    assert.match(problems().join(), /damaged/);
    assert.deepEqual(open().saved, DRAINED);
  });
}

test("a directory that can't be written impairs the agent and no more, until it can be written", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { path, open, problems, notes } = bench(t, "blocked/state");
  const blocker = join(path, "..");
  writeFileSync(blocker, "a file where the directory should be");
  const directory = open();
  assert.ok(directory.incarnation > 0);
  directory.save(DRAINED);
  assert.match(problems().join(), /can't be kept/);
  rmSync(blocker);
  assert.equal(existsSync(path), false, "nothing is written before the retry");
  t.mock.timers.tick(2_000);
  await directory.close();
  assert.deepEqual(problems(), []);
  assert.deepEqual(
    notes.map(({ code }) => code),
    ["finding.raised", "finding.cleared"],
  );
  assert.deepEqual(open().saved, DRAINED);
});
