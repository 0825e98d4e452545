import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../../base/time.js";
import { LocumError } from "../../base/locum-error.js";
import { type Cluster, type Failback, ORDINARY, type ServiceConfig } from "../../model/cluster.js";
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
  const texts = ["node web1 down", "link web2 b up", "network a down", "drain web1", "resume web2"];
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

test("rules come true by a fault, once, and are told with what they would do", () => {
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
    [[], ["web2 alone shop notify", "web2 spare shop stop shop"], [], []],
  );
  const lines = simulationLines(steps, { width: 200, paint: plain });
  assert.ok(
    lines.some((line) => line.includes("The rule alone for shop acts on web2 (notify), because service.standbys")),
  );
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
