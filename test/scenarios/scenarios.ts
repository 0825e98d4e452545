/** One short story for each requirement row that the decisions answer for. What was said is kept beside this file. */
import assert from "node:assert/strict";
import { milliseconds, seconds } from "../../src/base/time.js";
import type { Cluster, ServiceConfig } from "../../src/model/cluster.js";
import { networkName, nodeName, serviceName, wireId } from "../../src/model/names.js";
import { ScenarioBench, clusterOf } from "./bench.js";

export const SHOP = "192.168.1.1";
const shop = serviceName("shop");
const [web1, web2] = [nodeName("web1"), nodeName("web2")];

function running(names: readonly string[] = ["web1", "web2"], changes: Partial<ServiceConfig> = {}): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(names, { shop: changes }));
  bench.start(...names);
  bench.pass(1_000);
  assert.deepEqual(bench.holders(SHOP), ["web1"]);
  return bench;
}

const without = (cluster: Cluster, node: string): Cluster => ({
  ...cluster,
  nodes: cluster.nodes.filter(({ name }) => name !== node),
  services: cluster.services.map((each) => ({ ...each, nodes: each.nodes.filter((name) => name !== node) })),
});

const holds = (bench: ScenarioBench, ...names: readonly string[]): void => assert.deepEqual(bench.holders(SHOP), names);

export const SCENARIOS: Readonly<Record<string, () => ScenarioBench>> = {
  "TK-1 a standby takes over from a dead holder and keeps the service": () => {
    const bench = running();
    bench.crash("web1");
    holds(bench, "web2");
    bench.pass(500);
    bench.start("web1");
    bench.pass(5_000);
    holds(bench, "web2");
    return bench;
  },
  "TK-9 the preferred node takes its service back after the configured time": () => {
    const bench = running(["web1", "web2"], { failback: { kind: "after", delay: seconds(3) } });
    bench.crash("web1");
    bench.pass(500);
    bench.start("web1");
    bench.pass(2_900);
    holds(bench, "web2");
    bench.pass(200);
    holds(bench, "web1");
    return bench;
  },
  "TK-9 a move by hand is not undone by failback": () => {
    const bench = running(["web1", "web2"], { failback: { kind: "after", delay: milliseconds(0) } });
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    bench.pass(60_000);
    holds(bench, "web2");
    bench.crash("web1");
    bench.start("web1");
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "HS-2 an orderly stop hands over before it says goodbye": () => {
    const bench = running();
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.pass(10);
    holds(bench, "web2");
    assert.equal(bench.member("web1").alive, false);
    return bench;
  },
  "HS-23 drain, resume and a drain with nobody left": () => {
    const bench = running();
    assert.equal(bench.command("web2", { kind: "drain", node: web1 })?.ok, true);
    holds(bench, "web2");
    const last = bench.command("web1", { kind: "drain", node: web2 });
    assert.deepEqual(last, {
      ok: false,
      code: "not-eligible",
      message:
        "web2 is drained, but goes on serving shop, because web1 cannot: it is drained. " +
        "What it keeps moves as soon as another node can hold it",
    });
    holds(bench, "web2");
    assert.equal(bench.command("web1", { kind: "resume", node: web1 })?.ok, true);
    bench.pass(100);
    holds(bench, "web1");
    return bench;
  },
  "HS-20 a cut cable hands the service to the node that still has one": () => {
    const bench = running();
    bench.carrier("web1", false);
    holds(bench, "web2");
    bench.carrier("web2", false);
    holds(bench, "web2");
    bench.carrier("web1", true);
    bench.pass(100);
    holds(bench, "web1");
    return bench;
  },
  "HS-20 a node that was unplugged listens before it takes anything": () => {
    const bench = running();
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    bench.carrier("web1", false);
    bench.partition("web1", "web2", true);
    bench.pass(10_000);
    bench.carrier("web1", true);
    bench.pass(200);
    holds(bench, "web2");
    bench.partition("web1", "web2", false);
    bench.pass(5_000);
    holds(bench, "web2");
    return bench;
  },
  "a node whose cables are all cut tells of itself, blames nobody, and takes that back when it hears again": () => {
    const bench = running();
    const a = networkName("a");
    bench.carrier("web1", false);
    bench.partition("web1", "web2", true);
    bench.pass(1_000);
    assert.deepEqual(bench.findings("web1"), [
      { kind: "link-down", node: web1, network: a },
      { kind: "cut-off", unplugged: [a], unanswered: [] },
    ]);
    bench.carrier("web1", true);
    bench.pass(200);
    bench.partition("web1", "web2", false);
    bench.pass(1_000);
    assert.deepEqual(bench.findings("web1"), []);
    return bench;
  },
  "a node whose ping targets are gone too says that it is cut off, and not what it cannot know": () => {
    const cluster = clusterOf(["web1", "web2"], { shop: {} });
    const a = networkName("a");
    const bench = new ScenarioBench({ ...cluster, networks: [{ name: a, ping: ["10.1.1.254"] }] });
    bench.start("web1", "web2");
    for (const name of ["web1", "web2"])
      bench.input(bench.member(name), { kind: "ping-judged", network: a, reachable: true });
    bench.pass(1_000);
    bench.partition("web1", "web2", true);
    bench.input(bench.member("web1"), { kind: "ping-judged", network: a, reachable: false });
    bench.pass(2_000);
    holds(bench, "web2");
    assert.deepEqual(bench.findings("web1"), [{ kind: "cut-off", unplugged: [], unanswered: [a] }]);
    return bench;
  },
  "while only one node has a file with another network and service, the files are what differs": () => {
    const bench = running();
    const lan = networkName("lan");
    const { cluster } = bench;
    const next: Cluster = {
      ...cluster,
      networks: [...cluster.networks, { name: lan, ping: [] }],
      nodes: cluster.nodes.map((node, index) => ({
        ...node,
        networks: [...node.networks, { network: lan, address: `192.168.1.${101 + index}` }],
      })),
      services: cluster.services.flatMap((each) => [
        each,
        { ...each, name: serviceName("mail"), addresses: [{ address: "192.168.1.9", family: 4, prefixLength: 24 }] },
      ]),
    };
    assert.equal(bench.reload("web1", next), true);
    bench.pass(1_000);
    assert.deepEqual(bench.findings("web1"), [{ kind: "configuration-differs", node: web2 }]);
    return bench;
  },
  "HS-25 both halves of a partition serve, and the later claim wins when it heals": () => {
    const bench = running();
    bench.partition("web1", "web2", true);
    holds(bench, "web1", "web2");
    bench.pass(10_000);
    bench.partition("web1", "web2", false);
    bench.pass(100);
    holds(bench, "web2");
    return bench;
  },
  "HS-25 a partition of three heals but for one pair, and the two agree through the third": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.partition("web1", "web2", true);
    bench.pass(500);
    holds(bench, "web1");
    bench.partition("web1", "web3", true);
    bench.pass(500);
    holds(bench, "web1", "web2");
    bench.partition("web1", "web3", false);
    bench.pass(200);
    holds(bench, "web2");
    return bench;
  },
  "TK-9 a service moves between two nodes that know of each other only through a third": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.partition("web1", "web2", true);
    bench.pass(1_000);
    holds(bench, "web1");
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    holds(bench, "web2");
    const refused = bench.command("web1", { kind: "move", service: shop, to: web1 });
    assert.deepEqual([refused?.ok, refused?.ok === false && refused.code], [false, "node-unreachable"]);
    assert.equal(bench.command("web2", { kind: "drain", node: web2 })?.ok, true);
    holds(bench, "web1");
    return bench;
  },
  "what is passed on counts although the node between was just missed for a moment": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.partition("web1", "web3", true);
    bench.pass(1_000);
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    holds(bench, "web2");
    const [between, end] = [bench.member("web2"), bench.member("web3")];
    const sign = { peer: wireId(web2), incarnation: between.incarnation };
    bench.report(end, { kind: "peer-silent", silence: milliseconds(100), ...sign });
    assert.equal(bench.command("web2", { kind: "move", service: shop, to: web1 })?.ok, true);
    bench.report(end, { kind: "peer-heard", ...sign });
    bench.pass(5_000);
    holds(bench, "web1");
    return bench;
  },
  "a node that was started anew is known again through the one that hears it": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.partition("web1", "web2", true);
    bench.crash("web1");
    bench.pass(500);
    holds(bench, "web2");
    bench.start("web1");
    bench.pass(2_000);
    holds(bench, "web2");
    assert.equal(bench.command("web2", { kind: "move", service: shop, to: web1 })?.ok, true);
    holds(bench, "web1");
    bench.partition("web1", "web2", false);
    bench.pass(2_000);
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    holds(bench, "web2");
    return bench;
  },
  "AF-4 a node whose kernel refuses the address lets another take it": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.refuse("web2", "EPERM");
    bench.crash("web1");
    bench.pass(500);
    holds(bench, "web3");
    return bench;
  },
  "AF-4 a target that cannot add the address does not end the service": () => {
    const bench = running();
    bench.refuse("web2", "EPERM");
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "an address that another program removes is put back, later and later": () => {
    const bench = running();
    for (let round = 0; round < 4; round += 1) {
      bench.takeAway("web1", SHOP);
      holds(bench);
      bench.pass(6_000);
      holds(bench, "web1");
    }
    return bench;
  },
  "while paused nothing moves, and a restarted agent adopts what it held": () => {
    const bench = running();
    assert.equal(bench.command("web2", { kind: "pause" })?.ok, true);
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.pass(2_000);
    holds(bench, "web1");
    bench.start("web1");
    bench.pass(5_000);
    holds(bench, "web1");
    assert.equal(bench.command("web2", { kind: "unpause" })?.ok, true);
    bench.pass(5_000);
    holds(bench, "web1");
    return bench;
  },
  "while a stopped agent's machine keeps addresses, the pause does not end": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.command("web2", { kind: "pause" });
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    const refusal = bench.command("web2", { kind: "unpause" });
    assert.match(refusal?.message ?? "", /^web1's agent is stopped and its machine keeps 192\.168\.1\.1; start it, or/);
    bench.start("web2");
    bench.start("web3");
    bench.pass(5_000);
    for (const name of ["web2", "web3"]) {
      assert.equal(bench.command(name, { kind: "unpause" })?.ok, false);
      assert.deepEqual(bench.findings(name), [{ kind: "left-behind", node: web1, service: shop }]);
      const [seen] = bench.member(name).node.view(bench.now).services;
      assert.deepEqual([seen?.holder, seen?.state, seen?.epoch], ["web1", "stopped", 1]);
    }
    assert.equal(bench.reload("web2", without(bench.cluster, "web1")), false);
    bench.start("web1");
    assert.equal(bench.command("web2", { kind: "unpause" })?.ok, true);
    bench.pass(5_000);
    holds(bench, "web1");
    return bench;
  },
  "a node that was away when the last holder stopped in a pause knows it from before": () => {
    const bench = running();
    bench.command("web2", { kind: "pause" });
    bench.input(bench.member("web2"), { kind: "stop-requested" });
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.start("web2");
    bench.pass(5_000);
    assert.equal(bench.command("web2", { kind: "unpause" })?.ok, false);
    bench.start("web1");
    assert.equal(bench.command("web2", { kind: "unpause" })?.ok, true);
    bench.pass(5_000);
    holds(bench, "web1");
    return bench;
  },
  "a pause that is ended by force gives away what a dead machine held": () => {
    const bench = running();
    bench.command("web2", { kind: "pause" });
    bench.crash("web1");
    assert.match(bench.command("web2", { kind: "unpause" })?.message ?? "", /not heard and its machine may keep/);
    assert.equal(bench.command("web2", { kind: "unpause", force: true })?.ok, true);
    holds(bench, "web2");
    bench.start("web1");
    bench.pass(5_000);
    holds(bench, "web2");
    return bench;
  },
  "a ping target that is gone for all moves nothing, and one that is gone for the holder moves the service": () => {
    const cluster = clusterOf(["web1", "web2"], { shop: {} });
    const a = networkName("a");
    const bench = new ScenarioBench({ ...cluster, networks: [{ name: a, ping: ["10.1.1.254"] }] });
    const judge = (name: string, reachable: boolean): void =>
      bench.input(bench.member(name), { kind: "ping-judged", network: a, reachable });
    bench.start("web1", "web2");
    bench.pass(1_000);
    judge("web1", false);
    bench.pass(30);
    judge("web2", false);
    bench.pass(2_000);
    holds(bench, "web1");
    judge("web1", true);
    judge("web2", true);
    bench.pass(2_000);
    judge("web1", false);
    bench.pass(110);
    holds(bench, "web2");
    return bench;
  },
  "an offer of a former holder is not taken up": () => {
    const bench = running(["web1", "web2", "web3"]);
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: nodeName("web3") })?.ok, true);
    bench.pass(1_000);
    const offer = {
      service: wireId(shop),
      epoch: 1,
      state: "offering",
      target: wireId(web1),
      cause: "failback",
    } as const;
    bench.report(bench.member("web1"), {
      kind: "bulletin-heard",
      peer: wireId(web2),
      incarnation: 1,
      answered: true,
      bulletin: { version: 9, stateDigest: 0, claims: [offer] },
    });
    bench.pass(1_000);
    holds(bench, "web3");
    return bench;
  },
  "a former address that stays does not take the service from its holder": () => {
    const bench = running();
    const services = bench.cluster.services.map((service) => ({
      ...service,
      addresses: [{ address: "192.168.1.50", family: 4 as const, prefixLength: 24 }],
    }));
    bench.keeping.add("web1");
    for (const member of bench.members) {
      bench.reload(member.name, { ...bench.cluster, services });
    }
    bench.pass(3_000);
    assert.deepEqual(bench.holders("192.168.1.50"), ["web1"]);
    bench.keeping.clear();
    bench.pass(1_000);
    assert.deepEqual([bench.holders(SHOP), bench.holders("192.168.1.50")], [[], ["web1"]]);
    return bench;
  },
  "a node that is cut off again and again bans nobody, and is banned": () => {
    const bench = running(["web1", "web2", "web3"]);
    for (let round = 0; round < 3; round += 1) {
      for (const cut of [true, false]) {
        if (round > 0) bench.carrier("web1", !cut);
        for (const other of ["web2", "web3"]) bench.partition("web1", other, cut);
        bench.pass(2_000);
      }
    }
    holds(bench, "web2");
    bench.crash("web2");
    bench.pass(500);
    holds(bench, "web3");
    return bench;
  },
  "a node that keeps failing is banned and the service stays away from it": () => {
    const bench = running(["web1", "web2"], { failback: { kind: "after", delay: milliseconds(0) } });
    for (let round = 0; round < 3; round += 1) {
      bench.crash("web1");
      bench.pass(1_000);
      bench.start("web1");
      bench.pass(2_000);
    }
    holds(bench, "web2");
    bench.pass(60_000);
    holds(bench, "web1");
    return bench;
  },
  "a node that is cut off with its ping targets takes nothing before that is clear": () => {
    const cluster = clusterOf(["web1", "web2"], { shop: {} });
    const a = networkName("a");
    const bench = new ScenarioBench({ ...cluster, networks: [{ name: a, ping: ["10.1.1.254"] }] });
    const web = bench.member("web1");
    bench.start("web1", "web2");
    bench.pass(1_000);
    bench.input(web, { kind: "ping-judged", network: a, reachable: true });
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(1_000);
    bench.input(web, { kind: "ping-answers-changed", network: a, answering: false });
    bench.partition("web1", "web2", true);
    bench.pass(6);
    holds(bench, "web2");
    bench.input(web, { kind: "ping-judged", network: a, reachable: false });
    bench.pass(10_000);
    holds(bench, "web2");
    bench.input(web, { kind: "ping-answers-changed", network: a, answering: true });
    bench.input(web, { kind: "ping-judged", network: a, reachable: true });
    holds(bench, "web1", "web2");
    return bench;
  },
  "a ping target that answers again lets a node that is alone take over at once": () => {
    const cluster = clusterOf(["web1", "web2"], { shop: {} });
    const a = networkName("a");
    const bench = new ScenarioBench({ ...cluster, networks: [{ name: a, ping: ["10.1.1.254"] }] });
    const answering = (is: boolean): void =>
      bench.input(bench.member("web2"), { kind: "ping-answers-changed", network: a, answering: is });
    bench.start("web1", "web2");
    bench.pass(1_000);
    answering(false);
    bench.crash("web1");
    holds(bench);
    answering(true);
    holds(bench, "web2");
    bench.start("web1");
    bench.pass(1_000);
    bench.crash("web1");
    holds(bench, "web2");
    return bench;
  },
  "a node that let go of what it took while it was cut off knows who held it all the time": () => {
    const cluster = clusterOf(["web1", "web2"], { shop: {} });
    const a = networkName("a");
    const bench = new ScenarioBench({ ...cluster, networks: [{ name: a, ping: ["10.1.1.254"] }] });
    const judge = (reachable: boolean): void =>
      bench.input(bench.member("web1"), { kind: "ping-judged", network: a, reachable });
    bench.start("web1", "web2");
    bench.pass(1_000);
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.partition("web1", "web2", true);
    holds(bench, "web1", "web2");
    judge(false);
    holds(bench, "web2");
    bench.partition("web1", "web2", false);
    judge(true);
    bench.pass(5_000);
    holds(bench, "web2");
    bench.crash("web2");
    holds(bench, "web1");
    return bench;
  },
  "a contest over an address is over for the node that let go of it": () => {
    const bench = running();
    const heard = { interface: "eth0", address: SHOP, mac: "02:00:00:00:00:99" };
    bench.pass(1_000);
    bench.input(bench.member("web1"), { kind: "announcement-heard", ...heard });
    bench.pass(100);
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(1_000);
    holds(bench, "web2");
    return bench;
  },
  "HN-11 an address follows its interface to another name": () => {
    const bench = running();
    bench.rename("web1", "lan0");
    bench.pass(2_000);
    assert.deepEqual(
      bench.member("web1").ledger.map((entry) => entry.interface),
      ["lan0"],
    );
    holds(bench, "web1");
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(100);
    holds(bench, "web2");
    return bench;
  },
  "HN-11 an interface that is renamed while its address is on the way out keeps nothing": () => {
    const bench = running();
    bench.rename("web1", "lan0", () => bench.command("web1", { kind: "move", service: shop, to: web2 }));
    bench.pass(100);
    holds(bench, "web2");
    return bench;
  },
  "a changed file says from then on when a node is banned": () => {
    const bench = running();
    const damping = { ...bench.cluster.damping, failures: 1, ban: seconds(7) };
    bench.reload("web2", { ...bench.cluster, damping });
    bench.crash("web1");
    bench.pass(8_000);
    return bench;
  },
  "a reload that would part the nodes is refused, and is harmless in a pause": () => {
    const bench = running();
    const moved = { ...bench.cluster, port: 4995 };
    assert.equal(bench.reload("web1", moved), false);
    bench.pass(300);
    assert.deepEqual(
      bench.findings("web1").map(({ kind }) => kind),
      ["configuration-refused"],
    );
    bench.reload("web1", bench.cluster);
    bench.pass(10);
    assert.deepEqual(bench.findings("web1"), []);
    bench.command("web2", { kind: "pause" });
    assert.equal(bench.reload("web1", moved), true);
    bench.partition("web1", "web2", true);
    bench.pass(30_000);
    assert.equal(bench.reload("web2", moved), true);
    bench.partition("web1", "web2", false);
    assert.equal(bench.command("web1", { kind: "unpause" })?.ok, true);
    bench.pass(5_000);
    holds(bench, "web1");
    assert.deepEqual(bench.findings("web2"), []);
    return bench;
  },
  "an address that goes from one held service to another stays in place": () => {
    const on = (...last: readonly number[]): Partial<ServiceConfig> => ({
      addresses: last.map((each) => ({ address: `192.168.1.${each}`, family: 4, prefixLength: 24 })),
    });
    const names = ["web1", "web2"];
    const bench = new ScenarioBench(clusterOf(names, { shop: on(1, 3), mail: on(2) }));
    bench.start(...names);
    bench.pass(1_000);
    const said = bench.transcript.length;
    bench.reload("web1", clusterOf(names, { shop: on(2, 4), mail: on(1, 3) }));
    const touched = bench.transcript.slice(said).filter((line) => /192\.168\.1\.[123] is o/.test(line));
    assert.deepEqual(touched, []);
    bench.pass(1_000);
    for (const last of [1, 2, 3, 4]) assert.deepEqual(bench.holders(`192.168.1.${last}`), ["web1"]);
    assert.equal(bench.command("web1", { kind: "pause" })?.ok, true);
    assert.deepEqual(
      bench.member("web1").ledger.map(({ address, service }) => `${address} ${service}`),
      ["192.168.1.2 shop", "192.168.1.4 shop", "192.168.1.1 mail", "192.168.1.3 mail"],
    );
    return bench;
  },
  "a node that its own file lacks hands over and ends": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.reload("web1", without(bench.cluster, "web1"));
    bench.pass(10);
    holds(bench, "web2");
    assert.equal(bench.member("web1").alive, false);
    assert.equal(bench.reload("web2", without(bench.cluster, "web1")), true);
    return bench;
  },
  "a node that is alive is not forgotten, and a holder not even in a pause": () => {
    const bench = running(["web1", "web2", "web3"]);
    assert.equal(bench.reload("web2", without(bench.cluster, "web1")), false);
    assert.equal(bench.reload("web2", without(bench.cluster, "web3")), false);
    bench.command("web1", { kind: "pause" });
    assert.equal(bench.reload("web2", without(bench.cluster, "web1")), false);
    assert.equal(bench.reload("web1", without(bench.cluster, "web1")), false);
    assert.equal(bench.reload("web2", without(bench.cluster, "web3")), true);
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "a node that a living peer does not know lets go, and holds nothing until it is known": () => {
    const bench = running(["web1", "web2", "web3"]);
    const web1Member = bench.member("web1");
    for (let second = 0; second < 15; second += 1) {
      bench.input(web1Member, { kind: "peer-disowned", peer: nodeName("web3") });
      bench.pass(1_000);
      holds(bench, "web2");
    }
    assert.equal(bench.command("web2", { kind: "move", service: shop, to: web1 })?.ok, false);
    bench.input(web1Member, { kind: "peer-acknowledged", peer: nodeName("web3") });
    bench.pass(100);
    assert.equal(bench.command("web2", { kind: "move", service: shop, to: web1 })?.ok, true);
    bench.input(web1Member, { kind: "peer-disowned", peer: nodeName("nobody") });
    holds(bench, "web1");
    return bench;
  },
  "a node that is not known lets go although it hears nobody who could take it": () => {
    const bench = running();
    bench.partition("web1", "web2", true);
    bench.input(bench.member("web1"), { kind: "peer-disowned", peer: web2 });
    bench.pass(1_000);
    holds(bench, "web2");
    return bench;
  },
  "nodes that come and go in a pause have not failed": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.command("web2", { kind: "pause" });
    for (let round = 0; round < 4; round += 1) {
      bench.partition("web1", "web2", true);
      bench.pass(1_000);
      bench.partition("web1", "web2", false);
    }
    bench.command("web2", { kind: "unpause" });
    bench.pass(1_000);
    assert.deepEqual(bench.findings("web2"), []);
    holds(bench, "web1");
    return bench;
  },
  "a fresh node whom nobody knows takes nothing while a peer lives that says so": () => {
    const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: {} }));
    bench.start("web1");
    bench.input(bench.member("web1"), { kind: "peer-disowned", peer: web2 });
    bench.pass(9_000);
    holds(bench);
    bench.pass(2_000);
    holds(bench, "web1");
    return bench;
  },
  "in a pause a node that is not known keeps what it has": () => {
    const bench = running();
    bench.command("web1", { kind: "pause" });
    bench.input(bench.member("web1"), { kind: "peer-disowned", peer: web2 });
    bench.pass(1_000);
    holds(bench, "web1");
    bench.command("web1", { kind: "unpause" });
    bench.pass(10);
    holds(bench, "web2");
    return bench;
  },
  "the guard took the addresses off while the agent was out": () => {
    const bench = running();
    const web1Member = bench.member("web1");
    bench.partition("web1", "web2", true);
    web1Member.kernel.clear();
    web1Member.incarnation += 1;
    bench.input(web1Member, { kind: "guard-fired", incarnation: web1Member.incarnation });
    bench.partition("web1", "web2", false);
    bench.pass(3_000);
    holds(bench, "web2");
    return bench;
  },
};
