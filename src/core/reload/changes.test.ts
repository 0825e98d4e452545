import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf } from "../../../test/scenarios/cluster.js";
import { changesBetween } from "./changes.js";

const BEFORE = clusterOf(["web1", "web2"], { shop: {}, mail: {} });

const words = (next: typeof BEFORE): readonly string[] =>
  changesBetween(BEFORE, next).map(({ what, name, how }) => `${what} ${name} ${how}`);

test("nothing changes between two files of one meaning", () => {
  assert.deepEqual(words({ ...BEFORE, secretFile: "/elsewhere", hash: "f" }), []);
});

test("each thing that was added, removed or changed is named once", () => {
  const next = clusterOf(["web1", "web3"], { shop: { failback: { kind: "after", delay: BEFORE.detection.timeout } } });
  assert.deepEqual(words({ ...next, port: 1, name: "store" }), [
    "setting cluster changed",
    "setting port changed",
    "node web3 added",
    "node web2 removed",
    "service shop changed",
    "service mail removed",
  ]);
});
