import { type NodeRoom, ORDINARY, SLOTS, type ServicePlacement } from "../cluster.js";
import { type ServiceName, serviceName } from "../names.js";
import type { PlacementFile, RoomFile } from "./placement-schema.js";

/** A node's room, left out where the file says nothing of it. */
export function roomOf({ capacity, weight }: RoomFile): { readonly room?: NodeRoom } {
  return Object.keys(capacity).length === 0 && weight === 1 ? {} : { room: { capacity, weight } };
}

/** How the place of each service depends on others, with the names of labels replaced by services. */
export function placementsOf(
  services: ReadonlyMap<string, PlacementFile>,
): (service: string) => { readonly placement?: ServicePlacement } {
  const labelled = byLabel(services);
  return (service) => {
    const file = services.get(service);
    if (file === undefined) return {};
    const apart = file.apart.flatMap((each) => labelled.get(each) ?? [each]).filter((each) => each !== service);
    const placement: ServicePlacement = {
      size: file.size,
      priority: file.priority,
      spread: file.spread,
      with: namesOf(file.with),
      apart: namesOf(apart),
      needs: namesOf(file.needs),
    };
    return isOrdinary(placement) ? {} : { placement };
  };
}

function byLabel(services: ReadonlyMap<string, PlacementFile>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [service, { labels }] of services) {
    for (const label of new Set(labels)) found.set(label, [...(found.get(label) ?? []), service]);
  }
  return found;
}

const namesOf = (names: readonly string[]): readonly ServiceName[] => [...new Set(names)].map(serviceName);

const isOrdinary = ({ size, priority, spread, ...relations }: ServicePlacement): boolean =>
  Object.keys(size).length === 1 &&
  size[SLOTS] === 1 &&
  priority === ORDINARY.priority &&
  spread === ORDINARY.spread &&
  Object.values(relations).every((names) => names.length === 0);
