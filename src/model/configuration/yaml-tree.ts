/**
 * Turns the text of a cluster file into values that know their place. Everything a hostile file could use to cost time
 * or memory is counted before it is spent: depth and aliases are limited on the token level, since composing nodes from
 * deeply nested tokens ends the process.
 */
import {
  type Alias,
  Composer,
  type Document,
  type Node,
  Parser,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
} from "yaml";
import { known } from "../../base/assert.js";
import { type Result, ok, refused } from "../../base/result.js";
import { clip } from "./clip.js";
import { LineIndex } from "./line-index.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, type Place, pathText } from "./located-node.js";
import { type ConfigurationProblem, fileTooLarge } from "./problem.js";
import { gaugeTokens } from "./yaml-gauge.js";
import { type YamlSlip, firstSlip, indentationSlip } from "./yaml-slips.js";

const COMPOSER_OPTIONS = { prettyErrors: false, stringKeys: true, uniqueKeys: false, version: "1.2" } as const;

export interface YamlTree {
  readonly top: LocatedNode;
  /** What is wrong with keys without making the rest unreadable. */
  readonly problems: readonly ConfigurationProblem[];
}

/** The file's values with their places, or every problem that keeps it from being read at all. */
export function readYaml(text: string): Result<YamlTree, readonly ConfigurationProblem[]> {
  if (text.length > LIMITS.fileBytes) return refused([fileTooLarge()]);
  const lines = new LineIndex(text);
  const placeOf = (offset: number): Place => lines.placeOf(offset);
  const tokens = [...new Parser().parse(text)];
  const excess = gaugeTokens(tokens, placeOf);
  if (excess !== undefined) return refused([excess]);
  const [document, second] = new Composer(COMPOSER_OPTIONS).compose(tokens, true, text.length);
  const parsed = known(document, "the composer was told to give a document even for an empty text");
  const more = second === undefined ? [] : [anotherDocument(second)];
  const fault = earliest([...parsed.errors, ...parsed.warnings, ...more]);
  if (fault !== undefined) return refused([syntaxProblem(slipOf(fault, text, placeOf), placeOf)]);
  return new TreeBuilder(parsed, placeOf).build();
}

type YamlFault = Pick<YAMLError, "code" | "message" | "pos">;

function anotherDocument({ range }: Document): YamlFault {
  const at = range?.[0] ?? 0;
  return { code: "MULTIPLE_DOCS", message: "A second YAML document begins here", pos: [at, at] };
}

/** The value under a key; undefined for a pair without one. */
type ParsedNode = Node | null | undefined;

class TreeBuilder {
  readonly #document: Document;
  readonly #placeOf: (offset: number) => Place;
  readonly #problems: ConfigurationProblem[] = [];
  /** What makes the file unreadable after all: the first of its kind. */
  #fault: ConfigurationProblem | undefined;
  #values = 0;
  /** At most {@link LIMITS.aliases}, as the gauge has counted them. */
  readonly #targets = new Map<Alias, Node | undefined>();
  /** The outermost alias that is being unfolded. */
  #unfolding: Place | undefined;

  constructor(document: Document, placeOf: (offset: number) => Place) {
    this.#document = document;
    this.#placeOf = placeOf;
  }

  build(): Result<YamlTree, readonly ConfigurationProblem[]> {
    const start = { line: 1, column: 1 };
    const top = this.#node(this.#document.contents, { path: [], keyAt: start });
    return this.#fault === undefined ? ok({ top, problems: this.#problems }) : refused([this.#fault]);
  }

  #node(node: ParsedNode, position: Position): LocatedNode {
    const base = this.#base(node, position);
    this.#values += 1;
    if (this.#values > LIMITS.values || base.path.length > LIMITS.depth) return this.#exceed(base);
    return isAlias(node) ? this.#alias(node, base) : this.#value(node, base);
  }

  /** An empty value stands nowhere: it is placed at its key. */
  #base(node: ParsedNode, { path, keyAt }: Position): Base {
    const [start = 0, end = 0] = node?.range ?? [];
    const at = end > start ? this.#placeOf(start) : keyAt;
    return { at, keyAt: path.length === 0 ? at : keyAt, path };
  }

  #value(node: ParsedNode, base: Base): LocatedNode {
    if (isMap<unknown, ParsedNode>(node)) return this.#map(node.items, base);
    if (isSeq<ParsedNode>(node)) return this.#list(node.items, base);
    if (!isScalar(node)) return { ...base, value: null, children: new Map() };
    const range =
      (typeof node.value === "string" || typeof node.value === "number") && node.range
        ? { range: [node.range[0], node.range[1]] as const }
        : {};
    return { ...base, ...range, value: node.value, children: new Map() };
  }

  #alias(alias: Alias, base: Base): LocatedNode {
    const target = this.#target(alias);
    if (target === undefined) return this.#unresolved(alias, base);
    const outer = this.#unfolding;
    this.#unfolding ??= base.at;
    const unfolded = this.#value(target, base);
    this.#unfolding = outer;
    return unfolded;
  }

  #map(items: readonly { key: unknown; value: ParsedNode | null }[], base: Base): LocatedNode {
    const children = new Map<string, LocatedNode>();
    for (const { key, value } of items) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const position = { path: [...base.path, name], keyAt: key.range ? this.#placeOf(key.range[0]) : base.at };
      const refused = refusedKey(name, position, children.get(name));
      if (refused === undefined) children.set(name, this.#node(value, position));
      else this.#problems.push(refused);
    }
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

  /** Looked up once for each alias, since looking up walks the document. */
  #target(alias: Alias): Node | undefined {
    if (!this.#targets.has(alias)) this.#targets.set(alias, alias.resolve(this.#document));
    return this.#targets.get(alias);
  }

  #unresolved(alias: Alias, base: Base): LocatedNode {
    this.#fault ??= {
      code: "yaml-syntax",
      ...base.at,
      path: pathText(base.path),
      message: `The alias *${clip(alias.source)} has no anchor &${clip(alias.source)} before it`,
      advice: "Write the value out, or put it in quotes if it shall begin with `*`",
    };
    return { ...base, value: null, children: new Map() };
  }

  #exceed(base: Base): LocatedNode {
    this.#fault ??= {
      code: "too-many-aliases",
      ...(this.#unfolding ?? base.at),
      path: pathText(base.path),
      message: `The file unfolds to more than ${LIMITS.values} values or ${LIMITS.depth} levels`,
      advice: "Write the values out instead of repeating them by anchor and alias",
    };
    return { ...base, value: null, children: new Map() };
  }
}

type Position = Pick<LocatedNode, "keyAt" | "path">;
type Base = Pick<LocatedNode, "at" | "keyAt" | "path">;

const earliest = (faults: readonly YamlFault[]): YamlFault | undefined =>
  faults.reduce<YamlFault | undefined>(
    (first, fault) => (first && first.pos[0] <= fault.pos[0] ? first : fault),
    undefined,
  );

/**
 * What a fault comes from: the first slip up to its line, or else what the parser says. Only one is reported, since a
 * parser that went astray finds fault with all that follows.
 */
function slipOf(fault: YamlFault, text: string, placeOf: (offset: number) => Place): YamlSlip {
  const slip = SPEAKS_FOR_ITSELF.has(fault.code) ? undefined : firstSlip(text);
  const offset = Math.min(fault.pos[0], text.trimEnd().length);
  if (slip !== undefined && placeOf(slip.offset).line <= placeOf(offset).line) return slip;
  if (fault.code === "BAD_INDENT") return indentationSlip(text, offset);
  return {
    offset,
    message: clip(fault.message, SENTENCE_MAX),
    advice: SYNTAX_ADVICE[fault.code] ?? "Correct the YAML there",
  };
}

const syntaxProblem = (
  { offset, message, advice }: YamlSlip,
  placeOf: (offset: number) => Place,
): ConfigurationProblem => ({
  code: "yaml-syntax",
  ...placeOf(offset),
  path: "",
  message,
  advice: `${advice}; nothing else was checked`,
});

const SENTENCE_MAX = 200;

/** Faults of a text whose brackets, colons and quotes are in order. */
const SPEAKS_FOR_ITSELF: ReadonlySet<YAMLError["code"]> = new Set([
  "MULTIPLE_DOCS",
  "NON_STRING_KEY",
  "TAG_RESOLVE_FAILED",
  "BAD_DQ_ESCAPE",
]);

const SYNTAX_ADVICE: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "Indent with spaces",
  MULTIPLE_DOCS: "Remove the line `---` or `...` between the parts: the file is one document",
  NON_STRING_KEY: "Put the key in quotes",
  TAG_RESOLVE_FAILED: "Put the whole value in quotes: YAML takes a word that begins with `!` for a tag",
  BAD_SCALAR_START: "Put the value in quotes, or remove that sign",
  BAD_DQ_ESCAPE: "Write `\\\\` for a backslash, or use single quotes",
};

/** `__proto__` is no key of a plain object like any other, and no name that anybody misses. */
function refusedKey(
  name: string,
  position: Position,
  first: LocatedNode | undefined,
): ConfigurationProblem | undefined {
  const place = { ...position.keyAt, path: pathText(position.path) };
  if (name === "__proto__") {
    return {
      ...place,
      code: "bad-name",
      message: `"__proto__" cannot be used as a key`,
      advice: "Choose another name",
    };
  }
  if (first === undefined) return undefined;
  return {
    ...place,
    code: "duplicate-key",
    message: `The key "${clip(name)}" is already in this map, on line ${first.keyAt.line}`,
    advice: "Remove one of the two, or give them different names",
  };
}
