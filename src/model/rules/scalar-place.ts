/** Where in a file a character of a text stands that YAML may have quoted, folded or indented. */

/**
 * The offset in the file of the character at `offset` of the value that `source` was read as. What YAML adds or takes
 * away is white space, a header and quotes: the characters between are the same, in the same order.
 */
export function placeInScalar(source: string, value: string, offset: number): number {
  const wanted = countInk(value.slice(0, offset));
  let at = headerOf(source);
  for (let seen = 0; at < source.length; at += 1) {
    if (isBlank(source[at])) continue;
    if (seen === wanted) return at;
    at += isEscape(source, at) ? 1 : 0;
    seen += 1;
  }
  return source.length;
}

const isBlank = (character: string | undefined): boolean => character === undefined || /\s/.test(character);

const countInk = (text: string): number => text.replaceAll(/\s/g, "").length;

/** The quote, or the line that begins a block. */
function headerOf(source: string): number {
  const [first = ""] = source;
  if (first === '"' || first === "'") return 1;
  return first === "|" || first === ">" ? source.indexOf("\n") + 1 : 0;
}

/** Two characters that stand for one. */
function isEscape(source: string, at: number): boolean {
  if (source.startsWith('"')) return source[at] === "\\";
  return source.startsWith("'") && source[at] === "'" && source[at + 1] === "'";
}
