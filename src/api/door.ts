import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Allowance, type Rate } from "../base/allowance.js";
import { instant } from "../base/time.js";
import type { ProblemDocument } from "../model/status-document-problem.js";
import { EventStream } from "./event-stream.js";
import { problem, problemAnswer } from "./problem.js";
import { checkQuery, readBody } from "./request.js";
import type { Answer, ApiParts, Call, ProgramCaller, Route } from "./route.js";
import { findRoute } from "./routes.js";

const HEADER_BYTES_MAX = 8_192;
const REQUEST_MS_MAX = 10_000;
/** Where requests are limited, an answer counts as one more for each so many characters: all of it is made in one go. */
const CHARACTERS_PER_REQUEST = 65_536;

export interface DoorLimits {
  readonly connections: number;
  /** At one time; fewer than connections, so that streams alone keep nobody out. */
  readonly streams: number;
  /** Undefined: as often as one likes. */
  readonly requests?: Rate;
}

export interface DoorOptions {
  readonly parts: ApiParts;
  readonly limits: DoorLimits;
  /** The program that all who come in by this door speak for; undefined: an operator. */
  readonly caller?: ProgramCaller;
  /** Told of errors that no request may cause; the client got `internal`. */
  readonly onError: (error: unknown) => void;
}

/** One socket of the API and who may do what by it: finds the route, calls its handler, writes the answer. */
export class Door {
  readonly http: Server;
  readonly #options: DoorOptions;
  readonly #requests: Allowance | undefined;
  readonly #streams = new Set<EventStream>();

  constructor(options: DoorOptions) {
    const { requests, connections } = options.limits;
    this.#options = options;
    this.#requests = requests === undefined ? undefined : new Allowance(requests);
    this.http = createServer(
      { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX },
      (request, response) => void this.#serve(request, response),
    );
    this.http.maxConnections = connections;
  }

  /** Ends all streams and connections, and removes the socket. */
  async close(): Promise<void> {
    for (const stream of this.#streams) stream.end();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#requests?.take(instant(performance.now() * 1_000)) === false)
        throw problem("too-many-requests", "That was asked too often", "Wait a moment");
      const { route, call } = await takeApart(request, this.#options.caller);
      this.#answer(response, await route.handle(call, this.#options.parts));
    } catch (error) {
      if (response.destroyed) return;
      const answer = problemAnswer(error);
      if (answer === undefined) this.#options.onError(error);
      const { status, body } = answer ?? INTERNAL;
      this.#writeJson(response, status, body);
    }
  }

  #answer(response: ServerResponse, answer: Answer): void {
    if (response.destroyed) return;
    if (answer.kind === "stream") this.#stream(response, answer.start);
    else if (answer.kind === "json") this.#writeJson(response, 200, answer.body);
    else response.writeHead(200, { "content-type": answer.contentType }).end(answer.body);
  }

  #writeJson(response: ServerResponse, status: number, body: unknown): void {
    const text = `${JSON.stringify(body)}\n`;
    this.#requests?.charge(Math.floor(text.length / CHARACTERS_PER_REQUEST));
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  }

  #stream(response: ServerResponse, start: (stream: EventStream) => () => void): void {
    const { streams: max } = this.#options.limits;
    if (this.#streams.size >= max) {
      throw problem("too-many-streams", `${max} streams are open already`, "Close some and try again");
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

async function takeApart(
  request: IncomingMessage,
  caller: ProgramCaller | undefined,
): Promise<{ readonly route: Route; readonly call: Call }> {
  const [path = "/", queryText = ""] = (request.url ?? "/").split("?", 2);
  const { route, params } = findRoute(request.method ?? "GET", path);
  checkAccess(route, caller);
  const query = new URLSearchParams(queryText);
  checkQuery(
    query,
    route.query.map((parameter) => parameter.name),
  );
  const lastEventId = request.headers["last-event-id"];
  const call: Call = {
    params,
    query,
    body: await readBody(request),
    wantsStream: route.stream !== undefined && (request.headers.accept ?? "").includes("text/event-stream"),
    lastEventId: typeof lastEventId === "string" ? lastEventId : undefined,
    caller,
  };
  return { route, call };
}

/** A program reads what there is to know, and speaks for itself and its service alone. */
function checkAccess({ access }: Route, caller: ProgramCaller | undefined): void {
  if (access === "all" || access === (caller === undefined ? "operator" : "program")) return;
  if (caller === undefined) {
    throw problem("forbidden", "Only a program of a service may ask that", "It finds its own socket in LOCUM_SOCKET");
  }
  throw problem(
    "forbidden",
    `${caller.program} of ${caller.service} may not ask that`,
    "A program may read, report on itself, and ask for a move of its service: see docs/applications.md",
  );
}
