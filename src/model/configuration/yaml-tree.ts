/**
 * Turns the text of a cluster file into values that know their place. Everything a hostile file could use to cost time
 * or memory is counted before it is spent: depth and aliases are limited on the token level, since composing nodes from
 * deeply nested tokens ends the process.
 */
import {
  type Alias,
  Composer,
  type Document,
  LineCounter,
  type Node,
  Parser,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
} from "yaml";
import { type Result, ok, refused } from "../../base/result.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, type Path, type Place, pathText } from "./located-node.js";
import { type ConfigurationProblem, fileTooLarge } from "./problem.js";
import { gaugeTokens } from "./yaml-gauge.js";

const COMPOSER_OPTIONS = { prettyErrors: false, stringKeys: true, uniqueKeys: false, version: "1.2" } as const;

export interface YamlTree {
  readonly top: LocatedNode;
  /** What is wrong without making the rest unreadable: duplicate keys. */
  readonly problems: readonly ConfigurationProblem[];
}

/** The file's values with their places, or every problem that keeps it from being read at all. */
export function readYaml(text: string): Result<YamlTree, readonly ConfigurationProblem[]> {
  if (text.length > LIMITS.fileBytes) return refused([fileTooLarge()]);
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const placeOf = (offset: number): Place => placeAt(lines, offset);
  const excess = gaugeTokens(tokens, placeOf);
  if (excess !== undefined) return refused([excess]);
  const [document] = new Composer(COMPOSER_OPTIONS).compose(tokens, true, text.length);
  if (document === undefined) return refused([]);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return refused(faults.slice(0, LIMITS.problems).map((fault) => syntaxProblem(fault, placeOf)));
  return new TreeBuilder(document, placeOf).build();
}

/** The value under a key; undefined for a pair without one. */
type ParsedNode = Node | null | undefined;

class TreeBuilder {
  readonly #document: Document;
  readonly #placeOf: (offset: number) => Place;
  readonly #duplicates: ConfigurationProblem[] = [];
  #excess: ConfigurationProblem | undefined;
  #values = 0;

  constructor(document: Document, placeOf: (offset: number) => Place) {
    this.#document = document;
    this.#placeOf = placeOf;
  }

  build(): Result<YamlTree, readonly ConfigurationProblem[]> {
    const start = { line: 1, column: 1 };
    const top = this.#node(this.#document.contents, { path: [], keyAt: start });
    return this.#excess === undefined ? ok({ top, problems: this.#duplicates }) : refused([this.#excess]);
  }

  #node(node: ParsedNode, position: { readonly path: Path; readonly keyAt: Place }): LocatedNode {
    const { path, keyAt } = position;
    const at = node?.range ? this.#placeOf(node.range[0]) : keyAt;
    const base = { at, keyAt: path.length === 0 ? at : keyAt, path };
    this.#values += 1;
    if (this.#values > LIMITS.values || path.length > LIMITS.depth) return this.#exceed(base);
    const target = isAlias(node) ? this.#resolve(node) : node;
    if (isMap<unknown, ParsedNode>(target)) return this.#map(target.items, base);
    if (isSeq<ParsedNode>(target)) return this.#list(target.items, base);
    return { ...base, value: isScalar(target) ? target.value : null, children: new Map() };
  }

  #map(items: readonly { key: unknown; value: ParsedNode | null }[], base: Base): LocatedNode {
    const children = new Map<string, LocatedNode>();
    for (const { key, value } of items) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const path = [...base.path, name];
      const keyAt = key.range ? this.#placeOf(key.range[0]) : base.at;
      const first = children.get(name);
      if (first === undefined) children.set(name, this.#node(value, { path, keyAt }));
      else this.#duplicates.push(duplicateKey(name, path, { first: first.keyAt, again: keyAt }));
    }
    // fromEntries defines properties, so that a key such as __proto__ is a key like any other.
    const value = Object.fromEntries([...children].map(([name, child]) => [name, child.value]));
    return { ...base, value, children };
  }

  #list(items: readonly ParsedNode[], base: Base): LocatedNode {
    const nodes = items.map((item, index) => {
      const path = [...base.path, index];
      return this.#node(item, { path, keyAt: item?.range ? this.#placeOf(item.range[0]) : base.at });
    });
    return { ...base, value: nodes.map((node) => node.value), children: new Map(nodes.entries()) };
  }

  #resolve(alias: Alias): ParsedNode {
    return alias.resolve(this.#document);
  }

  #exceed(base: Base): LocatedNode {
    this.#excess ??= {
      code: "too-many-aliases",
      ...base.at,
      path: pathText(base.path),
      message: `The file unfolds to more than ${LIMITS.values} values or ${LIMITS.depth} levels`,
      advice: "Write the values out instead of repeating them by anchor and alias",
    };
    return { ...base, value: null, children: new Map() };
  }
}

type Base = Pick<LocatedNode, "at" | "keyAt" | "path">;

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The parser's own sentence, which names the fault well enough. */
const syntaxProblem = (fault: YAMLError, placeOf: (offset: number) => Place): ConfigurationProblem => ({
  code: "yaml-syntax",
  ...placeOf(fault.pos[0]),
  path: "",
  message: fault.message,
  advice: SYNTAX_ADVICE[fault.code] ?? "Correct the YAML there; nothing else was checked",
});

const SYNTAX_ADVICE: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "Indent with spaces",
  MULTIPLE_DOCS: "Remove the line `---` or `...` between the parts: the file is one document",
  NON_STRING_KEY: "Put the key in quotes",
  TAG_RESOLVE_FAILED: "Remove the tag that begins with `!`",
  BAD_INDENT: "Align the line with the others of its map or list",
};

function duplicateKey(name: string, path: Path, places: { first: Place; again: Place }): ConfigurationProblem {
  return {
    code: "duplicate-key",
    ...places.again,
    path: pathText(path),
    message: `The key "${name}" is already in this map, on line ${places.first.line}`,
    advice: "Remove one of the two, or give them different names",
  };
}
