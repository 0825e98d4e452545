import { chmodSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { describeError, type Failure, LocumError } from "../src/base/locum-error.js";
import type { Lab } from "./lab.js";
import { readLines } from "./lines.js";
import { carryOut, type Done, type Order, parseOrder } from "./orders.js";
import { socketPath } from "./places.js";

/** One line of JSON each way: an order, then what came of it. */
type Reply = { readonly done: Done } | { readonly failure: Failure };

const CONNECTIONS_MAX = 64;

/** Takes orders for a lab from other processes of the same user. `onDown` is told when one asks for its end. */
export async function takeOrders(lab: Lab, onDown: () => void): Promise<Server> {
  const server = createServer((connection) => serve(lab, connection, onDown));
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath(lab.id), resolve);
  });
  chmodSync(socketPath(lab.id), 0o600);
  return server;
}

function serve(lab: Lab, connection: Socket, onDown: () => void): void {
  connection.on("error", () => connection.destroy());
  readLines(connection, (line) => {
    void answer(lab, line).then(({ reply, order }) => {
      connection.end(`${JSON.stringify(reply)}\n`, () => {
        if (order?.do === "down") onDown();
      });
    });
  });
}

async function answer(lab: Lab, line: string): Promise<{ readonly reply: Reply; readonly order?: Order }> {
  try {
    const order = parseOrder(line);
    return { reply: { done: await carryOut(lab, order) }, order };
  } catch (error) {
    const failure = error instanceof LocumError ? error.failure : { code: "lab.failed", message: describeError(error) };
    return { reply: { failure } };
  }
}

/** Gives an order to a running lab. @throws {LocumError} when the lab refuses, or nobody answers for it. */
export async function order(id: string, wanted: Order): Promise<Done> {
  const reply = await ask(id, wanted);
  if ("failure" in reply) throw new LocumError(reply.failure);
  return reply.done;
}

function ask(id: string, wanted: Order): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socketPath(id), () => connection.write(`${JSON.stringify(wanted)}\n`));
    const silent = (cause?: unknown): void => reject(silence(id, cause));
    connection.on("error", silent);
    connection.on("close", () => silent());
    readLines(connection, (line) => resolve(JSON.parse(line) as Reply));
  });
}

const silence = (id: string, cause: unknown): LocumError =>
  new LocumError(
    {
      code: "lab.no-answer",
      message: `The lab ${id} takes no orders`,
      advice: "Only labs started with `locum lab up` do; others are run by the program that opened them.",
    },
    cause,
  );
