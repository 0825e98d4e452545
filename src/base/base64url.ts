/** Base64url without padding (RFC 4648 section 5), for the layers that have no Buffer. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function encodeBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(index, index + 3);
    const signs = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    const used = Math.min(bytes.length - index, 3) + 1;
    text += signs
      .slice(0, used)
      .map((value) => ALPHABET.charAt(value))
      .join("");
  }
  return text;
}

/** Undefined for what {@link encodeBase64url} never writes: other signs, padding, spare bits that are not 0. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let pending = 0;
  let bits = 0;
  let length = 0;
  for (const sign of text) {
    const value = ALPHABET.indexOf(sign);
    if (value < 0) return undefined;
    pending = ((pending << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = (pending >> bits) & 0xff;
    length += 1;
  }
  const spare = pending & ((1 << bits) - 1);
  return bits === 6 || spare !== 0 ? undefined : bytes;
}
