import type { CST } from "yaml";
import { LIMITS } from "./limits.js";
import type { Place } from "./located-node.js";
import type { ConfigurationProblem } from "./problem.js";

/** Measures the parser's tokens without recursion; the first limit that they exceed, if any. */
export function gaugeTokens(
  tokens: readonly CST.Token[],
  placeOf: (offset: number) => Place,
): ConfigurationProblem | undefined {
  // A stack whose top is next in the order of the file.
  const waiting: Visit[] = tokens.map((token) => ({ token, depth: 0 })).toReversed();
  let aliases = 0;
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    const place = placeOf(visit.token.offset);
    if (visit.depth > LIMITS.depth) return tooDeep(place);
    if (visit.token.type === "alias") aliases += 1;
    if (aliases > LIMITS.aliases) return tooManyAliases(place);
    if ("items" in visit.token && visit.token.items.length > LIMITS.entries) return tooManyEntries(place);
    const parts = partsOf(visit.token);
    for (const token of parts.toReversed()) waiting.push({ token, depth: visit.depth + 1 });
  }
  return undefined;
}

interface Visit {
  readonly token: CST.Token;
  readonly depth: number;
}

/** The tokens directly inside one: a document's content, a collection's keys and values. */
function partsOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((part) => part !== undefined && part !== null));
}

const tooDeep = (place: Place): ConfigurationProblem => ({
  code: "nested-too-deeply",
  ...place,
  path: "",
  message: `Maps and lists are nested more than ${LIMITS.depth} levels deep`,
  advice: "Close the brackets, or correct the indentation",
});

const tooManyAliases = (place: Place): ConfigurationProblem => ({
  code: "too-many-aliases",
  ...place,
  path: "",
  message: `The file has more than ${LIMITS.aliases} aliases`,
  advice: "Write the values out instead of repeating them by anchor and alias",
});

const tooManyEntries = (place: Place): ConfigurationProblem => ({
  code: "too-many",
  ...place,
  path: "",
  message: `A map or list has more than ${LIMITS.entries} entries`,
  advice: "Split the cluster",
});
