import { assert } from "../base/assert.js";
import type { Random } from "../base/random.js";
import { type Duration, milliseconds, seconds } from "../base/time.js";
import type { AttributeOrder, AttributeValue } from "../model/attribute.js";
import type { Cluster } from "../model/cluster.js";
import type { Command } from "../model/command.js";
import type { NodeName, ServiceName } from "../model/names.js";
import { type RuleAction, type RuleConfig, type RuleLimit, type RuleScope, ruleName } from "../model/rule.js";
import { ConditionReader } from "../model/rules/condition.js";
import { namesIn, surroundingsOf } from "../model/rules/surroundings.js";
import { drawLength, type FaultTime } from "./fault-workload.js";
import { hasFencing } from "./fencing-workload.js";
import type { Fault, Plan } from "./plan.js";
import { hasPrograms } from "./program-workload.js";
import { weighted, withHash } from "./site-workload.js";

const SECOND = 1_000_000;
/** So many of the worlds in which something goes wrong have rules. */
const WORLDS_WITH_RULES = 0.3;
/** A new version of the cluster file leaves so many of the rules out, and has so many wait for another time. */
const LEFT_OUT = 0.1;
const ALTERED = 0.2;
/** Orders about attributes in one plan, at most. */
const ORDERS_MAX = 150;
/** Longer than any world is watched. */
const FOR_GOOD: Duration = seconds(3_600);

/** What simulated operators say of nodes. */
const HEAT = "heat";
const TROUBLE = "trouble";
/** What rules say of nodes. */
const MARK = "mark";

export const hasRules = ({ rules }: Cluster): boolean => rules !== undefined;

/** Rules, and orders about what they look at, in some of the worlds; the others stay as they are. */
export function withRules(random: Random, plan: Plan, time: FaultTime): Plan {
  if (plan.isCalm || !random.chance(WORLDS_WITH_RULES)) return plan;
  const rules = drawRules(random, plan.site.cluster);
  const faults = plan.faults.map((fault) => withFile(random, rules, fault));
  return {
    ...plan,
    site: { ...plan.site, cluster: withHash({ ...plan.site.cluster, rules }) },
    faults: [...faults, ...drawOrders(random, plan, time)],
  };
}

/** What a condition is about may have left the file. */
function withFile(random: Random, rules: readonly RuleConfig[], fault: Fault): Fault {
  const { trouble } = fault;
  if (trouble.kind !== "reconfigured") return fault;
  const { cluster } = trouble;
  const kept = rules.filter((rule) => !random.chance(LEFT_OUT) && isValidIn(cluster, rule));
  const altered = kept.map((rule) => (random.chance(ALTERED) ? { ...rule, holdFor: drawHoldFor(random) } : rule));
  return { ...fault, trouble: { ...trouble, cluster: withHash({ ...cluster, rules: altered }) } };
}

const isValidIn = (cluster: Cluster, { each, when, actions }: RuleConfig): boolean =>
  new ConditionReader(surroundingsOf(namesIn(cluster))).read(each, when).ok &&
  actions.every((action) => !("service" in action) || action.service === undefined || has(cluster, action.service));

const has = ({ services }: Cluster, service: ServiceName): boolean => services.some(({ name }) => name === service);

/** What rules are drawn for. */
interface Scene {
  readonly random: Random;
  readonly cluster: Cluster;
  /** Of the story that is drawn, so that no two rules have one name. */
  readonly nth: number;
}

type Story = (scene: Scene) => readonly RuleConfig[];

function drawRules(random: Random, cluster: Cluster): readonly RuleConfig[] {
  const stories: readonly Story[] = [
    hotAndCool,
    thereAndBack,
    thereAndBack,
    troubleHere,
    floodAndDry,
    somethingDown,
    somethingDown,
    nobodyStandsBy,
    markAndUnmark,
    ...(hasPrograms(cluster) ? [programTroubled] : []),
    ...(hasFencing(cluster) ? [tooHot] : []),
  ];
  const rules = [...Array(random.between(1, 4)).keys()].flatMap((nth) =>
    weighted(random, stories)({ random, cluster, nth }),
  );
  for (const rule of rules) assert(isValidIn(cluster, rule), "a rule is drawn that its file may have");
  return rules;
}

// --- stories ---------------------------------------------------------------------------------------------------------

/** A node takes itself out of service, and puts itself back. */
const hotAndCool: Story = (scene) => [
  rule(scene, "hot", "node", `node.attributes.${HEAT} > 80`, [{ kind: "drain", node: undefined }, notice("hot")]),
  rule(scene, "cool", "node", `node.drainedBy == "rule hot-${scene.nth}" && node.attributes.${HEAT} < 60`, [
    { kind: "resume", node: undefined },
  ]),
];

/** Two rules that undo each other, for as long as they may. */
function thereAndBack(scene: Scene): readonly RuleConfig[] {
  const { random, cluster, nth } = scene;
  const service = random.pick(cluster.services.filter(({ nodes }) => nodes.length > 1));
  const [a, b] = service?.nodes ?? [];
  if (service === undefined || a === undefined || b === undefined) return markAndUnmark(scene);
  const { name } = service;
  const away = (from: NodeName, to: NodeName, what: string): RuleConfig => ({
    ...rule(scene, what, "cluster", `services["${name}"].holder == "${from}"`, [{ kind: "move", service: name, to }]),
    limit: drawLoopLimit(random),
    name: ruleName(`${what}-${nth}`),
  });
  return [away(a, b, "there"), away(b, a, "back")];
}

/** A service leaves a node on which there is trouble, to the best of the others. */
const troubleHere: Story = (scene) => [
  rule(
    scene,
    "trouble",
    "service",
    `service.holder != "" && nodes[service.holder].attributes.${TROUBLE} == true`,
    scene.random.chance(0.5)
      ? [{ kind: "move", service: undefined, to: undefined }]
      : [
          { kind: "move", service: undefined, to: undefined },
          { kind: "unset", node: undefined, name: TROUBLE },
        ],
  ),
];

/** A service is stopped for as long as there is trouble anywhere. */
function floodAndDry(scene: Scene): readonly RuleConfig[] {
  const { random, cluster, nth } = scene;
  const service = weighted(random, cluster.services).name;
  const isThere = (negated: string): string =>
    `${negated}nodes.exists(n, "${TROUBLE}" in nodes[n].attributes && nodes[n].attributes.${TROUBLE} == true)`;
  return [
    rule(scene, "flood", "cluster", isThere(""), [{ kind: "stop", service }]),
    rule(scene, "dry", "cluster", `services["${service}"].stoppedBy == "rule flood-${nth}" && ${isThere("!")}`, [
      { kind: "start", service },
    ]),
  ];
}

/** Something is done about a node or a network that is down. */
function somethingDown(scene: Scene): readonly RuleConfig[] {
  const { random, cluster } = scene;
  const network = weighted(random, cluster.networks).name;
  const node = weighted(random, cluster.nodes).name;
  const when = weighted(random, [
    `nodes.exists(n, nodes[n].state == "down")`,
    `nodes["${node}"].state == "down"`,
    `findings.exists(f, f.kind == "network-down" || f.kind == "link-down")`,
    `size(networks["${network}"].reachable) < 2`,
  ]);
  return [rule(scene, "down", "cluster", when, [drawAnswer(scene, node), ...(random.chance(0.5) ? [ALERT] : [])])];
}

/** Of some services, that is so for good. */
const nobodyStandsBy: Story = (scene) => [
  {
    ...rule(scene, "alone", "service", "service.standbys == []", [ALERT, setting(MARK, true)]),
    limit: drawLoopLimit(scene.random),
  },
];

/** Two rules that undo each other as fast as the decisions let them. */
function markAndUnmark(scene: Scene): readonly RuleConfig[] {
  const { random, cluster } = scene;
  const node = weighted(random, cluster.nodes).name;
  const isMarked = `"${MARK}" in nodes["${node}"].attributes`;
  const limit = drawLoopLimit(random);
  const at = `nodes["${node}"].state == "up"`;
  const set: RuleAction = { kind: "set", node, attribute: { name: MARK, value: true } };
  return [
    { ...rule(scene, "mark", "cluster", `${at} && !(${isMarked})`, [set]), limit },
    { ...rule(scene, "unmark", "cluster", `${at} && ${isMarked}`, [{ kind: "unset", node, name: MARK }]), limit },
  ];
}

const programTroubled: Story = (scene) => [
  rule(
    scene,
    "sick",
    "service",
    `service.programs.exists(p, service.programs[p].failing || service.programs[p].state == "troubled")`,
    [weighted<RuleAction>(scene.random, [{ kind: "move", service: undefined, to: undefined }, ALERT])],
  ),
];

/** A node wants to be fenced itself: another one does it. */
const tooHot: Story = (scene) => [
  rule(scene, "too-hot", "node", `node.attributes.${HEAT} > 80`, [{ kind: "fence", node: undefined }]),
];

// --- parts -----------------------------------------------------------------------------------------------------------

const notice = (text: string): RuleAction => ({ kind: "notify", text, severity: "warning" });
const ALERT: RuleAction = notice("Something is wrong");

const setting = (name: string, value: AttributeValue): RuleAction => ({
  kind: "set",
  node: undefined,
  attribute: { name, value },
});

function drawAnswer({ random, cluster }: Scene, node: NodeName): RuleAction {
  const service = weighted(random, cluster.services).name;
  const timeout = milliseconds(random.between(200, 2_000));
  const run: RuleAction = { kind: "run", command: ["/usr/local/bin/clean-up"], timeout };
  return weighted<RuleAction>(random, [
    { kind: "move", service, to: undefined },
    { kind: "stop", service },
    { kind: "start", service },
    { kind: "drain", node },
    { kind: "resume", node },
    setting(TROUBLE, true),
    run,
    run,
    ALERT,
  ]);
}

const rule = (
  { random, nth }: Scene,
  what: string,
  each: RuleScope,
  when: string,
  actions: readonly RuleAction[],
): RuleConfig => ({ name: ruleName(`${what}-${nth}`), each, when, ...drawRhythm(random), actions });

type Rhythm = Pick<RuleConfig, "holdFor" | "every" | "holdOff" | "limit">;

const drawRhythm = (random: Random): Rhythm => ({
  holdFor: drawHoldFor(random),
  every: random.chance(0.2) ? milliseconds(random.between(500, 5_000)) : undefined,
  holdOff: milliseconds(random.chance(0.5) ? 0 : random.between(0, 3_000)),
  limit: random.chance(0.5)
    ? drawLoopLimit(random)
    : { times: random.between(1, 4), within: seconds(random.between(5, 30)), suspend: seconds(random.between(5, 20)) },
});

const drawHoldFor = (random: Random): Duration => milliseconds(random.chance(0.5) ? 0 : random.between(0, 1_500));

/** Of what may go on for ever: the world must come to rest, so that it isn't begun again. */
const drawLoopLimit = (random: Random): RuleLimit => ({
  times: random.between(1, 2),
  within: FOR_GOOD,
  suspend: FOR_GOOD,
});

// --- orders ----------------------------------------------------------------------------------------------------------

/** Operators and applications say things of nodes, and take them back. */
function drawOrders(random: Random, { site }: Plan, time: FaultTime): readonly Fault[] {
  const gapMax = weighted(random, [2, 8, 20]) * SECOND;
  const faults: Fault[] = [];
  for (let at = time.from; at < time.until && faults.length < ORDERS_MAX; at += random.between(1_000, gapMax)) {
    const host = random.between(0, site.hosts.length - 1);
    const node = weighted(random, site.hosts).name;
    faults.push({
      moment: { kind: "at", time: at },
      befallsSpeaker: false,
      trouble: { kind: "commanded", host, command: drawOrder(random, node) },
    });
  }
  return faults;
}

const drawOrder = (random: Random, node: NodeName): Command =>
  random.chance(0.7)
    ? { kind: "set-attribute", node, attribute: drawAttribute(random) }
    : { kind: "unset-attribute", node, name: weighted(random, [HEAT, TROUBLE, MARK]) };

function drawAttribute(random: Random): AttributeOrder {
  // A text can't be compared with a number: the rules that do so are broken then.
  const heat = { name: HEAT, value: weighted<AttributeValue>(random, [20, 55, 81, 95, "high"]) };
  const attribute = random.chance(0.6) ? heat : { name: TROUBLE, value: random.chance(0.7) };
  return random.chance(0.5) ? attribute : { ...attribute, lifetime: milliseconds(drawLength(random, 20_000, 200)) };
}
