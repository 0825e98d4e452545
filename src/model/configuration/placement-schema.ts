/** The keys of the cluster file that say how services share nodes: room, priorities, and relations between services. */
import * as z from "zod";
import { type Amounts, SLOTS } from "../cluster.js";
import { amount, name } from "./fields.js";
import { LIMITS } from "./limits.js";

/** What a node's entry says of its room. */
export interface RoomFile {
  readonly capacity: Amounts;
  readonly weight: number;
}

/** What a service's entry says of its place beside other services; names are not looked up yet. */
export interface PlacementFile {
  readonly size: Amounts;
  readonly priority: number;
  readonly spread: boolean;
  readonly labels: readonly string[];
  readonly with: readonly string[];
  readonly apart: readonly string[];
  readonly needs: readonly string[];
}

const amounts = (what: string): z.ZodType<Amounts, Record<string, number | string>> =>
  z
    .record(name("resource").meta({ title: "RESOURCE" }), amount, { error: "a map from resources to amounts" })
    .meta({ maxProperties: LIMITS.resources, title: what });

/** The schema of each key. */
type Keys<File> = { readonly [Key in keyof File]: z.ZodType<File[Key]> };

export const roomKeys: Keys<RoomFile> = {
  capacity: amounts("capacity")
    .prefault({})
    .describe(
      "How much room the node has for services, by resource: `slots` is the number of services (each takes one unless its `size` says otherwise); any other name, such as `memory`, is what sizes of services name. A resource that is not named has no limit. A node never holds more than it has room for. See docs/placement.md.",
    ),
  weight: z
    .number({ error: "a number" })
    .min(0.01)
    .max(LIMITS.weight)
    .default(1)
    .describe("The node's share of the services that are spread: one with weight 2 gets twice as many as one with 1."),
};

const related = (meaning: string): z.ZodPrefault<z.ZodArray<z.ZodType<string, string>>> =>
  z
    .array(name("service"), { error: "a list of service names" })
    .max(LIMITS.relationsPerService)
    .prefault([])
    .describe(meaning);

export const placementKeys: Keys<PlacementFile> = {
  size: amounts("size")
    .prefault({})
    .transform((size): Amounts => ({ [SLOTS]: 1, ...size }))
    .describe("What the service takes of its node's `capacity`, by resource. `slots` is 1 unless given."),
  priority: z
    .int({ error: "a whole number" })
    .min(-LIMITS.priority)
    .max(LIMITS.priority)
    .default(0)
    .describe(
      "Where there is not room for all, services with a higher priority have it, and those with the least wait. A running service is stopped for one with a higher priority that has no other place, never for an equal one.",
    ),
  spread: z
    .boolean({ error: "`true`, `false`" })
    .default(false)
    .describe(
      "Whether a service without a holder goes to that of its nodes which has the least load for its `weight`, rather than to the first. Nothing moves for the sake of balance alone.",
    ),
  labels: z
    .array(name("label"), { error: "a list of labels" })
    .max(LIMITS.labelsPerService)
    .prefault([])
    .describe("Names for kinds of services, which `apart` may use."),
  with: related("Services that the same node holds as this one. They move together; it counts from either side."),
  apart: related(
    "Services, or labels of services, that no node holds together with this one. It counts from either side; a service with a label that is named here is apart from the others that have it.",
  ),
  needs: related(
    "Services without which this one does not run: it is taken once they are active, on whatever node, and let go when one of them is gone for good.",
  ),
};
