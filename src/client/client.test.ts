import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { DEFAULT_SOCKET, LocumClient } from "./client.js";

function setSocket(t: TestContext, path: string): void {
  const before = process.env["LOCUM_SOCKET"];
  process.env["LOCUM_SOCKET"] = path;
  t.after(() => {
    if (before === undefined) delete process.env["LOCUM_SOCKET"];
    else process.env["LOCUM_SOCKET"] = before;
  });
}

test("an empty path names no socket: it would be this host's port 80", (t) => {
  setSocket(t, "");
  assert.equal(new LocumClient().socketPath, DEFAULT_SOCKET);
  setSocket(t, "/run/other.sock");
  assert.equal(new LocumClient({ socketPath: "" }).socketPath, "/run/other.sock");
  assert.equal(new LocumClient({ socketPath: "/run/named.sock" }).socketPath, "/run/named.sock");
});
