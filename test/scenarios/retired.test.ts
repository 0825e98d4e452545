/** Services that left the configuration, of which something is still on the machine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../../src/base/assert.js";
import { nodeName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { running } from "./running.js";

test("a service that left the configuration, and whose address the kernel keeps, asks for no decision without end", () => {
  const bench = running(["web1", "web2"]);
  bench.keeping.add("web1");
  for (const name of ["web1", "web2"]) assert.ok(bench.reload(name, { ...bench.cluster, services: [] }));
  // The release was said so long ago that nobody has to hear it any more.
  const later = bench.now + 3_000_000;
  for (let ticks = 0; bench.now < later; ticks += 1) {
    assert.ok(ticks < 1_000, "time stands still");
    const due = bench.member("web1").node.deadline()?.at ?? later;
    bench.pass(Math.max(0, Math.min(due, later) - bench.now) / 1_000);
  }
});

test("what cannot be ended stays a finding on all nodes when its service left the configuration, until it is gone", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  const stuck = (): readonly string[] =>
    ["web1", "web2"].flatMap((name) =>
      bench
        .findings(name)
        .flatMap((each) => (each.kind === "program-stuck" ? `${name}: ${each.program} on ${each.node}` : [])),
    );
  // An end that takes longer than anybody waits.
  bench.programs.manners.set("db", { isUnkillable: true, stopMs: 60_000 });
  for (const name of ["web1", "web2"]) assert.ok(bench.reload(name, { ...bench.cluster, services: [] }));
  bench.pass(20_000);
  assert.deepEqual(stuck(), ["web1: db on web1", "web2: db on web1"]);
  bench.pass(41_000);
  assert.deepEqual(stuck(), []);
});

test("no other node takes a service while a program that the file has no longer still ends at its holder", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  bench.programs.manners.set("db", { stopMs: 2_000 });
  const [service] = bench.cluster.services;
  const { programs: _, ...bare } = known(service, "it has one");
  for (const name of ["web1", "web2"]) assert.ok(bench.reload(name, { ...bench.cluster, services: [bare] }));
  bench.command("web1", { kind: "move", service: bare.name, to: nodeName("web2") });
  const held = (): string | undefined => bench.member("web2").node.view(bench.now).services[0]?.holder;
  assert.deepEqual(bench.programs.on("web1"), ["db"]);
  for (let waited = 0; bench.programs.on("web1").length > 0 && waited < 5_000; waited += 10) {
    assert.equal(held(), "web1");
    bench.pass(10);
  }
  assert.deepEqual(bench.programs.on("web1"), []);
  bench.pass(200);
  assert.equal(held(), "web2");
});
