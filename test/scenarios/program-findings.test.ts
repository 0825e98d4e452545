/** What is wrong with a program is told alike by all nodes, with how it ended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findingText } from "../../src/model/note-text-finding.js";
import { seconds } from "../../src/base/time.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

test("each node says how a program ended that is down for now", () => {
  const nodes = ["web1", "web2"];
  const bench = new ScenarioBench(clusterOf(nodes, { shop: programsConfig([programConfig("db")]) }));
  bench.programs.manners.set("db", { exits: { kind: "status", status: 3 } });
  bench.start(...nodes);
  bench.pass(30_000);
  for (const node of nodes) {
    const texts = bench.findings(node).flatMap((each) => (each.kind === "program-failed" ? [findingText(each)] : []));
    assert.match(texts.join("\n"), /^db of shop is down on web\d: it ended before it was ready: exit status 3$/m, node);
  }
});

test("each node says of a standby that it has not caught up for a minute, and no longer when it has", () => {
  const nodes = ["web1", "web2"];
  const probe = { kind: "exec", command: ["/caught-up"] } as const;
  const caughtUp = { probe, interval: seconds(1), timeout: seconds(1) };
  const db = programConfig("db", { standby: true, caughtUp });
  const bench = new ScenarioBench(clusterOf(nodes, { shop: programsConfig([db]) }));
  const asked = (problem: string | undefined): void =>
    bench.programs.tell("web2", "db", (run) => ({ kind: "program-caught-up", run, problem }));
  const texts = (): readonly string[] =>
    nodes.flatMap((node) =>
      bench.findings(node).flatMap((each) => (each.kind === "program-behind" ? [findingText(each)] : [])),
    );
  bench.start(...nodes);
  bench.pass(50_000);
  asked("it is 3 h behind");
  bench.pass(9_000);
  assert.deepEqual(texts(), []);
  bench.pass(2_000);
  const text =
    "db of shop stands by on web2 and could not take over with what it has: it has not caught up: it is 3 h behind";
  assert.deepEqual(texts(), [text, text]);
  asked(undefined);
  bench.pass(100);
  assert.deepEqual(texts(), []);
  asked("it is 3 h behind");
  bench.pass(59_000);
  assert.deepEqual(texts(), []);
});
