/*
 * The peer stream carries frames: the length of what follows in 4 bytes, most significant first, then one JSON text in
 * UTF-8.
 *
 *   0          4            4+n        8+n
 *   | length n | JSON (n)   | length   | …
 */

const HEADER = 4;

/** A frame is at most so long: room for the clients of a busy service. */
export const FRAME_MAX: number = 4 * 2 ** 20;

/** A frame around a text; undefined when the text is too long for one. */
export function encodeFrame(text: Uint8Array): Uint8Array | undefined {
  if (text.length > FRAME_MAX) return undefined;
  const frame = new Uint8Array(HEADER + text.length);
  new DataView(frame.buffer).setUint32(0, text.length);
  frame.set(text, HEADER);
  return frame;
}

/** Cuts a stream of bytes into the texts of its frames. Holds what came of one frame, whatever length it announces. */
export class FrameReader {
  #room: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#room.buffer);
  #filled = 0;
  #broken = false;

  /** The texts that are now complete; undefined when this is no such stream: nothing that follows has a meaning. */
  push(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    if (this.#broken) return undefined;
    this.#append(bytes);
    const texts: Uint8Array[] = [];
    let at = 0;
    while (this.#filled - at >= HEADER) {
      const length = this.#view.getUint32(at);
      this.#broken = length > FRAME_MAX;
      if (this.#broken) return undefined;
      if (this.#filled - at - HEADER < length) break;
      texts.push(this.#room.slice(at + HEADER, at + HEADER + length));
      at += HEADER + length;
    }
    this.#room.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    return texts;
  }

  /** Room grows by doubling, so that a frame that comes in small pieces is not copied again for each. */
  #append(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length;
    if (needed > this.#room.length) {
      const larger = new Uint8Array(Math.max(needed, this.#room.length * 2));
      larger.set(this.#room.subarray(0, this.#filled));
      this.#room = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#room.set(bytes, this.#filled);
    this.#filled = needed;
  }
}
