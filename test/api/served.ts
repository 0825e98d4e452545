import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ProgramCaller } from "../../src/api/route.js";
import { startApiServer } from "../../src/api/server.js";
import { MemoryAgent } from "./memory-agent.js";

/** Serves an agent in memory on a socket of its own until the test ends. */
export async function serve(t: TestContext, agent: MemoryAgent = MemoryAgent.withHistory()): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), "locum-api-"));
  const socketPath = join(directory, "agent.sock");
  const errors: unknown[] = [];
  const server = await startApiServer({ socketPath, port: agent, onError: (error) => errors.push(error) });
  t.after(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });
  const openDoor = (caller: ProgramCaller): string => {
    const path = join(directory, "doors", String(caller.run));
    server.openDoor(path, caller);
    return path;
  };
  return {
    agent,
    socketPath,
    errors,
    openDoor,
    closeDoor: (path) => server.closeDoor(path),
    close: () => server.close(),
  };
}

export interface Served {
  readonly agent: MemoryAgent;
  readonly socketPath: string;
  /** What the server could not answer for. */
  readonly errors: readonly unknown[];
  /** Lets a program in. @returns its socket */
  readonly openDoor: (caller: ProgramCaller) => string;
  readonly closeDoor: (path: string) => void;
  readonly close: () => Promise<void>;
}

export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** One request as any HTTP client would make it. */
export function ask(
  socketPath: string,
  path: string,
  options: { readonly method?: string; readonly body?: string; readonly headers?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const { method = "GET", body, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"] ?? "",
          body: text,
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
