/** What is wrong with the MACs of services: one that two have, and one that a path group would have to move. */
import { readMac } from "./field-readers.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import type { SurveyedGroup } from "./path-survey.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { Survey } from "./survey.js";

export const identityProblems = (survey: Survey): ConfigurationProblem[] => [
  ...repeatedMacs(survey),
  ...macsOnPathGroups(survey),
];

const identityOf = (service: LocatedNode): LocatedNode | undefined => service.children.get("identity");

function repeatedMacs({ services }: Survey): ConfigurationProblem[] {
  const first = new Map<string, string>();
  return services.flatMap(({ name, entry }) => {
    const given = identityOf(entry)?.children.get("mac");
    const mac = typeof given?.value === "string" ? readMac(given.value) : undefined;
    if (given === undefined || typeof mac !== "string") return [];
    const other = first.get(mac);
    if (other === undefined) {
      first.set(mac, name);
      return [];
    }
    return [
      problemAt(given, {
        code: "duplicate-mac",
        message: `${mac} is already the MAC of service "${other}"`,
        advice: "Give each service its own: they may be on different nodes of one network",
      }),
    ];
  });
}

/** A path group moves the addresses of its interfaces, and not the interfaces that lie on them. */
function macsOnPathGroups({ services, preferences, pathGroups }: Survey): ConfigurationProblem[] {
  return services.flatMap(({ name, entry }) => {
    const identity = identityOf(entry);
    if (identity === undefined || (identity.value !== "mac" && identity.children.get("mac") === undefined)) return [];
    const nodes = new Set(preferences.filter(({ service }) => service === name).map(({ node }) => node));
    const groups = pathGroups.filter(({ node }) => nodes.has(node));
    const group = groups.find((each) => entriesOf(entry, "addresses").some((address) => mayLieOn(address, each)));
    if (group === undefined) return [];
    return [
      problemAt(identity, {
        code: "identity-on-path-group",
        message: `An address of "${name}" may lie on the path group "${group.name}" of node "${group.node}", which does not move the interface with the service's MAC`,
        advice: "Use `identity: listen`, or name for each address an interface that is in no path group",
      }),
    ];
  });
}

/** An address without an interface goes to the one in its subnet, which the file does not tell. */
function mayLieOn(address: LocatedNode, { name, uses }: SurveyedGroup): boolean {
  const one = address.children.get("interface");
  const named = one === undefined ? entriesOf(address, "interfaces") : [one];
  if (named.length === 0) return true;
  return named.some(({ value }) => value === name || uses.some((use) => use.interface === value));
}
