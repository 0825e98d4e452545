/* What programs may do by the sockets that they are given, and nobody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { access, stat } from "node:fs/promises";
import { createConnection } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";
import { ROUTES } from "../../src/api/routes.js";
import { LocumClient, LocumError } from "../../src/client/client.js";
import { programName } from "../../src/model/program.js";
import { seconds } from "../../src/base/time.js";
import type { NodeView, ServiceView } from "../../src/model/status.js";
import { ALL_WELL, MemoryAgent, shop, TAKEN_OVER, web1, web2 } from "./memory-agent.js";
import { ask, serve } from "./served.js";

const CALLER = { service: shop, program: programName("db"), run: 7 } as const;
const codeIs = (code: string) => (error: unknown) => error instanceof LocumError && error.failure.code === code;

/** web2 holds shop, web1 could. */
const HELD: NodeView = {
  ...ALL_WELL,
  services: ALL_WELL.services.map((service): ServiceView => ({
    ...service,
    holder: web2,
    programs: [
      { program: CALLER.program, node: web2, state: "ready", role: "holder", since: seconds(1) as never, restarts: 0 },
    ],
  })),
};

test("a program reads all, and is told who it is", async (t) => {
  const { openDoor } = await serve(t, new MemoryAgent(HELD));
  const client = new LocumClient({ socketPath: openDoor(CALLER) });
  assert.equal((await client.status()).services["shop"]?.holder, "web2");
  assert.equal(await client.address({ service: "shop" }), "20.1.1.1");
  assert.deepEqual(await client.self(), {
    service: "shop",
    program: "db",
    node: "web2",
    role: "holder",
    state: "ready",
  });
});

test("a program gives no order but the one about itself, and nobody else speaks for it", async (t) => {
  const { openDoor, agent, socketPath } = await serve(t, new MemoryAgent(HELD));
  const door = openDoor(CALLER);
  for (const { method, path, access } of ROUTES) {
    const asked = path.replaceAll(/\{\w+\}/g, "shop");
    const { status } = await ask(access === "program" ? socketPath : door, asked, { method });
    if (access !== "all") assert.equal(status, 403, `${method} ${path}`);
  }
  assert.deepEqual([agent.commands, agent.sayings], [[], []]);
});

test("what a program says of itself counts for its run", async (t) => {
  const { openDoor, agent } = await serve(t, new MemoryAgent(HELD));
  const client = new LocumClient({ socketPath: openDoor(CALLER) });
  await client.report({ state: "trouble", words: "the queue is full" });
  await client.report({ words: "draining" });
  await client.report({ state: "well", words: "idle" });
  assert.deepEqual(agent.sayings, [
    { run: 7, saying: { kind: "trouble", text: "the queue is full" } },
    { run: 7, saying: { kind: "status", text: "draining" } },
    { run: 7, saying: { kind: "well" } },
    { run: 7, saying: { kind: "status", text: "idle" } },
  ]);
});

test("words that are none are refused", async (t) => {
  const { openDoor, agent } = await serve(t, new MemoryAgent(HELD));
  const door = openDoor(CALLER);
  const bad = [
    "",
    "[]",
    "{}",
    `{"state":"ill"}`,
    `{"words":5}`,
    `{"words":"\\u001b[2J"}`,
    `{"state":"well","run":8}`,
    JSON.stringify({ words: "x".repeat(201) }),
  ];
  for (const body of bad) {
    assert.equal((await ask(door, "/v1/program/state", { method: "PUT", body })).status, 400, body);
  }
  assert.deepEqual(agent.sayings, []);
});

test("a program has its own service moved, to whom it names or to the best of the others", async (t) => {
  const { openDoor, agent } = await serve(t, new MemoryAgent(HELD));
  const client = new LocumClient({ socketPath: openDoor(CALLER) });
  assert.equal(await client.moveAway(), "done");
  assert.equal(await client.moveAway({ to: "web1" }), "done");
  const move = { kind: "move", service: shop, to: web1, by: { kind: "program", name: "db" } };
  assert.deepEqual(agent.commands, [move, move]);
  await assert.rejects(client.moveAway({ to: "web9" }), codeIs("unknown-node"));
});

test("a standby's program asks for no move, and where nobody else can hold it there is none", async (t) => {
  const { openDoor, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const client = new LocumClient({ socketPath: openDoor(CALLER) });
  await assert.rejects(client.moveAway(), codeIs("not-eligible"));
  agent.show(TAKEN_OVER);
  await assert.rejects(client.moveAway(), codeIs("not-eligible"));
  assert.deepEqual(agent.commands, []);
});

test("a program that asks without end is told to wait, and nobody else is", async (t) => {
  const { openDoor, socketPath } = await serve(t, new MemoryAgent(HELD));
  const client = new LocumClient({ socketPath: openDoor(CALLER) });
  const asked = Array.from({ length: 200 }, () =>
    client.health().then(
      () => "",
      (error: LocumError) => error.failure.code,
    ),
  );
  assert.ok((await Promise.all(asked)).includes("too-many-requests"));
  assert.equal((await ask(socketPath, "/v1/health")).status, 200);
});

test("a long answer counts as many, so that one program does not keep the agent busy with them", async (t) => {
  const agent = new MemoryAgent(HELD);
  const { openDoor, socketPath } = await serve(t, agent);
  const door = openDoor(CALLER);
  for (let count = 0; count < 5_000; count += 1)
    agent.say({ code: "service.active", service: shop, epoch: count, took: seconds(1) });
  const statuses: number[] = [];
  for (let count = 0; count < 10; count += 1) statuses.push((await ask(door, "/v1/events?limit=10000")).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [200, 429]);
  assert.equal((await ask(socketPath, "/v1/events?limit=10000")).status, 200, "operators wait for nobody");
});

test("only the owner may connect, and the socket goes with the program", async (t) => {
  const { openDoor, closeDoor } = await serve(t, new MemoryAgent(HELD));
  const door = openDoor(CALLER);
  assert.equal((await stat(door)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(door))).mode & 0o777, 0o711);
  const connection = createConnection(door);
  await once(connection, "connect");
  const ended = once(connection.resume(), "close");
  closeDoor(door);
  await ended;
  await assert.rejects(access(door));
});
