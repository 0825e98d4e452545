/** The keys of a path group in the cluster file: their checks, defaults and words. */
import * as z from "zod";
import { type Duration, milliseconds, seconds } from "../../base/time.js";
import { type PathConfig, type PathGroupConfig, type PathMonitor, type Standby, type Threshold } from "../path.js";
import { NAME_PATTERN } from "../names.js";
import { clip } from "./clip.js";
import {
  DAY,
  addressWithPrefix,
  duration,
  failback,
  hostAddress,
  interfaceName,
  share,
  span,
  stationMac,
} from "./fields.js";
import { LIMITS } from "./limits.js";

/** A path group as the file has it, whose name is its key. */
export type PathGroupFile = Omit<PathGroupConfig, "name">;

/** IFNAMSIZ (linux/if.h) without the end of the text: a group's name stands where an interface is named. */
const GROUP_NAME_LENGTH_MAX = 15;

export const pathGroupKey: z.ZodType<string, string> = z
  .string({ error: "a name of a path group" })
  .superRefine((text, context) => {
    if (NAME_PATTERN.test(text) && text.length <= GROUP_NAME_LENGTH_MAX) return;
    context.addIssue({
      code: "custom",
      message: `"${clip(text)}" is no name of a path group`,
      params: {
        code: "bad-name",
        advice: `Use letters, digits, \`-\`, \`_\` and \`.\`, the first a letter or digit; at most ${GROUP_NAME_LENGTH_MAX}, as it can stand where an interface is named`,
      },
    });
  })
  .meta({ title: "GROUP", pattern: NAME_PATTERN.source });

const PATH_FORMS = "an interface name or a map with `interface` or `members`";

const trunk = z
  .strictObject(
    {
      interface: interfaceName
        .optional()
        .describe("The interface that has the addresses. Without it: the bond, team or bridge of the members."),
      members: z
        .array(interfaceName, { error: "a list of interface names" })
        .min(1)
        .max(LIMITS.trunkMembers)
        .optional()
        .describe(
          "The member links of a trunk. Without them: those that the kernel says belong to the interface, if it is a bond, team or bridge.",
        ),
    },
    { error: PATH_FORMS },
  )
  .superRefine(({ interface: link, members }, context) => {
    if (link !== undefined || members !== undefined) return;
    const params = {
      code: "missing-key",
      advice: "Add `interface:` with an interface name, or `members:` with a list",
    };
    context.addIssue({ code: "custom", message: "The path names no interface", params });
  })
  .transform(({ interface: link, members = [] }): PathConfig => ({
    ...(link === undefined ? {} : { interface: link }),
    members,
  }));

const path = z.union([interfaceName.transform((link): PathConfig => ({ interface: link, members: [] })), trunk], {
  error: PATH_FORMS,
});

const WARM: Standby = { kind: "warm" };

const warm = z
  .strictObject(
    {
      warm: z
        .strictObject(
          {
            address: addressWithPrefix
              .optional()
              .describe("The dummy address of the path that stands by. Nobody else may have it."),
            mac: stationMac.optional().describe("The dummy MAC of the path that stands by, unlike every other one."),
          },
          { error: "a map with `address` and `mac`" },
        )
        .describe("Dummy parameters of the path that stands by. They go to the other path when it takes over."),
    },
    { error: "a map with `warm`" },
  )
  .transform(({ warm: { address, mac } }): Standby => ({
    ...WARM,
    ...(address === undefined ? {} : { address }),
    ...(mac === undefined ? {} : { mac }),
  }));

const standby = z
  .union(
    [
      z
        .enum(["cold", "warm"], { error: "`cold`, `warm`" })
        .transform((kind): Standby => (kind === "cold" ? { kind } : WARM)),
      warm,
    ],
    { error: "`cold`, `warm` or a map with `warm`" },
  )
  .prefault("cold")
  .describe(
    "What the path that stands by is meanwhile. `cold`: without addresses, but switched on, so that it is watched and its failure found before it is needed. `warm`: switched off, so that nothing can be said of it; with `{ warm: { address: …, mac: … } }` it has dummy parameters, for firewalls that want every interface defined from the start. They are swapped at a failover.",
  );

const carrier = z
  .union(
    [
      z
        .boolean({ error: "`true`, `false`" })
        .transform((counts): Duration | undefined => (counts ? milliseconds(0) : undefined)),
      z
        .strictObject(
          {
            downFor: duration({ min: milliseconds(0), max: DAY, example: "2s" }).describe(
              "A path whose carrier was gone for this long has failed.",
            ),
          },
          { error: "a map with `downFor`" },
        )
        .transform(({ downFor }): Duration | undefined => downFor),
    ],
    { error: "`true`, `false` or a map with `downFor`" },
  )
  .prefault(true)
  .describe(
    "Whether a path that lost its carrier has failed. `true`: at once; `{ downFor: 2s }`: when it was gone for so long; `false`: the carrier does not count, and only the targets tell.",
  );

const monitor = z
  .strictObject(
    {
      carrier,
      ping: z
        .array(hostAddress, { error: "a list of IP addresses" })
        .max(LIMITS.pingTargetsPerPath)
        .prefault([])
        .describe(
          "Addresses that answer while the path works, such as the router or the other end of the cable; asked over each path on its own. Without them only the carrier tells, and a failure beyond the next switch is not seen.",
        ),
      need: z
        .enum(["any", "all"], { error: "`any`, `all`" })
        .default("any")
        .describe("Whether one target must answer, or every one."),
      interval: span({
        min: milliseconds(1),
        max: seconds(60),
        byDefault: "20ms",
        meaning: "Time between two questions to each target.",
      }),
      downFor: span({
        min: milliseconds(1),
        max: DAY,
        byDefault: "60ms",
        meaning:
          "A path whose targets were silent for this long has failed. At least the interval; three times bridges two lost answers.",
      }),
      upFor: span({
        min: milliseconds(0),
        max: DAY,
        byDefault: "2s",
        meaning: "A path that failed must have worked for this long to count as healthy again.",
      }),
    },
    { error: "a map with `carrier`, `ping`, `need`, `interval`, `downFor` and `upFor`" },
  )
  .superRefine(({ carrier: carrierDownFor, ping, interval, downFor }, context) => {
    const report = (key: string, message: string, params: object): void =>
      context.addIssue({ code: "custom", path: [key], message, params: { ...params } });
    if (downFor < interval) {
      const advice = "Make `downFor` two to five times the `interval`";
      report("downFor", "`downFor` is shorter than the interval", { code: "duration-out-of-range", advice });
    }
    if (carrierDownFor === undefined && ping.length === 0) {
      const advice = "Name targets under `ping`, or let the carrier count";
      report("carrier", "Neither carrier nor targets tell whether a path works", { code: "unwatched-paths", advice });
    }
  })
  .transform(({ carrier: carrierDownFor, ...targets }): PathMonitor => ({ carrierDownFor, ...targets }))
  .prefault({})
  .describe("What tells whether a path works. It is the same for both paths.");

const threshold = z
  .union(
    [
      share.transform((part): Threshold => ({ of: "members", share: part })),
      z
        .int({ error: "a number of members" })
        .min(1)
        .max(LIMITS.trunkMembers)
        .transform((count): Threshold => ({ of: "members", count })),
      z
        .strictObject(
          { bandwidth: share.describe("The share of the trunk's whole bandwidth.") },
          { error: "a map with `bandwidth`" },
        )
        .transform(({ bandwidth }): Threshold => ({ of: "bandwidth", share: bandwidth })),
    ],
    { error: "a share such as `50%`, a number of members, or a map with `bandwidth`" },
  )
  .prefault("50%")
  .describe(
    "A trunk has failed when so much of it is gone: a share of its members, a number of them, or with `{ bandwidth: 50% }` a share of its bandwidth. Less than that is borne by the members that are left.",
  );

export const pathGroup: z.ZodType<PathGroupFile> = z.strictObject(
  {
    primary: path.describe("The path that carries the traffic at first: an interface, or a trunk of several."),
    secondary: path.describe(
      "The path that stands by. It must lead to the same network, best by another card and switch.",
    ),
    standby,
    mac: z
      .enum(["keep", "move"], { error: "`keep`, `move`" })
      .default("keep")
      .describe(
        "`keep`: each interface keeps its MAC, and the addresses are announced anew. `move`: the MAC of the path that fails goes along with its addresses, for neighbours that know the MAC only.",
      ),
    monitor,
    threshold,
    settleDelay: span({
      min: milliseconds(0),
      max: seconds(600),
      byDefault: "500ms",
      meaning: "After a failover the new path is not judged for so long, since the other end may just be moving, too.",
    }),
    failback: failback({
      after: "The primary path must have been healthy for this long.",
      meaning:
        "Whether the traffic goes back when the primary path is healthy again. `false`: it stays; `true`: at once; `{ after: 30s }`: when the primary was healthy for so long.",
    }),
    addressesMax: z
      .int({ error: "a whole number" })
      .min(1)
      .max(LIMITS.addressesPerInterface)
      .default(15)
      .describe("So many addresses one interface of the group may carry; a move that would make it more is refused."),
  },
  { error: "a map with `primary` and `secondary`" },
);
