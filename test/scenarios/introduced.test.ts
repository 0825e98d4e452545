/* A service that a new file brings to nodes that hear each other, and whose states do not get through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf } from "./cluster.js";
import { running } from "./running.js";

const LATE_ADDRESS = "192.168.1.2";
const NAMES = ["web1", "web2"];

for (const earlier of NAMES) {
  for (const apartMs of [0, 10, 25]) {
    test(`a service that a file brings to ${earlier} ${apartMs} ms earlier is taken once without any word of who knows it`, () => {
      const bench = running(NAMES);
      for (const name of NAMES) bench.muted.add(name);
      const more = clusterOf(NAMES, { shop: {}, late: {} });
      const order = NAMES.toSorted((a, b) => Number(b === earlier) - Number(a === earlier));
      for (const name of order) {
        assert.ok(bench.reload(name, more));
        bench.pass(apartMs);
      }
      bench.pass(5_000);
      const claims = bench.transcript.filter((line) => line.includes(" takes late "));
      assert.equal(claims.length, 1, bench.transcript.join("\n"));
      assert.deepEqual(bench.holders(LATE_ADDRESS), ["web1"]);
    });
  }
}
