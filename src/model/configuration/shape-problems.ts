/** From zod's issues to problems with a place, a code and advice in the words of the cluster file. */
import type * as z from "zod";
import { nearest } from "../../base/nearest.js";
import { clip } from "./clip.js";
import { type JsonSchema, clusterJsonSchema, homeOf, keysAt } from "./json-schema.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, type Path, keyOf, nearestNode, nodeAt, pathText } from "./located-node.js";
import { CONFIGURATION_PROBLEMS, type ConfigurationProblem, type ConfigurationProblemCode } from "./problem.js";
import { userOfNumber } from "./program-readers.js";
import { commandSlip, keySlip, textSlip } from "./word-slips.js";

type Issue = z.core.$ZodIssue;

/** The problems behind the issues of one check of the file. */
export function shapeProblems(issues: readonly Issue[], top: LocatedNode): ConfigurationProblem[] {
  const schema = clusterJsonSchema();
  const first = withoutEchoes(issues.slice(0, LIMITS.problems));
  const problems = first.flatMap((issue) => problemsOf(issue, { top, schema, path: toPath(issue.path) }));
  const mistyped = new Set(first.flatMap((issue) => keysMeant(issue, { top, schema, path: toPath(issue.path) })));
  return problems.filter(({ code, path }) => !isExplained(code, path, mistyped));
}

/** The limits of a text and of a list are held against a value of another kind as well: its kind is what is wrong. */
function withoutEchoes(issues: readonly Issue[]): readonly Issue[] {
  const ofOtherKind = new Set(issues.filter(({ code }) => code === "invalid_type").map(pathKey));
  return issues.filter((issue) => !isOfSize(issue) || !ofOtherKind.has(pathKey(issue)));
}

const isOfSize = ({ code }: Issue): boolean => code === "too_small" || code === "too_big";
const pathKey = ({ path }: Issue): string => pathText(toPath(path));

/** The keys that a mistyped one stands for, with their place. */
function keysMeant(issue: Issue, { schema, path }: Spot): readonly string[] {
  if (issue.code !== "unrecognized_keys") return [];
  const known = keysAt(schema, path);
  return issue.keys.slice(0, LIMITS.problems).flatMap((key) => {
    const meant = nearest(key, known);
    return meant === undefined ? [] : [pathText([...path, meant])];
  });
}

/** That a key is missing follows from its being mistyped, which is reported by itself. */
function isExplained(code: ConfigurationProblemCode, path: string, mistyped: ReadonlySet<string>): boolean {
  if (code === "missing-key") return mistyped.has(path);
  return code === "empty-service" && ["addresses", "programs"].some((key) => mistyped.has(`${path}.${key}`));
}

interface Spot {
  readonly top: LocatedNode;
  readonly schema: JsonSchema;
  readonly path: Path;
}

function problemsOf(issue: Issue, spot: Spot): ConfigurationProblem[] {
  switch (issue.code) {
    case "invalid_union":
      return isMissing(spot) ? [missingKey(issue, spot)] : unionProblems(issue, spot);
    case "unrecognized_keys":
      return issue.keys.slice(0, LIMITS.problems).map((key) => unknownKey(key, spot));
    case "invalid_key":
      return issue.issues.map((inner) => atKey(spot, withSlip(customProblem(inner), keySlip(lastKey(spot)))));
    case "invalid_type":
      return [isMissing(spot) ? missingKey(issue, spot) : wrongType(issue, spot)];
    case "invalid_value":
      return [unknownValue(issue, spot)];
    case "too_small":
    case "too_big":
      return [sizeProblem(issue, spot)];
    default:
      return [atValue(spot, withSlip(customProblem(issue), valueSlip(spot)))];
  }
}

const isMissing = ({ top, path }: Spot): boolean => nodeAt(top, path) === undefined;

type Plain = Pick<ConfigurationProblem, "code" | "message" | "advice">;

const atValue = ({ top, path }: Spot, plain: Plain): ConfigurationProblem => ({
  ...plain,
  ...nearestNode(top, path).at,
  path: pathText(path),
});

const atKey = ({ top, path }: Spot, plain: Plain): ConfigurationProblem => ({
  ...plain,
  ...nearestNode(top, path).keyAt,
  path: pathText(path),
});

/** Our own checks send code and advice along; an issue without them is of a kind that the schema does not use. */
function customProblem(issue: Issue): Plain {
  const params = issue.code === "custom" ? issue.params : undefined;
  return {
    code: isCode(params?.["code"]) ? params["code"] : "wrong-type",
    message: issue.message,
    advice: typeof params?.["advice"] === "string" ? params["advice"] : "See the reference of the cluster file",
  };
}

/** A slip of the pen that explains the problem is better advice than how the value is written in general. */
const withSlip = (plain: Plain, slip: string | undefined): Plain =>
  slip === undefined ? plain : { ...plain, advice: slip };

const lastKey = ({ path }: Spot): string => String(path.at(-1) ?? "");

function valueSlip({ top, path }: Spot): string | undefined {
  const { value } = nearestNode(top, path);
  return typeof value === "string" ? textSlip(value, { isEntry: typeof path.at(-1) === "number" }) : undefined;
}

const isCode = (code: unknown): code is ConfigurationProblemCode =>
  typeof code === "string" && Object.hasOwn(CONFIGURATION_PROBLEMS, code);

/** The issues of that form of the value which was most likely meant: one that fits in kind, not merely fails. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, spot: Spot): ConfigurationProblem[] {
  const { value } = nearestNode(spot.top, spot.path);
  const isOtherKind = (inner: Issue): boolean =>
    inner.path.length === 0 && (inner.code === "invalid_type" || isOtherWord(inner, value));
  const fitting = issue.errors
    .filter((branch) => !branch.some(isOtherKind))
    .find((branch) => typeof value === "string" || !branch.some((inner) => inner.code === "invalid_value"));
  if (fitting === undefined) return [wrongType(issue, spot)];
  return withoutEchoes(fitting).flatMap((inner) =>
    problemsOf(inner, { ...spot, path: [...spot.path, ...toPath(inner.path)] }),
  );
}

/** The only word that is possible there was not meant by this one. */
const isOtherWord = (issue: Issue, value: unknown): boolean =>
  issue.code === "invalid_value" &&
  issue.values.length === 1 &&
  typeof value === "string" &&
  nearest(value, issue.values.map(String)) === undefined;

function unknownKey(key: string, spot: Spot): ConfigurationProblem {
  const { path } = spot;
  return atKey(
    { ...spot, path: [...path, key] },
    {
      code: "unknown-key",
      message: `There is no key "${clip(key)}" ${path.length === 0 ? "at the top" : `in ${clip(pathText(path))}`}`,
      advice: unknownKeyAdvice(key, spot),
    },
  );
}

function unknownKeyAdvice(key: string, { top, schema, path }: Spot): string {
  const home = homeOf(schema, path, [...nearestNode(top, [...path, key]).children.keys()].map(String));
  if (home !== undefined) return `Indent it under \`${home}\``;
  const known = keysAt(schema, path);
  const meant = nearest(key, known);
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  return keySlip(key) ?? `Possible keys: ${known.join(", ")}`;
}

function missingKey(issue: Issue, { top, path }: Spot): ConfigurationProblem {
  const key = String(path.at(-1) ?? "");
  const parent = nearestNode(top, path.slice(0, -1));
  return {
    code: "missing-key",
    ...parent.keyAt,
    path: pathText(path),
    message: `${parent.path.length === 0 ? "The file" : quoted(parent)} has no key "${key}"`,
    advice: `Add \`${key}:\` with ${issue.message}`,
  };
}

function wrongType(issue: Issue, spot: Spot): ConfigurationProblem {
  const node = nearestNode(spot.top, spot.path);
  return atValue(spot, {
    code: "wrong-type",
    message: `${quoted(node)} is ${described(node.value)}, not ${issue.message}`,
    advice: wrongTypeAdvice(issue, node),
  });
}

function wrongTypeAdvice({ message: expected }: Issue, node: LocatedNode): string {
  const { value } = node;
  if (node.path.length === 0 && value === null) return "Begin with `cluster:` and `nodes:`";
  if (value === null) {
    return expected.startsWith("a map")
      ? "Write what belongs to it below, indented by two spaces more, or remove the key"
      : "Give it a value, or remove the key";
  }
  if (expected.startsWith("a map") && expected.includes(`\`${keyOf(node)}\``))
    return "Indent it further, under the name that it belongs to";
  if (typeof value === "string") return adviceForText(value, expected);
  if (typeof value === "number" && expected === "a user name") return userOfNumber(value);
  if (typeof value === "number" && expected.startsWith("a time"))
    return `Write the unit as well: ${value}ms or ${value}s`;
  const isText =
    /name|path|\b(argument|text|label|code|sentence|condition)\b/.test(expected) && typeof value !== "object";
  return isText ? `Put it in quotes: "${String(value)}"` : `Write ${expected}`;
}

function adviceForText(text: string, expected: string): string {
  const isOldBoolean = /^(yes|no|on|off)$/i.test(text) && expected.includes("`true`");
  if (isOldBoolean) return "Write true or false: in YAML 1.2, yes, no, on and off are words like any other";
  if (/a map with `after`/.test(expected) && /^\d+(ms|s|m|h|d)$/.test(text)) return `Write \`{ after: ${text} }\``;
  if (/^a list\b.* program\b.* arguments/.test(expected) && /\s/.test(text)) return commandSlip(text);
  if (expected.startsWith("a list") && text.startsWith("-")) return "Write a space after each dash";
  return expected.startsWith("a list") ? `Put it in brackets: [${clip(text)}]` : `Write ${expected}`;
}

function unknownValue(issue: z.core.$ZodIssueInvalidValue, spot: Spot): ConfigurationProblem {
  const { value } = nearestNode(spot.top, spot.path);
  const words = issue.values.map(String);
  const meant = typeof value === "string" ? (otherWordFor(value, words) ?? nearestWord(value, words)) : undefined;
  return atValue(spot, {
    code: "unknown-value",
    message: `${described(value)} is ${words.length === 1 ? "not" : "none of"} ${words.join(", ")}`,
    advice: meant === undefined ? `Write one of ${words.join(", ")}` : `Did you mean "${meant}"?`,
  });
}

/** Signals have their first letters in common, which makes none like another. */
function nearestWord(value: string, words: readonly string[]): string | undefined {
  if (!/^SIG/i.test(value)) return nearest(value, words);
  const ends = words.filter((word) => word.startsWith("SIG")).map((word) => word.slice(3));
  const end = nearest(value.slice(3), ends);
  return end === undefined ? undefined : `SIG${end}`;
}

/** `QUIT`, as kill(1) takes it; `yes`, where a switch is `on`. */
function otherWordFor(value: string, words: readonly string[]): string | undefined {
  const meant = { YES: "on", NO: "off" }[value.toUpperCase()] ?? `SIG${value.toUpperCase()}`;
  return words.find((word) => word === meant);
}

function sizeProblem(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, spot: Spot): ConfigurationProblem {
  const node = nearestNode(spot.top, spot.path);
  const small = issue.code === "too_small";
  const limit = String(small ? issue.minimum : issue.maximum);
  if (issue.origin === "array") return atValue(spot, entriesProblem(node, { small, limit }));
  if (typeof node.value === "string") return atValue(spot, lengthProblem(node, { text: node.value, limit }));
  return atValue(spot, {
    code: "out-of-range",
    message: `${quoted(node)} is ${described(node.value)}, ${small ? "less" : "more"} than ${limit}`,
    advice: small ? `Write ${limit} or more` : `Write ${limit} or less`,
  });
}

function entriesProblem(node: LocatedNode, { small, limit }: { small: boolean; limit: string }): Plain {
  const count = node.children.size;
  return small
    ? { code: "too-few", message: `${quoted(node)} is empty`, advice: `Add at least ${limit} entry` }
    : {
        code: "too-many",
        message: `${quoted(node)} has ${count} entries, more than the limit of ${limit}`,
        advice: `Remove ${count - Number(limit)} of them, or split the list`,
      };
}

function lengthProblem(node: LocatedNode, { text, limit }: { text: string; limit: string }): Plain {
  return text === ""
    ? { code: "bad-length", message: `${quoted(node)} is empty`, advice: "Write what it shall say, or remove the key" }
    : {
        code: "bad-length",
        message: `${quoted(node)} has ${text.length} characters, more than the limit of ${limit}`,
        advice: "Shorten it",
      };
}

const toPath = (path: readonly PropertyKey[]): Path =>
  path.map((step) => (typeof step === "symbol" ? String(step) : step));

const quoted = (node: LocatedNode): string =>
  node.path.length === 0
    ? "The file"
    : typeof node.path.at(-1) === "number"
      ? `Entry ${Number(keyOf(node)) + 1} of ${parentName(node)}`
      : `"${clip(keyOf(node))}"`;

const parentName = (node: LocatedNode): string => `"${clip(pathText(node.path.slice(0, -1)))}"`;

/** A value as a person would call it. */
function described(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? `"${clip(value)}"` : String(value);
}
