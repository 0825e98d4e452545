/** Stories of what fails, and of what the nodes make of it. */
import assert from "node:assert/strict";
import { milliseconds, seconds } from "../../src/base/time.js";
import { networkName, nodeName, wireId } from "../../src/model/names.js";
import { ScenarioBench } from "./bench.js";
import { SUBNET, clusterOf } from "./cluster.js";
import { SHOP, holds, running, shop, type Scenarios } from "./running.js";

const [web1, web2] = [nodeName("web1"), nodeName("web2")];

/** A switch took the link from all, one after the other; a pause began before the first one heard of the other's loss. */
function leftToOneThatLostAllItself(names: readonly string[] = ["web1", "web2"]): ScenarioBench {
  const bench = running(names);
  bench.muted.add("web2");
  bench.carriers(names, false);
  bench.command("web1", { kind: "pause" });
  bench.pass(3_000);
  holds(bench);
  bench.muted.clear();
  return bench;
}

export const FAILURES: Scenarios = {
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
  "TK-1 a standby that has just come back takes over at once, since it has heard everything by then": () => {
    const bench = running();
    bench.crash("web2");
    bench.pass(500);
    bench.start("web2");
    bench.pass(300);
    bench.crash("web1");
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
      code: "serves-on",
      message:
        "web2 is drained, but goes on serving shop, because web1 cannot: it is drained. " +
        "What it keeps moves as soon as another node can hold it",
    });
    holds(bench, "web2");
    assert.equal(bench.command("web1", { kind: "resume", node: web1 })?.message, "web1 takes services again");
    assert.equal(bench.command("web1", { kind: "resume", node: web1 })?.message, "web1 was not drained");
    assert.equal(bench.command("web1", { kind: "unpause" })?.message, "The cluster was not paused");
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
  "HS-20 a switch that restarts takes the link from all: the service stays on the node that had it": () => {
    const bench = running();
    bench.carriers(["web1", "web2"], false);
    bench.pass(200);
    holds(bench, "web1");
    bench.carriers(["web1", "web2"], true);
    bench.pass(200);
    holds(bench, "web1");
    return bench;
  },
  "HS-20 what a node let go of for a loss just before a pause it takes back in the pause, since nobody else can have it":
    () => {
      const bench = leftToOneThatLostAllItself();
      bench.repeatState("web2");
      bench.carriers(["web1", "web2"], true);
      bench.pass(200);
      holds(bench, "web1");
      return bench;
    },
  "HS-20 the same when the links are back before the next one could say that it had lost its own": () => {
    const bench = leftToOneThatLostAllItself();
    bench.carriers(["web1", "web2"], true);
    bench.pass(200);
    holds(bench, "web1");
    return bench;
  },
  "HS-20 in a pause, nothing is taken back from one that is not heard: it may have taken it": () => {
    const bench = leftToOneThatLostAllItself();
    bench.partition("web1", "web2", true);
    bench.carriers(["web1", "web2"], true);
    bench.pass(5_000);
    holds(bench);
    return bench;
  },
  "HS-20 nor is it while a third node is not heard, which may have taken it in the place of the next one": () => {
    const bench = leftToOneThatLostAllItself(["web1", "web2", "web3"]);
    for (const name of ["web1", "web2"]) bench.partition(name, "web3", true);
    bench.carriers(["web1", "web2"], true);
    bench.pass(5_000);
    holds(bench);
    return bench;
  },
  "HS-20 a node that lost its cable and hears nobody takes nothing back: whom it left it to may serve": () => {
    const bench = running();
    bench.partition("web1", "web2", true, () => bench.carrier("web1", false));
    bench.pass(1_000);
    holds(bench, "web2");
    return bench;
  },
  "HS-20 a node whose only cable comes back leaves the service to the one that serves it": () => {
    const bench = running();
    bench.partition("web1", "web2", true, () => bench.carrier("web1", false));
    bench.pass(3_000);
    bench.carrier("web1", true);
    const before = bench.announced.length;
    bench.partition("web1", "web2", false);
    bench.pass(3_000);
    holds(bench, "web2");
    assert.deepEqual(
      bench.announced.slice(before).filter(({ node }) => node === web1),
      [],
    );
    assert.ok(bench.transcript.every((line) => !/both h[eo]ld/.test(line)));
    return bench;
  },
  "HS-20 a takeover does not wait for the word of a node that is back and could not hold the service": () => {
    const bench = new ScenarioBench(clusterOf(["web1", "web2", "web3"], { shop: { nodes: [web1, web2] } }));
    bench.start("web1", "web2", "web3");
    bench.pass(1_000);
    const [observer, third] = [bench.member("web2"), bench.member("web3")];
    const back = { peer: wireId(nodeName("web3")), incarnation: third.incarnation };
    bench.report(observer, { kind: "peer-silent", ...back, silence: milliseconds(100) });
    bench.pass(500);
    bench.report(observer, { kind: "peer-heard", ...back });
    bench.crash("web1");
    bench.pass(150);
    assert.deepEqual(bench.holders(SHOP), ["web2"]);
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
  "AF-3 an address goes to another interface of its node that works before its service goes to another node": () => {
    const address = "10.7.0.1";
    const addresses = [{ address, family: 4, prefixLength: 24, interfaces: ["eth0", "eth1"] }] as const;
    const plain = clusterOf(["web1", "web2"], { shop: { addresses } });
    const [a, b] = [networkName("a"), networkName("b")];
    const nodes = plain.nodes.map((node, index) => {
      const second = { network: b, address: `${SUBNET}.${101 + index}` };
      return { ...node, networks: [...node.networks, second] };
    });
    const networks = [a, b].map((name) => ({ name, ping: ["10.1.1.254"] }));
    const bench = new ScenarioBench({ ...plain, nodes, networks });
    bench.spared.add("web1");
    bench.start("web1", "web2");
    bench.pass(1_000);
    bench.input(bench.member("web1"), { kind: "ping-judged", network: a, reachable: false });
    bench.pass(2_000);
    assert.deepEqual(bench.holders(address), ["web1"]);
    assert.equal(bench.member("web1").kernel.get(address)?.interface, "eth1");
    bench.input(bench.member("web1"), { kind: "ping-judged", network: b, reachable: false });
    bench.pass(2_000);
    assert.deepEqual(bench.holders(address), ["web2"]);
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
