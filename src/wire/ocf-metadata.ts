/**
 * What an OCF resource agent says of itself when it is asked for `meta-data` (OCF resource agent API 1.1): XML of a
 * simple, flat kind. Only the attributes of its `parameter`, `action` and `resource-agent` elements are of use here, so that
 * this reads tags and not documents; what is no such tag is passed over.
 */
import { type Duration, seconds } from "../base/time.js";

export interface OcfMetadata {
  readonly version: string | undefined;
  readonly parameters: readonly OcfParameter[];
  readonly actions: readonly OcfAction[];
}

export interface OcfParameter {
  readonly name: string;
  readonly required: boolean;
}

export interface OcfAction {
  readonly name: string;
  /** What its author advises. */
  readonly timeout: Duration | undefined;
  readonly interval: Duration | undefined;
}

/** An agent that answers with more than this is out of its mind. */
export const METADATA_BYTES_MAX: number = 2 ** 20;
/** Longer tags than this do not occur. */
const TAG_MAX = 2_000;

/** @returns undefined when the text is no meta-data of a resource agent. */
export function readOcfMetadata(text: string): OcfMetadata | undefined {
  const tags = readTags(text);
  const agent = tags.find(({ name }) => name === "resource-agent");
  if (agent === undefined) return undefined;
  return {
    version: agent.attributes.get("version"),
    parameters: tags.filter(({ name }) => name === "parameter").flatMap(parameterOf),
    actions: tags.filter(({ name }) => name === "action").flatMap(actionOf),
  };
}

/** Whether it knows two roles, so that it can run on standbys too. */
export const canPromote = ({ actions }: OcfMetadata): boolean =>
  ["promote", "demote"].every((wanted) => actions.some(({ name }) => name === wanted));

/** Parameters that must be given and are not, and those that are given and not known. */
export function parameterProblems(
  { parameters }: OcfMetadata,
  given: Readonly<Record<string, string>>,
): { readonly missing: readonly string[]; readonly unknown: readonly string[] } {
  const names = new Set(parameters.map(({ name }) => name));
  return {
    missing: parameters.filter(({ name, required }) => required && given[name] === undefined).map(({ name }) => name),
    unknown: Object.keys(given).filter((name) => !names.has(name)),
  };
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

function readTags(text: string): readonly Tag[] {
  const tags: Tag[] = [];
  const bare = withoutComments(text);
  // What follows a "<" up to the next one: within a tag there is none (XML 1.0 section 2.4).
  for (const part of bare.split("<").slice(1)) {
    const end = part.indexOf(">");
    if (end < 0 || end > TAG_MAX) continue;
    const [name = ""] = /^[A-Za-z-]+/.exec(part) ?? [];
    if (name !== "") tags.push({ name, attributes: attributesOf(part.slice(name.length, end)) });
  }
  return tags;
}

function withoutComments(text: string): string {
  let bare = "";
  let from = 0;
  for (;;) {
    const begin = text.indexOf("<!--", from);
    const end = begin < 0 ? -1 : text.indexOf("-->", begin);
    if (end < 0) return bare + text.slice(from);
    bare += text.slice(from, begin);
    from = end + "-->".length;
  }
}

const attributesOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/(?<![\w-])([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name = "", a, b]) => [
      name,
      a ?? b ?? "",
    ]),
  );

function parameterOf({ attributes }: Tag): readonly OcfParameter[] {
  const name = attributes.get("name");
  const required = attributes.get("required");
  return name === undefined ? [] : [{ name, required: required === "1" || required === "true" }];
}

function actionOf({ attributes }: Tag): readonly OcfAction[] {
  const name = attributes.get("name");
  if (name === undefined) return [];
  return [{ name, timeout: spanOf(attributes.get("timeout")), interval: spanOf(attributes.get("interval")) }];
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, sec: 1, ms: 0.001, m: 60, min: 60, h: 3_600 };

/** Spans are whole seconds, or have a unit. */
function spanOf(text: string | undefined): Duration | undefined {
  const [, count = "", unit = ""] = /^(\d{1,9})\s*([a-z]*)$/.exec(text ?? "") ?? [];
  const factor = UNIT_SECONDS[unit];
  return count === "" || factor === undefined ? undefined : seconds(Number(count) * factor);
}
