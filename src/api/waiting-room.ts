import { createServer, type Server } from "node:http";
import type { ProblemDocument } from "../model/status-document-problem.js";
import { PROBLEM_STATUS } from "./problem.js";
import { listenOnSocket } from "./socket.js";

const CODE = "starting";
const CONNECTIONS_MAX = 128;
const REQUEST_MS_MAX = 10_000;

/**
 * The API of an agent that does not begin yet: whatever is asked or ordered is answered with what it waits for. Whoever
 * hears nothing takes it for one that does not run, and starts another.
 */
export class WaitingRoom {
  readonly #http: Server;

  private constructor(http: Server) {
    this.#http = http;
  }

  /**
   * @param reason a sentence without its point, asked for anew at each request
   * @throws {LocumError} when the socket can't be had.
   */
  static async open(socketPath: string, reason: () => string): Promise<WaitingRoom> {
    const http = createServer(
      { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX },
      (request, response) => {
        // What is not read would keep the connection from its end.
        request.resume();
        const body: ProblemDocument = { code: CODE, message: reason(), advice: "It begins by itself after that" };
        response.writeHead(PROBLEM_STATUS[CODE], { "content-type": "application/json" });
        response.end(`${JSON.stringify(body)}\n`);
      },
    );
    http.maxConnections = CONNECTIONS_MAX;
    await listenOnSocket(http, socketPath);
    return new WaitingRoom(http);
  }

  /** Makes way for the API: the socket is removed. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }
}
