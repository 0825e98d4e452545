/** Stories of attributes and of the rules that go by them. */
import assert from "node:assert/strict";
import { milliseconds, seconds } from "../../src/base/time.js";
import type { AttributeValue, NodeAttribute } from "../../src/model/attribute.js";
import { type CheckConfig, checkName } from "../../src/model/errand.js";
import { nodeName } from "../../src/model/names.js";
import { type RuleAction, type RuleConfig, ruleName } from "../../src/model/rule.js";
import type { ServiceView } from "../../src/model/status.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { holds, running, type Scenarios, shop } from "./running.js";

const web2 = nodeName("web2");

/** What a member knows of a node's attributes. */
const attributesOf = (bench: ScenarioBench, node: string, at: string): readonly NodeAttribute[] =>
  bench
    .member(at)
    .node.view(bench.now)
    .nodes.find((each) => each.name === node)?.attributes ?? [];

const viewOfShop = (bench: ScenarioBench, at: string): ServiceView | undefined =>
  bench
    .member(at)
    .node.view(bench.now)
    .services.find(({ name }) => name === shop);

const MOVES = { ...programConfig("db").restart, exits: { "*": "move" } } as const;

const SOON = { times: 3, within: seconds(60), suspend: seconds(300) };

const rule = (name: string, when: string, ...actions: readonly RuleAction[]): RuleConfig => ({
  name: ruleName(name),
  each: "cluster",
  when,
  holdFor: seconds(0),
  every: undefined,
  holdOff: seconds(0),
  limit: SOON,
  actions,
});

/** A service whose program is slow goes to another node. */
const SLOW: RuleConfig = {
  ...rule("slow", 'service.programs.db.state == "troubled"', { kind: "move", service: undefined, to: undefined }),
  each: "service",
};

const say = (text: string): RuleAction => ({ kind: "notify", text, severity: "warning" });

/** Three nodes with two services, the first of which web1 holds, and these rules. */
function ruled(...rules: readonly RuleConfig[]): ScenarioBench {
  const names = ["web1", "web2", "web3"];
  const bench = new ScenarioBench({ ...clusterOf(names, { shop: {}, mail: {} }), rules });
  bench.start(...names);
  bench.pass(1_000);
  return bench;
}

const set = (bench: ScenarioBench, node: string, name: string, value: AttributeValue): void =>
  void bench.command(node, { kind: "set-attribute", node: nodeName(node), attribute: { name, value } });

/** What rules did, as the transcript has it. */
const acts = (bench: ScenarioBench): readonly string[] => bench.transcript.filter((line) => line.includes(" acts on "));

/** On which nodes. */
const actorsIn = (bench: ScenarioBench): readonly (string | undefined)[] =>
  acts(bench).map((line) => /acts on (\w+)/.exec(line)?.[1]);

const REBOOT: RuleAction = { kind: "run", command: ["/usr/sbin/reboot"], timeout: seconds(30) };

export const RULES: Scenarios = {
  "HS-8 a node that gets too hot is drained by its own rule once that has lasted, and put back when it is cool": () => {
    const bench = ruled(
      {
        ...rule("hot", "node.attributes.temperature > 80", { kind: "drain", node: undefined }),
        each: "node",
        holdFor: seconds(5),
      },
      {
        ...rule("cool", 'node.drainedBy == "rule hot" && node.attributes.temperature < 60', {
          kind: "resume",
          node: undefined,
        }),
        each: "node",
      },
    );
    set(bench, "web1", "temperature", 85);
    bench.pass(3_000);
    set(bench, "web1", "temperature", 79);
    bench.pass(50);
    set(bench, "web1", "temperature", 81.5);
    bench.pass(4_900);
    holds(bench, "web1");
    bench.pass(200);
    holds(bench, "web2");
    for (const node of ["web1", "web2"]) {
      const { nodes, services } = bench.member(node).node.view(bench.now);
      const [web1] = nodes;
      assert.ok(web1?.state === "drained" && bench.now - web1.since < 1_000_000, "since it was drained");
      assert.deepEqual(services[0]?.reason, { kind: "holder-drained", from: "web1", by: "hot" });
      assert.deepEqual(services[0]?.candidates[0]?.reasons, [{ code: "drained", detail: "hot" }]);
    }
    set(bench, "web1", "temperature", 55);
    bench.pass(100);
    assert.equal(acts(bench).length, 2);
    return bench;
  },
  "HS-8 what an operator drained is not put back by the rule that puts back what a rule drained": () => {
    const resume = { kind: "resume", node: web2 } as const;
    const bench = ruled(
      rule("hot", "nodes.web2.attributes.hot == true", { kind: "drain", node: web2 }),
      rule("cool", 'nodes.web2.drainedBy == "rule hot" && nodes.web2.attributes.hot == false', resume),
      rule("seen", 'nodes.web2.drainedBy == "operator"', say("drained by hand")),
    );
    const stateOf2 = (): string | undefined => bench.member("web1").node.view(bench.now).nodes[1]?.state;
    set(bench, "web2", "hot", false);
    bench.command("web1", { kind: "drain", node: web2 });
    bench.pass(1_000);
    assert.equal(stateOf2(), "drained");
    bench.command("web1", resume);
    set(bench, "web2", "hot", true);
    bench.pass(100);
    bench.command("web3", { kind: "drain", node: web2 });
    set(bench, "web2", "hot", false);
    bench.pass(1_000);
    assert.equal(stateOf2(), "drained", "his order takes the place of the rule's");
    assert.deepEqual(
      acts(bench).map((line) => /The rule (\w+)/.exec(line)?.[1]),
      ["seen", "hot", "seen"],
    );
    return bench;
  },
  "HS-8 a rule that drains a node has been obeyed, although nobody can take over from it": () => {
    const bench = ruled({
      ...rule("hot", "node.attributes.temperature > 80", { kind: "drain", node: undefined }),
      each: "node",
    });
    for (const other of ["web2", "web3"]) bench.command(other, { kind: "drain", node: nodeName(other) });
    set(bench, "web1", "temperature", 85);
    bench.pass(2_000);
    holds(bench, "web1");
    assert.ok(!bench.transcript.some((line) => line.includes("was not carried out")));
    bench.command("web1", { kind: "drain", node: nodeName("web1") });
    bench.pass(10);
    assert.deepEqual(bench.member("web2").node.view(bench.now).services[0]?.candidates[0]?.reasons, [
      { code: "drained" },
    ]);
    return bench;
  },
  "HS-8 a service's holder acts for it, and the service moves to the best of the others": () => {
    const bench = ruled({
      ...rule("trouble", 'service.holder != "" && nodes[service.holder].attributes.trouble == service.name', {
        kind: "move",
        service: undefined,
        to: undefined,
      }),
      each: "service",
    });
    bench.command("web3", { kind: "drain", node: nodeName("web2") });
    set(bench, "web1", "trouble", "shop");
    bench.pass(500);
    holds(bench, "web3");
    assert.deepEqual(bench.holders("192.168.1.2"), ["web1"]);
    assert.equal(acts(bench).length, 1);
    assert.ok(
      bench.transcript.some((line) => line.endsWith("web1 offers shop to web3, because the rule trouble moved it")),
    );
    const reason = { kind: "rule", from: "web1", by: "trouble" };
    for (const node of ["web1", "web2", "web3"]) assert.deepEqual(viewOfShop(bench, node)?.reason, reason, node);
    return bench;
  },
  "HS-8 the first living node acts for the cluster, and when it is gone the next one goes on": () => {
    const bench = ruled(rule("lost", 'nodes.exists(n, nodes[n].state == "down")', say("a node is down")), {
      ...rule("alone", 'size(nodes.filter(n, nodes[n].state == "up")) < 2', say("the last one")),
      holdFor: seconds(2),
    });
    bench.crash("web1");
    bench.pass(1_000);
    bench.crash("web2");
    bench.pass(3_000);
    assert.deepEqual(actorsIn(bench), ["web2", "web3"]);
    return bench;
  },
  "HS-8 a node that dies before anybody notices leaves nothing undone that was its turn": () => {
    const bench = ruled({
      ...rule("full", 'nodes.web3.attributes.disk == "full"', say("the disk is full")),
      holdFor: seconds(10),
    });
    set(bench, "web3", "disk", "full");
    bench.pass(9_960);
    bench.crash("web1");
    bench.pass(60_000);
    assert.deepEqual(actorsIn(bench), ["web2"]);
    return bench;
  },
  "HS-8 a rule that ends the agent of the node that acts does not go on through the cluster": () => {
    const bench = ruled({ ...rule("ill", "nodes.web3.attributes.ill == true", REBOOT) });
    set(bench, "web3", "ill", true);
    bench.pass(20);
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.pass(1_000);
    assert.equal(bench.member("web1").alive, false);
    assert.deepEqual(actorsIn(bench), ["web1"]);
    return bench;
  },
  "HS-8 a rule that cuts off the node that acts, without a word, does so to one more at most": () => {
    const names = ["web1", "web2", "web3", "web4"];
    const rules = [rule("ill", "nodes.web4.attributes.ill == true", REBOOT)];
    const bench = new ScenarioBench({ ...clusterOf(names, { shop: {} }), rules });
    bench.start(...names);
    bench.pass(1_000);
    set(bench, "web4", "ill", true);
    for (const name of ["web1", "web2"]) {
      bench.pass(20);
      assert.equal(actorsIn(bench).at(-1), name);
      bench.crash(name);
    }
    bench.pass(60_000);
    assert.deepEqual(actorsIn(bench), ["web1", "web2"]);
    return bench;
  },
  "HS-8 a service that takes its trouble with it is moved by its rule a few times, and not a few times by each node":
    () => {
      const bench = new ScenarioBench({
        ...clusterOf(["web1", "web2", "web3"], { shop: programsConfig([programConfig("db")]) }),
        rules: [SLOW],
      });
      bench.start("web1", "web2", "web3");
      bench.pass(1_000);
      const slow = { kind: "program-judged", health: "slow", problem: "its backend is slow" } as const;
      for (let turn = 0; turn < 8; turn += 1) {
        const holder = viewOfShop(bench, "web3")?.holder;
        assert.ok(holder !== undefined);
        bench.programs.tell(holder, "db", (run) => ({ ...slow, run }));
        bench.pass(2_000);
      }
      assert.equal(acts(bench).length, SOON.times);
      for (const node of ["web1", "web2", "web3"])
        assert.ok(
          bench.findings(node).some(({ kind }) => kind === "rule-suspended"),
          `${node} says so`,
        );
      return bench;
    },
  "HS-8 rules that undo each other are suspended, said so, and begin again later": () => {
    const bench = ruled(
      rule("there", 'services.shop.holder == "web1"', { kind: "move", service: shop, to: web2 }),
      rule("back", 'services.shop.holder == "web2"', { kind: "move", service: shop, to: nodeName("web1") }),
    );
    bench.pass(60_000);
    assert.equal(acts(bench).length, 6);
    const suspended = bench.findings("web1").find(({ kind }) => kind === "rule-suspended");
    assert.ok(suspended?.kind === "rule-suspended");
    const { times, withinMs, suspendMs } = suspended;
    assert.deepEqual({ times, withinMs, suspendMs }, { times: 3, withinMs: 60_000, suspendMs: 300_000 });
    bench.pass(290_000);
    assert.ok(acts(bench).length > 6);
    return bench;
  },
  "HS-8 in a pause no rule acts, and what a rule may not do is said": () => {
    const bench = ruled(rule("away", "nodes.web2.attributes.away", { kind: "move", service: shop, to: web2 }));
    bench.command("web1", { kind: "pause" });
    set(bench, "web2", "away", true);
    bench.pass(1_000);
    assert.equal(acts(bench).length, 0);
    bench.command("web2", { kind: "drain", node: web2 });
    bench.command("web1", { kind: "unpause" });
    bench.pass(1_000);
    holds(bench, "web1");
    assert.ok(bench.transcript.some((line) => line.includes("web2 cannot take shop: it is drained")));
    return bench;
  },
  "HS-8 a command is run by the node that acts, a check sets an attribute, and a broken condition is found": () => {
    const disk: CheckConfig = {
      name: checkName("disk"),
      command: ["/usr/lib/check-disk"],
      interval: seconds(10),
      timeout: seconds(5),
      attribute: "disk",
      value: "output",
      nodes: [],
    };
    const run: RuleAction = { kind: "run", command: ["/usr/sbin/clean-up"], timeout: seconds(30) };
    const rules = [
      { ...rule("full", 'node.attributes.disk == "full"', run), each: "node" as const },
      { ...rule("used", "node.attributes.disk > 90", say("nearly full")), each: "node" as const },
    ];
    const bench = new ScenarioBench({ ...clusterOf(["web1", "web2"], { shop: {} }), rules, checks: [disk] });
    bench.start("web1", "web2");
    bench.pass(1_000);
    assert.equal(bench.errands.filter(({ effect }) => effect.kind === "run-checks").length, 2);
    const outcome = { problem: undefined, output: "full", took: milliseconds(12) };
    bench.input(bench.member("web2"), { kind: "errand-ended", errand: { kind: "check", check: disk.name }, outcome });
    bench.pass(500);
    const [order] = bench.errands.flatMap(({ node, effect }) =>
      effect.kind === "run-errand" ? [{ node, ...effect }] : [],
    );
    assert.ok(order !== undefined && order.node === web2);
    assert.deepEqual(JSON.parse(order.input), {
      rule: "full",
      about: "web2",
      readings: [{ what: "node.attributes.disk", value: "full" }],
    });
    const failed = { problem: "it ended with status 1", output: "", took: milliseconds(3) };
    bench.input(bench.member("web2"), { kind: "errand-ended", errand: order.errand, outcome: failed });
    const [broken] = bench.findings("web2").filter(({ kind }) => kind === "rule-broken");
    assert.ok(broken?.kind === "rule-broken");
    assert.deepEqual([broken.rule, broken.about], ["used", "web2"]);
    assert.deepEqual(broken.readings, [{ what: "node.attributes.disk", value: "full" }]);
    bench.pass(40_000);
    assert.ok(!bench.findings("web2").some(({ kind }) => kind === "rule-broken"));
    return bench;
  },
  "HS-8 an attribute is set at any node, known to all, and gone when nobody repeats it": () => {
    const bench = running();
    const fit = { name: "fit", value: true, lifetime: seconds(30) };
    const rack = { name: "rack", value: "b2" };
    for (const attribute of [fit, rack])
      assert.equal(bench.command("web1", { kind: "set-attribute", node: web2, attribute })?.ok, true);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), [{ name: "fit", value: true }, rack]);
    bench.pass(20_000);
    bench.command("web2", { kind: "set-attribute", node: web2, attribute: fit });
    bench.pass(20_000);
    assert.equal(attributesOf(bench, "web2", "web1").length, 2);
    bench.pass(10_100);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), [rack]);
    bench.crash("web2");
    assert.deepEqual(attributesOf(bench, "web2", "web1"), []);
    bench.start("web2");
    bench.pass(500);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), [rack]);
    assert.equal(bench.command("web1", { kind: "unset-attribute", node: web2, name: "rack" })?.ok, true);
    assert.equal(bench.command("web1", { kind: "unset-attribute", node: web2, name: "rack" })?.ok, false);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), []);
    return bench;
  },
  "HS-8 a rule stops a service as an operator would, says that it did, and another starts what a rule stopped": () => {
    const isWet = (wet: boolean): string => `nodes.web2.attributes.wet == ${wet}`;
    const bench = ruled(
      rule("flood", isWet(true), { kind: "stop", service: shop }),
      rule("dry", `${isWet(false)} && services.shop.stoppedBy == "rule flood"`, { kind: "start", service: shop }),
    );
    set(bench, "web2", "wet", true);
    bench.pass(100);
    holds(bench);
    for (const node of ["web1", "web3"]) assert.equal(viewOfShop(bench, node)?.halt?.by, "flood");
    assert.deepEqual(bench.holders("192.168.1.2"), ["web1"], "the other service goes on");
    bench.crash("web1");
    bench.pass(1_000);
    bench.start("web1");
    bench.pass(1_000);
    holds(bench);
    set(bench, "web2", "wet", false);
    bench.pass(100);
    holds(bench, "web1");
    set(bench, "web2", "wet", true);
    bench.pass(100);
    bench.command("web3", { kind: "stop-service", service: shop });
    set(bench, "web2", "wet", false);
    bench.pass(1_000);
    holds(bench);
    assert.deepEqual([viewOfShop(bench, "web2")?.halt?.halted, viewOfShop(bench, "web2")?.halt?.by], [true, undefined]);
    return bench;
  },
  "HS-8 rules that stop and start one service in turn are suspended, and the service is as the last one left it":
    () => {
      const bench = ruled(
        rule("stop", 'services.shop.state == "active"', { kind: "stop", service: shop }),
        rule("start", 'services.shop.stoppedBy != ""', { kind: "start", service: shop }),
      );
      bench.pass(60_000);
      assert.equal(acts(bench).length, 6);
      assert.ok(bench.findings("web1").some(({ kind }) => kind === "rule-suspended"));
      return bench;
    },
  "HS-8 rules see programs: what troubles one, and how it ended on another node": () => {
    const bench = new ScenarioBench({
      ...clusterOf(["web1", "web2"], { shop: programsConfig([programConfig("db", { restart: MOVES })]) }),
      rules: [
        { ...SLOW, holdFor: seconds(5) },
        rule("broken", 'nodes.web2.programs["shop/db"].lastExit == "78"', say("db is broken on web2")),
      ],
    });
    bench.start("web1", "web2");
    bench.pass(1_000);
    const slow = { kind: "program-judged", health: "slow", problem: "its answers take 210 ms" } as const;
    bench.programs.tell("web1", "db", (run) => ({ ...slow, run }));
    bench.pass(4_000);
    holds(bench, "web1");
    bench.pass(2_000);
    holds(bench, "web2");
    bench.programs.end("web2", "db", { kind: "status", status: 78 });
    bench.pass(2_000);
    assert.deepEqual(
      acts(bench).map((line) => /The rule (\w+)/.exec(line)?.[1]),
      ["slow", "broken"],
    );
    return bench;
  },
  "HS-8 a node has so many attributes and no more": () => {
    const bench = running();
    const set = (index: number) =>
      bench.command("web2", { kind: "set-attribute", node: web2, attribute: { name: `a${index}`, value: index } });
    for (let index = 0; index < 64; index += 1) assert.equal(set(index)?.ok, true);
    const refused = set(64);
    assert.deepEqual(refused, {
      ok: false,
      code: "too-many-attributes",
      message: "web2 has 64 attributes already: unset one first",
    });
    assert.equal(set(3)?.ok, true);
    bench.transcript.length = 0;
    return bench;
  },
  "HS-8 a check whose attribute is one too many is found, until there is room for it": () => {
    const fit: CheckConfig = {
      name: checkName("fit"),
      command: ["/usr/lib/is-fit"],
      interval: seconds(10),
      timeout: seconds(5),
      attribute: "fit",
      value: "ok",
      nodes: [],
    };
    const bench = new ScenarioBench({ ...clusterOf(["web1", "web2"], { shop: {} }), checks: [fit] });
    bench.start("web1", "web2");
    for (let index = 0; index < 64; index += 1) set(bench, "web2", `a${index}`, index);
    bench.pass(1_000);
    bench.transcript.length = 0;
    const runs = (): void => {
      const outcome = { problem: undefined, output: "", took: milliseconds(12) };
      bench.input(bench.member("web2"), { kind: "errand-ended", errand: { kind: "check", check: fit.name }, outcome });
      bench.pass(1_000);
    };
    runs();
    assert.deepEqual(bench.findings("web2"), [{ kind: "attributes-full", node: web2, attribute: "fit" }]);
    bench.command("web1", { kind: "unset-attribute", node: web2, name: "a7" });
    runs();
    assert.deepEqual(bench.findings("web2"), []);
    assert.ok(attributesOf(bench, "web2", "web1").some(({ name }) => name === "fit"));
    return bench;
  },
  "HS-8 attributes change so often and no more; to say again what they are costs nothing": () => {
    const bench = running();
    const set = (value: number) =>
      bench.command("web2", { kind: "set-attribute", node: web2, attribute: { name: "load", value } });
    const flood = Array.from({ length: 300 }, (_, index) => set(index)?.ok);
    assert.deepEqual([flood.filter((ok) => ok === true).length, flood.indexOf(false)], [256, 256]);
    assert.equal(set(255)?.ok, true);
    bench.transcript.length = 0;
    bench.pass(1_000);
    assert.ok(bench.findings("web2").some(({ kind }) => kind === "attributes-flooded"));
    assert.equal(set(1)?.ok, true);
    bench.pass(20_000);
    assert.deepEqual(bench.findings("web2"), []);
    return bench;
  },
};
