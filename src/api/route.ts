import type { ServiceName } from "../model/names.js";
import type { ProgramName } from "../model/program.js";
import type { DocumentName } from "../model/status-document-schema.js";
import type { AgentPort } from "./agent-port.js";
import type { ChangeFeed } from "./change-feed.js";
import type { EventStream } from "./event-stream.js";
import type { NoteCounter } from "./note-counter.js";

/** One path of the API: enough to serve it and to describe it. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With parameters in braces: `/v1/services/{name}/move`. */
  readonly path: string;
  /** Who may ask: operators, by the agent's socket; programs of services, by their own; or both. */
  readonly access: "operator" | "program" | "all";
  readonly summary: string;
  readonly query: readonly QueryParameter[];
  /** The document that must be posted. */
  readonly body?: DocumentName;
  /** The document that comes back; `text` and `openapi` are no documents of ours. */
  readonly answer: DocumentName | "text" | "openapi";
  /** The document of each server-sent event, where the path has a stream. */
  readonly stream?: DocumentName;
  /** Called with every path parameter and only known query parameters. */
  readonly handle: (call: Call, api: ApiParts) => Answer | Promise<Answer>;
}

export interface QueryParameter {
  readonly name: string;
  readonly summary: string;
  readonly repeated?: true;
}

/** One request, taken apart. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly wantsStream: boolean;
  readonly lastEventId: string | undefined;
  /** The program that asks; undefined: an operator. */
  readonly caller: ProgramCaller | undefined;
}

/** A program of a service, as it runs on this node. */
export interface ProgramCaller {
  readonly service: ServiceName;
  readonly program: ProgramName;
  /** What it says counts for this run of it. */
  readonly run: number;
}

export type Answer =
  | { readonly kind: "json"; readonly body: unknown }
  | { readonly kind: "text"; readonly contentType: string; readonly body: string }
  /** `start` is called once the stream is open; what it answers is called when the stream has ended. */
  | { readonly kind: "stream"; readonly start: (stream: EventStream) => () => void };

/** What handlers work with. */
export interface ApiParts {
  readonly port: AgentPort;
  readonly changes: ChangeFeed;
  readonly notes: NoteCounter;
}
