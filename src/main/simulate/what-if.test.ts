import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../../base/time.js";
import { LocumError } from "../../base/locum-error.js";
import { type Cluster, type Failback, ORDINARY, type ServiceConfig } from "../../model/cluster.js";
import { type CheckConfig, checkName } from "../../model/errand.js";
import { networkName, nodeName, serviceName } from "../../model/names.js";
import { type PathGroupConfig, pathGroupName } from "../../model/path.js";
import { type RuleConfig, ruleName } from "../../model/rule.js";
import { plain } from "../../cli/paint.js";
import { faultText, parseFault } from "./fault.js";
import { simulationLines, whyText } from "./simulate-text.js";
import { whatIf } from "./what-if.js";

const [a, b] = [networkName("a"), networkName("b")];

interface Options {
  readonly nodes?: number;
  readonly address?: string;
  readonly failback?: Failback;
  readonly ping?: readonly string[];
}

function clusterOf({
  nodes = 2,
  address = "192.168.1.1",
  failback = { kind: "never" },
  ping = [],
}: Options = {}): Cluster {
  const names = Array.from({ length: nodes }, (_, index) => nodeName(`web${index + 1}`));
  const shop: ServiceConfig = {
    name: serviceName("shop"),
    addresses: [{ address, family: 4, prefixLength: 24 }],
    nodes: names,
    failback,
  };
  return {
    name: "demo",
    secretFile: "/etc/locum/secret",
    port: 7700,
    detection: { interval: milliseconds(25), timeout: milliseconds(100) },
    damping: { failures: 3, within: seconds(600), ban: seconds(60), banMax: seconds(3_600) },
    networks: [
      { name: a, ping },
      { name: b, ping: [] },
    ],
    nodes: names.map((name, index) => ({
      name,
      networks: [
        { network: a, address: `10.1.1.${index + 1}` },
        { network: b, address: `20.1.1.${index + 1}` },
      ],
      paths: [],
    })),
    services: [shop],
    hash: "00",
  };
}

/** Who holds shop after the start and after each fault. */
function holders(cluster: Cluster, ...faults: readonly string[]): readonly string[] {
  const steps = whatIf(
    cluster,
    faults.map((text) => parseFault(text, cluster)),
  );
  return steps.map(({ outcomes }) => outcomes[0]?.after.join("+") ?? "");
}

test("a node goes and comes: the service moves and stays, or fails back where that is wished", () => {
  const faults = ["node web1 down", "node web1 up"];
  assert.deepEqual(holders(clusterOf(), ...faults), ["web1", "web2", "web2"]);
  const failback: Failback = { kind: "after", delay: seconds(30) };
  assert.deepEqual(holders(clusterOf({ failback }), ...faults), ["web1", "web2", "web1"]);
});

test("drained nodes give away what others can hold, and keep what nobody else can", () => {
  const faults = ["drain web1", "drain web2", "resume web1"];
  assert.deepEqual(holders(clusterOf(), ...faults), ["web1", "web2", "web2", "web1"]);
});

test("one cut link of two moves only what needs that network", () => {
  assert.deepEqual(holders(clusterOf(), "link web1 a down"), ["web1", "web1"]);
  const onNetworkA = clusterOf({ address: "10.1.1.10" });
  assert.deepEqual(holders(onNetworkA, "link web1 a down", "link web1 a up"), ["web1", "web2", "web2"]);
  assert.deepEqual(holders(onNetworkA, "network a down"), ["web1", "web1"], "what all have lost moves nothing");
  const oneByOne = ["link web1 a down", "link web2 a down"];
  const held = holders(onNetworkA, ...oneByOne);
  assert.deepEqual(held, ["web1", "web2", "web2"], "the last holder keeps what nobody else can hold");
});

test("a node that is cut off from all: both sides hold, unless it knows by its ping targets", () => {
  const faults = ["link web1 a down", "link web1 b down", "link web1 b up"];
  assert.deepEqual(holders(clusterOf(), ...faults), ["web1", "web1", "web1+web2", "web2"]);
  const withPing = clusterOf({ ping: ["10.1.1.254"] });
  assert.deepEqual(holders(withPing, "link web1 b down", "link web1 a down"), ["web1", "web1", "web2"]);
});

test("ping targets that all have lost tell nothing, as in the agents: nothing moves, also when the nodes part afterwards", () => {
  const cluster = clusterOf({ ping: ["10.1.1.254"] });
  assert.deepEqual(holders(cluster, "network a down", "network a up"), ["web1", "web1", "web1"]);
  assert.deepEqual(holders(cluster, "network a down", "network b down"), ["web1", "web1", "web1+web2"]);
  assert.deepEqual(holders(cluster, "network b down", "network a down"), ["web1", "web1", ""]);
});

test("what no fault here concerns is said next to the outcome", () => {
  const { nodes, services, ...rest } = clusterOf();
  const group = { name: pathGroupName("in0") } as unknown as PathGroupConfig;
  const behindGroups: Cluster = { ...rest, services, nodes: nodes.map((node) => ({ ...node, paths: [group] })) };
  const [, step] = whatIf(behindGroups, [parseFault("link web1 a down", behindGroups)]);
  assert.ok(step !== undefined);
  const said = simulationLines([step], { width: 200, paint: plain }).join("\n");
  assert.match(said, /stays; not simulated: path group in0 and the network of 192\.168\.1\.1$/);
  const [, drained] = whatIf(behindGroups, [parseFault("drain web1", behindGroups)]);
  assert.ok(drained !== undefined);
  assert.doesNotMatch(simulationLines([drained], { width: 200, paint: plain }).join("\n"), /not simulated/);
});

test("all down, and one back", () => {
  assert.deepEqual(holders(clusterOf(), "node web1 down", "node web2 down", "node web1 up"), [
    "web1",
    "web2",
    "",
    "web1",
  ]);
});

test("three nodes: the order of preference, past those that cannot", () => {
  const cluster = clusterOf({ nodes: 3, address: "10.1.1.10" });
  assert.deepEqual(holders(cluster, "link web2 a down", "node web1 down"), ["web1", "web1", "web3"]);
});

test("N+1: who goes where after several faults, and who waits", () => {
  const { services, nodes, ...rest } = clusterOf({ nodes: 3 });
  const spare = nodeName("web3");
  const crowd: Cluster = {
    ...rest,
    nodes: nodes.map((node) => ({ ...node, room: { capacity: { slots: 1 }, weight: 1 } })),
    services: services.flatMap((shop): ServiceConfig[] => [
      { ...shop, nodes: [nodeName("web1"), spare] },
      {
        ...shop,
        name: serviceName("bank"),
        nodes: [nodeName("web2"), spare],
        placement: { ...ORDINARY, priority: 1 },
      },
    ]),
  };
  const faults = ["node web1 down", "node web2 down", "node web1 up"].map((text) => parseFault(text, crowd));
  const steps = whatIf(crowd, faults);
  assert.deepEqual(
    steps.map(({ outcomes }) => outcomes.map(({ service, after }) => `${service} ${after.join()}`)),
    [
      ["shop web1", "bank web2"],
      ["shop web3", "bank web2"],
      ["shop ", "bank web3"],
      ["shop web1", "bank web3"],
    ],
  );
  const [, , alone] = steps;
  assert.ok(alone !== undefined);
  const waiting = simulationLines([alone], { width: 200, paint: plain }).join("\n");
  assert.match(waiting, /web3: its room is for bank/);
});

test("what people read", () => {
  const cluster = clusterOf({ nodes: 3 });
  const faults = ["node web1 down", "link web3 a down", "link web3 b down"].map((text) => parseFault(text, cluster));
  assert.equal(
    simulationLines(whatIf(cluster, faults), { width: 90, paint: plain }).join("\n"),
    `At the start
  SERVICE  HOLDER  STANDBY     WHY
  shop     web1    web2, web3  no node held it

1. node web1 down
  SERVICE  HOLDER        STANDBY  WHY
  shop     web1 -> web2  web3     web1 fell silent

2. link web3 a down
  SERVICE  HOLDER  STANDBY  WHY
  shop     web2    web3     stays; web1: it is down; not simulated: the network of
                            192.168.1.1

3. link web3 b down
  The cluster is split, each side takes the other for dead: web2 | web3
  SERVICE  HOLDER         STANDBY  WHY
  shop     web2 and web3  none     each side holds it until they hear each other; a ping
                                   target could prevent that; web1: it is down; web3: it
                                   runs, but web2 does not hear it; not simulated: the
                                   network of 192.168.1.1`,
  );
});

test("faults are read as they are written, and wrong ones are told what is right", () => {
  const cluster = clusterOf();
  const attributes = [
    "attribute web1 disk=free at last",
    "attribute web1 fit=true",
    "attribute web1 load=-1.5",
    "attribute web2 fit",
  ];
  const texts = ["node web1 down", "link web2 b up", "network a down", "drain web1", "resume web2", ...attributes];
  assert.deepEqual(
    texts.map((text) => faultText(parseFault(text, cluster))),
    texts,
  );
  const wrong: Readonly<Record<string, RegExp>> = {
    "web1 down": /no fault that can be simulated/,
    "node web1 dead": /no fault/,
    "link web1 down": /no fault/,
    "drain web1 now": /no fault/,
    "network a down now": /no fault/,
    "": /no fault/,
    "node web9 down": /There is no node web9/,
    "network c down": /There is no network c/,
    "link web1 c down": /There is no network c/,
    "attribute web1": /no fault/,
    "attribute web1 no name": /no fault/,
    "attribute web9 a=1": /There is no node web9/,
    "interface web1 eth0": /no fault/,
    "interface web9 eth0 down": /There is no node web9/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    assert.throws(
      () => parseFault(text, cluster),
      (error) => error instanceof LocumError && message.test(error.message),
      text,
    );
  }
});

test("rules come true by a fault, once, and are told with what they do", () => {
  const rule: RuleConfig = {
    name: ruleName("alone"),
    each: "service",
    when: 'service.standbys == [] && nodes.exists(n, nodes[n].state == "down")',
    holdFor: seconds(0),
    every: undefined,
    holdOff: seconds(0),
    limit: { times: 5, within: seconds(300), suspend: seconds(600) },
    actions: [{ kind: "notify", text: "nobody stands by", severity: "error" }],
  };
  const stops: RuleConfig = {
    ...rule,
    name: ruleName("spare"),
    when: 'nodes.web1.state == "down" && service.state == "active"',
    actions: [{ kind: "stop", service: undefined }],
  };
  const cluster = { ...clusterOf(), rules: [rule, stops] };
  const steps = whatIf(
    cluster,
    ["node web1 down", "drain web2", "node web1 up"].map((fault) => parseFault(fault, cluster)),
  );
  assert.deepEqual(
    steps.map(({ rules }) =>
      rules.map(({ node, note }) => `${node} ${note.rule} ${note.about} ${note.actions.join()}`),
    ),
    [[], ["web2 alone shop notify", "web2 spare shop stop shop"], ["web2 alone shop notify"], []],
    "of a service that is stopped, web2 was the standby",
  );
  const lines = simulationLines(steps, { width: 200, paint: plain });
  assert.ok(
    lines.some((line) => line.includes("The rule alone for shop acts on web2 (notify), because service.standbys")),
  );
});

const RULE: RuleConfig = {
  name: ruleName("hot"),
  each: "node",
  when: "double(node.attributes.temperature) > 80.0",
  holdFor: seconds(30),
  every: undefined,
  holdOff: seconds(0),
  limit: { times: 5, within: seconds(300), suspend: seconds(600) },
  actions: [{ kind: "drain", node: undefined }],
};
const check = (name: string, value: CheckConfig["value"]): CheckConfig => ({
  name: checkName(name),
  command: ["/bin/true"],
  interval: seconds(10),
  timeout: seconds(5),
  attribute: name,
  value,
  nodes: [],
});

/** What each step tells of shop and of the rules: `web2: web1 hot`. */
function tried(cluster: Cluster, ...faults: readonly string[]): readonly string[] {
  const steps = whatIf(
    cluster,
    faults.map((text) => parseFault(text, cluster)),
  );
  return steps.map(
    ({ outcomes, rules }) =>
      `${outcomes[0]?.after.join("+") ?? ""}: ${rules.map(({ node, note }) => `${node} ${note.rule}`).join(", ")}`,
  );
}

test("an attribute makes a rule come true, and what the rule orders is done", () => {
  const cool: RuleConfig = {
    ...RULE,
    name: ruleName("cool"),
    when: 'node.state == "drained" && double(node.attributes.temperature) < 60.0',
    actions: [{ kind: "resume", node: undefined }],
  };
  const cluster = { ...clusterOf(), checks: [check("temperature", "output")], rules: [RULE, cool] };
  const faults = ["attribute web1 temperature=81", "attribute web1 temperature=59", "attribute web2 temperature=99.5"];
  assert.deepEqual(tried(cluster, ...faults), ["web1: ", "web2: web1 hot", "web2: web1 cool", "web1: web2 hot"]);
  const [, step] = whatIf(cluster, [parseFault(faults[0] ?? "", cluster)]);
  assert.ok(step !== undefined);
  assert.equal(
    simulationLines([step], { width: 200, paint: plain }).join("\n"),
    `0. attribute web1 temperature=81
  SERVICE  HOLDER        STANDBY  WHY
  shop     web1 -> web2  none     web1 was drained by the rule hot
  The rule hot for web1 acts on web1 (drain web1), because node.attributes.temperature is 81`,
  );
});

test("rules move, stop and start services, set attributes, and one that answers another acts after it, each once in a step", () => {
  const on = (name: string, when: string, ...actions: RuleConfig["actions"]): RuleConfig => ({
    ...RULE,
    name: ruleName(name),
    each: "cluster",
    when,
    actions,
  });
  const shop = serviceName("shop");
  const cluster = {
    ...clusterOf({ nodes: 3, failback: { kind: "after", delay: seconds(1) } }),
    rules: [
      on("move", "nodes.web1.attributes.ill == true", { kind: "move", service: shop, to: undefined }),
      on("flood", "nodes.web1.attributes.wet == true", { kind: "stop", service: shop }),
      on("dry", 'services.shop.stoppedBy == "rule flood" && !has(nodes.web1.attributes.wet)', {
        kind: "start",
        service: shop,
      }),
      on("ping", "nodes.web3.attributes.a == 1", {
        kind: "set",
        node: nodeName("web3"),
        attribute: { name: "a", value: 2 },
      }),
      on("pong", "nodes.web3.attributes.a == 2", {
        kind: "set",
        node: nodeName("web3"),
        attribute: { name: "a", value: 1 },
      }),
    ],
  };
  assert.deepEqual(
    tried(
      cluster,
      "attribute web1 ill=true",
      "network b down",
      "attribute web1 wet=true",
      "attribute web1 wet",
      "attribute web3 a=1",
    ),
    ["web1: ", "web2: web1 move", "web2: ", ": web1 flood", "web1: web1 dry", "web1: web1 ping, web1 pong"],
  );
  const stopped = whatIf(cluster, [parseFault("attribute web1 wet=true", cluster)]).at(-1);
  assert.ok(stopped?.outcomes[0] !== undefined);
  assert.equal(whyText(stopped.outcomes[0], stopped), "stopped by the rule flood");
});

test("a rule acts once while it is true, whichever node's turn it is after the service has moved or a node went down", () => {
  const [full, wet] = ["nodes.web3.attributes.full == true", "nodes.web3.attributes.wet == true"];
  const moves: RuleConfig = { ...RULE, name: ruleName("full"), each: "service", when: full };
  const stops: RuleConfig = { ...RULE, name: ruleName("wet"), each: "cluster", when: wet };
  const cluster = {
    ...clusterOf({ nodes: 3 }),
    rules: [
      { ...moves, actions: [{ kind: "move", service: undefined, to: undefined } as const] },
      { ...stops, actions: [{ kind: "drain", node: nodeName("web2") } as const] },
    ],
  };
  assert.deepEqual(
    tried(cluster, "attribute web3 full=true", "attribute web3 wet=true", "node web1 down", "resume web2"),
    ["web1: ", "web2: web1 full", "web1: web1 wet", "web3: ", "web3: "],
  );
});

test("what is true at the start is told and not done: checks find nothing wrong then, and the rest nobody has said yet", () => {
  const unfit: RuleConfig = { ...RULE, name: ruleName("unfit"), when: "!has(node.attributes.said)" };
  const full: RuleConfig = { ...RULE, name: ruleName("full"), when: "node.attributes.disk == false" };
  const cluster = { ...clusterOf(), checks: [check("disk", "ok")], rules: [unfit, full] };
  assert.deepEqual(tried(cluster, "attribute web1 said=yes", "attribute web1 disk=false"), [
    "web1: web1 unfit, web2 unfit",
    "web1: ",
    "web2: web1 full",
  ]);
});

test("of a network of clients that is down it says that they do not reach the service, whoever holds it", () => {
  const cluster = clusterOf({ address: "10.1.1.100" });
  const why = (...faults: readonly string[]): string => {
    const step = whatIf(
      cluster,
      faults.map((text) => parseFault(text, cluster)),
    ).at(-1);
    const [outcome] = step?.outcomes ?? [];
    return step === undefined || outcome === undefined ? "" : whyText(outcome, step);
  };
  assert.equal(why("network a down"), "stays; clients on network a do not reach it");
  assert.equal(why("network b down"), "stays");
  assert.match(why("network a down", "node web1 down"), /clients on network a do not reach it/);
  assert.equal(why("network a down", "network a up"), "stays");
});

test("a rule is judged as the node sees it that would act: who has no link to a network reaches nobody there", () => {
  const lost: RuleConfig = {
    ...RULE,
    name: ruleName("lost"),
    each: "cluster",
    when: "!nodes.web1.networks.a.reachable && !nodes.web2.networks.a.reachable",
    actions: [{ kind: "notify", text: "nobody is on a", severity: "warning" }],
  };
  const cluster = { ...clusterOf({ nodes: 3 }), rules: [lost] };
  const actingAfter = (fault: string): readonly string[] => {
    const [, step] = whatIf(cluster, [parseFault(fault, cluster)]);
    return (step?.rules ?? []).map(({ node, note }) => `${node} ${note.rule}`);
  };
  assert.deepEqual(actingAfter("link web1 a down"), ["web1 lost"]);
  assert.deepEqual(actingAfter("link web2 a down"), []);
});

test("a condition that cannot be evaluated is told, by the node that would act", () => {
  const cluster = { ...clusterOf(), rules: [RULE] };
  const steps = whatIf(cluster, [parseFault("attribute web2 temperature=N/A", cluster)]);
  assert.deepEqual(
    steps.map(({ broken }) => broken.map(({ node, finding }) => `${node} ${finding.rule} ${finding.about}`)),
    [[], ["web2 hot web2"]],
  );
  const lines = simulationLines(steps, { width: 200, paint: plain });
  assert.ok(
    lines.some((line) => line.startsWith("  On web2: The condition of the rule hot cannot be evaluated for web2")),
  );
});

test("a move that the agents would refuse is told with the reason; one to where the service is already is none", () => {
  const away: RuleConfig = {
    ...RULE,
    name: ruleName("away"),
    each: "cluster",
    when: "'hot' in nodes.web1.attributes",
    actions: [{ kind: "move", service: serviceName("shop"), to: nodeName("web2") }],
  };
  const refusals = (rule: RuleConfig, ...faults: readonly string[]): readonly string[] => {
    const cluster = { ...clusterOf(), rules: [rule] };
    const steps = whatIf(
      cluster,
      faults.map((text) => parseFault(text, cluster)),
    );
    const lines = simulationLines(steps, { width: 300, paint: plain }).join("\n");
    const notes = steps.flatMap(({ refused }) => refused.map(({ node, note }) => `${node}: ${note.problem}`));
    assert.equal(notes.length > 0, lines.includes("gave an order that was not carried out"), lines);
    return notes;
  };
  assert.deepEqual(refusals(away, "drain web2", "attribute web1 hot=true"), [
    "web1: web2 cannot take shop: it is drained",
  ]);
  assert.deepEqual(refusals(away, "attribute web1 hot=true"), []);
  const there = { ...away, when: "'hot' in nodes.web2.attributes" };
  assert.deepEqual(refusals(there, "node web1 down", "drain web2", "attribute web2 hot=true"), []);
  const anywhere: RuleConfig = { ...away, actions: [{ kind: "move", service: serviceName("shop"), to: undefined }] };
  assert.deepEqual(refusals(anywhere, "drain web2", "attribute web1 hot=true"), [
    "web1: No other node can take shop now",
  ]);
});
