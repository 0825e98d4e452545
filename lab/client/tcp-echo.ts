/**
 * A server to measure with: `tcp-echo NAME PORT` listens on all addresses of its host, those it gets later included,
 * and answers every line with the same line and its own name. It ends when its standard input does.
 */
import { createServer, type Socket } from "node:net";
import { readLines } from "../lines.js";

const CONNECTIONS_MAX = 10_000;

function serve(connection: Socket, name: string): void {
  connection.setNoDelay(true);
  connection.on("error", () => connection.destroy());
  readLines(connection, (line) => void connection.write(`${line} ${name}\n`));
}

const [name = "", port] = process.argv.slice(2);
const server = createServer((connection) => serve(connection, name));
server.maxConnections = CONNECTIONS_MAX;
server.listen(Number(port), () => console.log(JSON.stringify({ event: "ready" })));
process.stdin.on("end", () => process.exit(0)).resume();
