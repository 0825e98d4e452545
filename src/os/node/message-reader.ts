import { FrameReader } from "../../wire/peer-frame.js";
import { type ParsedMessage, parsePeerMessage } from "../../wire/peer-message.js";

/** Makes peer messages of the bytes of a stream. */
export class MessageReader {
  readonly #frames = new FrameReader();
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  /** The messages that are now complete; undefined when this is no stream of frames. */
  push(bytes: Uint8Array): readonly ParsedMessage[] | undefined {
    return this.#frames.push(bytes)?.map((text) => this.#parse(text));
  }

  #parse(text: Uint8Array): ParsedMessage {
    try {
      return parsePeerMessage(JSON.parse(this.#decoder.decode(text)));
    } catch {
      return { kind: "malformed" };
    }
  }
}
