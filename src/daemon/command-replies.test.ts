import assert from "node:assert/strict";
import { test } from "node:test";
import { inMilliseconds } from "../base/time.js";
import { COMMAND_TIME_MAX, type CommandOutcome } from "../model/command.js";
import { nodeName } from "../model/names.js";
import type { NodeInput } from "../model/node-io.js";
import { CommandReplies, COMMANDS_PENDING_MAX } from "./command-replies.js";

const PEER = nodeName("web2");
const DONE: CommandOutcome = { ok: true, message: "done" };

test("an outcome goes to the one who asked, whatever the order", async () => {
  const posted: NodeInput[] = [];
  const replies = new CommandReplies((input) => posted.push(input), "web1-7");
  const first = replies.submit({ kind: "pause" });
  const fromPeer: CommandOutcome[] = [];
  replies.acceptFrom(PEER, "web2-3-1", { kind: "unpause" }, (outcome) => fromPeer.push(outcome));
  assert.deepEqual(posted, [
    { kind: "command-received", id: "web1-7-1", command: { kind: "pause" } },
    { kind: "command-received", id: "web2-3-1", origin: PEER, command: { kind: "unpause" } },
  ]);
  replies.answer("web2-3-1", DONE);
  replies.answer("web1-7-1", { ok: false, code: "paused", message: "no" });
  replies.answer("web1-7-1", DONE);
  assert.deepEqual(fromPeer, [DONE]);
  assert.deepEqual(await first, { ok: false, code: "paused", message: "no" });
});

test("one command too many is told to come again, and so is one whose id is taken", async () => {
  const replies = new CommandReplies(() => {}, "web1-7");
  for (let count = 0; count < COMMANDS_PENDING_MAX; count += 1) void replies.submit({ kind: "pause" });
  const refusal = await replies.submit({ kind: "pause" });
  assert.equal(refusal.ok ? "" : refusal.code, "busy");
  replies.answer("web1-7-1", DONE);
  const taken: CommandOutcome[] = [];
  replies.acceptFrom(PEER, "web1-7-2", { kind: "pause" }, (outcome) => taken.push(outcome));
  assert.equal(taken[0]?.ok, false);
});

test("a command that is never answered ends", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const replies = new CommandReplies(() => {}, "web1-7");
  const outcome = replies.submit({ kind: "pause" });
  t.mock.timers.tick(inMilliseconds(COMMAND_TIME_MAX) + 5_000);
  const answer = await outcome;
  assert.equal(answer.ok ? "" : answer.code, "timed-out");
});
