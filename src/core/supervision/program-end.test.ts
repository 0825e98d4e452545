import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig } from "../../../test/support/program-config.js";
import { Life } from "../../../test/support/program-life.js";
import { inMilliseconds, instant, seconds } from "../../base/time.js";
import type { ProgramConfig, ProgramInput } from "../../model/program.js";
import { Effects } from "../effects.js";

test("an end has the time that systemd or an agent advises where the file gives none, and no more than twice the usual", () => {
  const stop = { signal: "SIGTERM", timeout: seconds(180) };
  const stopped = (more: object): Life =>
    new Life({ stop: { ...stop, ...more } })
      .ready()
      .do((program) => program.stop(instant(0), new Effects()))
      .hear({ kind: "program-said", run: 1, saying: { kind: "extending", by: seconds(600), isAdvised: true } });
  assert.equal(stopped({ isUsual: true }).pass(359_000).program.state, "stopping");
  assert.equal(stopped({ isUsual: true }).pass(360_000).program.state, "killing");
  assert.equal(stopped({}).pass(180_000).program.state, "killing", "the file knows better");
});

test("what its policy says of an end that is under way is kept with the run, and so is that nothing follows after all", () => {
  const life = new Life({ onFail: "move" }).ready();
  life.hear({ kind: "program-judged", run: 1, health: "failing", problem: "no answer" });
  const plan = life.orders.flatMap((order) => (order.kind === "plan-program" ? [order.plan] : []));
  assert.deepEqual(
    plan.map(({ next, problem }) => [next.kind, problem]),
    [["move", "its health check failed: no answer"]],
  );
  assert.equal(life.last, "stop-program");
  life.do((program) => program.stop(life.now, life.effects));
  assert.deepEqual(life.orders.at(-1), {
    kind: "plan-program",
    run: 1,
    plan: { next: { kind: "nothing" }, problem: plan[0]?.problem },
  });
});

test("what is left of a resource that did not start, or ended, is let go by its agent, which no kill disturbs", () => {
  const source = { kind: "ocf", provider: "heartbeat", type: "db", parameters: {} } as const;
  const after = (input: ProgramInput): Life => new Life({ source }).start().hear(input);
  const failed = after({ kind: "program-not-started", run: 1, problem: "start answers with status 1" });
  const ended = after({ kind: "program-exited", run: 1, exit: { kind: "not-running" } });
  for (const life of [failed, ended]) {
    assert.deepEqual([life.program.state, life.last], ["stopping", "stop-program"]);
    life.pass(inMilliseconds(programConfig("db").stop.timeout));
    assert.deepEqual([life.program.state, life.last], ["killing", "kill-program"], "it has its time, and no more");
  }
  assert.equal(failed.program.problem, "start answers with status 1");
  assert.deepEqual(ended.program.lastExit, { kind: "not-running" });
});

test("of what cannot be ended, the event says why, where its host does", () => {
  const life = new Life().ready();
  life.do((program) => program.stop(life.now, life.effects));
  life.pass(inMilliseconds(programConfig("db").stop.timeout));
  const text = "stop answers with status 1: device busy; it is tried again every second";
  life.hear({ kind: "program-said", run: 1, saying: { kind: "status", text } }).pass(60_000);
  assert.equal(life.program.state, "stuck");
  assert.ok(life.lastNote?.code === "program.stuck");
  assert.equal(life.lastNote.problem, text);
});

test("a resource that is told how many there are of it is another one where that changes", () => {
  const source = { kind: "ocf", provider: "heartbeat", type: "db", parameters: {} } as const;
  const other = (changes: Partial<ProgramConfig>): boolean => {
    const life = new Life({ source, ...changes }).ready();
    return life.program.reconfigure(life.now, programConfig("db", { source, ...changes, copies: 3 }), life.effects);
  };
  assert.deepEqual(
    [other({ standby: true, copies: 2 }), other({ standby: true, copies: 3 }), other({})],
    [true, false, false],
  );
  const command = new Life({ standby: true, copies: 2 }).ready();
  const more = programConfig("db", { standby: true, copies: 3 });
  assert.equal(command.program.reconfigure(command.now, more, command.effects), false, "nobody tells it");
});
