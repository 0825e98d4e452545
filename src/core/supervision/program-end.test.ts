import assert from "node:assert/strict";
import { test } from "node:test";
import { programConfig } from "../../../test/support/program-config.js";
import { Life } from "../../../test/support/program-life.js";
import { instant, seconds } from "../../base/time.js";
import type { ProgramConfig } from "../../model/program.js";
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
