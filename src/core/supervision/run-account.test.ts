import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig } from "../../../test/support/program-config.js";
import { type Duration, instant, seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import type { ProgramInput } from "../../model/program.js";
import { RunAccount } from "./run-account.js";

const DB = programConfig("db");
const start = { run: 7, service: serviceName("shop"), config: DB, role: "standby" } as const;
const at = (count: number): ReturnType<typeof instant> => instant(count * 1_000_000);
const judged = (health: "healthy" | "failing") => ({ kind: "program-judged", run: 7, health, problem: "" }) as const;

test("a run is told as it was ordered, as old as it is", () => {
  const account = new RunAccount(at(1), start);
  assert.deepEqual(account.kept(at(5)), { start, age: seconds(4), role: "standby", facts: [] });
  account.heard(at(2), { kind: "program-ready", run: 7 });
  account.heard(at(4), { kind: "program-ready", run: 7 });
  assert.equal(account.kept(at(5)).readyFor, seconds(3), "since the first time");
});

test("of each kind of fact the latest is kept, in order; of what is due to nobody, nothing", () => {
  const account = new RunAccount(at(1), start);
  const unfed = { ...judged("failing"), by: "watchdog" } as const;
  account.heard(at(2), judged("failing"));
  account.heard(at(2), unfed);
  account.heard(at(2), { kind: "program-said", run: 7, saying: { kind: "status", text: "busy" } });
  account.heard(at(2), { kind: "program-said", run: 7, saying: { kind: "extending", by: seconds(9) } });
  account.heard(at(3), judged("healthy"));
  assert.deepEqual(account.kept(at(4)).facts, [
    unfed,
    { kind: "program-said", run: 7, saying: { kind: "status", text: "busy" } },
    judged("healthy"),
  ]);
  assert.equal(account.isGone, false);
  account.heard(at(5), { kind: "program-gone", run: 7 });
  assert.equal(account.isGone, true);
});

test("when it ended by itself is known, whatever is left of it", () => {
  const account = new RunAccount(at(1), start);
  const exit = { kind: "status", status: 1 } as const;
  account.heard(at(3), { kind: "program-exited", run: 7, exit });
  account.heard(at(4), { kind: "program-gone", run: 7 });
  assert.equal(account.kept(at(9)).endedFor, seconds(6));
});

test("its role is that which it was told, and owed until it is answered to", () => {
  const account = new RunAccount(at(1), start);
  account.ordered({ kind: "tell-role", run: 7, role: "holder" });
  assert.deepEqual([account.kept(at(2)).role, account.kept(at(2)).owesRole], ["holder", true]);
  account.heard(at(2), { kind: "role-told", run: 7, role: "holder", problem: undefined });
  assert.deepEqual([account.kept(at(2)).owesRole, account.kept(at(2)).wasTold], [undefined, true]);
});

test("what ended by itself did so, though what it left was killed", () => {
  const ends = [new RunAccount(at(1), start), new RunAccount(at(1), start)];
  const [byItself, byOrder] = ends;
  byOrder?.ordered({ kind: "stop-program", run: 7 });
  for (const each of ends) {
    each.heard(at(2), { kind: "program-exited", run: 7, exit: { kind: "status", status: 0 } });
    each.ordered({ kind: "kill-program", run: 7 });
    assert.equal(each.hasEndedByItself, false, "something of it may be left");
    each.heard(at(2), { kind: "program-gone", run: 7 });
  }
  assert.deepEqual([byItself?.hasEndedByItself, byOrder?.hasEndedByItself], [true, false]);
});

test("what its start or its role is advised to take is told for as long as that is under way", () => {
  const account = new RunAccount(at(1), start);
  const advice = (by: Duration): ProgramInput => ({
    kind: "program-said",
    run: 7,
    saying: { kind: "extending", by, isAdvised: true },
  });
  account.heard(at(2), advice(seconds(240)));
  assert.deepEqual(account.kept(at(3)).facts, [advice(seconds(240))]);
  account.heard(at(4), { kind: "program-ready", run: 7 });
  assert.deepEqual(account.kept(at(4)).facts, []);
  account.ordered({ kind: "tell-role", run: 7, role: "holder" });
  account.heard(at(5), advice(seconds(300)));
  assert.deepEqual(account.kept(at(6)).facts, [advice(seconds(300))]);
  account.heard(at(7), { kind: "role-told", run: 7, role: "holder", problem: undefined });
  assert.deepEqual(account.kept(at(8)).facts, []);
});

test("whether it has caught up is told as it was found last, and not beyond a change of its role", () => {
  const account = new RunAccount(at(1), start);
  const found = (problem: string | undefined): ProgramInput => ({ kind: "program-caught-up", run: 7, problem });
  account.heard(at(2), found("exit status 1"));
  account.heard(at(3), found(undefined));
  assert.deepEqual(account.kept(at(4)).facts, [found(undefined)]);
  account.ordered({ kind: "tell-role", run: 7, role: "standby" });
  assert.deepEqual(account.kept(at(5)).facts, []);
});

test("an end that was ordered is told, the harder of two", () => {
  const account = new RunAccount(at(1), start);
  account.ordered({ kind: "stop-program", run: 7 });
  assert.equal(account.kept(at(2)).ending, "stopping");
  account.ordered({ kind: "kill-program", run: 7 });
  account.ordered({ kind: "stop-program", run: 7 });
  assert.equal(account.kept(at(2)).ending, "killing");
});

test("what is to follow from its end is told on, as it was last decided", () => {
  const account = new RunAccount(at(1), start);
  for (const kind of ["move", "stop"] as const)
    account.ordered({ kind: "plan-program", run: 7, plan: { next: { kind, usedUp: 0 } } });
  assert.deepEqual(account.kept(at(2)).plan, { next: { kind: "stop", usedUp: 0 } });
});
