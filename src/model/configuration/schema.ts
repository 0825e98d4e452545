/**
 * The cluster file's schema: the one source of its keys, their checks, defaults and words. The JSON Schema for editors
 * and the reference page are made from it.
 */
import * as z from "zod";
import { microseconds, milliseconds, seconds } from "../../base/time.js";
import type { Damping, Detection, Failback, ServiceAddress } from "../cluster.js";
import {
  addressLabel,
  DAY,
  addressWithPrefix,
  duration,
  failback,
  filePath,
  hostAddress,
  interfaceName,
  name,
  span,
  stationMac,
} from "./fields.js";
import { fence, type FenceFile } from "./fence-schema.js";
import { LIMITS } from "./limits.js";
import { ALL } from "./survey.js";
import { type Advised, readServiceAddress } from "./field-readers.js";
import { type CheckFile, checks, type HookFile, hooks } from "./hook-schema.js";
import { type RuleFile, rules } from "./rule-schema.js";
import { type ProgramFile, programs } from "./program-schema.js";
import { type PathGroupFile, pathGroup, pathGroupKey } from "./path-schema.js";
import { type PlacementFile, type RoomFile, placementKeys, roomKeys } from "./placement-schema.js";

/** The file after all checks of single values, before names are looked up in one another. */
export interface ClusterFile {
  readonly cluster: string;
  readonly secretFile: string;
  readonly port: number;
  readonly detection: Detection;
  readonly damping: Damping;
  readonly networks: Readonly<Record<string, NetworkFile>>;
  readonly nodes: Readonly<Record<string, NodeFile>>;
  readonly services: Readonly<Record<string, ServiceFile>>;
  readonly rules: Readonly<Record<string, RuleFile>>;
  readonly checks: Readonly<Record<string, CheckFile>>;
  readonly notify: Readonly<Record<string, HookFile>>;
  readonly fence?: FenceFile | undefined;
}

export interface NetworkFile {
  readonly ping: readonly string[];
}

export interface NodeFile extends RoomFile {
  readonly networks: Readonly<Record<string, string>>;
  readonly paths: Readonly<Record<string, PathGroupFile>>;
  readonly fence?: FenceFile | undefined;
}

export interface ServiceFile extends PlacementFile {
  readonly addresses: AddressesFile;
  readonly programs: Readonly<Record<string, ProgramFile>>;
  readonly nodes: readonly string[] | typeof ALL;
  readonly failback: Failback;
  readonly identity: "announce" | "listen" | "mac" | { readonly mac: string };
  readonly hostRoutes: boolean;
}

export interface AddressesFile {
  readonly list: readonly ServiceAddress[];
  /** Programs that must be ready before them; undefined: all that do not come after them. */
  readonly after?: readonly string[] | undefined;
}

/** The detection profiles by name. */
const DETECTION_PROFILES: Readonly<Record<"lan" | "fast" | "wan", Detection>> = {
  lan: { interval: milliseconds(25), timeout: milliseconds(100) },
  fast: { interval: milliseconds(10), timeout: milliseconds(30) },
  wan: { interval: milliseconds(250), timeout: milliseconds(1_500) },
};

/** Fewer than this many packets in a timeout make one lost packet a death. */
const PACKETS_PER_TIMEOUT_MIN = 2;

const detectionNumbers = z
  .strictObject(
    {
      interval: duration({ min: milliseconds(1), max: seconds(10), example: "25ms" }).describe(
        "Time between two packets to every other node on every network. Shorter finds a death sooner and costs more packets.",
      ),
      timeout: duration({ min: milliseconds(5), max: seconds(30), example: "100ms" }).describe(
        "A node that was silent on all networks for this long is dead, and its services move. Too short, and a busy machine is taken for a dead one. At least twice the interval; four times is usual.",
      ),
    },
    { error: "a map with `interval` and `timeout`" },
  )
  .superRefine(({ interval, timeout }, context) => {
    if (timeout >= interval * PACKETS_PER_TIMEOUT_MIN) return;
    context.addIssue({
      code: "custom",
      path: ["timeout"],
      message: "The timeout is less than twice the interval",
      params: {
        code: "duration-out-of-range",
        advice: "Make it two to six times the interval, so that one lost packet is no death",
      },
    });
  });

const detection = z
  .union(
    [
      z
        .enum(["lan", "fast", "wan"], { error: "`lan`, `fast`, `wan`" })
        .transform((profile) => DETECTION_PROFILES[profile]),
      detectionNumbers,
    ],
    { error: "`lan`, `fast`, `wan` or a map with `interval` and `timeout`" },
  )
  .prefault("lan")
  .describe(
    "How soon a dead node is noticed. `lan`: packets every 25 ms, dead after 100 ms; `fast`: 10 and 30 ms, for machines that are never overloaded; `wan`: 250 and 1500 ms, for networks with jitter; or both times as numbers.",
  );

const damping = z
  .strictObject(
    {
      failures: z
        .int({ error: "a whole number" })
        .min(1)
        .max(100)
        .default(3)
        .describe(
          "So many failures of a node within the time below make it banned: until the ban ends it is the last choice, and gets a service only when no other node can hold it.",
        ),
      within: span({
        min: seconds(1),
        max: microseconds(7 * DAY),
        byDefault: "10m",
        meaning: "The time in which the failures are counted.",
      }),
      ban: span({
        min: seconds(1),
        max: DAY,
        byDefault: "1m",
        meaning: "Length of the first ban. Each relapse doubles it.",
      }),
      banMax: span({
        min: seconds(1),
        max: microseconds(7 * DAY),
        byDefault: "1h",
        meaning: "No ban is longer than this.",
      }),
    },
    { error: "a map with `failures`, `within`, `ban` and `banMax`" },
  )
  .superRefine(({ ban, banMax }, context) => {
    if (banMax >= ban) return;
    context.addIssue({
      code: "custom",
      path: ["banMax"],
      message: "The longest ban is shorter than the first one",
      params: { code: "duration-out-of-range", advice: "Make `banMax` at least as long as `ban`" },
    });
  })
  .prefault({})
  .describe("Keeps a node that fails again and again from taking services back each time.");

const network = z.strictObject(
  {
    ping: z
      .array(hostAddress, { error: "a list of IP addresses" })
      .max(LIMITS.pingTargetsPerNetwork)
      .prefault([])
      .describe(
        "Addresses outside the cluster, such as the router, that answer ping while this network works. A node that hears neither them nor its peers knows that it is the one that is cut off, and lets its services go. Without them a node that is alone takes over.",
      ),
  },
  { error: "a map with the options of the network" },
);

const networks = z
  .record(name("network").meta({ title: "NETWORK" }), network, { error: "a map from network names to their options" })
  .prefault({})
  .meta({ maxProperties: LIMITS.networks })
  .describe(
    "Options of networks. A network exists by being named at a node; it needs an entry here only for its options.",
  );

const node = z.strictObject(
  {
    networks: z
      .record(name("network").meta({ title: "NETWORK" }), hostAddress, {
        error: "a map from network names to addresses",
      })
      .meta({ minProperties: 1, maxProperties: LIMITS.networks })
      .describe(
        "The node's own address on each network it is connected to, without prefix length. The addresses must be on the machine already; heartbeats go from and to them. Two networks that share no switch or cable let a cut cable be told from a dead node.",
      ),
    paths: z
      .record(pathGroupKey, pathGroup, { error: "a map from names of path groups to path groups" })
      .prefault({})
      .meta({ maxProperties: LIMITS.pathGroupsPerNode })
      .describe(
        "Path groups of this node by name: two interfaces or trunks that lead to the same network, of which one carries the addresses. When it fails, all of its addresses, routes and VLANs move to the other one. See docs/paths.md. A service address may name a group instead of an interface.",
      ),
    ...roomKeys,
    fence: fence.describe("How this node is fenced, where that is otherwise than for all: see `fence`."),
  },
  { error: "a map with `networks`" },
);

const nodes = z
  .record(name("node").meta({ title: "NODE" }), node, { error: "a map from node names to nodes" })
  .meta({ minProperties: 2, maxProperties: LIMITS.nodes })
  .describe(
    "The machines of the cluster by name. The agent on a machine runs as the node whose name is the host name, or as `--node` says.",
  );

/** The long form of a service address; its address field is checked like the short form. */
const addressOnInterface = z
  .strictObject(
    {
      address: z
        .string({ error: "an IP address with prefix length, such as `192.168.1.1/24`" })
        .meta({ title: "IP address with prefix length" })
        .describe("The address with the prefix length of its subnet."),
      interface: interfaceName
        .optional()
        .describe(
          "The interface or path group that gets the address, on every node of the service. Without it: the interface that has another address in the same subnet.",
        ),
      interfaces: z
        .array(interfaceName, { error: "a list of interface names" })
        .min(1)
        .max(LIMITS.interfacesPerAddress)
        .optional()
        .describe(
          "Instead of `interface`: the primary and the secondary interface (or path group) for the address, on every node of the service. The address is on the first one that works and moves within the node when that fails; an interface that is down at the start is not used. Only when none is left does the service leave the node.",
        ),
      label: addressLabel
        .optional()
        .describe(
          "For IPv4: `ip address` and `ifconfig` show the address as that of `INTERFACE:LABEL`, for tools that go by it. Left out where both together are longer than 15 characters. It is given when the address is put on, and not changed afterwards.",
        ),
    },
    { error: "an address or a map with `address` and `interface`" },
  )
  .superRefine((entry, context) => {
    for (const issue of interfaceIssues(entry)) context.addIssue({ code: "custom", ...issue });
  })
  .transform(({ address, interface: one, interfaces, label }, context): ServiceAddress => {
    const value = readServiceAddress(address, { interfaceNamed: (one ?? interfaces) !== undefined });
    if ("advice" in value) {
      const { code, message, advice } = value;
      context.issues.push({ code: "custom", input: address, path: ["address"], message, params: { code, advice } });
      return z.NEVER;
    }
    if (label !== undefined && value.family === 6) {
      context.issues.push({ code: "custom", input: label, path: ["label"], ...LABEL_OF_IPV6 });
      return z.NEVER;
    }
    return {
      ...value,
      ...(one === undefined ? {} : { interface: one }),
      ...(interfaces === undefined ? {} : { interfaces }),
      ...(label === undefined ? {} : { label }),
    };
  });

const LABEL_OF_IPV6 = {
  message: "An IPv6 address has no label",
  params: { code: "conflicting-keys", advice: "Leave `label` out: the kernel keeps labels of IPv4 addresses only" },
};

interface InterfaceIssue {
  readonly path: (string | number)[];
  readonly message: string;
  readonly params: Pick<Advised, "code" | "advice">;
}

function interfaceIssues(entry: {
  readonly interface?: string | undefined;
  readonly interfaces?: readonly string[] | undefined;
}): InterfaceIssue[] {
  const { interfaces = [] } = entry;
  if (entry.interface !== undefined && interfaces.length > 0) {
    const params = {
      code: "conflicting-keys",
      advice: "Keep one of them: `interfaces` has the preferred one first",
    } as const;
    return [{ path: ["interfaces"], message: "The address has both `interface` and `interfaces`", params }];
  }
  return interfaces.flatMap((name, index): InterfaceIssue[] => {
    if (interfaces.indexOf(name) === index) return [];
    const params = { code: "duplicate-interface", advice: "Name another one, or write `interface`" } as const;
    return [{ path: ["interfaces", index], message: `The address names the interface "${name}" twice`, params }];
  });
}

const serviceAddress = z.union([addressWithPrefix, addressOnInterface], {
  error: "an address such as `192.168.1.1/24` or a map with `address` and `interface`",
});

const identity = z
  .union(
    [
      z.enum(["announce", "listen", "mac"], { error: "`announce`, `listen`, `mac`" }),
      z.strictObject(
        {
          mac: stationMac.describe(
            "The MAC of the service; without it, one is derived from the names of cluster and service.",
          ),
        },
        { error: "a map with `mac`" },
      ),
    ],
    { error: "`announce`, `listen`, `mac` or a map with `mac`" },
  )
  .prefault("announce")
  .describe(
    "How clients find the holder. `announce`: it announces the addresses, and clients and switches learn from that; `listen`: it also receives what is sent to the MACs of the service's nodes that failed, for clients that never refresh their ARP or neighbour cache; `mac`: the service has a MAC of its own that moves with it, on an interface that the holder makes. See docs/identity.md.",
  );

const addressList = z.array(serviceAddress, { error: "a list of addresses" }).min(1).max(LIMITS.addressesPerService);

const addresses = z
  .union(
    [
      addressList.transform((list): AddressesFile => ({ list })),
      z.strictObject(
        {
          list: addressList.describe("The addresses."),
          after: z
            .array(name("program"), { error: "a list of program names" })
            .max(LIMITS.programsPerService)
            .optional()
            .describe(
              "Programs of the service that must be ready before the addresses go on. Without it: all that do not come after the addresses themselves; `[]`: none.",
            ),
        },
        { error: "a list of addresses, or a map with `list` and `after`" },
      ),
    ],
    { error: "a list of addresses, or a map with `list` and `after`" },
  )
  .optional()
  .transform((file): AddressesFile => file ?? { list: [] })
  .describe(
    "The addresses that clients use; they are on one node at a time and move together. Each is written with the prefix length of its subnet. A service of programs only needs none.",
  );

const service = z
  .strictObject(
    {
      addresses,
      programs,
      nodes: z
        .union(
          [
            z.literal(ALL, { error: "`all`" }),
            z.array(name("node"), { error: "a list of node names" }).min(1).max(LIMITS.nodes),
          ],
          { error: "a list of node names, or `all`" },
        )
        .describe(
          "The nodes that may hold the service, in order of preference; `all`: every node, in the order of the file. At the start the first fit one gets it; where they do not start at the same moment, the one that is up first may take it, and keeps it unless `failback` says otherwise.",
        ),
      failback: failback({
        after: "The preferred node must have been fit for this long.",
        meaning:
          "Whether the service moves back when a node that stands earlier in its list becomes fit again. `false`: it stays where it is; `true`: at once; `{ after: 30s }`: when that node has been fit for so long. The move is planned: the old holder lets go only when the new one is ready, or ends programs first that may run on one node only.",
      }),
      identity,
      hostRoutes: z
        .boolean({ error: "`true` or `false`" })
        .default(false)
        .describe(
          "Whether every node that does not hold the service has a route to each of its addresses by an address of the holder, on a network that works: so programs on the nodes reach it when their way to its subnet fails, or when they have none. See docs/applications.md.",
        ),
      ...placementKeys,
    },
    { error: "a map with `addresses` and `nodes`" },
  )
  .superRefine(({ addresses: { list }, programs: own }, context) => {
    if (list.length > 0 || Object.keys(own).length > 0) return;
    const params = { code: "empty-service", advice: "Add `addresses:`, `programs:`, or both" };
    context.addIssue({ code: "custom", message: "The service has neither addresses nor programs", params });
  })
  .superRefine(({ spread, failback: wish }, context) => {
    if (!spread || wish.kind === "never") return;
    context.addIssue({
      code: "custom",
      path: ["failback"],
      message: "The service is spread, and shall fail back",
      params: { code: "conflicting-keys", advice: "Keep one of them: what is spread prefers no node" },
    });
  });

const services = z
  .record(name("service").meta({ title: "SERVICE" }), service, { error: "a map from service names to services" })
  .prefault({})
  .meta({ maxProperties: LIMITS.services })
  .describe("What clients use, by name.");

export const clusterFile: z.ZodType<ClusterFile> = z
  .strictObject(
    {
      cluster: name("cluster").describe(
        "Name of the cluster. Packets of a cluster with another name are refused, so that two clusters can share a network.",
      ),
      secretFile: filePath
        .prefault("secret")
        .describe(
          "File with the keys that all nodes share, made by `locum keygen` and copied to each node; readable by its owner only. A relative path is relative to the directory of this file.",
        ),
      port: z
        .int({ error: "a port number from 1 to 65535" })
        .min(1)
        .max(65_535)
        .default(4_994)
        .describe("UDP port of the heartbeats and TCP port of the streams between nodes, the same on all of them."),
      detection,
      damping,
      networks,
      nodes,
      services,
      rules,
      checks,
      notify: hooks,
      fence: fence.describe(
        "How nodes are fenced: cut off by force, from outside, when they cannot let go. A node's own `fence` takes the place of this, key by key. See docs/fencing.md.",
      ),
    },
    { error: "a map with `cluster`, `nodes` and `services`" },
  )
  .describe("The cluster file: one text, the same on all nodes.");
