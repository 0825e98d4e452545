import assert from "node:assert/strict";
import { test } from "node:test";
import { pathText } from "./located-node.js";
import { parseCluster } from "./parse-cluster.js";
import { programAdvice } from "./program-advice.js";

function adviceFor(programs: string): readonly string[] {
  const text = `cluster: demo
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [10.9.9.9/24], nodes: [web1, web2], programs: ${programs} }
`;
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: (each) => each });
  assert.ok(parsed.ok, "the file is accepted: an agent that ran with it goes on");
  return programAdvice(parsed.value).map(
    ({ code, severity, path }) => `${severity} ${code} ${pathText(path.slice(3))}`,
  );
}

test("what does nothing for a unit or a resource agent is told", () => {
  const idle = "user: nobody, limits: { memory: 1GiB }, stop: { signal: SIGINT }";
  assert.deepEqual(adviceFor(`{ db: { run: [/bin/db], ${idle} } }`), []);
  assert.deepEqual(adviceFor(`{ db: { unit: db.service, ${idle} } }`), [
    "warning key-without-effect db.user",
    "warning key-without-effect db.limits",
    "warning key-without-effect db.stop.signal",
  ]);
  const role = "standby: on, role: { command: [/bin/promote] }";
  assert.deepEqual(adviceFor(`{ db: { ocf: "heartbeat:Stateful", ${idle}, ${role} } }`), [
    "warning key-without-effect db.user",
    "warning key-without-effect db.stop.signal",
    "warning key-without-effect db.role.command",
  ]);
});

test("a standby's program that is asked at the service's address is told: the holder's would answer", () => {
  const asked = 'ready: { tcp: 80 }, health: { http: "http://10.9.9.9:80/up" }';
  assert.deepEqual(adviceFor(`{ web: { run: [/bin/web], standby: on, ${asked} } }`), [
    "warning probe-of-holder web.health.http",
  ]);
  assert.deepEqual(adviceFor(`{ web: { run: [/bin/web], ${asked} } }`), []);
});
