import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PROGRAMS, SOUND_MACHINE } from "../../../test/support/machine-facts.js";
import { ok, refused } from "../../base/result.js";
import { seconds } from "../../base/time.js";
import { nodeName } from "../names.js";
import { checkMachine } from "./machine-check.js";
import { parseCluster } from "./parse-cluster.js";

const FILE = `
cluster: shop
nodes: { web1: { networks: { a: 10.1.1.1 } }, web2: { networks: { a: 10.1.1.2 } } }
services:
  shop:
    addresses: [10.1.1.100/24]
    nodes: [web1, web2]
    programs:
      usual: { unit: slow.service }
      endless: { unit: slower.service }
      short: { ocf: "heartbeat:db", stop: { timeout: 1m } }
      long: { ocf: "heartbeat:db", stop: { timeout: 5m } }
`;

test("an end that its author gives more time than it has is warned of", () => {
  const parsed = parseCluster(FILE, { directory: "/etc/locum", hash: () => "" });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const stopAdvice = new Map([
    ["slow.service", seconds(300)],
    ["slower.service", seconds(900)],
    ["heartbeat:db", seconds(240)],
  ]);
  const agents = new Map([["heartbeat:db", { required: [], known: undefined }]]);
  const programs = { ...ALL_PROGRAMS, agents, stopAdvice };
  const found = checkMachine(parsed.value, nodeName("web1"), {
    ...SOUND_MACHINE,
    kernel: refused("not asked"),
    secret: ok(1),
    programs,
  })
    .filter(({ code }) => code === "stop-too-short")
    .map(({ severity, path, message }) => [severity, path.slice(3).join("."), message]);
  assert.deepEqual(found, [
    [
      "warning",
      "endless.stop.timeout",
      "slower.service may take 15 min to stop, by its TimeoutStopSec, and is killed after 6 min",
    ],
    [
      "warning",
      "short.stop.timeout",
      "heartbeat:db may take 4 min to stop, by its meta-data, and is killed after 1 min",
    ],
  ]);
});
