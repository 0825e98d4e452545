import { existsSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { describeError } from "../../base/locum-error.js";
import { LineBuffer } from "../line-buffer.js";
import { type HostOrder, keeperSocket, PROGRAM_LINE_MAX } from "./program-protocol.js";

/** An agent says hello at once. */
const HELLO_MS_MAX = 2_000;
const CALLERS_MAX = 4;
/** Nobody but the user of the host, who is that of its agents. */
const UMASK = 0o177;

export type Hello = Extract<HostOrder, { readonly kind: "hello" }>;

/** The socket by which the next agent finds a program host that outlives the one before. */
export class AgentEntrance {
  readonly #path: string;
  readonly #onHello: (channel: Socket, hello: Hello) => void;
  #server: Server | undefined;

  /** @param onHello the connection is handed over: nothing of it is read here any more. */
  constructor(socketPath: string, onHello: (channel: Socket, hello: Hello) => void) {
    this.#path = keeperSocket(socketPath);
    this.#onHello = onHello;
  }

  /** @param onProblem what is wrong with it, now or later. */
  open(onProblem: (problem: string) => void): void {
    if (this.#server !== undefined) return;
    const server = createServer((channel) => this.#receive(channel));
    server.maxConnections = CALLERS_MAX;
    server.on("error", (error) => onProblem(describeError(error)));
    try {
      this.#listen(server);
    } catch (error) {
      onProblem(describeError(error));
    }
  }

  #listen(server: Server): void {
    rmSync(this.#path, { force: true });
    this.#server = server;
    // Whoever could connect before its mode was changed could order what root runs.
    const umask = process.umask(UMASK);
    server.listen(this.#path);
    process.umask(umask);
  }

  /** Whether an agent would find it. */
  get isThere(): boolean {
    return existsSync(this.#path);
  }

  /** Nobody comes in any more; who came in stays. */
  close(): void {
    if (this.#server === undefined) return;
    this.#server.close();
    this.#server = undefined;
    rmSync(this.#path, { force: true });
  }

  #receive(channel: Socket): void {
    const lines = new LineBuffer(PROGRAM_LINE_MAX);
    const late = setTimeout(() => channel.destroy(), HELLO_MS_MAX);
    channel.on("error", () => channel.destroy());
    channel.on("close", () => clearTimeout(late));
    channel.on("data", (bytes: Buffer) => {
      const [first] = lines.push(bytes);
      if (first === undefined) return;
      clearTimeout(late);
      channel.removeAllListeners("data");
      const hello = helloIn(first);
      // It says no more before it has its answer.
      if (hello === undefined) channel.destroy();
      else this.#onHello(channel, hello);
    });
  }
}

/** Of an agent of whatever version. */
function helloIn(line: string): Hello | undefined {
  try {
    const said = JSON.parse(line) as Partial<Hello> | null;
    const { kind, protocol, agent } = said ?? {};
    if (kind !== "hello" || typeof protocol !== "number" || typeof agent !== "number") return undefined;
    return { kind, protocol, agent };
  } catch {
    return undefined;
  }
}
