/**
 * Which rules come true by a fault, as the node sees it whose turn it would be, and what they order. Path groups and
 * findings are not simulated: none are there. Programs are ready where their service is.
 */
import { instant } from "../../base/time.js";
import { actorOf, subjectOf } from "../../core/rules/actor.js";
import { actionText, commandOf, noTakerText, type OrderAction } from "../../core/rules/rule-actions.js";
import { ruleView, variablesFor } from "../../core/rules/rule-view.js";
import { byRule } from "../../core/services/halts.js";
import type { Cluster, ServiceConfig } from "../../model/cluster.js";
import type { Command } from "../../model/command.js";
import { type NetworkName, type NodeName, nodeName, type ServiceName } from "../../model/names.js";
import type { ServiceHalt } from "../../model/program.js";
import type { Finding } from "../../model/note.js";
import type { RuleAction, RuleConfig, RuleNote, RuleReading } from "../../model/rule.js";
import { ConditionReader, type Judgement } from "../../model/rules/condition.js";
import { namesIn, surroundingsOf } from "../../model/rules/surroundings.js";
import type { NodeCondition, NodeView, ProgramView, ServiceState } from "../../model/status.js";
import type { Outcome } from "./what-if.js";
import type { World } from "./world.js";

/** A rule that acts, and on which node. */
export interface Acting {
  readonly node: NodeName;
  /** Those who hear that node, and so know that it was its turn; with itself. */
  readonly group: readonly NodeName[];
  readonly note: RuleNote & { readonly code: "rule.fired" };
  readonly orders: readonly Command[];
  /** Why actions led to no order. */
  readonly unordered: readonly string[];
}

const START = instant(0);

/** Of the rules of a file, those that are true. */
export class SimulatedRules {
  readonly #rules: readonly {
    readonly config: RuleConfig;
    readonly condition: ReturnType<ConditionReader["read"]>;
  }[];
  /** What was true after the step before. */
  #before: ReadonlySet<string> = new Set();

  constructor(cluster: Cluster) {
    const reader = new ConditionReader(surroundingsOf(namesIn(cluster)));
    this.#rules = (cluster.rules ?? []).map((config) => ({ config, condition: reader.read(config.each, config.when) }));
  }

  /** Those that have come true by the latest step. */
  after(world: World, groups: readonly (readonly NodeName[])[], outcomes: readonly Outcome[]): readonly Acting[] {
    const now = this.#judged(world, groups, outcomes).flatMap((each) => actingOf(each) ?? []);
    const fresh = now.filter((acting) => !isKnown(acting, this.#before));
    this.#before = knownAfter(now);
    return fresh;
  }

  /** Conditions that cannot be evaluated, each once. */
  broken(world: World, groups: readonly (readonly NodeName[])[], outcomes: readonly Outcome[]): readonly BrokenRule[] {
    return this.#judged(world, groups, outcomes).flatMap(
      ({ node, rule: { name: rule }, about, judgement, readings }): BrokenRule | [] => {
        if (judgement.kind !== "broken") return [];
        const { problem } = judgement;
        return { node, finding: { kind: "rule-broken", rule, ...subjectOf(about), problem, readings } };
      },
    );
  }

  /** Each rule of each thing that it looks at, by the node that would act for it. */
  #judged(world: World, groups: readonly (readonly NodeName[])[], outcomes: readonly Outcome[]): readonly Judged[] {
    return groups.flatMap((group) => {
      const views = new Map(group.map((node) => [node, viewOf(world, { group, node }, outcomes)]));
      const [common] = views.values();
      if (common === undefined) return [];
      return this.#rules.flatMap(({ config, condition }) =>
        subjects(config, common, group).flatMap((about): Judged | [] => {
          const node = nodeName(actorOf(config.each, about, common) ?? "");
          const view = views.get(node);
          if (view === undefined || !condition.ok) return [];
          const variables = variablesFor(config.each, about, ruleView(view));
          const judgement = condition.value.judge(variables);
          const readings = judgement.kind === "false" ? [] : condition.value.read(variables);
          return { node, group, view, rule: config, about, judgement, readings };
        }),
      );
    });
  }
}

interface Judged {
  readonly node: NodeName;
  readonly group: readonly NodeName[];
  readonly view: NodeView;
  readonly rule: RuleConfig;
  readonly about: string | undefined;
  readonly judgement: Judgement;
  readonly readings: readonly RuleReading[];
}

/** A condition that the node that would act cannot evaluate. */
export interface BrokenRule {
  readonly node: NodeName;
  readonly finding: Finding & { readonly kind: "rule-broken" };
}

function actingOf({ node, group, view, rule, about, judgement, readings }: Judged): Acting | undefined {
  if (judgement.kind !== "true") return undefined;
  const firing = { now: START, rule, about, readings, view };
  const actions = rule.actions.map((action) => actionText(action, firing, node));
  const orders = rule.actions.flatMap((action) => (isOrder(action) ? (commandOf(action, firing, node) ?? []) : []));
  const unordered = rule.actions
    .filter(isOrder)
    .flatMap((action) => (commandOf(action, firing, node) === undefined ? noTakerText(action, firing) : []));
  const note = { code: "rule.fired", rule: rule.name, ...subjectOf(about), readings, actions } as const;
  return { node, group, note, orders, unordered };
}

function subjects({ each }: RuleConfig, view: NodeView, group: readonly NodeName[]): readonly (string | undefined)[] {
  if (each === "cluster") return [undefined];
  return each === "node" ? group : view.services.map(({ name }) => name);
}

const isOrder = (action: RuleAction): action is OrderAction => action.kind !== "notify" && action.kind !== "run";

/**
 * What each node keeps of turns, its own and those of others that it hears: another one that comes to act, because the service came
 * to it or the first node is down, does not act again. Each half of a split cluster has rules of its own.
 */
export const knownAfter = (turns: readonly Acting[]): ReadonlySet<string> =>
  new Set(turns.flatMap(({ group, note }) => group.map((node) => keyOf(node, note))));

/** Whether the node that would act knows that it was done. */
export const isKnown = ({ node, note }: Acting, known: ReadonlySet<string>): boolean => known.has(keyOf(node, note));

const keyOf = (node: NodeName, { rule, about }: Acting["note"]): string => [rule, about ?? "", node].join(" ");

/** A service that is served has its programs ready. */
const readyPrograms = ({ programs }: ServiceConfig, node: NodeName): readonly ProgramView[] =>
  (programs?.list ?? []).map(({ name: program }) => ({
    program,
    node,
    state: "ready",
    role: "holder",
    since: START,
    restarts: 0,
  }));

interface Viewer {
  /** Those that hear each other, the node among them. */
  readonly group: readonly NodeName[];
  readonly node: NodeName;
}

/** What a node of a group sees. */
function viewOf(world: World, { group, node }: Viewer, outcomes: readonly Outcome[]): NodeView {
  const { cluster, downNetworks, cutLinks } = world;
  // Who has no link to a network reaches nobody there.
  const isOff = (name: NodeName, network: NetworkName): boolean =>
    downNetworks.has(network) || cutLinks.has(`${name} ${network}`);
  const conditionOf = (node: NodeName): NodeCondition => {
    if (!group.includes(node)) return "down";
    return world.drainedNodes.has(node) ? "drained" : "up";
  };
  return {
    cluster: cluster.name,
    node,
    configHash: cluster.hash,
    paused: false,
    nodes: cluster.nodes.map(({ name, networks }) => ({
      name,
      state: conditionOf(name),
      since: START,
      ...(conditionOf(name) === "drained" ? { drain: byRule(world.drainedNodes.get(name)) } : {}),
      attributes: group.includes(name)
        ? [...(world.attributes.get(name) ?? [])].map(([attribute, value]) => ({ name: attribute, value }))
        : [],
      networks: networks.map(({ network }) => ({
        network,
        reachable: group.includes(name) && !isOff(name, network) && !isOff(node, network),
      })),
    })),
    services: cluster.services.map((service) => {
      const outcome = outcomes.find((each) => each.service === service.name);
      const holder = outcome?.after.find((node) => group.includes(node));
      return {
        name: service.name,
        holder,
        epoch: 1,
        state: stateOf(holder, world.stopped.has(service.name)),
        ...haltOf(world, service.name),
        since: START,
        reason: undefined,
        addresses: service.addresses.map((each) => `${each.address}/${each.prefixLength}`),
        reach: [],
        candidates: outcome?.candidates ?? [],
        programs: holder === undefined ? [] : readyPrograms(service, holder),
        listensFor: [],
      };
    }),
    findings: [],
  };
}

function stateOf(holder: NodeName | undefined, isStopped: boolean): ServiceState {
  if (isStopped) return "stopped";
  return holder === undefined ? "blocked" : "active";
}

function haltOf({ stopped }: World, service: ServiceName): { readonly halt?: ServiceHalt } {
  if (!stopped.has(service)) return {};
  return { halt: { service, halted: true, revision: 1, ...byRule(stopped.get(service)) } };
}
