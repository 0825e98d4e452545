import type { TcpConnection } from "../model/kernel.js";
import type { ServiceName } from "../model/names.js";
import type { NodeInput } from "../model/node-io.js";

/** A reading is followed by a pause of so many times its length: decisions come first, whatever there is to read. */
const PAUSE_FACTOR = 49;

export interface ConnectionReaderParts {
  /** Takes as long as the kernel has connections, and walks them all for each service. */
  readonly read: (addresses: readonly string[]) => readonly TcpConnection[];
  readonly onInput: (input: NodeInput) => void;
  /** Milliseconds, to measure a reading. */
  readonly clock: () => number;
}

/** Reads who is connected to the services, one service after the other, in a fiftieth of the agent's time at most. */
export class ConnectionReader {
  readonly #parts: ConnectionReaderParts;
  /** In the order of asking; one entry for each service. */
  readonly #wanted = new Map<ServiceName, readonly string[]>();
  #turn: NodeJS.Timeout | undefined;

  constructor(parts: ConnectionReaderParts) {
    this.#parts = parts;
  }

  /** Answered by an input, sooner or later. */
  read(service: ServiceName, addresses: readonly string[]): void {
    this.#wanted.set(service, addresses);
    this.#turn ??= setTimeout(() => this.#readNext(), 0).unref();
  }

  close(): void {
    clearTimeout(this.#turn);
    this.#wanted.clear();
  }

  #readNext(): void {
    const { clock, read, onInput } = this.#parts;
    this.#turn = undefined;
    const [next] = this.#wanted;
    if (next === undefined) return;
    const [service, addresses] = next;
    this.#wanted.delete(service);
    const begun = clock();
    const connections = read(addresses);
    this.#turn = setTimeout(() => this.#readNext(), (clock() - begun) * PAUSE_FACTOR).unref();
    onInput({ kind: "connections-read", service, connections });
  }
}
