/** What a piece of text means; the terminal decides how that looks. */
export type Tone = "good" | "warn" | "bad" | "dim" | "strong";

export type Paint = (tone: Tone | undefined, text: string) => string;

const CODES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
};

const inColour: Paint = (tone, text) => {
  if (tone === undefined || text === "") return text;
  const [on, off] = CODES[tone];
  return `\u001B[${on}m${text}\u001B[${off}m`;
};

export const plain: Paint = (_tone, text) => text;

/** Whether it is a terminal that obeys: one that can be coloured, cleared and written over. */
export const isScreen = (stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && environment["TERM"] !== "dumb";

/** Colours on a terminal that has them, unless the user wants none (NO_COLOR). */
export function paintFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Paint {
  const isWanted = (environment["NO_COLOR"] ?? "") === "";
  return isWanted && isScreen(stream, environment) ? inColour : plain;
}

/** Text from elsewhere without anything that a terminal would obey. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
