const WORD_MAX = 60;

/** Text for a message: shortened, and with control characters spelled out, so that it cannot play with a terminal. */
export function clip(text: string, longest: number = WORD_MAX): string {
  const short = text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
