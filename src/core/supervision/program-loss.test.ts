import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import { type ProgramConfig, programName } from "../../model/program.js";
import { noteSeverity, noteText } from "../../model/note-text.js";
import { programConfig } from "../../../test/support/program-config.js";
import { Life } from "../../../test/support/program-life.js";

const withExits = (exits: ProgramConfig["restart"]["exits"]): Partial<ProgramConfig> => ({
  restart: { ...programConfig("db").restart, exits },
});
const MOVE = withExits({ "*": "move" });
const LOST = { kind: "program-host-lost", left: [] } as const;
const LEFT = { run: -1, service: serviceName("shop"), program: programName("db") };

test("what would move after any end moves when it is lost with the program host: here it would begin without its data", () => {
  for (const exits of [MOVE, withExits({ SIGKILL: "move", "*": "restart" }), withExits({ "not-running": "move" })]) {
    const life = new Life(exits).ready().hear(LOST);
    assert.deepEqual([life.program.state, life.program.failure, life.program.policy.moves], ["failed", "move", 1]);
    assert.equal(life.program.policy.total, 0, "no restart is counted");
  }
  const other = new Life(withExits({ 78: "move", "*": "restart" })).ready().hear(LOST);
  assert.deepEqual([other.program.state, other.program.failure], ["stopped", undefined]);
});

test("so it does when something of it is left, as soon as that is gone", () => {
  const life = new Life(MOVE).ready().hear({ ...LOST, left: [LEFT] });
  assert.deepEqual([life.program.state, life.program.failure], ["killing", "move"]);
  life.hear({ kind: "program-gone", run: -1 });
  assert.equal(life.program.state, "failed");
});

test("it begins anew here where nobody else could have it, and where it only stands by", () => {
  const alone = new Life(MOVE).ready();
  alone.do((program) => program.setAlone(alone.now, true, alone.effects)).hear(LOST);
  assert.deepEqual([alone.program.state, alone.program.failure], ["stopped", undefined]);
  const standby = new Life({ ...MOVE, standby: true });
  standby.do((program) => program.start(standby.now, "standby", standby.effects));
  standby.hear({ kind: "program-ready", run: 1 }).hear(LOST);
  assert.deepEqual([standby.program.state, standby.program.failure], ["stopped", undefined]);
});

test("the end of one that has done its work is no error", () => {
  const done = { kind: "status", status: 0 } as const;
  const told = (exits: ProgramConfig["restart"]["exits"], status: number): readonly [string, boolean] => {
    const life = new Life(withExits(exits)).ready().hear({ kind: "program-exited", run: 1, exit: { ...done, status } });
    assert.ok(life.lastNote !== undefined);
    return [noteSeverity(life.lastNote), noteText(life.lastNote, "web1" as never).endsWith("its work is done")];
  };
  assert.deepEqual(told({ 0: "stop", "*": "restart" }, 0), ["info", true]);
  assert.deepEqual(told({ 3: "stop", "*": "restart" }, 3), ["error", false], "what another status means nobody knows");
  const limits = { ...programConfig("db").restart, delays: [], exhausted: { kind: "stop" } } as const;
  const usedUp = new Life({ restart: limits }).ready().hear({ kind: "program-exited", run: 1, exit: done });
  assert.equal(usedUp.lastNote && noteSeverity(usedUp.lastNote), "error");
});

test("SIGKILL is sent once more to what it did not end, whose words are those of the host", () => {
  const life = new Life({ stop: { signal: "SIGTERM", timeout: seconds(1) } }).ready();
  life.hear({ kind: "program-said", run: 1, saying: { kind: "status", text: "serves 5 clients" } });
  life.do((program) => program.stop(life.now, life.effects)).pass(1_000);
  assert.equal(life.program.words, undefined);
  const text = "SIGKILL did not end process 7 (db), which waits in the kernel (state D)";
  life.hear({ kind: "program-said", run: 1, saying: { kind: "status", text } }).pass(10_000);
  assert.deepEqual([life.program.state, life.last, life.program.words], ["stuck", "kill-program", text]);
  assert.equal(life.orders.filter(({ kind }) => kind === "kill-program").length, 2);
});

test("one that may start no more processes is in trouble, until it has room again; what fails counts for more", () => {
  const life = new Life().ready();
  const judge = (health: "healthy" | "slow" | "failing", by?: "limit"): void =>
    void life.hear({ kind: "program-judged", run: 1, health, problem: by ?? "", ...(by === undefined ? {} : { by }) });
  judge("slow", "limit");
  assert.deepEqual([life.program.state, life.program.problem], ["troubled", "limit"]);
  judge("healthy");
  assert.equal(life.program.state, "troubled", "its check does not know of it");
  judge("healthy", "limit");
  assert.deepEqual([life.program.state, life.program.problem], ["ready", undefined]);
  judge("slow", "limit");
  judge("failing");
  assert.equal(life.last, "stop-program");
});

test("how an earlier run ended is not told of one that went with the program host", () => {
  const life = new Life().ready();
  life.hear({ kind: "program-exited", run: life.run, exit: { kind: "status", status: 1 } });
  life.hear({ kind: "program-gone", run: life.run });
  life.do((program) => program.retry(life.now)).do((program) => program.start(life.now, "holder", life.effects));
  life.hear({ kind: "program-ready", run: life.run });
  assert.deepEqual(life.program.lastExit, { kind: "status", status: 1 });
  life.hear(LOST);
  assert.deepEqual([life.program.lastExit, life.program.problem], [undefined, undefined]);
});
