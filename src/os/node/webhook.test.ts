import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { type Post, post } from "./webhook.js";

async function served(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

const message = (url: string, more: Partial<Post> = {}): Post => ({
  url,
  body: '{"code":"node.down"}',
  timeoutMs: 30_000,
  secretFile: undefined,
  caFile: undefined,
  ...more,
});

test("a message is signed so that the receiver can tell that nobody made it up or sends it again", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-hook-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const secretFile = join(directory, "secret");
  writeFileSync(secretFile, "swordfish\n", { mode: 0o600 });
  let got: { readonly headers: IncomingHttpHeaders; readonly body: string } | undefined;
  const url = await served(t, async (request, response) => {
    got = { headers: request.headers, body: await text(request) };
    response.end();
  });
  assert.deepEqual(await post(message(url, { secretFile })), { kind: "delivered" });
  assert.ok(got !== undefined);
  const { headers, body } = got;
  const expected = createHmac("sha256", "swordfish")
    .update(`${String(headers["locum-time"])}.${body}`)
    .digest("hex");
  assert.equal(headers["locum-signature"], `sha256=${expected}`);
  assert.ok(Math.abs(Number(headers["locum-time"]) - Date.now() / 1_000) < 60);
  assert.ok(!JSON.stringify(got).includes("swordfish"));
});

test("a secret that others can read, or that is not there, signs nothing, and nothing is sent", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-hook-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const secretFile = join(directory, "secret");
  writeFileSync(secretFile, "swordfish\n");
  chmodSync(secretFile, 0o644);
  let requests = 0;
  const url = await served(t, (_request, response) => {
    requests += 1;
    response.end();
  });
  const end = await post(message(url, { secretFile }));
  assert.ok(end.kind === "failed");
  assert.match(end.problem, /can be read by others/);
  assert.ok(!end.problem.includes("swordfish"));
  assert.equal((await post(message(url, { secretFile: join(directory, "none") }))).kind, "failed");
  assert.equal(requests, 0);
});

test("what the server says decides whether it is worth trying again", async (t) => {
  let status = 500;
  const url = await served(t, (_request, response) => {
    response.statusCode = status;
    response.end("x".repeat(1_000_000));
  });
  const isFinal = async (code: number): Promise<boolean | undefined> => {
    status = code;
    const end = await post(message(url));
    return end.kind === "failed" ? end.isFinal : undefined;
  };
  assert.deepEqual(
    [await isFinal(500), await isFinal(429), await isFinal(400), await isFinal(302), await isFinal(204)],
    [false, false, true, false, undefined],
  );
});

test("a server that hangs, or trickles its answer without end, is given up in time; one that is not there at once", async (t) => {
  const hangs = await served(t, () => undefined);
  const end = await post(message(hangs, { timeoutMs: 200 }));
  assert.ok(end.kind === "failed" && !end.isFinal);
  assert.match(end.problem, /no answer within 0\.2 s/);
  const floods = await served(t, (_request, response) => {
    const timer = setInterval(() => response.write("x".repeat(100_000)), 5);
    response.on("close", () => clearInterval(timer));
  });
  assert.equal((await post(message(floods))).kind, "delivered");
  assert.equal((await post(message("http://127.0.0.1:1/"))).kind, "failed");
  assert.equal((await post(message("https://127.0.0.1:1/", { caFile: "/nowhere/ca.pem" }))).kind, "failed");
});
