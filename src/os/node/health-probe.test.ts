import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { seconds } from "../../base/time.js";
import { probe } from "./health-probe.js";

const runNothing = (): Promise<undefined> => Promise.resolve(undefined);

/** What is said of a page that is asked for as a user with a password. */
async function askedAsUser(answer: RequestListener): Promise<string | undefined> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const url = `http://probe:hunter2@127.0.0.1:${port}/health`;
    const { problem } = await probe({ kind: "http", url }, seconds(10), runNothing);
    return problem?.replace(String(port), "PORT");
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a page is asked for as the user in its address, whose password is in no words", async () => {
  const login = `Basic ${Buffer.from("probe:hunter2").toString("base64")}`;
  assert.equal(
    await askedAsUser(({ headers }, response) => response.writeHead(headers.authorization === login ? 200 : 401).end()),
    undefined,
  );
  assert.equal(
    await askedAsUser((_request, response) => response.writeHead(503).end()),
    "http://127.0.0.1:PORT/health answers with status 503",
  );
  assert.match((await askedAsUser(({ socket }) => socket.destroy())) ?? "", /^http:\/\/127\.0\.0\.1:PORT\/health: /);
});
