import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { AgentPort } from "./agent-port.js";
import { ChangeFeed } from "./change-feed.js";
import { Door, type DoorLimits } from "./door.js";
import { NoteCounter } from "./note-counter.js";
import type { ApiParts, ProgramCaller } from "./route.js";
import { listenOnSocket } from "./socket.js";

const OPERATORS: DoorLimits = { connections: 128, streams: 96 };
/** One program must not keep the agent from its work, nor others out. */
const PROGRAM: DoorLimits = { connections: 16, streams: 8, requests: { atOnce: 50, perSecond: 20 } };

/** Anybody may come by, to reach a socket whose name is known. */
const DIRECTORY_MODE = 0o711;
/** The owner alone may connect: whoever that is speaks for the program. */
const PROGRAM_SOCKET_MODE = 0o600;

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

/** The agent's HTTP server: one door for operators, and one for each program that runs. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #parts: ApiParts;
  readonly #main: Door;
  readonly #programs = new Map<string, Door>();

  constructor(options: ApiServerOptions) {
    const { port, onError } = options;
    this.#options = options;
    this.#parts = { port, changes: new ChangeFeed(port), notes: new NoteCounter(port) };
    this.#main = new Door({ parts: this.#parts, limits: OPERATORS, onError });
  }

  listen(): Promise<void> {
    return listenOnSocket(this.#main.http, this.#options.socketPath);
  }

  /**
   * Lets a program in by a socket of its own, which is there when this returns. Its owner is this process's user; who gives it
   * to another lets that one speak for the program. A program without a door runs all the same.
   */
  openDoor(path: string, caller: ProgramCaller): void {
    const { onError } = this.#options;
    const door = new Door({ parts: this.#parts, limits: PROGRAM, caller, onError });
    door.http.on("error", onError);
    try {
      mkdirSync(dirname(path), { recursive: true });
      chmodSync(dirname(path), DIRECTORY_MODE);
      door.http.listen(path);
      chmodSync(path, PROGRAM_SOCKET_MODE);
      this.#programs.set(path, door);
    } catch (error) {
      onError(error);
      void door.close();
    }
  }

  closeDoor(path: string): void {
    void this.#programs.get(path)?.close();
    this.#programs.delete(path);
  }

  /** Ends all streams and connections, and removes the sockets. */
  async close(): Promise<void> {
    this.#parts.notes.stop();
    await Promise.all([this.#main, ...this.#programs.values()].map((door) => door.close()));
  }
}
