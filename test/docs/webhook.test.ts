/** The receiver on the page about rules takes what Locum signs, and nothing else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { post, type PostEnd } from "../../src/os/node/webhook.js";

const page = readFileSync(fileURLToPath(new URL("../../../docs/rules.md", import.meta.url)), "utf8");
const [, script = ""] = /^```js\n(.*?)^```$/ms.exec(page) ?? [];
const PLACE = "/etc/pager/chat.secret";
const BODY = '{"code":"node.down"}';

/** The page's program with this secret, on a port of its own. */
async function receiver(t: TestContext, directory: string, secret: string): Promise<string> {
  const file = join(directory, "theirs");
  writeFileSync(file, secret);
  assert.ok(script.includes(PLACE) && script.includes(".listen(8080)"));
  const own = script.replace(PLACE, file).replace(".listen(8080)", `.listen(0, "127.0.0.1")`);
  writeFileSync(join(directory, "receiver.mjs"), `${own}\nexport { receiver };\n`);
  const { receiver: server } = (await import(pathToFileURL(join(directory, "receiver.mjs")).href)) as {
    readonly receiver: Server;
  };
  t.after(() => server.close());
  if (!server.listening) await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const sent = request(url, { method: "POST", headers, agent: false });
  sent.end(BODY);
  const [response] = (await once(sent, "response")) as [{ readonly statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

test("the receiver takes what is signed with the file as openssl writes it, and refuses all else", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-receiver-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const secret = "c3dvcmRmaXNoIGFuZCBtb3JlIG9mIGl0\n";
  const url = await receiver(t, directory, secret);
  const signedWith = (text: string): Promise<PostEnd> => {
    const secretFile = join(directory, "ours");
    rmSync(secretFile, { force: true });
    writeFileSync(secretFile, text, { mode: 0o600 });
    return post({ url, body: BODY, timeoutMs: 30_000, secretFile, caFile: undefined });
  };
  assert.deepEqual(await signedWith(secret), { kind: "delivered" });
  assert.deepEqual(await signedWith(secret.trim()), { kind: "delivered" });
  assert.equal((await signedWith("swordfish\n")).kind, "failed");
  assert.equal(await statusOf(url, {}), 403);
  const old = String(Math.floor(Date.now() / 1_000) - 3_600);
  assert.equal(await statusOf(url, { "locum-time": old, "locum-signature": "sha256=00" }), 403);
});
