/** What is wrong between names: references to what does not exist, names that heartbeats cannot tell apart. */
import { nearest } from "../../base/nearest.js";
import { hashText } from "../../base/random.js";
import { LIMITS } from "./limits.js";
import { type ConfigurationProblem, problemAt, problemAtKey } from "./problem.js";
import { ALL, type Named, type Preference, type Survey } from "./survey.js";

export const nameProblems = (survey: Survey): ConfigurationProblem[] => [
  ...unknownNodes(survey),
  ...repeatedNodes(survey),
  ...collisions(survey.nodes, "node"),
  ...collisions(survey.services, "service"),
  ...collisions(networkNames(survey), "network"),
];

function unknownNodes({ top, preferences }: Survey): ConfigurationProblem[] {
  const names = [...(top.children.get("nodes")?.children.keys() ?? [])].map(String);
  if (names.length === 0) return [];
  const known = new Set(names);
  const others = otherNodes(names, preferences);
  return preferences
    .filter(({ node }) => !known.has(node))
    .slice(0, LIMITS.problems)
    .map(({ node, service, entry }) => {
      const meant = nearest(node, others(service));
      return problemAt(entry, {
        code: "unknown-node",
        message: `The service "${service}" names the node "${node}", which is not in the file`,
        advice: adviceOn(node, meant),
      });
    });
}

function adviceOn(node: string, meant: string | undefined): string {
  if (node === ALL) return `Write \`nodes: ${ALL}\`, without a list, for every node`;
  return meant === undefined
    ? `Add it under \`nodes\`, or remove it here`
    : `Did you mean "${meant}"? Else add it under \`nodes\`, or remove it here`;
}

/** The nodes that a service does not name yet: one of them may be meant by a name that is none. */
function otherNodes(
  names: readonly string[],
  preferences: readonly Preference[],
): (service: string) => readonly string[] {
  const named = new Set(preferences.map(({ service, node }) => `${service} ${node}`));
  return (service) => names.slice(0, LIMITS.nodes).filter((name) => !named.has(`${service} ${name}`));
}

function repeatedNodes({ preferences }: Survey): ConfigurationProblem[] {
  const first = new Map<string, Preference>();
  return preferences.flatMap((preference) => {
    const key = `${preference.service} ${preference.node}`;
    if (!first.has(key)) {
      first.set(key, preference);
      return [];
    }
    return [
      problemAt(preference.entry, {
        code: "duplicate-node",
        message: `The service "${preference.service}" names the node "${preference.node}" twice`,
        advice: "Remove one of the two; the first place in the list is its rank",
      }),
    ];
  });
}

/** Heartbeats carry 32 bits of a name, and 0 for "none". */
function collisions(names: readonly Named[], what: string): ConfigurationProblem[] {
  const byId = new Map<number, Named>();
  return names.flatMap(({ name, entry }) => {
    const id = hashText(name);
    const other = byId.get(id);
    if (other === undefined) byId.set(id, { name, entry });
    if (id !== 0 && other === undefined) return [];
    return [
      problemAtKey(entry, {
        code: "name-collision",
        message:
          other === undefined
            ? `The ${what} name "${name}" has the short form 0, which means "none" in heartbeats`
            : `The ${what} names "${other.name}" and "${name}" have the same short form in heartbeats`,
        advice: "Change the name, if only by one letter",
      }),
    ];
  });
}

/** Each network once, where it is named first. */
function networkNames({ networks, memberships }: Survey): Named[] {
  const first = new Map<string, Named>();
  for (const named of [...networks, ...memberships.map(({ network, entry }) => ({ name: network, entry }))]) {
    if (!first.has(named.name)) first.set(named.name, named);
  }
  return [...first.values()];
}
