/**
 * Which rules come true by a fault, as each group of nodes that hear each other sees it, and what they order. Path groups and
 * findings are not simulated: none are there. Programs are ready where their service is.
 */
import { instant } from "../../base/time.js";
import { actorOf } from "../../core/rules/actor.js";
import { actionText, commandOf, type OrderAction } from "../../core/rules/rule-actions.js";
import { ruleView, variablesFor } from "../../core/rules/rule-view.js";
import { byRule } from "../../core/services/halts.js";
import type { Cluster, ServiceConfig } from "../../model/cluster.js";
import type { Command } from "../../model/command.js";
import { type NodeName, nodeName, type ServiceName } from "../../model/names.js";
import type { ServiceHalt } from "../../model/program.js";
import type { RuleAction, RuleConfig, RuleNote } from "../../model/rule.js";
import { ConditionReader } from "../../model/rules/condition.js";
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
    const now = groups.flatMap((group) => this.#actingIn(viewOf(world, group, outcomes), group));
    const fresh = now.filter((acting) => !isKnown(acting, this.#before));
    this.#before = knownAfter(now);
    return fresh;
  }

  #actingIn(view: NodeView, group: readonly NodeName[]): readonly Acting[] {
    const seen = ruleView(view);
    return this.#rules.flatMap(({ config, condition }) =>
      subjects(config, view, group).flatMap((about): Acting | [] => {
        const node = actorOf(config.each, about, view);
        const variables = variablesFor(config.each, about, seen);
        if (node === undefined || !condition.ok || condition.value.judge(variables).kind !== "true") return [];
        const readings = condition.value.read(variables);
        const firing = { now: START, rule: config, about, readings, view };
        const actions = config.actions.map((action) => actionText(action, firing, nodeName(node)));
        const orders = config.actions.flatMap((action) =>
          isOrder(action) ? (commandOf(action, firing, nodeName(node)) ?? []) : [],
        );
        const subject = about === undefined ? {} : { about };
        const note = { code: "rule.fired", rule: config.name, ...subject, readings, actions } as const;
        return { node: nodeName(node), group, note, orders };
      }),
    );
  }
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

function viewOf(world: World, group: readonly NodeName[], outcomes: readonly Outcome[]): NodeView {
  const { cluster, downNetworks, cutLinks } = world;
  const conditionOf = (node: NodeName): NodeCondition => {
    if (!group.includes(node)) return "down";
    return world.drainedNodes.has(node) ? "drained" : "up";
  };
  return {
    cluster: cluster.name,
    node: group[0] ?? nodeName(""),
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
        reachable: group.includes(name) && !downNetworks.has(network) && !cutLinks.has(`${name} ${network}`),
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
