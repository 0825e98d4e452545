import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, test } from "node:test";
import { ip, Namespace, namespacesMissing } from "../../../test/support/namespaces.js";
import { LinuxKernel } from "./linux-kernel.js";

const skip = namespacesMissing();

/** Opens connections to each address and says what the kernel tells of those to `asked`. */
async function connectionsTo(
  asked: readonly string[],
  listened: string,
  addresses: readonly string[],
): Promise<readonly string[]> {
  const server = createServer((served) => served.resume().on("error", () => undefined));
  server.listen(0, listened);
  await once(server, "listening");
  const bound = server.address();
  assert.ok(bound !== null && typeof bound === "object");
  const clients = addresses.map((address) => connect(bound.port, address));
  await Promise.all(clients.map((client) => once(client, "connect")));
  const kernel = new LinuxKernel();
  const found = kernel.readConnections(asked).filter(({ localPort }) => localPort === bound.port);
  kernel.close();
  for (const client of clients) client.destroy();
  server.close();
  return found.map(({ localAddress }) => localAddress).sort();
}

describe("connections to local addresses", { skip }, () => {
  test("those of many addresses of both families are found, whatever family their server listens on", async () => {
    new Namespace().enter();
    const many = Array.from({ length: 60 }, (_, index) => `10.1.0.${index + 1}`);
    for (const address of many) ip(`address add ${address}/32 dev lo`);
    ip("address add fd00::5/128 dev lo nodad");
    const asked = [...many.slice(0, 50), "fd00::5"];
    const found = await connectionsTo(asked, "::", [...many.slice(45, 55), "fd00::5", "::1"]);
    assert.deepEqual(found, [...many.slice(45, 50), "fd00::5"].sort());
    assert.deepEqual(await connectionsTo(asked, "0.0.0.0", many.slice(49, 51)), ["10.1.0.50"]);
  });

  test("nothing is asked for no address", async () => {
    new Namespace().enter();
    assert.deepEqual(await connectionsTo([], "127.0.0.1", ["127.0.0.1"]), []);
  });
});
