import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Namespace, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import type { TcpConnection } from "../../model/kernel.js";
import { LinuxKernel } from "./linux-kernel.js";

const FAMILIES = {
  4: { client: "10.0.0.9", service: "10.0.0.5", prefixLength: 24, listen: "::" },
  6: { client: "fd00::9", service: "fd00::5", prefixLength: 64, listen: "fd00::5" },
} as const;

/** A client and two machines that may hold the service address, on one switch. */
class Machines {
  readonly client = new Namespace();
  readonly machines: readonly [Namespace, Namespace];

  constructor() {
    ip("link add br0 type bridge");
    ip("link set br0 up");
    ip("address add 10.0.0.9/24 dev br0");
    ip("address add fd00::9/64 dev br0 nodad");
    this.machines = [this.#machine("port0"), this.#machine("port1")];
    this.client.enter();
  }

  #machine(name: string): Namespace {
    const machine = new Namespace();
    this.client.enter();
    ip(`link add ${name} type veth peer name eth0`);
    ip(`link set ${name} master br0`);
    ip(`link set ${name} up`);
    ip(`link set eth0 netns ${machine.path}`);
    machine.enter();
    ip("link set eth0 up");
    return machine;
  }
}

describe("tickles", { skip: namespacesMissing() }, () => {
  let server: Server;
  let client: Socket;
  let served: Socket[];

  beforeEach(() => {
    served = [];
    server = createServer((socket) => served.push(socket.on("error", () => undefined)));
  });
  afterEach(() => {
    for (const socket of [client, ...served]) socket.destroy();
    server.close();
  });

  for (const family of [4, 6] as const) {
    const { service, client: clientAddress, prefixLength, listen } = FAMILIES[family];
    const placed = { interface: "eth0", address: service, family, prefixLength } as const;

    /** A connection to the first machine, which then loses its cable; what it had told about its clients. */
    async function lostConnection(net: Machines): Promise<readonly TcpConnection[]> {
      net.machines[0].enter();
      const holder = new LinuxKernel();
      assert.equal(holder.addAddress(placed), undefined);
      server.listen(0, listen);
      await once(server, "listening");
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      net.client.enter();
      client = connect(address.port, service);
      await Promise.all([once(client, "connect"), once(server, "connection")]);
      const connections = holder.readConnections([service]);
      assert.deepEqual(connections, [
        {
          family,
          localAddress: service,
          localPort: address.port,
          remoteAddress: clientAddress,
          remotePort: client.localPort,
        },
      ]);
      assert.deepEqual(holder.readConnections([family === 4 ? "10.0.0.77" : "fd00::77"]), []);
      ip("link set port0 down");
      return connections;
    }

    test(`a client of a lost IPv${family} connection is reset at once by the new holder`, async () => {
      const net = new Machines();
      const connections = await lostConnection(net);
      net.machines[1].enter();
      const successor = new LinuxKernel();
      assert.equal(successor.addAddress(placed), undefined);
      successor.announce(placed);
      const failed = once(client, "error", { signal: AbortSignal.timeout(10_000) });
      assert.equal(successor.tickle(connections), 1);
      const [error] = await failed;
      assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
    });
  }
});
