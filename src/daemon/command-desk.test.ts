import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandOutcome } from "../model/command.js";
import type { NodeInput } from "../model/node-io.js";
import { CommandDesk, COMMANDS_PENDING_MAX } from "./command-desk.js";

const DONE: CommandOutcome = { ok: true, message: "done" };

test("an outcome goes to the one who asked, whatever the order", async () => {
  const posted: NodeInput[] = [];
  const desk = new CommandDesk((input) => posted.push(input), "web1-7");
  const first = desk.submit({ kind: "pause" });
  const fromPeer: CommandOutcome[] = [];
  desk.accept("web2-3-1", { kind: "unpause" }, (outcome) => fromPeer.push(outcome));
  assert.deepEqual(posted, [
    { kind: "command-received", id: "web1-7-1", command: { kind: "pause" } },
    { kind: "command-received", id: "web2-3-1", command: { kind: "unpause" } },
  ]);
  desk.answer("web2-3-1", DONE);
  desk.answer("web1-7-1", { ok: false, code: "paused", message: "no" });
  desk.answer("web1-7-1", DONE);
  assert.deepEqual(fromPeer, [DONE]);
  assert.deepEqual(await first, { ok: false, code: "paused", message: "no" });
});

test("one command too many is told to come again, and so is one whose id is taken", async () => {
  const desk = new CommandDesk(() => {}, "web1-7");
  for (let count = 0; count < COMMANDS_PENDING_MAX; count += 1) void desk.submit({ kind: "pause" });
  const refusal = await desk.submit({ kind: "pause" });
  assert.equal(refusal.ok ? "" : refusal.code, "busy");
  desk.answer("web1-7-1", DONE);
  const taken: CommandOutcome[] = [];
  desk.accept("web1-7-2", { kind: "pause" }, (outcome) => taken.push(outcome));
  assert.equal(taken[0]?.ok, false);
});

test("a command that is never answered ends", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const desk = new CommandDesk(() => {}, "web1-7");
  const outcome = desk.submit({ kind: "pause" });
  t.mock.timers.tick(30_000);
  const answer = await outcome;
  assert.equal(answer.ok ? "" : answer.code, "timed-out");
});
