import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { milliseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../cluster.js";
import { parseCluster } from "./parse-cluster.js";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

function file(body: string): string {
  const nodes = "nodes:\n  web1: { networks: { a: 10.1.1.1 } }\n  web2: { networks: { a: 10.1.1.2 } }\n";
  return `cluster: shop\n${nodes}services:\n  shop: { nodes: [web1, web2], ${body} }\n`;
}

function parse(body: string): ServiceConfig & { readonly hash: string } {
  const parsed = parseCluster(file(body), { directory: "/etc/locum", hash });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [service] = parsed.value.services;
  assert.ok(service !== undefined);
  return { ...service, hash: parsed.value.hash };
}

test("a program has good defaults", () => {
  const { programs, addresses } = parse("programs: { db: { run: [/usr/bin/db, -D, /data] } }");
  assert.deepEqual(addresses, []);
  assert.deepEqual(programs, {
    list: [
      {
        name: "db",
        source: { kind: "command", command: ["/usr/bin/db", "-D", "/data"] },
        standby: false,
        ready: { kind: "started", timeout: seconds(60) },
        health: undefined,
        stop: { signal: "SIGTERM", timeout: seconds(10) },
        restart: {
          delays: [0, 1, 5].map(seconds),
          within: seconds(60),
          reset: seconds(600),
          exits: { "*": "restart" },
          exhausted: { kind: "move" },
        },
        onFail: "restart",
        onTrouble: "nothing",
        after: [],
        roleCommand: undefined,
        settings: { user: undefined, directory: undefined, environment: {}, memoryMax: undefined, cpuMax: undefined },
      },
    ],
    beforeAddresses: [],
    afterAddresses: [],
  });
});

test("a standby is asked once a second whether it has caught up, unless the file says otherwise", () => {
  const asked = (caughtUp: string): unknown =>
    parse(`programs: { db: { run: [/bin/db], standby: on, caughtUp: ${caughtUp} } }`).programs?.list[0]?.caughtUp;
  const probe = { kind: "exec", command: ["/bin/follows"] };
  assert.deepEqual(asked("{ exec: [/bin/follows] }"), { probe, interval: seconds(1), timeout: seconds(1) });
  assert.deepEqual(asked("{ exec: [/bin/follows], interval: 5s, timeout: 2s }"), {
    probe,
    interval: seconds(5),
    timeout: seconds(2),
  });
});

test("what systemd or a resource agent ends has the time that they give it", () => {
  const programs = `{ web: { unit: nginx.service }, disk: { ocf: "heartbeat:Filesystem" },
    db: { unit: db.service, stop: { timeout: 5s } } }`;
  const list = parse(`programs: ${programs}`).programs?.list ?? [];
  const timeouts = Object.fromEntries(list.map(({ name, stop }) => [name, stop.timeout]));
  assert.deepEqual(timeouts, { web: seconds(180), disk: seconds(180), db: seconds(5) });
});

test("each has the time to start that the file gives it; a unit or a resource agent says itself what it needs", () => {
  const ofStart = (program: string): number | undefined =>
    parse(`programs: { db: { ${program} } }`).programs?.list[0]?.ready.timeout;
  for (const source of ["run: [/bin/db]", "unit: db.service", 'ocf: "heartbeat:pgsql"']) {
    assert.equal(ofStart(`${source}, start: { timeout: 5m }`), seconds(300), source);
  }
  assert.equal(ofStart("run: [/bin/db]"), seconds(60));
  assert.equal(ofStart("run: [/bin/db], ready: { tcp: 5432 }"), seconds(60));
  assert.deepEqual([ofStart("unit: db.service"), ofStart('ocf: "heartbeat:pgsql"')], [undefined, undefined]);
});

test("a resource that is on standbys too is waited for until it has its role, unless the file says otherwise", () => {
  const waits = (program: string): true | undefined =>
    parse(`programs: { db: { ${program} } }`).programs?.list[0]?.awaitsRole;
  assert.equal(waits('ocf: "heartbeat:pgsql", standby: on'), true);
  assert.equal(waits('ocf: "heartbeat:pgsql", standby: on, role: { timeout: 5m }'), true);
  assert.equal(waits('ocf: "heartbeat:pgsql", standby: on, role: { wait: false }'), undefined);
  assert.equal(waits('ocf: "heartbeat:pgsql"'), undefined);
  assert.equal(waits("run: [/bin/db], standby: on"), undefined);
});

test("a check is as it is usual for a probe, and a monitor as its agent advises, but for what the file says", () => {
  const ofChecks = (program: string): unknown => {
    const [db] = parse(`programs: { db: { ${program} } }`).programs?.list ?? [];
    return [db?.health, db?.monitor];
  };
  const usual = { interval: seconds(1), timeout: seconds(1), fail: 3, slow: undefined };
  const probe = { kind: "tcp", host: "127.0.0.1", port: 1 };
  assert.deepEqual(ofChecks("run: [/bin/db], health: { tcp: 1 }"), [{ probe, ...usual }, undefined]);
  assert.deepEqual(ofChecks('ocf: "heartbeat:db2", health: { interval: 5s }'), [undefined, { interval: seconds(5) }]);
  assert.deepEqual(ofChecks('ocf: "heartbeat:db2", health: { slow: 5s }'), [undefined, { slow: seconds(5) }]);
  assert.deepEqual(ofChecks('ocf: "heartbeat:db2"'), [undefined, undefined]);
});

test("every option of a program is read", () => {
  const { programs } = parse(`addresses: [10.9.9.9/24], programs: {
    db: { run: [/usr/bin/db], standby: on, role: { command: [/bin/role, to], wait: true, timeout: 2m },
      ready: { tcp: 5432 }, start: { timeout: 20s },
      health: { http: "http://127.0.0.1/health", interval: 2s, timeout: 300ms, fail: 5, slow: 200ms },
      stop: { signal: SIGINT, timeout: 3s }, onFail: nothing, onTrouble: move, watchdog: 30s,
      restart: { delays: [], exits: { 0: stop, SIGSEGV: move }, exhausted: { retry: 1m } },
      user: postgres, directory: /data, environment: { LANG: C }, limits: { memory: 2GiB, cpu: 150% } },
    files: { ocf: "heartbeat:nfsserver", params: { ip: 10.9.9.9 }, health: { interval: 5s, fail: 2 }, after: [db, web] },
    web: { unit: nginx.service, after: [addresses] } }`);
  const [db, files, web] = programs?.list ?? [];
  assert.deepEqual(db, {
    name: "db",
    source: { kind: "command", command: ["/usr/bin/db"] },
    standby: true,
    awaitsRole: true,
    roleTimeout: seconds(120),
    copies: 2,
    roleCommand: ["/bin/role", "to"],
    ready: { kind: "probe", probe: { kind: "tcp", host: "127.0.0.1", port: 5432 }, timeout: seconds(20) },
    health: {
      probe: { kind: "http", url: "http://127.0.0.1/health" },
      interval: seconds(2),
      timeout: milliseconds(300),
      fail: 5,
      slow: milliseconds(200),
    },
    watchdog: seconds(30),
    stop: { signal: "SIGINT", timeout: seconds(3) },
    onFail: "nothing",
    onTrouble: "move",
    restart: {
      delays: [],
      within: seconds(60),
      reset: seconds(600),
      exits: { 0: "stop", SIGSEGV: "move" },
      exhausted: { kind: "retry", every: seconds(60) },
    },
    after: [],
    settings: { user: "postgres", directory: "/data", environment: { LANG: "C" }, memoryMax: 2 ** 31, cpuMax: 1.5 },
  });
  assert.deepEqual(files?.source, {
    kind: "ocf",
    provider: "heartbeat",
    type: "nfsserver",
    parameters: { ip: "10.9.9.9" },
  });
  assert.deepEqual([files?.health, files?.monitor], [undefined, { interval: seconds(5), fail: 2 }]);
  assert.deepEqual([files?.after, web?.after], [["db", "web"], []]);
  assert.deepEqual(programs?.beforeAddresses, ["db"], "files comes after web, and web after the addresses");
  assert.deepEqual(programs?.afterAddresses, ["web"]);
});

test("the addresses wait for the programs that they are told to wait for", () => {
  const two = "programs: { db: { run: [/bin/db] }, web: { run: [/bin/web] } }";
  assert.deepEqual(parse(`addresses: [10.9.9.9/24], ${two}`).programs?.beforeAddresses, ["db", "web"]);
  assert.deepEqual(parse(`addresses: { list: [10.9.9.9/24], after: [db] }, ${two}`).programs?.beforeAddresses, ["db"]);
  const none = parse(`addresses: { list: [10.9.9.9/24], after: [] }, ${two}`);
  assert.deepEqual([none.programs?.beforeAddresses, none.addresses.length], [[], 1]);
});

test("a program may be asked at an address of its service that does not wait for it", () => {
  const web = 'web: { run: [/bin/web], ready: { tcp: "10.9.9.9:80" }, after: [addresses] }';
  assert.deepEqual(parse(`addresses: [10.9.9.9/24], programs: { ${web} }`).programs?.afterAddresses, ["web"]);
  const later = 'db: { run: [/bin/db] }, web: { run: [/bin/web], ready: { http: "http://10.9.9.9/" } }';
  const two = parse(`addresses: { list: [10.9.9.9/24], after: [db] }, programs: { ${later} }`);
  assert.deepEqual(two.programs?.beforeAddresses, ["db"]);
  parse('addresses: [10.9.9.9/24], programs: { web: { run: [/bin/web], health: { tcp: "10.9.9.9:80" } } }');
});

test("files that mean the same programs have one hash, and others another", () => {
  const base = parse("programs: { db: { run: [/bin/db, a, b] }, web: { run: [/bin/web], after: [db] } }").hash;
  const same = "programs: { web: { after: [db], run: [/bin/web], standby: off }, db: { run: [/bin/db, a, b] } }";
  assert.equal(parse(same).hash, base);
  for (const other of [
    "programs: { db: { run: [/bin/db, b, a] }, web: { run: [/bin/web], after: [db] } }",
    "programs: { db: { run: [/bin/db, a, b] }, web: { run: [/bin/web] } }",
    "programs: { db: { run: [/bin/db, a, b], onTrouble: move }, web: { run: [/bin/web], after: [db] } }",
  ]) {
    assert.notEqual(parse(other).hash, base);
  }
});

test("a page that is asked may want a user and a password, and have an empty port", () => {
  for (const http of ["http://user:word@127.0.0.1:8080/health", "http://127.0.0.1:/health"]) {
    const { programs } = parse(`programs: { db: { run: [/bin/db], ready: { http: "${http}" } } }`);
    const probe = { kind: "http", url: http };
    assert.deepEqual(programs?.list[0]?.ready, { kind: "probe", probe, timeout: seconds(60) });
  }
});
