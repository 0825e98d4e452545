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
  assert.deepEqual(adviceFor('{ web: { run: [/bin/web], standby: on, caughtUp: { http: "http://10.9.9.9/lag" } } }'), [
    "warning probe-of-holder web.caughtUp.http",
  ]);
});

test("what nothing leads to is told, and nothing that the program itself can bring about", () => {
  const both = "onFail: move, onTrouble: move";
  assert.deepEqual(adviceFor(`{ db: { run: [/bin/db], ${both} } }`), ["warning key-without-effect db.onFail"]);
  assert.deepEqual(adviceFor(`{ db: { unit: db.service, ${both} } }`), [
    "warning key-without-effect db.onFail",
    "warning key-without-effect db.onTrouble",
  ]);
  assert.deepEqual(adviceFor(`{ db: { unit: db.service, ${both}, health: { tcp: 1, slow: 200ms } } }`), []);
  for (const told of ["health: { tcp: 1 }", "watchdog: 10s", "ready: notify"])
    assert.deepEqual(adviceFor(`{ db: { run: [/bin/db], ${both}, ${told} } }`), []);
  assert.deepEqual(adviceFor(`{ db: { ocf: "heartbeat:db", ${both} } }`), []);
  assert.deepEqual(adviceFor("{ db: { run: [/bin/db], health: { tcp: 1, slow: 200ms } } }"), [], "it is a finding");
});

test("a role that is waited for, and that nothing tells, is told", () => {
  const role = (rest: string): readonly string[] => adviceFor(`{ db: { standby: on, ${rest} } }`);
  assert.deepEqual(role("run: [/bin/db], role: { wait: true, timeout: 10s }"), [
    "warning key-without-effect db.role.wait",
    "warning key-without-effect db.role.timeout",
  ]);
  assert.deepEqual(role("run: [/bin/db], role: { wait: true, command: [/bin/tell] }"), []);
  assert.deepEqual(role('ocf: "heartbeat:Stateful", role: { wait: true, timeout: 10s }'), []);
});

test("a variable that Locum sets itself is told", () => {
  const environment = "{ LOCUM_ROLE: holder, NOTIFY_SOCKET: /run/x, LOCUMS: x, HOME: /srv }";
  assert.deepEqual(adviceFor(`{ db: { run: [/bin/db], environment: ${environment} } }`), [
    "warning variable-hidden db.environment.LOCUM_ROLE",
    "warning variable-hidden db.environment.NOTIFY_SOCKET",
  ]);
});
