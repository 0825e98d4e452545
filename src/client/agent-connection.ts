import { existsSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { describeError, LocumError } from "../base/locum-error.js";
import type { ProblemDocument } from "../model/status-document-problem.js";
import { EventParser, type ReceivedEvent } from "./server-sent-events.js";

/** One request to the agent. */
export interface AgentRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly body?: unknown;
  /** How long the agent may take to begin its answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The last event of a stream that was read before; it goes on after that. */
  readonly lastEventId?: string | undefined;
}

/** The largest answer that is taken. */
const ANSWER_BYTES_MAX = 67_108_864;

/** Asks the agent and reads the whole answer as text. @throws {LocumError} when it does not answer, or says no. */
export async function askAgent(socketPath: string, asked: AgentRequest): Promise<string> {
  const response = await open(socketPath, asked, "application/json");
  return readWhole(response, socketPath);
}

/** Opens a stream of the agent. It ends when the caller stops reading or the signal fires. @throws {LocumError} */
export async function* streamFromAgent(socketPath: string, asked: AgentRequest): AsyncGenerator<ReceivedEvent> {
  const response = await open(socketPath, asked, "text/event-stream");
  const parser = new EventParser();
  response.setEncoding("utf8");
  try {
    for await (const piece of response) yield* parser.take(piece as string);
  } catch (error) {
    if (asked.signal?.aborted === true) return;
    throw error instanceof LocumError ? error : connectionLost(socketPath, error);
  } finally {
    response.destroy();
  }
  if (asked.signal?.aborted !== true) throw connectionLost(socketPath, undefined);
}

function open(socketPath: string, asked: AgentRequest, accept: string): Promise<IncomingMessage> {
  const { method, query, body, signal } = asked;
  const path = query === undefined || query.size === 0 ? asked.path : `${asked.path}?${query.toString()}`;
  const headers = { accept, ...(asked.lastEventId === undefined ? {} : { "last-event-id": asked.lastEventId }) };
  const options = { socketPath, method, path, headers, agent: false, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      outgoing.setTimeout(0);
      if (response.statusCode === 200) resolve(response);
      else void refusal(response, socketPath).then(reject, reject);
    });
    outgoing.setTimeout(asked.timeoutMs, () => outgoing.destroy(timedOut(socketPath, asked.timeoutMs)));
    outgoing.on("error", (error) => reject(error instanceof LocumError ? error : unreachable(socketPath, error)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readWhole(response: IncomingMessage, socketPath: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      if (size > ANSWER_BYTES_MAX)
        throw new LocumError({ code: "bad-answer", message: "The agent's answer is too long" });
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw error instanceof LocumError ? error : connectionLost(socketPath, error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What the agent says when it says no. */
async function refusal(response: IncomingMessage, socketPath: string): Promise<LocumError> {
  const text = await readWhole(response, socketPath);
  const { code, message, advice } = parseAnswer<Partial<ProblemDocument>>(text);
  if (typeof code !== "string" || typeof message !== "string") {
    return new LocumError({
      code: "bad-answer",
      message: `The agent answered ${response.statusCode} without a reason`,
    });
  }
  return new LocumError({ code, message, ...(typeof advice === "string" ? { advice } : {}) });
}

/** An answer as a value; the agent is trusted to send the document that its route promises. @throws {LocumError} */
export function parseAnswer<Document>(text: string): Document {
  try {
    return JSON.parse(text) as Document;
  } catch (cause) {
    throw new LocumError({ code: "bad-answer", message: "The agent's answer is not JSON" }, cause);
  }
}

/** The one code for "no agent answers here", whatever the reason. */
export const AGENT_UNREACHABLE = "agent-unreachable";

/** That of an agent that does not begin yet. */
export const AGENT_STARTING = "starting";

/** Where `locum install` puts the agent's unit. */
const UNIT = "/etc/systemd/system/locum.service";

const startCommand = (): string => (existsSync(UNIT) ? "systemctl start locum" : "locum agent");

const ADVICE: Readonly<Record<string, () => string>> = {
  ENOENT: () => `Is the agent running? Start it with \`${startCommand()}\`, or name its socket with --socket`,
  ECONNREFUSED: () => `The agent that made this socket is gone: start it again with \`${startCommand()}\``,
  EACCES: () => "Only root and the socket's group may ask: try as root",
};

function unreachable(path: string, cause: NodeJS.ErrnoException): LocumError {
  const advice = ADVICE[cause.code ?? ""]?.() ?? "Is the agent running, and is this its socket?";
  const why = cause.code === "ENOENT" ? "there is no such socket" : describeError(cause);
  const message = `No agent answers on ${path}: ${why}`;
  return new LocumError({ code: AGENT_UNREACHABLE, message, advice, fields: { path } }, cause);
}

const connectionLost = (path: string, cause: unknown): LocumError =>
  new LocumError(
    {
      code: AGENT_UNREACHABLE,
      message: `The agent on ${path} closed the connection`,
      advice: "It may have been stopped or restarted",
      fields: { path },
    },
    cause,
  );

const timedOut = (path: string, timeoutMs: number): LocumError =>
  new LocumError({
    code: AGENT_UNREACHABLE,
    message: `No answer on ${path} within ${timeoutMs} ms`,
    advice: "The agent holds its socket but does not answer: its log may say why",
    fields: { path, timeoutMs },
  });
