/** Slips of the pen that YAML takes for a part of the word: advice for them, undefined for what is no slip. */
import { clip } from "./clip.js";

/** A key that took its value along, as in `{ a:10.1.1.1 }`. */
export function keySlip(key: string): string | undefined {
  const [, name, value] = /^([\w.-]+):(.+)$/.exec(key) ?? [];
  return name === undefined || value === undefined
    ? undefined
    : `Write a space after the colon: \`${clip(name)}: ${clip(value)}\``;
}

/** A quote too many, or entries without a comma between them. */
export function textSlip(text: string, { isEntry }: { readonly isEntry: boolean }): string | undefined {
  const [begins, ends] = [QUOTE.test(text.slice(0, 1)), QUOTE.test(text.slice(-1))];
  if (begins && ends) return "Remove the quotes, or use the straight ones";
  if (begins || ends) return "Write quotes on both sides, or none";
  const isSeveral = isEntry && /^\S+( \S+)+$/.test(text);
  return isSeveral ? `Write a comma between two entries: \`${clip(text.replaceAll(" ", ", "))}\`` : undefined;
}

const QUOTE = /^["'\u2018-\u201f\u00ab\u00bb]$/;

/** A command in one text, as for a shell: the list that does the same. */
export function commandSlip(text: string): string {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const isForShell = words.some((word) => /[|&;<>$`*?]/.test(word.replaceAll(/"[^"]*"|'[^']*'/g, "")));
  if (isForShell) return `To have a shell read it: \`[/bin/sh, -c, ${clip(JSON.stringify(text))}]\``;
  const list = words.map((word) => plainOrQuoted(word.replaceAll(/["']/g, "")));
  return `Write each word by itself: \`[${clip(list.join(", "))}]\``;
}

/** As YAML reads it as that text within brackets. */
const plainOrQuoted = (word: string): string =>
  /^(?:[/.]|--?[a-z])[\w./=+@-]*$|^(?!true$|false$|null$)[a-z][\w./=+@-]*$/i.test(word) ? word : JSON.stringify(word);
