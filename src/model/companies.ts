import type { ServiceConfig } from "./cluster.js";
import { type ServiceName, byName } from "./names.js";

/**
 * Services in the groups that `with` makes of them, each service in exactly one; alone, where nothing is with it. A group
 * stands at the place of its first service by name.
 */
export function companies<Service extends Pick<ServiceConfig, "name" | "placement">>(
  services: readonly Service[],
): readonly (readonly Service[])[] {
  const ordered = services.toSorted((a, b) => byName(a.name, b.name));
  const leaders = new Map<ServiceName, ServiceName>();
  const leaderOf = (name: ServiceName): ServiceName => {
    let leader = name;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader)) leader = next;
    return leader;
  };
  for (const { name, placement } of ordered) {
    for (const other of placement?.with ?? []) {
      const [first = name, second = name] = [leaderOf(name), leaderOf(other)].toSorted(byName);
      if (first !== second) leaders.set(second, first);
    }
  }
  const groups = new Map<ServiceName, Service[]>();
  for (const service of ordered) {
    const leader = leaderOf(service.name);
    groups.set(leader, [...(groups.get(leader) ?? []), service]);
  }
  return [...groups.values()];
}
