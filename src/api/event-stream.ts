import type { ServerResponse } from "node:http";

/** What may wait for a slow reader; with more it is cut off, and comes back with `Last-Event-ID`. */
export const STREAM_BYTES_MAX: number = 1_048_576;
/** How often a quiet stream shows that it lives, so that both ends notice when it doesn't. */
const KEEPALIVE_MS = 15_000;

export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
  /** Comes back as `Last-Event-ID` when the client connects again. */
  readonly id?: number;
}

/** The sending end of one stream of server-sent events. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #keepalive: NodeJS.Timeout;
  #closed = false;

  /** `onClose` is called once, whoever ends the stream. */
  constructor(response: ServerResponse, onClose: () => void) {
    this.#response = response;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    // A comment at once, so that the client knows that it is connected before anything has happened.
    response.write(": connected\n\n");
    this.#keepalive = setInterval(() => this.#write(": keepalive\n\n"), KEEPALIVE_MS).unref();
    response.on("close", () => {
      this.#closed = true;
      clearInterval(this.#keepalive);
      onClose();
    });
  }

  send({ event, data, id }: ServerSentEvent): void {
    const head = id === undefined ? "" : `id: ${id}\n`;
    this.#write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string): void {
    if (this.#closed) return;
    this.#response.write(text);
    if (this.#response.writableLength > STREAM_BYTES_MAX) this.#response.destroy();
  }
}
