import assert from "node:assert/strict";
import { test } from "node:test";
import { inSeconds } from "../base/time.js";
import { parseCluster } from "./configuration/parse-cluster.js";
import { nodeStopMax } from "./program-stop-time.js";

const FILE = `
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop:
    addresses: [10.1.1.100/24]
    nodes: [web1, web2]
    programs:
      db: { run: [/bin/db], stop: { timeout: 30s } }
      web: { run: [/bin/web], after: [db], stop: { timeout: 5s } }
  mail: { addresses: [10.1.1.101/24], nodes: [web2], programs: { mail: { run: [/bin/mail], stop: { timeout: 1m } } } }
`;

test("programs of a service end one after the other, those of different services side by side", () => {
  const parsed = parseCluster(FILE, { directory: "/etc/locum", hash: () => "" });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.equal(inSeconds(nodeStopMax(parsed.value, "web1")), 110);
  assert.equal(inSeconds(nodeStopMax(parsed.value, "web2")), 150);
  assert.equal(inSeconds(nodeStopMax(parsed.value, "web3")), 0);
});
