import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { cabledHosts, ip, Namespace, namespacesMissing } from "../../../test/support/namespaces.js";
import type { TcpConnection } from "../../model/kernel.js";
import { decodeIpPacket } from "../../wire/ip-header.js";
import { bind, recvfrom, socket } from "./libc.js";
import { LinuxKernel } from "./linux-kernel.js";
import { encodeLinkAddress } from "./socket-address.js";
import { AF, setReceiveBuffer, SOCK } from "./socket-options.js";

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
  let sockets: Socket[];

  beforeEach(() => {
    sockets = [];
    server = createServer((accepted) => sockets.push(accepted.on("error", () => undefined)));
  });
  afterEach(() => {
    for (const each of sockets) each.destroy();
    server.close();
  });

  for (const family of [4, 6] as const) {
    const { service, client: clientAddress, prefixLength, listen } = FAMILIES[family];
    const placed = { interface: "eth0", address: service, family, prefixLength } as const;

    /** A connection to the first machine, which then loses its cable; what it had told about its clients. */
    async function lostConnection(net: Machines): Promise<{ client: Socket; connections: readonly TcpConnection[] }> {
      net.machines[0].enter();
      const holder = new LinuxKernel();
      assert.equal(holder.addAddress(placed), undefined);
      server.listen(0, listen);
      await once(server, "listening");
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      net.client.enter();
      const client = connect(address.port, service);
      sockets.push(client);
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
      return { client, connections };
    }

    test(`a client of a lost IPv${family} connection is reset at once by the new holder`, async () => {
      const net = new Machines();
      const { client, connections } = await lostConnection(net);
      net.machines[1].enter();
      const successor = new LinuxKernel();
      assert.equal(successor.addAddress(placed), undefined);
      successor.announce(placed);
      const failed = once(client, "error", { signal: AbortSignal.timeout(60_000) });
      successor.tickle(connections);
      const [error] = await failed;
      assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
    });
  }

  test("a thousand clients are tickled in turns, and none is left out", async () => {
    const { near, far } = cabledHosts();
    far.enter();
    const fd = packetListener();
    near.enter();
    ip("address add 10.0.0.5/24 dev near0");
    ip("neighbour replace 10.0.0.9 lladdr 02:00:00:00:00:02 dev near0");
    const kernel = new LinuxKernel();
    const ports = Array.from({ length: 1_000 }, (_, index) => index + 1);
    kernel.tickle(
      ports.map((remotePort) => ({
        family: 4,
        localAddress: "10.0.0.5",
        localPort: 80,
        remoteAddress: "10.0.0.9",
        remotePort,
      })),
    );
    const heard = new Set(portsHeard(fd));
    assert.ok(heard.size < ports.length, "not all at once");
    // On a busy machine the kernel delivers them when it comes to it.
    await eventually(() => {
      for (const port of portsHeard(fd)) heard.add(port);
      return heard.size === ports.length;
    });
    assert.deepEqual(
      [...heard].toSorted((a, b) => a - b),
      ports,
    );
    kernel.close();
  });
});

/** Hears IPv4 packets to this host, whoever they are for. */
function packetListener(): number {
  const ETH_P_IP = 0x0800;
  const fd = socket(AF.packet, SOCK.datagram | SOCK.nonblock | SOCK.cloexec, 0);
  setReceiveBuffer(fd, 8 << 20);
  bind(fd, encodeLinkAddress({ linkIndex: 0, etherType: ETH_P_IP, mac: new Uint8Array() }));
  return fd;
}

/** The destination ports of what has come, in order. */
function portsHeard(fd: number): readonly number[] {
  const buffer = new Uint8Array(100);
  const ports: number[] = [];
  for (let length = recvfrom(fd, buffer, 0, null); length > 0; length = recvfrom(fd, buffer, 0, null)) {
    const { payload } = decodeIpPacket(buffer.subarray(0, length)) ?? assert.fail("hears IP packets");
    ports.push(((payload[2] ?? 0) << 8) | (payload[3] ?? 0));
  }
  return ports;
}
