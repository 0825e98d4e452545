/** What keeps nodes from having routes to a service's addresses: no network of the same family that the holder is on. */
import { parseIpAddress } from "../../base/ip-address.js";
import type { LocatedNode } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import { addressEntries, type Survey } from "./survey.js";

/** A route to an address of one family leads by a gateway of the same one. */
export const hostRouteProblems = (survey: Survey): ConfigurationProblem[] =>
  survey.services.flatMap(({ name, entry }) => {
    const wish = entry.children.get("hostRoutes");
    if (wish?.value !== true) return [];
    const families = new Set(addressEntries(entry).flatMap((address) => familyOf(address) ?? []));
    if (families.size === 0) {
      return [
        problemAt(wish, {
          code: "no-host-route",
          message: `The service "${name}" has no addresses that a route could lead to`,
          advice: "Remove `hostRoutes`, or give the service an address",
        }),
      ];
    }
    const [lack] = [...families].flatMap((family) => lacking(family, survey));
    if (lack === undefined) return [];
    return [
      problemAt(wish, {
        code: "no-host-route",
        message: `No route can lead to an IPv${lack.family} address of "${name}" from or by node "${lack.node}", which is on no IPv${lack.family} network`,
        advice: `Give each node an IPv${lack.family} address on a network, or remove \`hostRoutes\``,
      }),
    ];
  });

function familyOf(address: LocatedNode): 4 | 6 | undefined {
  const { value } = address.children.get("address") ?? address;
  return typeof value === "string" ? parseIpAddress(value.split("/", 1)[0] ?? "")?.family : undefined;
}

const lacking = (family: 4 | 6, { nodes, memberships }: Survey): readonly { node: string; family: 4 | 6 }[] =>
  nodes
    .filter(({ name }) => !memberships.some((each) => each.node === name && each.family === family))
    .map(({ name }) => ({ node: name, family }));
