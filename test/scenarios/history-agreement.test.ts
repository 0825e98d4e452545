/** Whatever happens in a cluster, in whatever order nodes hear of it, their records tell the same outages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AgentEvent } from "../../src/model/event.js";
import { isOrdered } from "../../src/model/history/outage-cause.js";
import { nodeName } from "../../src/model/names.js";
import type { Note } from "../../src/model/note.js";
import { programName } from "../../src/model/program.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { type RecordedOutage, recordHistories } from "./history-record.js";
import { shop } from "./running.js";

const { beginAnew, outagesBy, outagesOf } = recordHistories();

const NODES = ["web1", "web2", "web3"];

/** Programs take a while to start and to end, and outlive their agents. */
function supervised(): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(NODES, { shop: programsConfig([programConfig("db")]) }));
  bench.programs.manners.set("db", { startMs: 400, stopMs: 300 });
  bench.start(...NODES);
  bench.pass(3_000);
  return bench;
}

const restartAgent = (bench: ScenarioBench, name: string, meanwhile: () => void = () => {}): void => {
  bench.programs.outliveAgents = true;
  bench.input(bench.member(name), { kind: "stop-requested" });
  bench.pass(2_000);
  meanwhile();
  bench.start(name);
  bench.pass(3_000);
};

/** Nobody stops it in order, and what it left is there for the next one. */
const killAgent = (bench: ScenarioBench, name: string, meanwhile: () => void = () => {}): void => {
  bench.programs.outliveAgents = true;
  bench.killAgent(name);
  bench.pass(2_000);
  meanwhile();
  bench.start(name);
  bench.pass(3_000);
};

test("a cluster that starts is no outage", () => {
  assert.deepEqual(outagesBy(supervised()), []);
});

test("an outage that was over before an agent was restarted in a pause stays over when the service moves", () => {
  const bench = supervised();
  bench.crash("web1");
  bench.pass(3_000);
  bench.start("web1");
  bench.pass(3_000);
  bench.command("web3", { kind: "pause" });
  restartAgent(bench, "web2");
  bench.command("web3", { kind: "unpause" });
  bench.pass(60_000);
  bench.command("web3", { kind: "move", service: shop, to: nodeName("web3") });
  bench.pass(3_000);
  assert.deepEqual(outagesBy(bench), [
    "web1: 700 ms web2>web3 an operator moved it away from web2",
    "web2: 500 ms web1>web2 web1 fell silent",
    "web2: 700 ms web2>web3 web2 let go of it: an operator moves it to web3",
    "web3: 500 ms web1>web2 web1 fell silent",
    "web3: 700 ms web2>web3 an operator moved it away from web2",
  ]);
});

test("a program that ended in a pause while its agent was away was away in every record, its own too", () => {
  const bench = supervised();
  bench.command("web3", { kind: "pause" });
  restartAgent(bench, "web1", () => bench.programs.killAll("web1"));
  assert.deepEqual(
    outagesBy(bench).map((line) => line.slice(0, 22)),
    ["web1: 2400 ms web1>web", "web2: 2400 ms web1>web", "web3: 2400 ms web1>web"],
  );
});

test("in a pause, an agent that is killed and started anew while its programs run on is no outage in any record", () => {
  const bench = supervised();
  bench.command("web3", { kind: "pause" });
  killAgent(bench, "web1");
  assert.deepEqual(outagesBy(bench), []);
});

test("programs that died with an agent that was killed in a pause were away in every record, and nobody ordered it", () => {
  const bench = supervised();
  bench.command("web3", { kind: "pause" });
  killAgent(bench, "web1", () => bench.programs.killAll("web1"));
  assert.deepEqual(
    outagesOf(bench).map(({ node, outage: { from, to, cause } }) => [node, from, to, isOrdered(cause)].join(" ")),
    ["web1 web1 web1 false", "web2 web1 web1 false", "web3 web1 web1 false"],
  );
});

/** What may happen, to which node. */
const ACTS: Readonly<Record<string, (bench: ScenarioBench, name: string) => void>> = {
  move: (bench, name) => bench.command("web1", { kind: "move", service: shop, to: nodeName(name) }),
  restart: (bench, name) => bench.command(name, { kind: "restart-service", service: shop, program: programName("db") }),
  kill: (bench, name) => bench.programs.end(name, "db", { kind: "signal", signal: "SIGKILL" }),
  drain: (bench, name) => bench.command("web1", { kind: "drain", node: nodeName(name) }),
  resume: (bench, name) => bench.command("web1", { kind: "resume", node: nodeName(name) }),
  stop: (bench, name) => bench.command(name, { kind: "stop-service", service: shop }),
  start: (bench, name) => bench.command(name, { kind: "start-service", service: shop }),
  pause: (bench, name) => bench.command(name, { kind: "pause" }),
  unpause: (bench, name) => bench.command(name, { kind: "unpause" }),
  pull: (bench, name) => bench.carrier(name, false),
  plug: (bench, name) => bench.carrier(name, true),
  crash: (bench, name) => bench.crash(name),
  boot: (bench, name) => {
    if (!bench.member(name).alive) bench.start(name);
  },
  "restart-agent": (bench, name) => {
    if (bench.member(name).alive) restartAgent(bench, name);
  },
};

/** After it a node does not know all that the others do. */
const AWAY: ReadonlySet<string> = new Set(["crash", "restart-agent"]);

const act: fc.Arbitrary<readonly [act: string, name: string]> = fc.tuple(
  fc.constantFrom(...Object.keys(ACTS)),
  fc.constantFrom(...NODES),
);

/** What the others say of a service comes by two ways, in either order. */
function otherWayRound(events: readonly AgentEvent[]): readonly AgentEvent[] {
  const turned = [...events];
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    if (!TAKEN.has(event.note.code) || next?.note.code !== "service.unserved" || next.atMs !== event.atMs) continue;
    turned[index] = next;
    turned[index + 1] = event;
  }
  return turned;
}

const TAKEN: ReadonlySet<Note["code"]> = new Set(["service.moved", "service.returned"]);

const told = (outages: readonly RecordedOutage[], name: string): readonly string[] =>
  outages
    .filter(({ node }) => node === name)
    .map(({ outage: { fromMs, untilMs, state, from, to, cause } }) =>
      [fromMs, untilMs, state, from, to, isOrdered(cause)].join(" "),
    );

test("whatever happens, in whatever order it is heard, all records tell the same outages", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 8 }), (acts) => {
      beginAnew();
      const bench = supervised();
      const knowing = new Set(NODES);
      for (const [what, name] of acts) {
        if (AWAY.has(what)) {
          if (knowing.size === 2 && knowing.has(name)) continue;
          knowing.delete(name);
        }
        ACTS[what]?.(bench, name);
        bench.pass(3_000);
      }
      const [first = [], ...others] = [undefined, otherWayRound].flatMap((order) => {
        const outages = outagesOf(bench, order);
        return [...knowing].map((name) => told(outages, name));
      });
      for (const each of others) assert.deepEqual(each, first, outagesBy(bench).join("\n"));
    }),
    { numRuns: 60 },
  );
});
