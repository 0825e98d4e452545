/**
 * An ordinary client: `service-client ADDRESS UDP_PORT TCP_PORT` asks a server again and again, each time by a datagram and by
 * a connection that are new, and says in a line of JSON who answered which.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Served {
  /** The server's answer to what was asked; null: none in time. */
  readonly udp: string | null;
  readonly tcp: string | null;
}

const PATIENCE_MS = 300;
const PAUSE_MS = 20;

function askByDatagram(address: string, port: number): Promise<string | null> {
  const socket = createSocket("udp4");
  return new Promise<string | null>((resolve) => {
    const timeout = setTimeout(() => resolve(null), PATIENCE_MS);
    socket.on("message", (answer) => resolve(answer.toString()));
    socket.on("error", () => resolve(null));
    socket.send("", port, address, (error) => (error === null ? undefined : resolve(null)));
    socket.once("close", () => clearTimeout(timeout));
  }).finally(() => socket.close());
}

function askByConnection(address: string, port: number): Promise<string | null> {
  const socket = connect({ host: address, port, timeout: PATIENCE_MS });
  return new Promise<string | null>((resolve) => {
    socket.on("connect", () => socket.write("\n"));
    socket.on("data", (answer) => resolve(answer.toString().trim()));
    socket.on("timeout", () => resolve(null));
    socket.on("error", () => resolve(null));
  }).finally(() => socket.destroy());
}

const [address = "", udpPort, tcpPort] = process.argv.slice(2);
for (;;) {
  const [udp, tcp] = await Promise.all([
    askByDatagram(address, Number(udpPort)),
    askByConnection(address, Number(tcpPort)),
  ]);
  const served: Served = { udp, tcp };
  console.log(JSON.stringify(served));
  await pause(PAUSE_MS);
}
