/**
 * What a person most likely mistyped where the text is no YAML. A parser tells where it could not go on, which is often
 * lines later and in its own terms; this looks for the first slip of the pen that explains it, in the kind of YAML that
 * cluster files are written in. It is asked only when the parser has refused the text, so it may take for a slip what
 * YAML allows and nobody writes here, such as quotes over several lines.
 */
import { clip } from "./clip.js";

/** A slip, where it is, and what to do about it. */
export interface YamlSlip {
  readonly offset: number;
  readonly message: string;
  readonly advice: string;
}

/** The first slip of a text; undefined when it has none that is known here. */
export function firstSlip(text: string): YamlSlip | undefined {
  const scan = new SlipScan();
  let start = 0;
  for (const line of text.split("\n")) {
    const slip = scan.line(line.trimEnd(), start);
    if (slip !== undefined) return slip;
    start += line.length + 1;
  }
  return scan.end();
}

/** What may come next: a value, or what parts it from the next one. */
type Expecting = "value" | "separator";

interface Bracket {
  readonly sign: string;
  readonly offset: number;
  readonly line: number;
  /** How far its line is indented. */
  readonly indent: number;
  /** Whether the present entry has had its colon. */
  hasColon: boolean;
}

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}" };
/** A name, then its colon, as every line outside of brackets begins. */
const KEY = /^(?:"[^"]*"|'[^']*'|[^\s"'[\]{},#:-][^"'[\]{},#:]*):(?=\s|$)/;
const KEY_WITHOUT_SPACE = /^([\w.-]+):(?=[^\s:])/;
const WORD = /^[\w.-]+/;
const DASHES = /^(?:- +)*/;

/**
 * What is wrong with the indentation of the line at an offset, said by comparison with the line above it; for a text
 * whose parser says that it is the indentation.
 */
export function indentationSlip(text: string, offset: number): YamlSlip {
  const lines = text.slice(0, offset).split("\n");
  const above = lines.findLastIndex((line, index) => index < lines.length - 1 && /^\s*[^\s#]/.test(line));
  const start = offset - (lines.at(-1) ?? "").length;
  const indent = indentOf(text.slice(start, start + INDENT_SHOWN));
  const other = above < 0 ? "" : `, line ${above + 1} above by ${indentOf(lines[above] ?? "")}`;
  return {
    offset: start + indent,
    message: `The line is indented by ${indent} ${indent === 1 ? "space" : "spaces"}${other}, which fits no map there`,
    advice: "Indent the keys of one map alike",
  };
}

const INDENT_SHOWN = 100;
const indentOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0;

class SlipScan {
  readonly #open: Bracket[] = [];
  #expecting: Expecting = "value";
  #line = 0;
  #indent = 0;
  /** The line with the rest of its place: what stands at an index is at the offset `#start + index`. */
  #text = "";
  #start = 0;

  line(text: string, start: number): YamlSlip | undefined {
    this.#line += 1;
    this.#text = text;
    this.#start = start;
    const indented = text.trimStart();
    if (indented === "" || indented.startsWith("#")) return undefined;
    const indent = text.length - indented.length;
    if (this.#open.length > 0) return this.#leftOpen(indented, indent) ?? this.#values(indent);
    this.#indent = indent;
    return this.#blockLine(indented, indent);
  }

  /** Whatever is open at the end stays so. */
  end(): YamlSlip | undefined {
    return this.#unclosed();
  }

  #blockLine(indented: string, indent: number): YamlSlip | undefined {
    const tab = this.#text.slice(0, indent).indexOf("\t");
    if (tab >= 0) return this.#slip(tab, "The line is indented with a tab", "Indent with spaces");
    if (/^(?:---|\.\.\.|%)/.test(indented)) return undefined;
    const dashes = DASHES.exec(indented)?.[0].length ?? 0;
    const entry = indented.slice(dashes);
    const key = KEY.exec(entry)?.[0].length;
    if (/^-[^\s-]/.test(entry)) return this.#slip(indent + dashes, "There is no space after the dash", "Write `- `");
    if (key === undefined && dashes === 0 && WORD.test(entry)) return this.#noKey(entry, indent);
    this.#expecting = "value";
    return this.#values(indent + dashes + (key ?? 0));
  }

  /** A line begins with a word that is no key: something is missing at the colon. */
  #noKey(entry: string, at: number): YamlSlip {
    const close = KEY_WITHOUT_SPACE.exec(entry)?.[1];
    if (close !== undefined) return this.#noSpace(close, at + close.length + 1);
    const word = WORD.exec(entry)?.[0] ?? "";
    const rest = entry.slice(word.length).replace(/^\s*[=:]?\s*/, "");
    const meant = rest === "" ? `${word}:` : `${word}: ${rest}`;
    return this.#slip(at + word.length, `There is no colon after "${clip(word)}"`, `Write \`${clip(meant)}\``);
  }

  #noSpace(key: string, at: number): YamlSlip {
    return this.#slip(
      at,
      `There is no space after the colon of "${clip(key)}"`,
      `Write \`${clip(key)}: \` with a space`,
    );
  }

  /** A key that is indented no further than the line of the first open bracket belongs to another map. */
  #leftOpen(indented: string, indent: number): YamlSlip | undefined {
    const outermost = this.#open[0];
    if (outermost === undefined || indent > outermost.indent) return undefined;
    return KEY.test(indented) || KEY_WITHOUT_SPACE.test(indented) ? this.#unclosed() : undefined;
  }

  #unclosed(): YamlSlip | undefined {
    const innermost = this.#open.at(-1);
    if (innermost === undefined) return undefined;
    const missing = this.#open.toReversed().map(({ sign }) => CLOSING[sign]);
    const what = innermost.sign === "[" ? "list" : "map";
    return {
      offset: innermost.offset,
      message: `The \`${innermost.sign}\` that begins this ${what} is never closed`,
      advice: `Write \`${clip(missing.join(" "))}\` at its end`,
    };
  }

  /** Goes through the rest of the line, value by value. */
  #values(from: number): YamlSlip | undefined {
    let at = from;
    while (at < this.#text.length) {
      const sign = this.#text[at] ?? "";
      if (sign === "#" && (at === 0 || isBlank(this.#text[at - 1]))) return undefined;
      const next = isBlank(sign) ? at + 1 : this.#value(sign, at);
      if (typeof next !== "number") return next;
      at = next;
    }
    return undefined;
  }

  /** The index behind what begins here, or the slip in it. */
  #value(sign: string, at: number): number | YamlSlip {
    const isFlow = this.#open.length > 0;
    if (isFlow && sign === ",") return this.#nextEntry(at);
    if (isFlow && sign === ":" && this.#isColon(at)) return this.#colon(at);
    if ((sign === "]" || sign === "}") && (isFlow || this.#expecting === "separator")) return this.#close(sign, at);
    if (this.#expecting === "separator") return this.#noSeparator(at);
    if (CLOSING[sign] !== undefined) return this.#openBracket(sign, at);
    if (sign === '"' || sign === "'") return this.#quoted(sign, at);
    return isFlow ? this.#plain(at) : this.#plainInBlock(at);
  }

  /** As in `a: b` or `"a":b`, and not as in `::1`. */
  #isColon(at: number): boolean {
    return this.#expecting === "separator" || /[\s,[\]{}]/.test(this.#text[at + 1] ?? " ");
  }

  #openBracket(sign: string, at: number): number {
    const offset = this.#start + at;
    this.#open.push({ sign, offset, line: this.#line, indent: this.#indent, hasColon: false });
    this.#expecting = "value";
    return at + 1;
  }

  #nextEntry(at: number): number {
    const innermost = this.#open.at(-1);
    if (innermost !== undefined) innermost.hasColon = false;
    this.#expecting = "value";
    return at + 1;
  }

  #colon(at: number): number {
    const innermost = this.#open.at(-1);
    if (innermost !== undefined) innermost.hasColon = true;
    this.#expecting = "value";
    return at + 1;
  }

  #close(sign: string, at: number): number | YamlSlip {
    const innermost = this.#open.pop();
    if (innermost === undefined) return this.#slip(at, `This \`${sign}\` closes nothing`, "Remove it");
    const closing = CLOSING[innermost.sign] ?? "";
    this.#expecting = "separator";
    if (sign === closing) return at + 1;
    const opened = `The \`${innermost.sign}\` of line ${innermost.line}`;
    return this.#slip(at, `${opened} is closed by a \`${sign}\``, `Write \`${closing}\` here, or before`);
  }

  #noSeparator(at: number): YamlSlip {
    const word = /^[^\s,:[\]{}]+|^./.exec(this.#text.slice(at))?.[0] ?? "";
    const innermost = this.#open.at(-1);
    const sign = this.#text[at] ?? "";
    // An index, as conditions have them.
    if (innermost !== undefined && CLOSING[sign] !== undefined && /\w/.test(this.#text[at - 1] ?? ""))
      return this.#endedAt(sign, at, innermost);
    if (innermost === undefined) {
      const advice = "Remove it, or put the whole value in quotes";
      return this.#slip(at, `The value has ended before "${clip(word)}"`, advice);
    }
    if (innermost.sign === "[" || innermost.hasColon) return this.#noComma(at, word);
    const advice = "Write a colon and a space between a key and its value";
    return this.#slip(at, `There is no colon before "${clip(word)}"`, advice);
  }

  #endedAt(sign: string, at: number, { sign: opening }: Bracket): YamlSlip {
    const message = `Within \`${opening}\` and \`${CLOSING[opening]}\`, a \`${sign}\` ends a value that has no quotes`;
    return this.#slip(at, message, "Put the whole value in quotes, or write it on a line of its own");
  }

  #noComma(at: number, word: string): YamlSlip {
    return this.#slip(at, `There is no comma before "${clip(word)}"`, "Write a comma between two entries");
  }

  #quoted(sign: string, at: number): number | YamlSlip {
    const end = endOfQuoted(this.#text, at);
    if (end === undefined) {
      const advice = `Write \`${sign}\` at the end of the text as well, or leave both out: names and addresses need none`;
      return this.#slip(at, `The quote that begins with this \`${sign}\` does not end on its line`, advice);
    }
    this.#expecting = "separator";
    return end;
  }

  /** A plain value inside brackets goes up to the next sign that means something there. */
  #plain(at: number): number | YamlSlip {
    const innermost = this.#open.at(-1);
    const rest = this.#text.slice(at);
    const length = /[,[\]{}]|:(?=[\s,[\]{}]|$)|\s#/.exec(rest)?.index ?? rest.length;
    const end = at + Math.max(length, 1);
    const value = rest.slice(0, length);
    if (this.#text[end] === "," && innermost?.hasColon === true && isInParentheses(value))
      return this.#endedAt(",", end, innermost);
    if (this.#text[end] === ":" && innermost?.hasColon === true && isInQuotes(value)) {
      const message = "The colon in this value begins another key: quotes within a value do not hold it together";
      const advice = value.includes("'")
        ? "Put the whole value in double quotes, with \\\\ before those within it"
        : "Put the whole value in single quotes";
      return this.#slip(at, message, advice);
    }
    if (this.#text[end] === ":" && innermost?.hasColon === true) {
      const word = at + rest.slice(0, length).lastIndexOf(" ") + 1;
      return this.#noComma(word, this.#text.slice(word, end));
    }
    this.#expecting = "separator";
    return end;
  }

  /** A plain value outside of brackets takes the rest of the line, and has no colon of its own. */
  #plainInBlock(at: number): number | YamlSlip {
    const rest = this.#text.slice(at);
    const comment = rest.search(/\s#/);
    const colon = rest.search(/:(?:\s|$)/);
    if (colon >= 0 && at > this.#indent && (comment < 0 || colon < comment)) {
      const advice =
        "Put what comes after the first on a line of its own, indented further, or put the value in quotes";
      return this.#slip(at + colon, "This is a second colon on one line", advice);
    }
    return this.#text.length;
  }

  #slip(index: number, message: string, advice: string): YamlSlip {
    return { offset: this.#start + index, message, advice };
  }
}

/** Whether the end of a text lies within quotes that began in it. */
function isInQuotes(text: string): boolean {
  const quotes = text.replaceAll(/"[^"]*"|'[^']*'/g, "");
  return /["']/.test(quotes);
}

/** Whether the end of a text lies within parentheses that began in it. */
const isInParentheses = (text: string): boolean => text.split("(").length > text.split(")").length;

const isBlank = (sign: string | undefined): boolean => sign === " " || sign === "\t";

/** The index behind the closing quote on the same line; undefined without one. */
function endOfQuoted(text: string, at: number): number | undefined {
  const quote = text[at];
  for (let index = at + 1; index < text.length; index += 1) {
    if (quote === '"' && text[index] === "\\") index += 1;
    else if (text[index] === quote && quote === "'" && text[index + 1] === quote) index += 1;
    else if (text[index] === quote) return index + 1;
  }
  return undefined;
}
