import { LocumError } from "../base/locum-error.js";

/** One event of a stream, as it came. */
export interface ReceivedEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** The longest event that is taken; a whole status of a large cluster fits many times. */
const EVENT_CHARS_MAX = 16_777_216;

/** Cuts the text of a stream of server-sent events into events. The text may come in pieces of any size. */
export class EventParser {
  #rest = "";

  /** The events that this piece completes. @throws {LocumError} when one never ends. */
  take(piece: string): readonly ReceivedEvent[] {
    const blocks = (this.#rest + piece).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    if (this.#rest.length > EVENT_CHARS_MAX) {
      throw new LocumError({ code: "bad-answer", message: "The agent sent an event without an end" });
    }
    return blocks.flatMap(parseBlock);
  }
}

/** A block of comments only is no event. */
function parseBlock(block: string): readonly ReceivedEvent[] {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, key, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) fields.set(key, value);
  }
  const data = fields.get("data");
  return data === undefined ? [] : [{ event: fields.get("event") ?? "message", data, id: fields.get("id") }];
}
