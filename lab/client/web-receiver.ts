/**
 * A web server that writes down what it is sent: `web-receiver PORT [--tls KEY CERTIFICATE] [STATUS...]` prints each
 * request as one line of JSON with its headers and body, and answers with the statuses in turn, then with 204. It ends when
 * its standard input does.
 */
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { text } from "node:stream/consumers";

const BODY_MAX = 1_000_000;

const [port, ...rest] = process.argv.slice(2);
const [flag, key = "", certificate = ""] = rest;
const isSecure = flag === "--tls";
const statuses = rest.slice(isSecure ? 3 : 0).map(Number);

const receive: RequestListener = (request, response) => {
  void text(request).then((body) => {
    const status = statuses.shift() ?? 204;
    console.log(JSON.stringify({ event: "request", status, headers: request.headers, body: body.slice(0, BODY_MAX) }));
    response.writeHead(status).end();
  });
};

const server = isSecure
  ? createSecureServer({ key: readFileSync(key), cert: readFileSync(certificate) }, receive)
  : createServer(receive);
server.listen(Number(port), () => console.log(JSON.stringify({ event: "ready" })));
process.stdin.on("end", () => process.exit(0)).resume();
