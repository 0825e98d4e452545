/** The view as conditions of rules see it: the values of the vocabulary (model/rules/vocabulary.ts). */
import { exitKey } from "../../model/exit-text.js";
import { isUnproven } from "../../model/finding-kinds.js";
import { ordererOf } from "../../model/halt-text.js";
import { byName } from "../../model/names.js";
import { findingSeverity } from "../../model/note-text-finding.js";
import type { AttributeValue } from "../../model/attribute.js";
import type { RuleScope } from "../../model/rule.js";
import { FINDINGS_SEEN_MAX, type RuleValue, type RuleVariables, ruleValue } from "../../model/rules/vocabulary.js";
import type {
  FindingView,
  NodeView,
  PathGroupView,
  PeerView,
  ProgramView,
  ReachView,
  ServiceView,
} from "../../model/status.js";

export interface RuleView {
  readonly variables: RuleVariables;
  readonly nodes: ReadonlyMap<string, RuleValue>;
  readonly services: ReadonlyMap<string, RuleValue>;
}

export function ruleView(view: NodeView): RuleView {
  const held = heldServices(view.services);
  const programs = programsByNode(view.services);
  const nodes = new Map<string, RuleValue>(
    view.nodes.map((node) => [node.name, nodeValue(node, held.get(node.name), programs.get(node.name))]),
  );
  const services = new Map<string, RuleValue>(view.services.map((service) => [service.name, serviceValue(service)]));
  const proven = view.findings.filter(({ finding }) => !isUnproven(finding.kind));
  const findings = proven.slice(0, FINDINGS_SEEN_MAX).map(findingValue);
  return {
    nodes,
    services,
    variables: { nodes, services, networks: networkValues(view), findings, paused: view.paused },
  };
}

/** The variables, with the thing that the rule looks at by itself. */
export function variablesFor(scope: RuleScope, about: string | undefined, seen: RuleView): RuleVariables {
  if (scope === "cluster" || about === undefined) return seen.variables;
  const thing = scope === "node" ? seen.nodes.get(about) : seen.services.get(about);
  return { ...seen.variables, [scope]: thing };
}

function heldServices(services: readonly ServiceView[]): ReadonlyMap<string, readonly string[]> {
  const held = new Map<string, string[]>();
  for (const { holder, name } of services) {
    if (holder === undefined) continue;
    const names = held.get(holder) ?? [];
    names.push(name);
    held.set(holder, names);
  }
  return held;
}

/** Of each node, by service and name. */
function programsByNode(services: readonly ServiceView[]): ReadonlyMap<string, ReadonlyMap<string, RuleValue>> {
  const found = new Map<string, Map<string, RuleValue>>();
  for (const { name, programs } of services) {
    for (const program of programs) {
      const known = found.get(program.node) ?? new Map<string, RuleValue>();
      known.set(`${name}/${program.program}`, programValue(program));
      found.set(program.node, known);
    }
  }
  return found;
}

const programValue = ({ state, role, restarts, lastExit, failing, words }: ProgramView): RuleValue =>
  ruleValue("Program", {
    state,
    role,
    restarts: BigInt(restarts),
    lastExit: lastExit === undefined ? "" : exitKey(lastExit),
    failing: failing === true,
    words: words ?? "",
  });

const nodeValue = (
  node: PeerView,
  held: readonly string[] = [],
  programs: ReadonlyMap<string, RuleValue> = new Map(),
): RuleValue =>
  ruleValue("Node", {
    name: node.name,
    state: node.state,
    drainedBy: node.drain === undefined ? "" : ordererOf(node.drain.by),
    banned: node.bannedUntil !== undefined,
    networks: new Map(node.networks.map((reach) => [reach.network, reachValue(reach)])),
    paths: new Map((node.paths ?? []).map((group) => [group.name, groupValue(group)])),
    attributes: new Map((node.attributes ?? []).map(({ name, value }) => [name, attributeValue(value)])),
    holds: held,
    programs,
  });

const reachValue = ({ reachable, oneWay, roundTripUs }: ReachView): RuleValue =>
  ruleValue("Reach", { reachable, oneWay: oneWay ?? "", rttMs: (roundTripUs ?? 0) / 1_000 });

const groupValue = (group: PathGroupView): RuleValue =>
  ruleValue("PathGroup", {
    active: group.active,
    interface: group[group.active].interface,
    state: group.state,
    paused: group.paused,
    switches: BigInt(group.switches),
  });

/** A whole number is one to CEL as well, so that `== 3` and `+ 1` mean what they say. */
const attributeValue = (value: AttributeValue): AttributeValue | bigint =>
  Number.isSafeInteger(value) ? BigInt(value) : value;

function serviceValue({ name, holder, state, epoch, halt, programs, addresses, candidates }: ServiceView): RuleValue {
  return ruleValue("Service", {
    name,
    holder: holder ?? "",
    state,
    epoch: BigInt(epoch),
    stoppedBy: halt === undefined ? "" : ordererOf(halt.by),
    programs: new Map(
      programs.filter(({ node }) => node === holder).map((program) => [program.program, programValue(program)]),
    ),
    addresses,
    nodes: candidates.map(({ node }) => node),
    standbys: candidates.flatMap(({ node, eligible }) => (eligible && node !== holder ? [node] : [])),
  });
}

function findingValue({ finding }: FindingView): RuleValue {
  const text = (key: "node" | "network" | "group" | "address"): string => {
    const value: unknown = key in finding ? Object.entries(finding).find(([name]) => name === key)?.[1] : undefined;
    return typeof value === "string" ? value : "";
  };
  return ruleValue("Finding", {
    kind: finding.kind,
    severity: findingSeverity(finding),
    node: text("node"),
    network: text("network"),
    group: text("group"),
    address: text("address"),
    services: servicesOf(finding),
  });
}

const servicesOf = (finding: FindingView["finding"]): readonly string[] => {
  if ("services" in finding) return finding.services;
  return "service" in finding ? [finding.service] : [];
};

function networkValues({ nodes }: NodeView): ReadonlyMap<string, RuleValue> {
  const reached = new Map<string, string[]>();
  for (const { name, networks } of nodes) {
    for (const { network, reachable } of networks) {
      const names = reached.get(network) ?? [];
      if (reachable) names.push(name);
      reached.set(network, names);
    }
  }
  const sorted = [...reached].sort(([a], [b]) => byName(a, b));
  return new Map(sorted.map(([name, reachable]) => [name, ruleValue("Network", { name, reachable })]));
}
