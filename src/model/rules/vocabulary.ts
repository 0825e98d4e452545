/**
 * What conditions of rules can speak of: the types, their fields, and how many there can be of what is listed. The check
 * of the cluster file, the evaluation and the manual's tables are all made from this.
 */

import { FINDING_KINDS, isUnproven } from "../finding-kinds.js";
import type { Severity } from "../note.js";
import type { PathGroupState, PathRole } from "../path.js";
import { PROGRAM_STATES, type ProgramRole } from "../program.js";
import type { RuleScope } from "../rule.js";
import type { NodeCondition, ServiceState } from "../status.js";

/** What bounds the length of a list or map. */
export type Extent = "nodes" | "services" | "networks" | "findings" | "attributes" | "paths" | "programs" | "addresses";

export interface RuleField {
  /** As CEL calls it. */
  readonly type: string;
  readonly means: string;
  readonly extent?: Extent;
  /** All words that it can be. */
  readonly words?: readonly string[];
  /** It, or each of its entries, is the name of one of these, or empty where there is none. */
  readonly names?: "nodes" | "services" | "networks";
}

export type RuleFields = Readonly<Record<string, RuleField>>;

/** The words of a union; the compiler asks for each. */
const all = <Word extends string>(words: Readonly<Record<Word, unknown>>): readonly Word[] =>
  Object.keys(words) as Word[];

const FINDING_KINDS_SEEN = all(FINDING_KINDS).filter((kind) => !isUnproven(kind));

/** A field that is one of a few words. */
const oneOf = (words: readonly string[], more = ""): RuleField => ({
  type: "string",
  means: `${words.map((word) => `\`${word}\``).join(", ")}${more}`,
  words,
});

/** In an order in which each type comes after those that it has within it. */
export type RuleTypeName = "Reach" | "PathGroup" | "Program" | "Node" | "Service" | "Finding" | "Network";

export const RULE_TYPES: Readonly<Record<RuleTypeName, RuleFields>> = {
  Reach: {
    reachable: { type: "bool", means: "packets arrive both ways; of the node that acts: it has a link there" },
    oneWay: {
      type: "string",
      means: "`in` or `out` where they arrive one way only, else empty",
      words: ["in", "out", ""],
    },
    rttMs: { type: "double", means: "the latest round trip in milliseconds, 0 where there is none" },
  },
  PathGroup: {
    active: oneOf(all<PathRole>({ primary: true, secondary: true })),
    interface: { type: "string", means: "which interface carries the traffic" },
    state: oneOf(all<PathGroupState>({ sound: true, degraded: true, switching: true, failed: true })),
    paused: { type: "bool", means: "an operator paused it" },
    switches: { type: "int", means: "failovers since the agent's start" },
  },
  Program: {
    state: oneOf(all(PROGRAM_STATES), ": see docs/programs.md"),
    role: oneOf(all<ProgramRole>({ holder: true, standby: true })),
    restarts: { type: "int", means: "restarts that its policy led to, since the start of its node's agent" },
    lastExit: {
      type: "string",
      means:
        "how it last ended by itself: a status such as `1`, a signal such as `SIGKILL`, `out-of-memory`, `not-running`; empty: it never did, or its latest run was ended",
    },
    failing: { type: "bool", means: "it came to the end of its means there, and has not become ready since" },
    words: { type: "string", means: "what is wrong with it, or what it said last of itself" },
  },
  Node: {
    name: { type: "string", means: "its name", names: "nodes" },
    state: oneOf(all<NodeCondition>({ up: true, down: true, leaving: true, drained: true, unknown: true })),
    drainedBy: {
      type: "string",
      means: "who drained it until it is resumed: `operator`, or `rule` and a name, as `rule hot`; else empty",
    },
    banned: { type: "bool", means: "it failed too often lately" },
    networks: { type: "map<string, Reach>", extent: "networks", means: "how it is reached on each network" },
    paths: { type: "map<string, PathGroup>", extent: "paths", means: "its path groups" },
    attributes: {
      type: "map<string, dyn>",
      extent: "attributes",
      means: "its attributes; none while it is not there to say so",
    },
    holds: { type: "list<string>", extent: "services", means: "the services that it holds", names: "services" },
    programs: {
      type: "map<string, Program>",
      extent: "programs",
      means: 'its programs by service and name, as `programs["shop/db"]`; those only that run there or failed there',
    },
  },
  Service: {
    name: { type: "string", means: "its name", names: "services" },
    holder: { type: "string", means: "the node that holds it, empty where none does", names: "nodes" },
    state: oneOf(all<ServiceState>({ active: true, moving: true, starting: true, stopped: true, blocked: true })),
    epoch: { type: "int", means: "counts its holders" },
    stoppedBy: {
      type: "string",
      means: "who stopped it until it is started again: `operator`, or `rule` and a name, as `rule hot`; else empty",
    },
    programs: { type: "map<string, Program>", extent: "programs", means: "its programs on the node that holds it" },
    addresses: { type: "list<string>", extent: "addresses", means: "its addresses with their prefix length" },
    nodes: { type: "list<string>", extent: "nodes", means: "its nodes in the order of preference", names: "nodes" },
    standbys: {
      type: "list<string>",
      extent: "nodes",
      means: "those of the others that could take it now",
      names: "nodes",
    },
  },
  Finding: {
    kind: { type: "string", means: "what is wrong: see docs/findings.md", words: FINDING_KINDS_SEEN },
    severity: oneOf(all<Exclude<Severity, "info">>({ error: true, warning: true, notice: true })),
    node: { type: "string", means: "the node that it is about, else empty", names: "nodes" },
    network: { type: "string", means: "the network that it is about, else empty", names: "networks" },
    group: { type: "string", means: "the path group that it is about, else empty" },
    address: { type: "string", means: "the address that it is about, else empty" },
    services: { type: "list<string>", extent: "services", means: "the services that it is about", names: "services" },
  },
  Network: {
    name: { type: "string", means: "its name", names: "networks" },
    reachable: { type: "list<string>", extent: "nodes", means: "the nodes that are reached there", names: "nodes" },
  },
};

export const RULE_VARIABLES: RuleFields = {
  nodes: { type: "map<string, Node>", extent: "nodes", means: "all nodes of the file by name" },
  services: { type: "map<string, Service>", extent: "services", means: "all services of the file by name" },
  networks: { type: "map<string, Network>", extent: "networks", means: "all networks by name" },
  findings: { type: "list<Finding>", extent: "findings", means: "what is wrong now, at most 100" },
  paused: { type: "bool", means: "never true in a rule that acts: in a pause none does" },
};

/** What a rule that looks at each by itself has beside these. */
export const SCOPE_VARIABLES: Readonly<Record<RuleScope, RuleFields>> = {
  cluster: {},
  node: { node: { type: "Node", means: "the node that the rule looks at" } },
  service: { service: { type: "Service", means: "the service that the rule looks at" } },
};

/** The functions of CEL whose cost is bounded by what they are given; `matches`, for one, is not. */
export const RULE_FUNCTIONS: ReadonlySet<string> = new Set([
  "all",
  "contains",
  "double",
  "endsWith",
  "exists",
  "exists_one",
  "filter",
  "has",
  "int",
  "lowerAscii",
  "map",
  "size",
  "startsWith",
  "string",
  "upperAscii",
]);

/** Those of them that go through a list or a map. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter", "map"]);

export const FINDINGS_SEEN_MAX = 100;

/** The fields of each type as the decisions fill them in; those of {@link RULE_TYPES}. Whole numbers are `bigint`. */
interface FieldValues {
  readonly Reach: { readonly reachable: boolean; readonly oneWay: string; readonly rttMs: number };
  readonly PathGroup: {
    readonly active: string;
    readonly interface: string;
    readonly state: string;
    readonly paused: boolean;
    readonly switches: bigint;
  };
  readonly Program: {
    readonly state: string;
    readonly role: string;
    readonly restarts: bigint;
    readonly lastExit: string;
    readonly failing: boolean;
    readonly words: string;
  };
  readonly Node: {
    readonly name: string;
    readonly state: string;
    readonly drainedBy: string;
    readonly banned: boolean;
    readonly networks: ReadonlyMap<string, RuleValue>;
    readonly paths: ReadonlyMap<string, RuleValue>;
    readonly attributes: ReadonlyMap<string, string | bigint | number | boolean>;
    readonly holds: readonly string[];
    readonly programs: ReadonlyMap<string, RuleValue>;
  };
  readonly Service: {
    readonly name: string;
    readonly holder: string;
    readonly state: string;
    readonly epoch: bigint;
    readonly stoppedBy: string;
    readonly programs: ReadonlyMap<string, RuleValue>;
    readonly addresses: readonly string[];
    readonly nodes: readonly string[];
    readonly standbys: readonly string[];
  };
  readonly Finding: {
    readonly kind: string;
    readonly severity: string;
    readonly node: string;
    readonly network: string;
    readonly group: string;
    readonly address: string;
    readonly services: readonly string[];
  };
  readonly Network: { readonly name: string; readonly reachable: readonly string[] };
}

/** A value of one of the types; CEL knows it by its class. */
export type RuleValue = object;

class Value {
  /** All values are of one of the classes below. */
  protected readonly isRuleValue = true;

  constructor(fields: object) {
    Object.assign(this, fields);
  }
}

/** A class of its own for each type. */
export const RULE_CLASSES: Readonly<Record<RuleTypeName, typeof Value>> = {
  Reach: class Reach extends Value {},
  PathGroup: class PathGroup extends Value {},
  Program: class Program extends Value {},
  Node: class Node extends Value {},
  Service: class Service extends Value {},
  Finding: class Finding extends Value {},
  Network: class Network extends Value {},
};

/** Makes a value; the compiler asks for each field. */
export const ruleValue = <Name extends RuleTypeName>(name: Name, fields: FieldValues[Name]): RuleValue =>
  new RULE_CLASSES[name](fields);

/** What a condition is evaluated over: the variables by name. */
export type RuleVariables = Readonly<Record<string, unknown>>;
