/** What is wrong with the MACs of services: one that two have. */
import { readMac } from "./field-readers.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { Survey } from "./survey.js";

export function identityProblems({ services }: Survey): ConfigurationProblem[] {
  const first = new Map<string, string>();
  return services.flatMap(({ name, entry }) => {
    const given = entry.children.get("identity")?.children.get("mac");
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
