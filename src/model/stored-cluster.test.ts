import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { known } from "../base/assert.js";
import { pairCluster } from "../../test/support/peer-pair.js";
import type { Cluster } from "./cluster.js";
import { parseCluster } from "./configuration/parse-cluster.js";
import { storedCluster, type StoredCluster } from "./stored-cluster.js";

const SAMPLES = fileURLToPath(new URL("../../../test/corpus/configuration/", import.meta.url));

const clusters: readonly Cluster[] = readdirSync(SAMPLES)
  .filter((name) => name.endsWith(".yaml"))
  .flatMap((name) => {
    const parsed = parseCluster(readFileSync(SAMPLES + name, "utf8"), { directory: "/etc/locum", hash: () => "" });
    return parsed.ok ? [parsed.value] : [];
  });

test("what an earlier version wrote down gets what was added since; what is there stays", () => {
  const cluster = pairCluster(7_000);
  const nodes = cluster.nodes.map(({ paths: _paths, ...node }) => node);
  assert.deepEqual(storedCluster({ ...cluster, nodes }), cluster);
  assert.deepEqual(storedCluster(cluster), cluster);
});

const inAnyOrder = <Whole extends object>(whole: Whole): fc.Arbitrary<Whole> =>
  fc
    .shuffledSubarray(Object.entries(whole), { minLength: Object.keys(whole).length })
    .map((entries) => Object.fromEntries(entries) as Whole);

/** As a version may have written it down that builds it in another order. */
const written: fc.Arbitrary<Cluster> = fc
  .constantFrom(...clusters, pairCluster(7_000))
  .chain((cluster) => fc.tuple(...cluster.nodes.map(inAnyOrder)).chain((nodes) => inAnyOrder({ ...cluster, nodes })));

test("what this version wrote down comes back as the same text: digests of effects depend on the order of keys", () => {
  assert.ok(clusters.length > 0);
  fc.assert(
    fc.property(written, (cluster) => {
      const text = JSON.stringify(cluster);
      const stored = known(JSON.parse(text) as StoredCluster | undefined, "it was just written");
      assert.equal(JSON.stringify(storedCluster(stored)), text);
    }),
  );
});
