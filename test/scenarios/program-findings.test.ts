/** What is wrong with a program is told alike by all nodes, with how it ended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findingText } from "../../src/model/note-text-finding.js";
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
