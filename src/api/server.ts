import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { known } from "../base/assert.js";
import type { ProblemDocument } from "../model/status-document-problem.js";
import type { AgentPort } from "./agent-port.js";
import { ChangeFeed } from "./change-feed.js";
import { EventStream } from "./event-stream.js";
import { NoteCounter } from "./note-counter.js";
import { problem, problemAnswer } from "./problem.js";
import { checkQuery, readBody } from "./request.js";
import type { Answer, ApiParts, Call, Route } from "./route.js";
import { ROUTES } from "./routes.js";
import { listenOnSocket } from "./socket.js";

const CONNECTIONS_MAX = 128;
/** Streams at one time; fewer than connections, so that streams alone never keep an operator out. */
const STREAMS_MAX = 96;
const HEADER_BYTES_MAX = 8_192;
const REQUEST_MS_MAX = 10_000;

export interface ApiServerOptions {
  readonly socketPath: string;
  readonly port: AgentPort;
  /** Told of errors that no request may cause; the client got `internal`. */
  readonly onError: (error: unknown) => void;
}

/** Starts serving on a unix socket. @throws {LocumError} when the socket can't be had. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = new ApiServer(options);
  await server.listen();
  return server;
}

/** The agent's HTTP server: finds the route, calls its handler, writes the answer. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #parts: ApiParts;
  readonly #http: Server;
  readonly #streams = new Set<EventStream>();

  constructor(options: ApiServerOptions) {
    const { port } = options;
    this.#options = options;
    this.#parts = { port, changes: new ChangeFeed(port), notes: new NoteCounter(port) };
    this.#http = createServer(
      { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX },
      (request, response) => void this.#serve(request, response),
    );
    this.#http.maxConnections = CONNECTIONS_MAX;
  }

  listen(): Promise<void> {
    return listenOnSocket(this.#http, this.#options.socketPath);
  }

  /** Ends all streams and connections, and removes the socket. */
  async close(): Promise<void> {
    this.#parts.notes.stop();
    for (const stream of this.#streams) stream.end();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { route, call } = await takeApart(request);
      this.#answer(response, await route.handle(call, this.#parts));
    } catch (error) {
      if (response.destroyed) return;
      const answer = problemAnswer(error);
      if (answer === undefined) this.#options.onError(error);
      const { status, body } = answer ?? INTERNAL;
      writeJson(response, status, body);
    }
  }

  #answer(response: ServerResponse, answer: Answer): void {
    if (response.destroyed) return;
    if (answer.kind === "stream") this.#stream(response, answer.start);
    else if (answer.kind === "json") writeJson(response, 200, answer.body);
    else response.writeHead(200, { "content-type": answer.contentType }).end(answer.body);
  }

  #stream(response: ServerResponse, start: (stream: EventStream) => () => void): void {
    if (this.#streams.size >= STREAMS_MAX) {
      throw problem("too-many-streams", `${STREAMS_MAX} streams are open already`, "Close some and try again");
    }
    let stop: (() => void) | undefined;
    const stream: EventStream = new EventStream(response, () => {
      this.#streams.delete(stream);
      stop?.();
    });
    this.#streams.add(stream);
    stop = start(stream);
  }
}

const INTERNAL: { readonly status: number; readonly body: ProblemDocument } = {
  status: 500,
  body: { code: "internal", message: "The agent failed to answer", advice: "Its log says why" },
};

function writeJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

async function takeApart(request: IncomingMessage): Promise<{ readonly route: Route; readonly call: Call }> {
  const [path = "/", queryText = ""] = (request.url ?? "/").split("?", 2);
  const { route, params } = findRoute(request.method ?? "GET", path);
  const query = new URLSearchParams(queryText);
  checkQuery(
    query,
    route.query.map((parameter) => parameter.name),
  );
  const lastEventId = request.headers["last-event-id"];
  return {
    route,
    call: {
      params,
      query,
      body: await readBody(request),
      wantsStream: route.stream !== undefined && (request.headers.accept ?? "").includes("text/event-stream"),
      lastEventId: typeof lastEventId === "string" ? lastEventId : undefined,
    },
  };
}

/** The route of a path and its parameters. @throws {LocumError} when there is none, or none with this method. */
export function findRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } {
  const matching = ROUTES.filter((route) => matchPath(route.path, path) !== undefined);
  const route = matching.find((each) => each.method === method);
  if (route !== undefined) return { route, params: known(matchPath(route.path, path), "the route was found by it") };
  if (matching.length === 0)
    throw problem("no-such-path", `There is no ${path}`, "GET /v1/openapi.json lists the paths");
  const methods = matching.map((each) => each.method).join(", ");
  throw problem("method-not-allowed", `${path} takes ${methods}, not ${method}`);
}

/** The parameters of a path that has the pattern's shape; undefined when it hasn't. */
function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = decode(given[index] ?? "");
    if (text === undefined) return undefined;
    if (part.startsWith("{")) params[part.slice(1, -1)] = text;
    else if (part !== text) return undefined;
  }
  return params;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
