import assert from "node:assert/strict";
import { test } from "node:test";
import { noteText } from "../../model/note-text.js";
import { NetworkedNode } from "../../../test/support/networked-node.js";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { nodeName, serviceName } from "../../model/names.js";
import { NOTHING_SAVED, type SavedState } from "../../model/node-state.js";
import { type KeptRun, type ProgramConfig, programName } from "../../model/program.js";

const SHOP = serviceName("shop");
const DB = programConfig("db");
const WEB = programConfig("web", { after: [programName("db")] });
const PAUSED = { ...NOTHING_SAVED, pause: { paused: true, revision: 1 } };
/** Far longer than it takes to know that nobody else holds anything. */
const LONG_MS = 5_000;

const kept = (config: ProgramConfig, run: number, changes: Partial<KeptRun> = {}): KeptRun => ({
  start: { run, service: SHOP, config, role: "holder" },
  age: seconds(100),
  readyFor: seconds(90),
  role: "holder",
  facts: [],
  ...changes,
});

/** Programs alone: that they run is all there is to show who held it. */
const shopOf = (list: readonly ProgramConfig[]): Partial<ServiceConfig> => ({
  addresses: [],
  nodes: ["web1", "web2", "web3"].map(nodeName),
  ...programsConfig(list),
});

function restarted(
  runs: readonly KeptRun[],
  list: readonly ProgramConfig[] = [DB, WEB],
  saved: SavedState = PAUSED,
): NetworkedNode {
  const node = new NetworkedNode({ service: shopOf(list), saved, programs: { runs, left: [] } });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  return node;
}

const holderIn = (node: NetworkedNode): string | undefined => node.view().services[0]?.holder;
const statesIn = (node: NetworkedNode): readonly string[] =>
  node.view().services[0]?.programs.map(({ program, state }) => `${program} ${state}`) ?? [];
const codes = (node: NetworkedNode): readonly string[] =>
  node.notes.filter(({ code }) => code.startsWith("program.")).map(({ code }) => code);

test("what runs is taken up as it is, and its service held, in a pause too", () => {
  const node = restarted([kept(DB, 3), kept(WEB, 4)]);
  assert.deepEqual(statesIn(node), ["db ready", "web ready"]);
  node.pass(LONG_MS);
  assert.equal(holderIn(node), "web3");
  assert.deepEqual([node.orders, codes(node)], [[], ["program.kept", "program.kept"]]);
});

test("what another build read from the same file is the same, in whatever order it has it", () => {
  const reversed = (of: object): object => Object.fromEntries(Object.entries(of).reverse());
  const config = { ...DB, source: reversed(DB.source), settings: reversed(DB.settings) } as ProgramConfig;
  assert.deepEqual(config, DB);
  assert.deepEqual(restarted([kept(config, 3)], [DB]).orders, []);
});

for (const [which, programs] of [
  ["ended with its agent", { runs: [], left: [] }],
  ["died, and their host with them", undefined],
] as const) {
  test(`a service whose programs ${which} in a pause is taken back by the node that held it, and by no other`, () => {
    const held = [{ service: SHOP, epoch: 7 }];
    const saved = { ...PAUSED, epochs: held };
    const found = programs === undefined ? {} : { programs };
    const [holder, other, outdated] = [
      { ...saved, held },
      saved,
      { ...saved, held: [{ service: SHOP, epoch: 6 }] },
    ].map((each) => new NetworkedNode({ service: shopOf([DB]), saved: each, ...found }));
    for (const node of [holder, other, outdated]) {
      for (const peer of ["web1", "web2"]) node?.claimNothing(peer);
      node?.pass(LONG_MS);
    }
    assert.deepEqual(
      [holder, other, outdated].map((node) => node?.orders.map(({ kind }) => kind)),
      [["start-program"], [], []],
    );
  });
}

test("it is not taken back while a node is not heard that may have taken it since", () => {
  const held = [{ service: SHOP, epoch: 7 }];
  const node = new NetworkedNode({ service: shopOf([DB]), saved: { ...PAUSED, epochs: held, held } });
  node.claimNothing("web1");
  node.silence("web2");
  node.pass(LONG_MS);
  assert.deepEqual(node.orders, []);
});

test("a service that was being stopped when the agent ended goes on being stopped, by a holder", () => {
  const halts = [{ service: SHOP, halted: true, revision: 1 }];
  const stop = { ...DB.stop, timeout: seconds(600) };
  const [db, web] = [
    { ...DB, stop },
    { ...WEB, stop },
  ];
  const node = restarted([kept(db, 3), kept(web, 4, { ending: "stopping" })], [db, web], { ...PAUSED, halts });
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), node.orders], ["web3", []]);
  node.take({ kind: "program-gone", run: 4 });
  node.pass(LONG_MS);
  assert.deepEqual(node.orders, [{ kind: "stop-program", run: 3 }]);
  node.take({ kind: "program-gone", run: 3 });
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), statesIn(node)], [undefined, []]);
});

const PREP = programConfig("prep", { restart: { ...DB.restart, exits: { "0": "stop", "*": "restart" } } });
const AFTER_PREP = programConfig("db", { after: [PREP.name] });
const gone = (run: number, status: number): Partial<KeptRun> => ({
  facts: [
    { kind: "program-exited", run, exit: { kind: "status", status } },
    { kind: "program-gone", run },
  ],
});

test("what has done its work is not done again beside what comes after it", () => {
  const programs = { runs: [kept(AFTER_PREP, 4)], ended: [kept(PREP, 3, gone(3, 0))], left: [] };
  const node = new NetworkedNode({ service: shopOf([PREP, AFTER_PREP]), saved: PAUSED, programs });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), statesIn(node), node.orders], ["web3", ["prep ended", "db ready"], []]);
  assert.deepEqual(codes(node), ["program.kept"], "it was said before");
});

test("what came to its end while no agent was there is not done again either", () => {
  const node = restarted([kept(PREP, 3, gone(3, 0)), kept(AFTER_PREP, 4)], [PREP, AFTER_PREP]);
  node.pass(LONG_MS);
  assert.deepEqual([statesIn(node), node.orders], [["prep ended", "db ready"], [{ kind: "kill-program", run: 3 }]]);
});

test("of one that died while no agent was there its end alone is told, and when that was", () => {
  const node = restarted([kept(DB, 3, { ...gone(3, 1), endedFor: seconds(10) })], [DB]);
  const told = node.notes
    .filter(({ code }) => code.startsWith("program."))
    .map((note) => noteText(note, nodeName("web3")));
  assert.equal(
    told[0],
    "db of shop on web3 ended by itself after 1 min 30 s, 10 s ago, while no agent was there: exit status 1; it is restarted at once (1 of 3 in 1 min)",
  );
  assert.equal(codes(node).includes("program.kept"), false);
});

test("what was ended by an order shows no holder", () => {
  const node = restarted([kept(DB, 3, { ...gone(3, 0), ending: "stopping" })], [DB]);
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), node.orders.filter(({ kind }) => kind === "start-program")], [undefined, []]);
});

test("numbers of runs go on behind those that are there", () => {
  const node = restarted([kept(DB, 3), kept(WEB, 70)]);
  node.pass(LONG_MS);
  node.take({ kind: "program-exited", run: 3, exit: { kind: "status", status: 1 } });
  node.take({ kind: "program-gone", run: 3 });
  node.pass(LONG_MS);
  const start = node.orders.find(({ kind }) => kind === "start-program");
  assert.ok(start?.kind === "start-program");
  assert.deepEqual([start.start.run, start.start.config.name], [71, DB.name]);
});

test("what ended while no agent was there is started again by its policy", () => {
  const exited = kept(DB, 3, {
    facts: [
      { kind: "program-exited", run: 3, exit: { kind: "signal", signal: "SIGSEGV" } },
      { kind: "program-gone", run: 3 },
    ],
  });
  const node = restarted([exited], [programConfig("db", { restart: { ...DB.restart, exits: { "*": "move" } } })]);
  assert.deepEqual(node.orders, [{ kind: "kill-program", run: 3 }]);
  node.pass(LONG_MS);
  assert.equal(holderIn(node), "web3", "it stays where it is in a pause");
  assert.equal(node.orders.at(-1)?.kind, "start-program");
  assert.ok(codes(node).includes("program.exited"));
});

test("what is told otherwise by the file now begins anew, as after a reload", () => {
  const other = programConfig("web", { source: { kind: "command", command: ["/usr/bin/other"] } });
  const node = restarted([kept(DB, 3), kept(other, 4)]);
  assert.deepEqual(node.orders, [{ kind: "stop-program", run: 4 }]);
  node.take({ kind: "program-exited", run: 4, exit: { kind: "status", status: 0 } });
  node.take({ kind: "program-gone", run: 4 });
  node.pass(LONG_MS);
  const [, , start] = node.orders;
  assert.ok(start?.kind === "start-program" && start.start.config.source.kind === "command");
  assert.deepEqual(start.start.config.source.command, ["/usr/bin/web"]);
});

test("what the file does not have is ended in order: a program, and a whole service", () => {
  const gone = {
    ...kept(programConfig("old"), 5),
    start: { ...kept(programConfig("old"), 5).start, service: serviceName("past") },
  };
  const node = restarted([kept(DB, 3), kept(WEB, 4), gone], [DB]);
  assert.deepEqual(node.orders, [
    { kind: "stop-program", run: 5 },
    { kind: "stop-program", run: 4 },
  ]);
  for (const run of [4, 5]) node.take({ kind: "program-gone", run });
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), statesIn(node)], ["web3", ["db ready"]]);
});

test("of two runs of one program, the earlier one is killed", () => {
  const node = restarted([kept(DB, 3), kept(DB, 9), kept(WEB, 4)]);
  assert.deepEqual(node.orders, [{ kind: "kill-program", run: 3 }]);
});

test("where another node has begun meanwhile, what only one may run is killed at once", () => {
  const node = restarted([kept(DB, 3), kept(WEB, 4)]);
  node.claim("web1", 7);
  node.pass(LONG_MS);
  assert.equal(holderIn(node), "web1");
  assert.deepEqual(
    node.orders.filter(({ kind }) => kind === "kill-program"),
    [
      { kind: "kill-program", run: 3 },
      { kind: "kill-program", run: 4 },
    ],
  );
});

test("after the pause it is held, and let go of in order", () => {
  const node = restarted([kept(DB, 3), kept(WEB, 4)], undefined, NOTHING_SAVED);
  node.pass(LONG_MS);
  assert.equal(holderIn(node), "web3");
  node.take({ kind: "stop-requested" });
  assert.deepEqual(node.orders, [{ kind: "stop-program", run: 4 }]);
});

test("an agent that stops in a pause leaves its programs as they are, and ends at once", () => {
  const node = restarted([kept(DB, 3), kept(WEB, 4)]);
  node.pass(LONG_MS);
  node.take({ kind: "stop-requested" });
  assert.deepEqual([node.hasExited, node.orders], [true, []]);
});

test("a run that was being ended is not forgotten", () => {
  const node = restarted([kept(DB, 3, { ending: "stopping" }), kept(WEB, 4)], [DB, WEB]);
  assert.deepEqual(statesIn(node), ["db stopping", "web ready"]);
  node.pass(10_000);
  assert.deepEqual(
    node.orders.filter(({ kind }) => kind === "kill-program"),
    [{ kind: "kill-program", run: 3 }],
    "it has its time, and no more",
  );
});

test("one that was being killed has as long for it as ever, whatever time it had to end by itself", () => {
  const brief = { ...DB, stop: { ...DB.stop, timeout: seconds(1) } };
  const node = restarted([kept(brief, 3, { ending: "killing" })], [brief]);
  node.pass(9_000);
  assert.deepEqual(statesIn(node), ["db killing"]);
  node.pass(2_000);
  assert.deepEqual(statesIn(node), ["db stuck"]);
});

const ended = (run: number): Partial<KeptRun> => ({ ending: "stopping", ...gone(run, 0) });
const MOVE = { next: { kind: "move", usedUp: 3 }, problem: "it is of no use" } as const;

test("what the agent before had decided follows from an end that it did not see, and is on its way", () => {
  const later = { next: { kind: "restart", delay: seconds(60), nth: 2, of: 3, within: seconds(600) } } as const;
  for (const kind of [
    { plan: MOVE, state: "db failed" },
    { plan: { ...MOVE, next: { kind: "stop", usedUp: 3 } } as const, state: "db ended" },
    { plan: { ...MOVE, ...later }, state: "db waiting" },
    { plan: { next: { kind: "start-again" } } as const, state: "db starting" },
  ]) {
    const db = { ...DB, stop: { ...DB.stop, timeout: seconds(600) } };
    const node = restarted([kept(db, 3, { ending: "stopping", plan: kind.plan })], [db]);
    node.pass(LONG_MS);
    assert.deepEqual([holderIn(node), statesIn(node)], ["web3", ["db stopping"]]);
    for (const fact of ended(3).facts ?? []) node.take(fact);
    node.pass(100);
    assert.deepEqual(statesIn(node), [kind.state]);
    assert.equal(node.view().services[0]?.programs[0]?.words, "problem" in kind.plan ? kind.plan.problem : undefined);
  }
});

test("those that were to be restarted by order are, each in its turn", () => {
  const plan = { next: { kind: "start-again" } } as const;
  const node = restarted([kept(DB, 3, { plan }), kept(WEB, 4, { ending: "stopping" })]);
  node.pass(1_000);
  assert.deepEqual([statesIn(node), node.orders], [["db ready", "web stopping"], []]);
  for (const fact of ended(4).facts ?? []) node.take(fact);
  node.pass(1_000);
  assert.deepEqual(node.orders.at(-1), { kind: "stop-program", run: 3 });
  for (const fact of ended(3).facts ?? []) node.take(fact);
  node.pass(1_000);
  const [start] = node.orders.slice(-1);
  assert.ok(start?.kind === "start-program" && start.start.config.name === DB.name);
});

test("no number is given twice, though nothing is left of the run that had it", () => {
  const programs = { runs: [kept(DB, 3)], left: [], lastRun: 70 };
  const node = new NetworkedNode({ service: shopOf([DB]), saved: PAUSED, programs });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  for (const fact of gone(3, 1).facts ?? []) node.take(fact);
  node.pass(LONG_MS);
  const start = node.orders.findLast(({ kind }) => kind === "start-program");
  assert.equal(start?.kind === "start-program" ? start.start.run : undefined, 71);
});

test("a failing health check that nobody heard of is acted upon", () => {
  const failing = kept(DB, 3, {
    facts: [{ kind: "program-judged", run: 3, health: "failing", problem: "no answer" }],
  });
  const node = restarted([failing], [DB]);
  node.pass(LONG_MS);
  assert.deepEqual(node.orders[0], { kind: "stop-program", run: 3 });
});

const inTrouble = (run: number): Partial<KeptRun> => ({
  facts: [{ kind: "program-said", run, saying: { kind: "trouble", text: "the disk is slow" } }],
});

test("what was left alone in its trouble, for a pause moves nothing, is left alone by the next agent too", () => {
  const db = programConfig("db", { onTrouble: "move" });
  const node = restarted([kept(db, 3, inTrouble(3))], [db]);
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), statesIn(node), node.orders], ["web3", ["db troubled"], []]);
});

test("a failing health check that would move it has it restarted in a pause", () => {
  const facts = [{ kind: "program-judged", run: 3, health: "failing", problem: "no answer" }] as const;
  const node = restarted([kept(DB, 3, { facts })], [programConfig("db", { onFail: "move" })]);
  node.pass(3_000);
  assert.equal(holderIn(node), "web3");
  node.take({ kind: "program-exited", run: 3, exit: { kind: "status", status: 0 } });
  node.take({ kind: "program-gone", run: 3 });
  node.pass(100);
  const orders = node.orders.map(({ kind }) => kind);
  assert.deepEqual(orders, ["stop-program", "kill-program", "start-program"]);
});

/** Told of its role by a command. */
const UNIT = programConfig("db", {
  source: { kind: "unit", unit: "db.service" },
  standby: true,
  roleCommand: ["/usr/bin/role"],
  awaitsRole: true,
});

test("a unit that became ready while no agent was there is told its role, once", () => {
  const node = restarted([kept(UNIT, 3)], [UNIT]);
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), node.orders], ["web3", [{ kind: "tell-role", run: 3, role: "holder" }]]);
  const told = restarted([kept(UNIT, 3, { wasTold: true })], [UNIT]);
  told.pass(LONG_MS);
  assert.deepEqual([holderIn(told), told.orders], ["web3", []]);
});

/** Nobody has said yet who holds what, and nobody is heard any more. */
function aloneAgain(saved = PAUSED): NetworkedNode {
  const ping = ["192.168.1.254"];
  const node = new NetworkedNode({ service: shopOf([DB]), saved, ping, programs: { runs: [kept(DB, 3)], left: [] } });
  for (const peer of ["web1", "web2"]) node.silence(peer);
  node.pinged(false);
  return node;
}

test("on a node that is cut off after the pause, where others may begin, it ends", () => {
  const node = aloneAgain(NOTHING_SAVED);
  node.pass(LONG_MS);
  assert.deepEqual(node.orders, [{ kind: "stop-program", run: 3 }]);
});

test("in a pause, where nobody begins, it stays on a node that is cut off", () => {
  const node = aloneAgain();
  node.pass(LONG_MS);
  assert.deepEqual(node.orders, []);
});

test("on a node that the service was taken from by the file, it is held until it has ended", () => {
  const service = { ...shopOf([DB]), nodes: ["web1", "web2"].map(nodeName) };
  const node = new NetworkedNode({ service, saved: PAUSED, programs: { runs: [kept(DB, 3)], left: [] } });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual([holderIn(node), node.orders], ["web3", []]);
});

test("whoever takes a service that nobody else can have takes its programs for such at once", () => {
  const warm = programConfig("db", { standby: true, restart: { ...DB.restart, exits: { "*": "move" } } });
  const node = new NetworkedNode({ service: { ...shopOf([warm]), nodes: [nodeName("web3")] } });
  for (let ms = 0; ms < LONG_MS && holderIn(node) === undefined; ms += 1) node.pass(1);
  const [run = 0] = node.orders.flatMap((order) => (order.kind === "start-program" ? [order.start.run] : []));
  node.take({ kind: "program-exited", run, exit: { kind: "status", status: 1 } });
  assert.deepEqual([holderIn(node), statesIn(node)], ["web3", ["db killing"]]);
  const next = node.notes.flatMap((note) => (note.code === "program.exited" ? [note.next.kind] : []));
  assert.deepEqual(next, ["restart"]);
});
