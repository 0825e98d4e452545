import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startApiServer } from "../../src/api/server.js";
import { WaitingRoom } from "../../src/api/waiting-room.js";
import { LocumClient, LocumError, type StatusNews } from "../../src/client/client.js";
import { ALL_WELL, BOOT_MS, mether0, MemoryAgent, shop, TAKEN_OVER, web1, web2 } from "../api/memory-agent.js";
import { serve } from "../api/served.js";

const codeIs = (code: string) => (error: unknown) => error instanceof LocumError && error.failure.code === code;

async function collect<Item>(items: AsyncIterable<Item>, most = Number.POSITIVE_INFINITY): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) {
    collected.push(item);
    if (collected.length === most) break;
  }
  return collected;
}

test("questions and orders", async (t) => {
  const { socketPath, agent } = await serve(t);
  const client = new LocumClient({ socketPath });
  assert.equal((await client.status()).services["shop"]?.holder, "web2");
  assert.equal((await client.explain("shop")).nodes.length, 2);
  assert.deepEqual(await client.rules(), { answeredBy: "web2", rules: [] });
  assert.deepEqual(await client.health(), { ok: true, cluster: "demo", node: "web2", version: "0.1.0" });
  assert.match(await client.metrics(), /^# HELP locum_info/);
  assert.equal(await client.move("shop", { to: "web1" }), "done");
  await client.drain();
  await client.resume("web1");
  assert.equal(await client.switchPath("mether0", { to: "bond1" }), "done");
  await client.pausePath("mether0", { node: "web1" });
  await client.resumePath("mether0");
  await client.detachInterface("eth0");
  await client.attachInterface("eth0", { node: "web1" });
  assert.deepEqual(agent.commands, [
    { kind: "move", service: shop, to: web1 },
    { kind: "drain", node: web2 },
    { kind: "resume", node: web1 },
    { kind: "path-switch", node: web2, group: mether0, to: "bond1" },
    { kind: "path-pause", node: web1, group: mether0 },
    { kind: "path-resume", node: web2, group: mether0 },
    { kind: "path-detach", node: web2, interface: "eth0" },
    { kind: "path-attach", node: web1, interface: "eth0" },
  ]);
});

test("the address to use, and each that takes its place", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const client = new LocumClient({ socketPath });
  assert.equal(await client.address({ node: "web1" }), "10.1.1.1");
  await assert.rejects(client.address({ service: "shoop" }), codeIs("unknown-service"));
  const seen: (string | null)[] = [];
  for await (const address of client.addresses({ service: "shop" })) {
    seen.push(address);
    if (seen.length === 2) break;
    // What changes without another address for it is no news.
    agent.show({ ...ALL_WELL, paused: true });
    agent.show(TAKEN_OVER);
  }
  assert.deepEqual(seen, ["20.1.1.1", "192.168.1.1"]);
});

test("a call leaves no connection behind, which the agent might close just when the next call uses it", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "locum-client-"));
  const socketPath = join(directory, "agent.sock");
  const ends: Promise<void>[] = [];
  const server = createHttpServer((_request, response) => void response.end("{}"));
  server.on("connection", (socket) => ends.push(new Promise((resolve) => socket.once("close", () => resolve()))));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.after(() => rm(directory, { recursive: true }));
  t.after(() => server.close());
  const client = new LocumClient({ socketPath });
  for (let call = 0; call < 3; call += 1) await client.health();
  assert.equal(ends.length, 3);
  await Promise.all(ends);
});

test("names are taken as they are, whatever is in them", async (t) => {
  const { socketPath } = await serve(t);
  const client = new LocumClient({ socketPath });
  await assert.rejects(client.explain("../status"), codeIs("unknown-service"));
  await assert.rejects(client.explain("a/b?c#d"), codeIs("unknown-service"));
});

test("the agent's refusal comes with its code, message and advice", async (t) => {
  const { socketPath, agent } = await serve(t);
  agent.outcome = { ok: false, code: "paused", message: "the cluster is paused" };
  const client = new LocumClient({ socketPath });
  await assert.rejects(client.move("shop", { to: "web1" }), codeIs("paused"));
  await assert.rejects(client.explain("shoop"), (error) => {
    assert.ok(error instanceof LocumError);
    assert.deepEqual(error.failure, {
      code: "unknown-service",
      message: "There is no service shoop in cluster demo",
      advice: "It has these services: shop, mail",
    });
    return true;
  });
});

test("no agent has one code, whatever the reason, and advice that fits the reason", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "locum-client-"));
  t.after(() => rm(directory, { recursive: true }));
  const adviceFor = async (socketPath: string): Promise<string> => {
    const error: unknown = await new LocumClient({ socketPath, timeoutMs: 300 })
      .status()
      .catch((caught: unknown) => caught);
    assert.ok(error instanceof LocumError);
    assert.equal(error.failure.code, "agent-unreachable");
    return error.failure.advice ?? "";
  };
  assert.match(await adviceFor(join(directory, "none.sock")), /Is the agent running/);
  const mute = join(directory, "mute.sock");
  const server = createServer(() => {}).listen(mute);
  t.after(() => server.close());
  assert.match(await adviceFor(mute), /does not answer/);
  const abrupt = join(directory, "abrupt.sock");
  const closing = createServer((socket) => socket.destroy()).listen(abrupt);
  t.after(() => closing.close());
  assert.match(await adviceFor(abrupt), /Is the agent running, and is this its socket/);
  if (process.geteuid?.() === 0) return t.diagnostic("as root every socket may be opened: EACCES was not tried");
  await chmod(mute, 0);
  return assert.match(await adviceFor(mute), /try as root/);
});

test("an answer that is none is a readable error", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "locum-client-"));
  t.after(() => rm(directory, { recursive: true }));
  const socketPath = join(directory, "other.sock");
  const server = createServer((socket) => socket.end("HTTP/1.1 500 X\r\nConnection: close\r\n\r\n<html>")).listen(
    socketPath,
  );
  t.after(() => server.close());
  await assert.rejects(new LocumClient({ socketPath }).status(), codeIs("bad-answer"));
});

test("the history, and what follows", async (t) => {
  const { socketPath, agent } = await serve(t);
  const client = new LocumClient({ socketPath });
  const history = await collect(client.events({ service: "shop", codes: ["service.claimed"] }));
  assert.deepEqual(
    history.map((event) => event.node),
    ["web1", "web2"],
  );
  const following = client.events({ follow: true, limit: 1 });
  assert.equal((await following.next()).value?.code, "finding.raised");
  agent.say({ code: "node.up", node: web1, incarnation: 2 });
  assert.equal((await following.next()).value?.code, "node.up");
  await following.return(undefined);
});

test("a signal ends what is followed, without an error", async (t) => {
  const { socketPath } = await serve(t);
  const quitting = new AbortController();
  const following = collect(new LocumClient({ socketPath }).events({ follow: true, signal: quitting.signal }));
  setTimeout(() => quitting.abort(), 50);
  assert.deepEqual(await following, []);
});

test("changes: the status first, then only what is asked for", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const changes = new LocumClient({ socketPath }).changes({ nodes: ["web1"], kinds: ["findings"] });
  const first = await changes.next();
  assert.equal((first.value as StatusNews).kind, "status");
  agent.show(TAKEN_OVER);
  const rest = await collect(changes, 2);
  assert.deepEqual(
    rest.map((news) => news.kind),
    ["node", "findings"],
  );
});

test("with reconnect, events go on where they were when the agent comes back, each once", async (t) => {
  const { socketPath, agent, close } = await serve(t);
  const following = new LocumClient({ socketPath }).events({ follow: true, limit: 1, reconnect: true });
  const seen = [(await following.next()).value?.sequence];
  await close();
  agent.say({ code: "node.left", node: web1 });
  agent.say({ code: "node.left", node: web1 });
  const again = await startApiServer({ socketPath, port: agent, onError: () => {} });
  t.after(() => again.close());
  seen.push((await following.next()).value?.sequence, (await following.next()).value?.sequence);
  agent.say({ code: "node.up", node: web1, incarnation: 2 });
  seen.push((await following.next()).value?.sequence);
  await following.return(undefined);
  assert.deepEqual(seen, [6, 7, 8, 9]);
});

test("with reconnect, nothing is lost when the agent goes before the first event", async (t) => {
  const { socketPath, agent, close } = await serve(t, new MemoryAgent());
  const following = new LocumClient({ socketPath }).events({ follow: true, reconnect: true });
  const first = following.next();
  await waitForReader(agent);
  await close();
  agent.say({ code: "node.left", node: web1 }, { atMs: Date.now() - BOOT_MS });
  const again = await startApiServer({ socketPath, port: agent, onError: () => {} });
  t.after(() => again.close());
  assert.equal((await first).value?.code, "node.left");
  await following.return(undefined);
});

test("an agent that does not begin yet says what it waits for; with reconnect, it is waited for", async (t) => {
  const { socketPath, agent, close } = await serve(t, new MemoryAgent(ALL_WELL));
  await close();
  let asked = 0;
  let onAsked = (): void => undefined;
  const room = await WaitingRoom.open(socketPath, () => {
    asked += 1;
    onAsked();
    return `It waits, and was asked ${asked} times`;
  });
  const client = new LocumClient({ socketPath });
  for (const order of [client.status(), client.move("shop", { to: "web1" }), client.events({ follow: true }).next()]) {
    await assert.rejects(order, codeIs("starting"));
  }
  await assert.rejects(client.status(), /^LocumError: It waits, and was asked 4 times/);
  const met = new Promise<void>((resolve) => (onAsked = resolve));
  const status = new LocumClient({ socketPath }).watch({ reconnect: true }).next();
  await met;
  await room.close();
  const again = await startApiServer({ socketPath, port: agent, onError: () => {} });
  t.after(() => again.close());
  assert.equal((await status).value?.services["shop"]?.holder, "web1");
});

/** Waits until somebody follows the events, beside the server's own counter. */
async function waitForReader(agent: MemoryAgent): Promise<void> {
  while (agent.eventListeners.size < 2) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("without reconnect, the end of the agent is an error", async (t) => {
  const { socketPath, close } = await serve(t);
  const following = new LocumClient({ socketPath }).events({ follow: true, limit: 1 });
  await following.next();
  await close();
  await assert.rejects(following.next(), codeIs("agent-unreachable"));
});

test("watch keeps the whole status up to date", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const watching = new LocumClient({ socketPath }).watch();
  assert.equal((await watching.next()).value?.services["shop"]?.holder, "web1");
  agent.show(TAKEN_OVER);
  for await (const status of watching) {
    if (status.findings.length === 0) continue;
    assert.deepEqual(status, await new LocumClient({ socketPath }).status());
    break;
  }
});
