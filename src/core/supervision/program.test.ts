import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Duration, instant, milliseconds, seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import {
  type ProgramConfig,
  type ProgramExit,
  type ProgramInput,
  programName,
  type ProgramHealth,
  type ProgramSaying,
  type ProgramRole,
} from "../../model/program.js";
import { programConfig } from "../../../test/support/program-config.js";
import { KILLED, Life } from "../../../test/support/program-life.js";
import { Effects } from "../effects.js";
import { Program } from "./program.js";

test("a program is started, becomes ready, and ends when it is not wanted", () => {
  const life = new Life().ready();
  assert.equal(life.program.state, "ready");
  life.do((program) => program.stop(life.now, life.effects));
  assert.deepEqual([life.last, life.program.state], ["stop-program", "stopping"]);
  life.end({ kind: "status", status: 0 });
  assert.equal(life.program.state, "stopped");
  assert.deepEqual(life.notes, ["program.starting", "program.ready", "program.stopping", "program.stopped"]);
});

test("what it leaves behind is killed before it is started again", () => {
  const life = new Life().ready().hear({ kind: "program-exited", run: 1, exit: KILLED });
  assert.deepEqual([life.last, life.program.mayStart(life.now)], ["kill-program", false]);
  life.hear({ kind: "program-gone", run: 1 });
  assert.equal(life.program.mayStart(life.now), true);
});

test("restarts wait as they are told to; when they are used up, the node is of no use", () => {
  const life = new Life();
  for (const delay of [0, 1_000, 5_000]) {
    life.ready().end();
    assert.equal(life.program.mayStart(life.now), delay === 0);
    life.pass(delay);
    assert.equal(life.program.mayStart(life.now), true);
  }
  life.ready().end();
  assert.deepEqual([life.program.failure, life.program.state], ["move", "failed"]);
});

test("a program that ran for long begins with the first delay again, and old restarts do not count", () => {
  const life = new Life();
  for (let time = 0; time < 10; time += 1) {
    life.ready().pass(601_000).end();
    assert.equal(life.program.mayStart(life.now), true, "at once");
  }
  const often = new Life({ restart: { ...programConfig("db").restart, delays: [seconds(0)], within: seconds(10) } });
  for (let time = 0; time < 5; time += 1) often.ready().pass(11_000).end();
  assert.equal(often.program.failure, undefined);
});

test("restarts that did not help count, however long each run takes to show it", () => {
  const slow = new Life({ ready: { kind: "notify", timeout: seconds(60) } });
  for (let time = 0; time < 4; time += 1) slow.pass(5_000).start().pass(60_000).end({ kind: "status", status: 0 });
  assert.deepEqual([slow.program.failure, slow.program.problem], ["move", "it did not become ready in time"]);
  const check = {
    probe: { kind: "tcp", port: 80 },
    interval: seconds(10),
    timeout: seconds(1),
    fail: 3,
    slow: undefined,
  };
  const ill = new Life({ health: check as ProgramConfig["health"] });
  const failing = { kind: "program-judged", health: "failing", problem: "status 500" } as const;
  for (let time = 0; time < 4; time += 1) {
    ill
      .pass(5_000)
      .ready()
      .pass(30_000)
      .hear({ ...failing, run: ill.run });
    ill.end({ kind: "status", status: 0 });
  }
  assert.equal(ill.program.failure, "move");
});

test("a restart that helped for `within` is forgotten, also one of a program that was in trouble before", () => {
  const life = new Life();
  const failing = { kind: "program-judged", health: "failing", problem: "status 500" } as const;
  for (let time = 0; time < 8; time += 1) {
    life
      .pass(5_000)
      .ready()
      .pass(61_000)
      .hear({ ...failing, run: life.run });
    life.end({ kind: "status", status: 0 });
  }
  assert.equal(life.program.failure, undefined);
});

test("a program is in trouble from when a restart was of no use, or its check failed, until it is ready again", () => {
  const life = new Life({ ready: { kind: "notify", timeout: seconds(60) } }).ready().end();
  assert.equal(life.program.isInTrouble, false, "one end may be mended before anybody hears of it");
  life.start().end();
  assert.equal(life.program.isInTrouble, true, "it ended before it was ready");
  life.pass(1_000).start().pass(60_000).end();
  assert.deepEqual([life.program.isInTrouble, life.program.problem], [true, "it did not become ready in time"]);
  life.pass(5_000).start();
  assert.equal(life.program.isInTrouble, true);
  life.hear({ kind: "program-ready", run: life.run });
  assert.equal(life.program.isInTrouble, false);
});

test("a good exit status is success only where the policy expects an end: not when restarts are used up", () => {
  const restart = { ...programConfig("db").restart, delays: [], exhausted: { kind: "stop" } } as const;
  const { program } = new Life({ restart }).ready().end({ kind: "status", status: 0 });
  assert.deepEqual([program.state, program.failure, program.isReadyAs("holder")], ["ended", "stop", false]);
});

test("one that is to be tried for ever is so each time that its restarts are used up, and each time that is told", () => {
  const restart = {
    ...programConfig("db").restart,
    delays: [seconds(1)],
    within: seconds(600),
    exhausted: { kind: "retry", every: seconds(30) },
  } as const;
  const life = new Life({ restart }).ready().end().pass(1_000);
  for (let time = 0; time < 3; time += 1) {
    life.ready().end();
    assert.deepEqual([life.program.state, life.program.failure, life.program.policy.moves], ["failed", "retry", 0]);
    life.pass(29_999);
    assert.equal(life.program.mayStart(life.now), false);
    life.pass(1);
    assert.equal(life.program.mayStart(life.now), true);
  }
  assert.equal(life.ready().program.failure, undefined, "it serves again");
});

test("exits lead to what the configuration says of them", () => {
  const restart = { ...programConfig("db").restart, exits: { 0: "stop", 78: "move", SIGKILL: "stop" } } as const;
  const after = (exit: ProgramExit): Program => new Life({ restart }).ready().end(exit).program;
  assert.deepEqual(
    [after({ kind: "status", status: 0 }).state, after({ kind: "status", status: 0 }).failure],
    ["ended", undefined],
  );
  assert.equal(after({ kind: "status", status: 78 }).failure, "move");
  assert.deepEqual([after(KILLED).state, after(KILLED).failure], ["ended", "stop"]);
  assert.equal(after({ kind: "out-of-memory" }).state, "waiting", "all others are restarts");
});

test("a program that does not become ready in time is ended, and counts as failed", () => {
  const life = new Life({ ready: { kind: "notify", timeout: seconds(2) } }).start().pass(2_000);
  assert.deepEqual([life.last, life.program.state], ["stop-program", "stopping"]);
  life.end();
  assert.equal(life.program.state, "waiting");
});

test("one that does not end is killed, and one that is not killed is stuck, and never waited for", () => {
  const life = new Life({ stop: { signal: "SIGTERM", timeout: seconds(1) } }).ready();
  life.do((program) => program.stop(life.now, life.effects)).pass(1_000);
  assert.deepEqual([life.last, life.program.state], ["kill-program", "killing"]);
  life.pass(9_999);
  assert.equal(life.program.state, "killing", "the kernel has its time, however short that of the program is");
  life.pass(1);
  assert.deepEqual([life.program.state, life.program.deadline(), life.program.holdsOn], ["stuck", undefined, true]);
  life.end();
  assert.equal(life.program.state, "stopped", "it ended at last");
});

test("one that SIGKILL did nothing to stays stuck when it is sent once more: nobody may begin elsewhere", () => {
  const life = new Life({ stop: { signal: "SIGTERM", timeout: seconds(1) } }).ready();
  life.do((program) => program.stop(life.now, life.effects)).pass(11_000);
  const kills = life.orders.length;
  life.do((program) => program.kill(life.now, "rival", life.effects));
  assert.deepEqual([life.orders.length, life.last, life.program.state], [kills + 1, "kill-program", "stuck"]);
});

test("words of an earlier run change nothing", () => {
  const life = new Life().ready().end().ready();
  for (const input of [
    { kind: "program-exited", run: 1, exit: KILLED },
    { kind: "program-gone", run: 1 },
    { kind: "program-not-started", run: 1, problem: "late" },
    { kind: "program-judged", run: 1, health: "failing", problem: "late" },
  ] as const) {
    life.hear(input);
  }
  assert.deepEqual([life.run, life.program.state], [2, "ready"]);
});

const slow = { kind: "program-judged", run: 1, health: "slow", problem: "its answers take 210 ms" } as const;
const failing = { kind: "program-judged", run: 1, health: "failing", problem: "no answer" } as const;

test("trouble is noted, restarted or moved for, as the configuration says", () => {
  const noted = new Life().ready().hear(slow);
  assert.deepEqual([noted.program.state, noted.program.problem], ["troubled", "its answers take 210 ms"]);
  noted.hear({ ...slow, health: "healthy" });
  assert.deepEqual([noted.program.state, noted.program.problem], ["ready", undefined]);
  const said = new Life({ onTrouble: "restart" }).ready();
  said.hear({ kind: "program-said", run: 1, saying: { kind: "trouble", text: "out of disk" } });
  assert.equal(said.program.state, "stopping");
  assert.equal(new Life({ onTrouble: "move" }).ready().hear(slow).program.failure, "move");
});

test("one that fails its check or its watchdog is restarted by its policy, unless the configuration says otherwise", () => {
  const life = new Life();
  for (const next of ["waiting", "waiting", "waiting", "failed"]) {
    life.pass(5_000).ready();
    life.hear({ ...failing, run: life.run });
    assert.deepEqual([life.last, life.program.state], ["stop-program", "stopping"]);
    assert.equal(life.program.problem, "its health check failed: no answer", "a status would be read as its own end");
    life.end();
    assert.equal(life.program.state, next);
  }
  const unfed = { ...failing, problem: "no WATCHDOG=1 within 300 ms", by: "watchdog" } as const;
  const watched = new Life().ready().hear(unfed);
  assert.deepEqual([watched.program.state, watched.program.problem], ["stopping", unfed.problem]);
  assert.equal(new Life({ onFail: "move" }).ready().hear(unfed).program.failure, "move");
  const left = new Life({ onFail: "nothing", onTrouble: "restart" }).ready().hear(unfed);
  assert.deepEqual([left.program.state, left.notes.at(-1)], ["troubled", "program.troubled"]);
  left.hear({ ...failing, health: "healthy" });
  assert.equal(left.program.state, "troubled", "its check knows nothing of the watchdog");
  assert.equal(left.hear({ ...unfed, health: "healthy" }).program.state, "ready", "it is fed again");
});

test("one that is in trouble by its own word, or slow, and then fails, is treated as one that fails", () => {
  const said = new Life().ready().hear({ kind: "program-said", run: 1, saying: { kind: "trouble", text: "full" } });
  assert.equal(said.program.state, "troubled");
  assert.equal(said.hear(failing).program.state, "stopping");
  assert.equal(new Life().ready().hear(slow).hear(failing).program.state, "stopping");
});

test("trouble that is said before it is ready counts as soon as it is", () => {
  const trouble = { kind: "program-said", run: 1, saying: { kind: "trouble", text: "no disk" } } as const;
  const life = new Life().start().hear({ kind: "program-started", run: 1, pid: 7 }).hear(trouble);
  assert.equal(life.program.state, "starting");
  life.hear({ kind: "program-ready", run: 1 });
  assert.deepEqual([life.program.state, life.program.problem], ["troubled", "no disk"]);
  assert.deepEqual(life.notes.slice(-2), ["program.ready", "program.troubled"]);
  const mended = new Life()
    .start()
    .hear(trouble)
    .hear({ ...trouble, saying: { kind: "well" } });
  assert.equal(mended.hear({ kind: "program-ready", run: 1 }).program.state, "ready");
});

test("a changed file says at once what becomes of a program that is in trouble already", () => {
  const reloaded = (life: Life, changes: Partial<ProgramConfig>): Life =>
    life.do((program) => program.reconfigure(life.now, programConfig("db", changes), life.effects));
  const restarted = reloaded(new Life().ready().hear(slow), { onTrouble: "restart" });
  assert.deepEqual([restarted.program.state, restarted.last], ["stopping", "stop-program"]);
  assert.equal(reloaded(new Life().ready().hear(slow), { onTrouble: "move" }).program.failure, "move");
  assert.equal(reloaded(new Life().ready().hear(slow), { after: [] }).program.state, "troubled");
  assert.equal(reloaded(new Life({ onFail: "nothing" }).ready().hear(failing), {}).program.state, "stopping");
  const later = reloaded(new Life().ready(), { onTrouble: "restart" });
  assert.equal(later.program.state, "ready");
  assert.equal(later.hear(slow).program.state, "stopping", "the run from before goes by it too");
});

test("what a program says of itself counts beside its check: it is well only when both say so", () => {
  const life = new Life({ onFail: "nothing" }).ready();
  const says = (saying: ProgramSaying): string =>
    life.hear({ kind: "program-said", run: life.run, saying }).program.state;
  const checked = (health: ProgramHealth): string =>
    life.hear({ kind: "program-judged", run: life.run, health, problem: "no answer" }).program.state;
  assert.equal(says({ kind: "trouble", text: "the queue is full" }), "troubled");
  assert.equal(life.program.problem, "the queue is full");
  assert.equal(checked("slow"), "troubled");
  assert.equal(checked("healthy"), "troubled", "it has not taken back what it said");
  assert.equal(says({ kind: "well" }), "ready");
  assert.equal(checked("failing"), "troubled");
  assert.equal(says({ kind: "well" }), "troubled", "its check says otherwise");
  assert.equal(checked("healthy"), "ready");
});

test("a program that is still starting is told its new role when it is ready", () => {
  const life = new Life({ standby: true, awaitsRole: true, ready: { kind: "notify", timeout: seconds(60) } });
  const tell = (): Life => life.do((program) => program.tellRole(life.now, "holder", life.effects));
  life.do((program) => program.start(life.now, "standby", life.effects));
  tell();
  assert.equal(life.last, "start-program", "it could not act on it yet");
  life.hear({ kind: "program-ready", run: life.run });
  assert.equal(life.program.isReadyAs("holder"), false);
  tell();
  assert.equal(life.last, "tell-role");
});

test("one that ends rather than stand by, as a move has it, counts as no restart of its policy; one that does not serve does", () => {
  const refusing = (role: ProgramRole): number => {
    const life = new Life({ standby: true, awaitsRole: true });
    const before = role === "holder" ? "standby" : "holder";
    life.do((program) => program.start(life.now, before, life.effects)).hear({ kind: "program-ready", run: 1 });
    life.do((program) => program.tellRole(life.now, role, life.effects));
    life.hear({ kind: "role-told", run: 1, role, problem: "exit status 1" });
    assert.equal(life.program.state, "stopping");
    life.hear({ kind: "program-gone", run: 1 });
    assert.equal(life.program.state, role === "standby" ? "stopped" : "waiting");
    return life.program.policy.total;
  };
  assert.deepEqual([refusing("standby"), refusing("holder")], [0, 1]);
});

test("a role is waited for only where that is configured; one that is refused begins anew", () => {
  const told = (changes: Partial<ProgramConfig>): Life => {
    const life = new Life({ standby: true, ...changes });
    life.do((program) => program.start(life.now, "standby", life.effects));
    life.hear({ kind: "program-ready", run: 1 });
    return life.do((program) => program.tellRole(life.now, "holder", life.effects));
  };
  assert.equal(told({}).program.isReadyAs("holder"), true);
  const promoted = told({ awaitsRole: true });
  assert.deepEqual([promoted.program.isReadyAs("holder"), promoted.program.holdsOn], [false, true]);
  promoted.hear({ kind: "role-told", run: 1, role: "holder", problem: undefined });
  assert.equal(promoted.program.isReadyAs("holder"), true);
  const refused = told({ awaitsRole: true }).hear({ kind: "role-told", run: 1, role: "holder", problem: "exit 1" });
  assert.equal(refused.program.state, "stopping");
  assert.equal(told({ awaitsRole: true }).pass(59_000).program.state, "ready", "a promotion takes its time");
  assert.equal(told({ awaitsRole: true }).pass(60_000).program.state, "stopping", "no answer is a refusal, too");
  const given = told({ awaitsRole: true, roleTimeout: seconds(5) });
  assert.equal(given.pass(5_000).program.state, "stopping", "as the file says");
});

test("a change of role has the time that the agent of the resource advises, and no more than there is for any", () => {
  const life = new Life({ standby: true, awaitsRole: true });
  life.do((program) => program.start(life.now, "standby", life.effects)).hear({ kind: "program-ready", run: 1 });
  const extending = (by: Duration): Life =>
    life.hear({ kind: "program-said", run: 1, saying: { kind: "extending", by, isAdvised: true } });
  assert.equal(extending(seconds(300)).program.deadline(), undefined, "nothing is under way");
  life.do((program) => program.tellRole(life.now, "holder", life.effects));
  assert.equal(extending(seconds(300)).pass(299_000).program.state, "ready");
  assert.equal(life.program.words, undefined, "the program itself has said nothing");
  assert.equal(extending(seconds(3_000)).pass(2_999_000).program.state, "ready");
  assert.equal(extending(seconds(3_000)).pass(301_000).program.state, "ready");
  assert.equal(life.pass(1_000).program.state, "stopping", "an hour after it was told");
  assert.equal(extending(seconds(300)).pass(5_000).program.state, "killing", "its end is another matter");
});

test("what a unit or an agent is that has not said how long its start takes has a minute and a half", () => {
  const life = new Life({ ready: { kind: "started" }, source: { kind: "unit", unit: "db.service" } }).start();
  assert.equal(life.pass(89_000).program.state, "starting");
  assert.equal(life.pass(1_000).program.state, "stopping");
  const given = new Life({ ready: { kind: "started", timeout: seconds(300) } }).start();
  assert.equal(given.pass(299_000).program.state, "starting");
});

test("another time to start is no reason to begin anew", () => {
  const life = new Life({ ready: { kind: "notify", timeout: seconds(60) } }).ready();
  const changed = programConfig("db", { ready: { kind: "notify", timeout: seconds(90) } });
  life.do((program) => program.reconfigure(life.now, changed, life.effects));
  assert.equal(life.program.state, "ready");
});

test("a resource begins anew where it gets a role, or has none any more", () => {
  const source = { kind: "ocf", provider: "heartbeat", type: "pgsql", parameters: {} } as const;
  const life = new Life({ source }).ready();
  const changed = programConfig("db", { source, standby: true, awaitsRole: true });
  assert.equal(life.program.reconfigure(life.now, changed, life.effects), true);
});

test("a unit learns its role by its command each time that it has started: nothing else tells it", () => {
  const unit: Partial<ProgramConfig> = {
    source: { kind: "unit", unit: "db.service" },
    ready: { kind: "started" },
    standby: true,
    awaitsRole: true,
    roleCommand: ["/bin/role"],
  };
  const life = new Life(unit).start().hear({ kind: "program-ready", run: 1 });
  const tell = (): Life => life.do((program) => program.tellRole(life.now, "holder", life.effects));
  assert.equal(life.program.isReadyAs("holder"), false);
  assert.deepEqual(tell().orders.slice(1), [{ kind: "tell-role", run: 1, role: "holder" }]);
  assert.deepEqual([tell().orders.length, life.program.isReadyAs("holder")], [2, false], "it is told once");
  life.hear({ kind: "role-told", run: 1, role: "holder", problem: undefined });
  assert.equal(life.program.isReadyAs("holder"), true);
  life.end().start().hear({ kind: "program-ready", run: 2 });
  assert.equal(tell().last, "tell-role", "its next run knows as little");
  const plain = new Life({ ...unit, source: { kind: "command", command: ["/bin/db"] } }).ready();
  plain.do((program) => program.tellRole(plain.now, "holder", plain.effects));
  assert.deepEqual([plain.last, plain.program.isReadyAs("holder")], ["start-program", true], "it has LOCUM_ROLE");
});

test("where no other node could take the service, a move is a restart, and what still serves is left alone", () => {
  const alone = (changes: Partial<ProgramConfig>): Life =>
    new Life(changes).do((program) => program.setAlone(instant(0), true, new Effects())).ready();
  const moves = { ...programConfig("db").restart, exits: { "*": "move" } } as const;
  const life = alone({ restart: moves });
  for (const next of ["waiting", "waiting", "waiting", "failed"]) {
    assert.equal(life.end().program.state, next);
    life.pass(5_000).ready();
  }
  assert.equal(alone({ onFail: "move" }).hear(failing).end().program.state, "waiting");
  const serving = alone({ onTrouble: "move" }).hear(slow);
  assert.equal(serving.program.state, "troubled");
  serving.do((program) => program.setAlone(serving.now, false, serving.effects));
  assert.deepEqual([serving.program.state, serving.program.failure], ["stopping", "move"]);
});

test("a program that says that its start or its end takes longer has that time, and no more than there is for any", () => {
  const extending = (life: Life, ms: number): Life =>
    life.hear({ kind: "program-said", run: life.run, saying: { kind: "extending", by: milliseconds(ms) } });
  const life = extending(new Life().start().pass(25_000), 20_000);
  assert.equal(life.program.words, "its start may take 20 s more, it says");
  assert.equal(extending(life, 1_000).pass(19_000).program.state, "starting", "what it has is not taken away");
  assert.equal(life.pass(1_000).program.state, "stopping");
  assert.equal(extending(life, 60_000).pass(9_000).program.state, "stopping", "twice the stop timeout, nobody serves");
  assert.equal(life.pass(1_000).program.state, "killing");
  assert.equal(extending(life, 60_000).pass(10_000).program.state, "stuck", "SIGKILL has nothing to wait for");
  const endless = new Life().start();
  for (let hour = 0; hour < 3; hour += 1) extending(endless, 3_000_000).pass(2_999_000);
  assert.notEqual(endless.program.state, "starting");
});

test("what still starts as the holder's is ended when it shall stand by: nobody waits for it, and it may write", () => {
  const life = new Life({ standby: true, awaitsRole: true }).start();
  assert.equal(life.program.holdsOn, true);
  life.do((program) => program.tellRole(life.now, "standby", life.effects));
  assert.equal(life.program.state, "stopping");
});

test("when the program host dies, what it ran is started again, beside all counting", () => {
  const life = new Life().ready().hear({ kind: "program-host-lost", left: [] });
  assert.deepEqual([life.program.mayStart(life.now), life.program.policy.total], [true, 0]);
  const leaving = new Life().ready();
  leaving.do((program) => program.stop(leaving.now, leaving.effects)).hear({ kind: "program-host-lost", left: [] });
  assert.equal(leaving.program.state, "stopped");
});

test("what was ordered of the next program host already is not lost with the one before", () => {
  const life = new Life().ready();
  life.hear({ kind: "program-host-lost", left: [], until: life.run - 1 });
  assert.equal(life.program.state, "ready");
  life.hear({ kind: "program-host-lost", left: [], until: life.run });
  assert.equal(life.program.state, "stopped");
});

test("what the program host left, and cannot be ended, counts as running until it is gone", () => {
  const remains = { run: -1, service: serviceName("shop"), program: programName("db") };
  const life = new Life({ stop: { signal: "SIGTERM", timeout: seconds(1) } }).ready();
  life.hear({ kind: "program-host-lost", left: [remains] });
  assert.deepEqual([life.last, life.program.state, life.program.holdsOn], ["kill-program", "killing", true]);
  life.pass(10_000);
  assert.deepEqual([life.program.state, life.program.mayStart(life.now)], ["stuck", false]);
  life.hear({ kind: "program-host-lost", left: [{ ...remains, run: -2 }] });
  life.hear({ kind: "program-gone", run: 1 }).hear({ kind: "program-gone", run: -1 });
  assert.equal(life.program.isGone, false, "words about runs of earlier hosts are late");
  life.hear({ kind: "program-gone", run: -2 });
  assert.deepEqual([life.program.state, life.program.mayStart(life.now)], ["stopped", true]);
});

test("what an earlier agent left of a program must end before the first run of this one", () => {
  const life = new Life().hear({
    kind: "program-host-lost",
    left: [{ run: -1, service: serviceName("shop"), program: programName("db") }],
  });
  assert.deepEqual([life.program.state, life.program.mayStart(life.now)], ["killing", false]);
  life.hear({ kind: "program-gone", run: -1 });
  assert.equal(life.program.mayStart(life.now), true);
  const other = [{ run: -1, service: serviceName("shop"), program: programName("web") }];
  assert.equal(new Life().hear({ kind: "program-host-lost", left: other }).program.state, "stopped");
});

/** What may be done to it and heard of it, in any order. */
const step = fc.oneof(
  fc.constantFrom("start", "stop", "restart", "kill", "role", "retry", "renew", "host-lost", "host-left"),
  fc.constantFrom(
    "started",
    "ready",
    "refused",
    "failing",
    "healthy",
    "exited",
    "gone",
    "late-gone",
    "role-told",
    "left-gone",
  ),
  fc.integer({ min: 1, max: 20_000 }),
);

test("whatever happens in whatever order: one run at a time, a number of its own for each, and an end to each wait", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const life = new Life({ stop: { signal: "SIGTERM", timeout: seconds(1) }, onTrouble: "restart" });
      for (const each of steps) {
        const before = life.program.isGone;
        const starts = life.orders.filter(({ kind }) => kind === "start-program").length;
        act(life, each);
        const started = life.orders.filter(({ kind }) => kind === "start-program").length - starts;
        assert.ok(
          started === 0 || (started === 1 && before),
          "a run begins only when nothing is left of the one before",
        );
      }
      const runs = life.orders.flatMap((order) => (order.kind === "start-program" ? [order.start.run] : []));
      assert.deepEqual(
        runs,
        [...new Set(runs)].sort((a, b) => a - b),
      );
      life.do((program) => program.stop(life.now, life.effects)).pass(12_000);
      assert.ok(["stopped", "stuck", "failed", "ended"].includes(life.program.state), life.program.state);
    }),
    { numRuns: 2_000 },
  );
});

function act(life: Life, what: string | number): void {
  const { run, now, effects } = life;
  if (typeof what === "number") life.pass(what);
  else if (what === "start") life.do((program) => program.mayStart(now) && program.start(now, "standby", effects));
  else if (what === "stop") life.do((program) => program.stop(now, effects));
  else if (what === "restart") life.do((program) => program.restart(now, "order", effects));
  else if (what === "kill") life.do((program) => program.kill(now, "rival", effects));
  else if (what === "role") life.do((program) => program.tellRole(now, "holder", effects));
  else if (what === "retry") life.do((program) => program.retry(now));
  else if (what === "renew") life.do((program) => program.renew(now));
  else life.hear(wordOf(what, run));
}

function wordOf(what: string, run: number): ProgramInput {
  switch (what) {
    case "host-lost":
      return { kind: "program-host-lost", left: [] };
    case "host-left":
      return {
        kind: "program-host-lost",
        left: [{ run: -1, service: serviceName("shop"), program: programName("db") }],
      };
    case "left-gone":
      return { kind: "program-gone", run: -1 };
    case "started":
      return { kind: "program-started", run, pid: run };
    case "ready":
      return { kind: "program-ready", run };
    case "refused":
      return { kind: "program-not-started", run, problem: "ENOENT" };
    case "failing":
    case "healthy":
      return { kind: "program-judged", run, health: what, problem: "no answer" };
    case "exited":
      return { kind: "program-exited", run, exit: KILLED };
    case "role-told":
      return { kind: "role-told", run, role: "holder", problem: undefined };
    case "late-gone":
      return { kind: "program-gone", run: run - 1 };
    default:
      return { kind: "program-gone", run };
  }
}
