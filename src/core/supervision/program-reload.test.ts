import assert from "node:assert/strict";
import { test } from "node:test";
import { Life } from "../../../test/support/program-life.js";
import { programConfig } from "../../../test/support/program-config.js";
import { NetworkedNode } from "../../../test/support/networked-node.js";
import { programsConfig } from "../../../test/support/program-config.js";
import { milliseconds, seconds } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import { NOTHING_SAVED } from "../../model/node-state.js";
import type { HealthCheck, KeptRun, ProgramConfig } from "../../model/program.js";

const CHECK: HealthCheck = {
  probe: { kind: "tcp", host: "127.0.0.1", port: 5432 },
  interval: seconds(1),
  timeout: seconds(1),
  fail: 3,
  slow: undefined,
};
const OTHER_COMMAND = { source: { kind: "command", command: ["/usr/bin/other"] } } as const;

function reload(life: Life, changes: Partial<ProgramConfig>): { readonly isAnew: boolean; readonly orders: unknown } {
  const before = life.orders.length;
  let isAnew = false;
  life.do((program) => {
    isAnew = program.reconfigure(life.now, programConfig("db", changes), life.effects);
  });
  return { isAnew, orders: life.orders.slice(before) };
}

const watchedBy = (run: number, changes: Partial<ProgramConfig>): unknown => ({
  isAnew: false,
  orders: [{ kind: "watch-program", run, config: programConfig("db", changes) }],
});

test("what a program is watched, ended and judged by is taken in while it runs", () => {
  const stop = { signal: "SIGINT", timeout: seconds(9) };
  for (const changes of [
    { health: { ...CHECK, interval: seconds(2) } },
    { health: undefined },
    { health: { ...CHECK, probe: { kind: "exec", command: ["/bin/check"] } as const } },
    { health: CHECK, ready: { kind: "started" } as const },
    { health: CHECK, monitor: { interval: seconds(3) } },
    { health: CHECK, stop },
    { health: CHECK, restart: { ...programConfig("db").restart, delays: [seconds(3)] } },
  ]) {
    const life = new Life({ health: CHECK }).ready();
    assert.deepEqual(reload(life, changes), watchedBy(life.run, changes));
    assert.equal(life.program.state, "ready");
  }
});

test("nobody is told of a file that says what it said before, nor of one for a program that does not run", () => {
  const same = { isAnew: false, orders: [] };
  assert.deepEqual(reload(new Life({ health: CHECK }).ready(), { health: { ...CHECK } }), same);
  assert.deepEqual(reload(new Life({ health: CHECK }), {}), same);
  const ending = new Life({ health: CHECK }).ready();
  ending.do((program) => program.stop(ending.now, ending.effects));
  assert.deepEqual(reload(ending, {}), same, "it is watched no more");
});

test("what its process is made from has it begin anew, and what watches it then is in the order to start", () => {
  const life = new Life({ health: CHECK }).ready();
  assert.deepEqual(reload(life, { ...OTHER_COMMAND, health: undefined }), { isAnew: true, orders: [] });
  assert.deepEqual(reload(life, OTHER_COMMAND), { isAnew: false, orders: [] }, "the run in hand is another process");
});

test("one that is not asked any more has caught up, as far as anybody knows, and one that is asked now has not yet", () => {
  const { probe, interval, timeout } = CHECK;
  const asked = { standby: true, caughtUp: { probe, interval, timeout } };
  const life = new Life(asked);
  life.do((program) => program.start(life.now, "standby", life.effects));
  assert.notEqual(life.program.behind, undefined);
  reload(life, { standby: true });
  assert.equal(life.program.behind, undefined);
  reload(life, asked);
  assert.notEqual(life.program.behind, undefined);
  life.hear({ kind: "program-caught-up", run: life.run, problem: undefined });
  reload(life, { ...asked, caughtUp: { ...asked.caughtUp, interval: seconds(2) } });
  assert.equal(life.program.behind, undefined, "what was found stands");
});

test("more time to start counts at once, and less only the next time", () => {
  const ready = (timeout: number) => ({ ready: { kind: "notify", timeout: seconds(timeout) } }) as const;
  const longer = new Life(ready(10)).start();
  reload(longer, ready(30));
  assert.deepEqual([longer.pass(29_000).program.state, longer.pass(2_000).program.state], ["starting", "stopping"]);
  const shorter = new Life(ready(10)).start().pass(5_000);
  reload(shorter, ready(1));
  assert.deepEqual([shorter.pass(4_000).program.state, shorter.pass(2_000).program.state], ["starting", "stopping"]);
});

test("a check that is not on this machine would end what is well", () => {
  const { program } = new Life({ health: CHECK }).ready();
  const health = { ...CHECK, probe: { kind: "exec", command: ["/no/such/check"] } as const };
  assert.equal(program.isUndoneBy(programConfig("db", { health })), true);
  assert.equal(program.isUndoneBy(programConfig("db", { health: { ...CHECK, fail: 5 } })), false);
});

test("an agent that goes on with a program after a pause has it watched by the file of now", () => {
  const [before, now] = [programConfig("db"), programConfig("db", { health: { ...CHECK, slow: milliseconds(20) } })];
  const kept = (config: ProgramConfig): KeptRun => ({
    start: { run: 3, service: serviceName("shop"), config, role: "holder" },
    age: seconds(100),
    readyFor: seconds(90),
    role: "holder",
    facts: [],
  });
  const service = { addresses: [], nodes: ["web1", "web2", "web3"].map(nodeName), ...programsConfig([now]) };
  const saved = { ...NOTHING_SAVED, pause: { paused: true, revision: 1 } };
  const ordersFor = (run: KeptRun): unknown => {
    const node = new NetworkedNode({ service, saved, programs: { runs: [run], left: [] } });
    for (const peer of ["web1", "web2"]) node.claimNothing(peer);
    return node.orders;
  };
  assert.deepEqual(ordersFor(kept(before)), [{ kind: "watch-program", run: 3, config: now }]);
  assert.deepEqual(ordersFor(kept(now)), []);
});
