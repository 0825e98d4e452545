/** Stories of operators at work: changed files, pauses, nodes that come and go. */
import assert from "node:assert/strict";
import { seconds } from "../../src/base/time.js";
import type { Cluster, ServiceConfig } from "../../src/model/cluster.js";
import { networkName, nodeName, serviceName, wireId } from "../../src/model/names.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { SHOP, holds, running, shop, type Scenarios } from "./running.js";

const [web1, web2] = [nodeName("web1"), nodeName("web2")];

const without = (cluster: Cluster, node: string): Cluster => ({
  ...cluster,
  nodes: cluster.nodes.filter(({ name }) => name !== node),
  services: cluster.services.map((each) => ({ ...each, nodes: each.nodes.filter((name) => name !== node) })),
});

export const MAINTENANCE: Scenarios = {
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
  "a new service that two nodes read of at once is taken by the preferred one": () => {
    const bench = running();
    const mail = {
      name: serviceName("mail"),
      addresses: [{ address: "192.168.1.9", family: 4, prefixLength: 24 }],
    } as const;
    const services = bench.cluster.services.flatMap((each) => [each, { ...each, ...mail }]);
    for (const [node, ms] of [
      ["web2", 60],
      ["web1", 5_000],
    ] as const) {
      assert.equal(bench.reload(node, { ...bench.cluster, services }), true);
      bench.pass(ms);
    }
    const holders = bench.members.map(({ node }) => node.view(bench.now).services[1]?.holder);
    assert.deepEqual(holders, ["web1", "web1"]);
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
  "a drained holder whose machine is restarted in a pause: that its service waits for the end of the pause is told":
    () => {
      const bench = running();
      bench.command("web1", { kind: "pause" });
      bench.command("web1", { kind: "drain", node: web1 });
      bench.crash("web1");
      bench.pass(2_000);
      bench.start("web1");
      bench.pass(5_000);
      holds(bench);
      for (const name of ["web1", "web2"]) {
        assert.ok(
          bench.findings(name).some((each) => each.kind === "service-waiting" && each.cause === "paused"),
          name,
        );
        assert.equal(bench.member(name).node.view(bench.now).services[0]?.state, "blocked");
      }
      bench.command("web2", { kind: "unpause" });
      bench.pass(1_000);
      holds(bench, "web2");
      assert.ok(
        bench.transcript.some((line) => line.includes("web2 takes shop") && line.includes("and web1 could not")),
      );
      return bench;
    },
  "what peers said of a node while it was frozen is no network that works one way; what they go on saying is": () => {
    const bench = running();
    const member = bench.member("web1");
    const heard = (isHeard: boolean): void => {
      const [observer, subject, network] = [web2, web1, networkName("a")].map(wireId) as [number, number, number];
      bench.report(member, { kind: "hearing-changed", observer, subject, network, heard: isHeard });
    };
    heard(false);
    bench.report(member, { kind: "own-stall-noticed", lateness: seconds(3) });
    bench.pass(400);
    heard(true);
    bench.pass(1_000);
    assert.ok(bench.transcript.every((line) => !line.includes("but not the other way")));
    heard(false);
    bench.pass(3_000);
    assert.deepEqual(
      bench.findings("web1").map(({ kind }) => kind),
      ["one-way"],
    );
    heard(true);
    bench.pass(1_000);
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
  "what an agent found in a pause and did not take counts as kept when it stops again": () => {
    const bench = running();
    bench.command("web2", { kind: "drain", node: web2 });
    bench.command("web1", { kind: "drain", node: web1 });
    bench.command("web2", { kind: "pause" });
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.start("web1");
    bench.pass(2_000);
    assert.deepEqual(
      [bench.holders(SHOP), bench.member("web1").node.view(bench.now).services[0]?.holder],
      [["web1"], undefined],
    );
    bench.command("web2", { kind: "resume", node: web2 });
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    assert.match(
      bench.command("web2", { kind: "unpause" })?.message ?? "",
      /^web1's agent is stopped and its machine keeps 192/,
    );
    holds(bench, "web1");
    return bench;
  },
  "what an agent finds of a service that its node does not have any more is taken off, though nobody else is heard":
    () => {
      const bench = running();
      const [left, other] = [bench.member("web1"), bench.member("web2")];
      const { cluster } = bench;
      const next = { ...cluster, services: cluster.services.map((each) => ({ ...each, nodes: [web2] })) };
      bench.partition("web1", "web2", true);
      left.alive = false;
      bench.pass(1_000);
      for (const member of [left, other]) member.cluster = next;
      bench.reload("web2", next);
      assert.deepEqual(bench.holders(SHOP), ["web1", "web2"], "agent and guard of web1 were killed");
      bench.start("web1");
      bench.pass(2_000);
      assert.deepEqual(bench.holders(SHOP), ["web2"]);
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
  "no node is added while two hear of each other only through a third, but in a pause": () => {
    const bench = running(["web1", "web2", "web3"]);
    const more = clusterOf(["web1", "web2", "web3", "web4"], { shop: {} });
    bench.partition("web1", "web3", true);
    bench.pass(1_000);
    for (const name of ["web1", "web2", "web3"]) assert.equal(bench.reload(name, more), false);
    assert.equal(bench.command("web1", { kind: "pause" })?.ok, true);
    assert.equal(bench.reload("web2", more), true);
    holds(bench, "web1");
    return bench;
  },
};
