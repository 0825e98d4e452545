/** What is wrong with the MACs of services: one that two have. */
import { readMac } from "./field-readers.js";
import type { LocatedNode } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { Survey } from "./survey.js";

interface GivenMac {
  readonly mac: string;
  readonly at: LocatedNode;
}

/** The MAC that is written for a service. */
export function givenMac(service: LocatedNode): GivenMac | undefined {
  const at = service.children.get("identity")?.children.get("mac");
  const mac = typeof at?.value === "string" ? readMac(at.value) : undefined;
  return at === undefined || typeof mac !== "string" ? undefined : { mac, at };
}

export function identityProblems({ services }: Survey): ConfigurationProblem[] {
  const first = new Map<string, string>();
  return services.flatMap(({ name, entry }) => {
    const given = givenMac(entry);
    if (given === undefined) return [];
    const { mac, at } = given;
    const other = first.get(mac);
    if (other === undefined) {
      first.set(mac, name);
      return [];
    }
    return [
      problemAt(at, {
        code: "duplicate-mac",
        message: `${mac} is already the MAC of service "${other}"`,
        advice: "Give each service its own: they may be on different nodes of one network",
      }),
    ];
  });
}
