import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf } from "../../test/scenarios/cluster.js";
import { programConfig, programsConfig } from "../../test/support/program-config.js";
import { seconds } from "../base/time.js";
import type { Cluster } from "./cluster.js";
import { nodeName } from "./names.js";
import { type ProgramConfig, programName } from "./program.js";
import { programChangeText } from "./program-change-text.js";
import { programChanges, programsInFile } from "./program-parts.js";

const WEB1 = nodeName("web1");

const fileOf = (...list: readonly ProgramConfig[]): Cluster =>
  clusterOf(["web1", "web2"], { shop: programsConfig(list) });

const told = (before: readonly ProgramConfig[], next: readonly ProgramConfig[]): readonly string[] =>
  programChanges(programsInFile(fileOf(...before), WEB1), programsInFile(fileOf(...next), WEB1)).map(programChangeText);

const fate = (before: Partial<ProgramConfig>, next: Partial<ProgramConfig>): readonly string[] =>
  told([programConfig("db", before)], [programConfig("db", next)]);

const CHECK = {
  probe: { kind: "tcp", host: "127.0.0.1", port: 1 },
  interval: seconds(1),
  timeout: seconds(1),
  fail: 3,
  slow: undefined,
} as const;
const OCF = { kind: "ocf", provider: "heartbeat", type: "pgsql", parameters: {} } as const;

test("of a program that a changed file has otherwise is said what becomes of it, and why", () => {
  assert.deepEqual(fate({}, {}), []);
  assert.deepEqual(fate({ health: CHECK }, { health: { ...CHECK, interval: seconds(2) } }), [
    "program shop/db runs on (health changed)",
  ]);
  assert.deepEqual(fate({ health: CHECK }, { ready: { kind: "notify", timeout: seconds(99) }, onTrouble: "move" }), [
    "program shop/db runs on (health, onTrouble and start changed)",
  ]);
  const other = { source: { kind: "command", command: ["/usr/bin/other"] }, health: CHECK } as const;
  assert.deepEqual(fate({}, other), ["program shop/db begins anew (run changed)"], "what runs on does not matter then");
  assert.deepEqual(fate({}, { source: { kind: "unit", unit: "db.service" } }), [
    "program shop/db begins anew (run and unit changed)",
  ]);
  assert.deepEqual(told([programConfig("db"), programConfig("web")], [programConfig("web")]), ["program shop/db ends"]);
});

test("a resource that is told its copies begins anew by them, and a command runs on", () => {
  assert.deepEqual(fate({ source: OCF, standby: true, copies: 2 }, { source: OCF, standby: true, copies: 3 }), [
    "program shop/db begins anew (nodes changed)",
  ]);
  assert.deepEqual(fate({ standby: true, copies: 2 }, { standby: true, copies: 3 }), []);
  assert.deepEqual(fate({ source: OCF }, { source: OCF, standby: true, copies: 1 }), [
    "program shop/db begins anew (nodes and standby changed)",
  ]);
  assert.deepEqual(fate({}, { standby: true, after: [programName("disk")] }), [
    "program shop/db runs on (after and standby changed)",
  ]);
});

test("where values are not to be told, something stands for them", () => {
  const settings = { ...programConfig("db").settings, environment: { PASSWORD: "secret" } };
  const file = fileOf(programConfig("db", { settings }));
  const told = programsInFile(file, WEB1, (text) => `#${text.length}`);
  assert.equal(JSON.stringify(told).includes("secret"), false);
  assert.deepEqual(
    programChanges(
      told,
      programsInFile(file, WEB1, (text) => `#${text.length}`),
    ),
    [],
  );
});
