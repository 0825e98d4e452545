import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Instant, after, instant, milliseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { nodeName, serviceName } from "../../model/names.js";
import { type ProgramConfig, type ProgramRole, programName } from "../../model/program.js";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { Effects } from "../effects.js";
import { ServicePrograms } from "./service-programs.js";

const DAMPING = { failures: 3, within: seconds(600), ban: seconds(60), banMax: seconds(3_600) };

const serviceWith = (list: readonly ProgramConfig[]): ServiceConfig => ({
  name: serviceName("shop"),
  addresses: [],
  nodes: [nodeName("web1")],
  failback: { kind: "never" },
  ...programsConfig(list),
});

interface Running {
  readonly name: string;
  readonly config: ProgramConfig;
  /** That it was started with. */
  readonly role: ProgramRole;
  ready: boolean;
  isToEnd: boolean;
}

/** The programs of one service, run by a host that does what it is told at once. */
class Bench {
  now: Instant = instant(0);
  readonly effects = new Effects();
  readonly programs: ServicePrograms;
  /** What runs, and what is ready, in the order of its start. */
  readonly running = new Map<number, Running>();
  readonly history: string[] = [];
  role: ProgramRole | undefined;

  constructor(list: readonly ProgramConfig[]) {
    this.programs = new ServicePrograms(this.now, serviceWith(list), () => DAMPING);
  }

  want(role: ProgramRole | undefined): this {
    this.role = role;
    return this.review();
  }

  review(): this {
    this.programs.want(this.now, this.role);
    this.programs.review(this.now, true, this.effects);
    return this.perform();
  }

  perform(): this {
    for (const effect of this.effects.take()) {
      if (effect.kind === "start-program") {
        const { run, config, role } = effect.start;
        this.running.set(run, { name: config.name, config, role, ready: false, isToEnd: false });
        this.history.push(`start ${config.name}`);
      } else if (effect.kind === "stop-program") {
        const stopped = this.running.get(effect.run);
        if (stopped !== undefined) stopped.isToEnd = true;
        this.history.push(`stop ${stopped?.name ?? "?"}`);
      } else if (effect.kind === "tell-role") {
        this.programs.take(this.now, { ...effect, kind: "role-told", problem: undefined }, this.effects);
      }
    }
    return this;
  }

  names(): readonly string[] {
    return [...this.running.values()].map(({ name }) => name);
  }

  ready(name: string): this {
    for (const [run, each] of [...this.running.entries()].filter(([, { name: other }]) => other === name)) {
      each.ready = true;
      this.programs.take(this.now, { kind: "program-ready", run }, this.effects);
    }
    return this.review();
  }

  gone(name: string): this {
    for (const [run] of [...this.running.entries()].filter(([, { name: other }]) => other === name)) {
      this.running.delete(run);
      const exit = { kind: "status", status: 1 } as const;
      this.programs.take(this.now, { kind: "program-exited", run, exit }, this.effects);
      this.programs.take(this.now, { kind: "program-gone", run }, this.effects);
    }
    return this.review();
  }

  /** A standby was asked whether it could take over. @param problem why not */
  asked(name: string, problem: string | undefined): this {
    for (const [run, { name: other }] of this.running)
      if (other === name) this.programs.take(this.now, { kind: "program-caught-up", run, problem }, this.effects);
    return this.review();
  }

  pass(ms: number): this {
    this.now = after(this.now, milliseconds(ms));
    return this.review();
  }
}

const DB = programConfig("db");
const WEB = programConfig("web", { after: [programName("db")] });
const LOG = programConfig("log");

test("what comes after another waits for it; what does not starts at once; all end the other way round", () => {
  const bench = new Bench([WEB, DB, LOG]).want("holder");
  assert.deepEqual(bench.names(), ["db", "log"]);
  bench.ready("db");
  assert.deepEqual(bench.names(), ["db", "log", "web"]);
  assert.equal(bench.programs.ready, false);
  bench.ready("log").ready("web");
  assert.equal(bench.programs.ready, true);
  bench.want(undefined);
  assert.deepEqual(bench.history.slice(3), ["stop web", "stop log"]);
  bench.gone("web");
  assert.equal(bench.history.at(-1), "stop db");
  bench.gone("log").gone("db");
  assert.equal(bench.programs.idle, true);
});

test("on a standby only that runs which is to; it keeps nobody from beginning elsewhere", () => {
  const warm = programConfig("cache", { standby: true });
  const bench = new Bench([DB, warm]).want("standby");
  assert.deepEqual(bench.names(), ["cache"]);
  assert.deepEqual(bench.programs.unfit(bench.now), [{ code: "program-not-ready", detail: "cache" }]);
  bench.ready("cache");
  assert.deepEqual([bench.programs.unfit(bench.now), bench.programs.holdsOn], [[], false]);
  bench.want("holder").ready("db").want("standby");
  assert.equal(bench.programs.holdsOn, true, "db is still there");
  bench.gone("db");
  assert.deepEqual([bench.programs.holdsOn, bench.names()], [false, ["cache"]]);
});

test("a standby whose program is given up for now is the last choice, whatever its policy says next", () => {
  for (const exhausted of [{ kind: "stop" }, { kind: "retry", every: seconds(60) }] as const) {
    const restart = { ...DB.restart, delays: [], exhausted };
    const bench = new Bench([programConfig("cache", { standby: true, restart })]).want("standby").ready("cache");
    assert.deepEqual(bench.programs.unfit(bench.now), []);
    bench.gone("cache");
    assert.deepEqual(bench.programs.unfit(bench.now), [{ code: "program-not-ready", detail: "cache" }]);
  }
});

test("a standby that is asked whether it has caught up is the last choice until it has said so, after each change of its role", () => {
  const probe = { kind: "exec", command: ["/bin/follows"] } as const;
  const caughtUp = { probe, interval: seconds(1), timeout: seconds(1) };
  const behind = [{ code: "program-not-ready", detail: "cache" }];
  const bench = new Bench([programConfig("cache", { standby: true, caughtUp })]).want("standby").ready("cache");
  const words = (): string | undefined => bench.programs.briefs(bench.now)[0]?.words;
  assert.deepEqual(bench.programs.unfit(bench.now), behind);
  assert.equal(words(), "it has not caught up yet");
  bench.asked("cache", undefined);
  assert.deepEqual([bench.programs.unfit(bench.now), words()], [[], undefined]);
  bench.asked("cache", "exit status 1");
  assert.deepEqual(bench.programs.unfit(bench.now), behind);
  assert.equal(words(), "it has not caught up: exit status 1");
  bench.want("holder");
  assert.deepEqual([bench.programs.ready, bench.programs.unfit(bench.now), words()], [true, [], undefined]);
  bench.asked("cache", undefined).want("standby");
  assert.deepEqual(bench.programs.unfit(bench.now), behind, "what was found of it before is late");
  bench.asked("cache", undefined);
  assert.deepEqual(bench.programs.unfit(bench.now), []);
});

test("what comes after a standby does not wait until that has caught up", () => {
  const probe = { kind: "exec", command: ["/bin/follows"] } as const;
  const db = programConfig("db", { standby: true, caughtUp: { probe, interval: seconds(1), timeout: seconds(1) } });
  const web = programConfig("web", { standby: true, after: [programName("db")] });
  const bench = new Bench([db, web]).want("standby").ready("db");
  assert.deepEqual(bench.names(), ["db", "web"]);
});

test("a node is unfit for longer with each failure, and fit again when it has served", () => {
  const bench = new Bench([programConfig("db", { restart: { ...DB.restart, delays: [] } })]);
  const banOf = (): number => {
    bench.want("holder").gone("db").want(undefined);
    const from = bench.now;
    for (let s = 0; s < 7_200 && bench.programs.unfit(bench.now).length > 0; s += 1) bench.pass(1_000);
    return (bench.now - from) / 1e6;
  };
  assert.deepEqual([banOf(), banOf(), banOf()], [60, 120, 240]);
  bench.want("holder").ready("db").pass(601_000).gone("db");
  bench.want(undefined).pass(61_000);
  assert.deepEqual(bench.programs.unfit(bench.now), [], "it ran for long: the first ban again");
});

test("a node is the last choice, and no longer unfit, once the program that failed on it stands by and is ready", () => {
  const bench = new Bench([programConfig("db", { standby: true, restart: { ...DB.restart, exits: { "*": "move" } } })]);
  bench.want("holder").ready("db").gone("db").want("standby");
  assert.deepEqual(bench.programs.unfit(bench.now), [{ code: "program-failed", detail: "db" }]);
  for (let s = 0; s < 50 && bench.names().length === 0; s += 1) bench.pass(1_000);
  assert.equal(bench.programs.unfit(bench.now)[0]?.code, "program-failed", "it has yet to show that it is well");
  bench.ready("db");
  assert.deepEqual(bench.programs.unfit(bench.now), [{ code: "banned", detail: "db" }]);
  const bannedFor = (): number | undefined => bench.programs.briefs(bench.now)[0]?.bannedFor;
  const rest = bannedFor();
  bench.pass(1_000);
  assert.ok(rest !== undefined && rest > 0 && rest <= seconds(60));
  assert.equal(bannedFor(), rest - seconds(1), "all are told until when");
  bench.pass(60_000);
  assert.deepEqual([bench.programs.unfit(bench.now), bannedFor()], [[], undefined]);
});

test("an operator's word forgives", () => {
  const bench = new Bench([programConfig("db", { restart: { ...DB.restart, delays: [] } })]).want("holder").gone("db");
  assert.equal(bench.programs.failed, true);
  bench.programs.heed(bench.now, 1);
  bench.review();
  assert.deepEqual([bench.programs.failed, bench.names()], [false, ["db"]]);
});

test("a node is fit again when the program that failed on it leaves the file", () => {
  const list = [programConfig("db", { restart: { ...DB.restart, delays: [] } }), programConfig("web")];
  const bench = new Bench(list).want("holder").gone("db").want(undefined).gone("web");
  assert.deepEqual(bench.programs.unfit(bench.now), [{ code: "program-failed", detail: "db" }]);
  bench.programs.reconfigure(bench.now, serviceWith([programConfig("web")]), bench.effects);
  assert.deepEqual(bench.programs.unfit(bench.now), []);
});

/** Any order without a circle: each comes after some of those before it. */
const graph = fc
  .array(fc.tuple(fc.array(fc.nat(7), { maxLength: 3 }), fc.boolean()), { minLength: 1, maxLength: 6 })
  .map((nodes) =>
    nodes.map(([before, standby], index) => {
      const isWarm = standby && before.every((other) => nodes[other % Math.max(index, 1)]?.[1] === true || index === 0);
      const names = index === 0 ? [] : [...new Set(before.map((other) => programName(`p${other % index}`)))];
      return programConfig(`p${index}`, { after: names, standby: isWarm });
    }),
  );

test("one that begins as the holder's when the service is given away ends after what comes after it", () => {
  const list = [programConfig("p0", { standby: true }), programConfig("p1", { after: [programName("p0")] })];
  const bench = new Bench(list).want("holder").ready("p0").gone("p0").want("standby");
  assert.deepEqual(bench.history.slice(-2), ["start p0", "stop p1"]);
  assert.equal(bench.gone("p1").history.at(-1), "stop p0");
});

test("one that begins as the holder's ends at once where what comes after it goes on in the other role", () => {
  const list = [
    programConfig("p0", { standby: true }),
    programConfig("p1", { after: [programName("p0")], standby: true }),
  ];
  const bench = new Bench(list).want("holder").ready("p0").ready("p1").gone("p0").want("standby");
  assert.deepEqual(bench.history.slice(-2), ["start p0", "stop p0"]);
  assert.deepEqual(bench.names(), ["p1", "p0"]);
});

test("where both begin as the holder's, the one that comes after the other ends before it", () => {
  const list = [
    programConfig("p0", { standby: true }),
    programConfig("p1", { after: [programName("p0")], standby: true }),
  ];
  const bench = new Bench(list).want("holder").ready("p0").gone("p0").want("standby");
  assert.deepEqual(bench.history.slice(-2), ["start p0", "stop p1"]);
  assert.equal(bench.gone("p1").history.at(-1), "stop p0");
});

test("whatever comes ready, ends or changes its role: the order is kept, and all that is wanted comes up", () => {
  const act = fc.tuple(fc.constantFrom("ready", "gone", "holder", "standby", "none", "wait"), fc.nat(5));
  fc.assert(
    fc.property(graph, fc.array(act, { maxLength: 40 }), (list, acts) => {
      const bench = new Bench(list);
      for (const [what, nth] of acts) {
        const name = `p${nth % list.length}`;
        const before = bench.history.length;
        const readyBefore = readyNames(bench);
        if (what === "ready") bench.ready(name);
        else if (what === "gone") bench.gone(name);
        else if (what === "wait") bench.pass(100_000);
        else bench.want(what === "none" ? undefined : what);
        // What does not become ready in time is ended, whatever began when it was ready before.
        const isLate = (line: string): boolean =>
          what === "wait" && line.startsWith("stop") && !readyBefore.some((each) => line === `stop ${each}`);
        const lines = bench.history.slice(before).filter((line) => !isLate(line));
        checkOrder(bench, list, lines, [...readyBefore, ...(what === "ready" ? [name] : [])]);
      }
      bringUp(bench, list);
    }),
    { numRuns: 500 },
  );
});

const readyNames = (bench: Bench): readonly string[] =>
  [...bench.running.values()].filter(({ ready }) => ready).map(({ name }) => name);

function checkOrder(
  bench: Bench,
  list: readonly ProgramConfig[],
  lines: readonly string[],
  ready: readonly string[],
): void {
  for (const line of lines) {
    const [what, name] = line.split(" ");
    const { after: before = [] } = list.find((each) => each.name === name) ?? {};
    if (what === "start")
      assert.ok(
        before.every((each) => ready.includes(each)),
        `${line} after ${ready.join()}`,
      );
    const dependants = [...bench.running.values()].filter(({ config }) => config.after.some((other) => other === name));
    if (what === "stop")
      assert.ok(
        dependants.every((each) => staysUp(bench, each)),
        line,
      );
  }
}

/** It is wanted on a standby too, and does not begin as the holder's. */
const staysUp = ({ role: wanted }: Bench, { config, role, ready, isToEnd }: Running): boolean =>
  wanted === "standby" && config.standby && (ready || role === "standby") && !isToEnd;

/** The world is kind from now on. */
function bringUp(bench: Bench, list: readonly ProgramConfig[]): void {
  bench.want(undefined);
  for (let round = 0; round <= list.length; round += 1) for (const { name } of list) bench.gone(name);
  assert.equal(bench.programs.idle, true);
  bench.want("holder");
  for (let round = 0; round <= list.length; round += 1) for (const { name } of list) bench.ready(name);
  assert.deepEqual([bench.programs.ready, [...bench.names()].sort()], [true, list.map(({ name }) => name).sort()]);
}

test("two hundred programs, each after the two before it, are ended after the addresses of their service in no time", () => {
  const names = Array.from({ length: 200 }, (_, index) => `p${index}`);
  const list = names.map((name, index) =>
    programConfig(name, { after: names.slice(Math.max(0, index - 2), index).map(programName) }),
  );
  const config = serviceWith(list.toReversed());
  const { programs } = new Bench(list);
  const now = instant(0);
  const begun = performance.now();
  programs.reconfigure(now, config, new Effects());
  programs.want(now, "holder", true);
  assert.equal(programs.needAddresses, false);
  programs.review(now, true, new Effects());
  assert.ok(performance.now() - begun < 1_000);
});

test("a restart by order is kept with each run whose turn has not come, for an agent that does not know of it", () => {
  const list = [programConfig("db"), programConfig("web", { after: [programName("db")] })];
  const { programs, effects, now, running } = new Bench(list).want("holder").ready("db").ready("web");
  programs.restart(now, undefined, effects);
  const [db, web] = [...running.keys()];
  assert.deepEqual(
    effects.take().filter(({ kind }) => kind !== "note"),
    [
      { kind: "stop-program", run: web },
      { kind: "plan-program", run: db, plan: { next: { kind: "start-again" } } },
    ],
  );
});

test("what the guard killed has not failed, and a standby begins anew as soon as it is gone", () => {
  const moving = { ...DB.restart, exits: { "*": "move" } } as const;
  const bench = new Bench([programConfig("db", { standby: true, restart: moving })]).want("standby").ready("db");
  bench.programs.fenced(bench.now, bench.effects);
  const notes = bench.effects.take().flatMap((effect) => (effect.kind === "note" ? [effect.note] : []));
  assert.deepEqual(
    notes.map(({ code, ...rest }) => [code, "by" in rest ? rest.by : undefined]),
    [["program.killed-at-once", "guard"]],
  );
  bench.gone("db");
  assert.deepEqual([bench.programs.failed, bench.names(), bench.history], [false, ["db"], ["start db", "start db"]]);
});
