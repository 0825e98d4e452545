/** Stories of nodes that answer in place of one that failed, for clients that never learn of another MAC. */
import assert from "node:assert/strict";
import { milliseconds } from "../../src/base/time.js";
import { nodeName } from "../../src/model/names.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { SHOP, holds, running, shop, type Scenarios } from "./running.js";

const web1 = nodeName("web1");
const MACS = { web1: "02:00:00:00:00:01", web2: "02:00:00:00:00:02" } as const;
const LISTEN = { identity: { kind: "listen" } } as const;

/** Who showed the switches which MAC, since the last time this was asked. */
const shown = (bench: ScenarioBench): readonly string[] =>
  bench.shown.splice(0).map(({ node, mac }) => `${node} ${mac}`);

export const IDENTITIES: Scenarios = {
  "TK-4 a standby listens for a silent holder's MAC until it is heard again, and shows it to the switches": () => {
    const bench = running(["web1", "web2"], LISTEN);
    assert.deepEqual(bench.listeners(), {});
    bench.crash("web1");
    holds(bench, "web2");
    assert.deepEqual(bench.listeners(), { web2: ["web1"] });
    assert.deepEqual(shown(bench), [`web2 ${MACS.web1}`]);
    bench.pass(60_000);
    assert.deepEqual(shown(bench), Array(4).fill(`web2 ${MACS.web1}`), "as often as announcements, then no more");
    bench.start("web1");
    holds(bench, "web2");
    assert.deepEqual(bench.listeners(), {});
    bench.pass(1_000);
    assert.deepEqual(shown(bench), []);
    return bench;
  },
  "TK-4 nobody listens for anybody where the identity is only announced": () => {
    const bench = running();
    bench.crash("web1");
    holds(bench, "web2");
    assert.deepEqual([bench.listeners(), shown(bench)], [{}, []]);
    return bench;
  },
  "TK-5 listening ends when the service goes to another node, which listens in turn": () => {
    const bench = running(["web1", "web2", "web3"], LISTEN);
    bench.crash("web1");
    assert.deepEqual(bench.listeners(), { web2: ["web1"] });
    shown(bench);
    bench.command("web2", { kind: "move", service: shop, to: nodeName("web3") });
    bench.pass(10);
    holds(bench, "web3");
    assert.deepEqual(bench.listeners(), { web3: ["web1"] });
    // Who lets go shows where it is itself; only in place of a holder that fell silent is its MAC shown.
    assert.deepEqual(shown(bench), [`web2 ${MACS.web2}`]);
    return bench;
  },
  "TK-4 the last of three holders answers for both that failed before it": () => {
    const bench = running(["web1", "web2", "web3"], LISTEN);
    bench.crash("web1");
    bench.crash("web2");
    holds(bench, "web3");
    assert.deepEqual(bench.listeners(), { web3: ["web1", "web2"] });
    assert.equal(shown(bench).includes(`web3 ${MACS.web1}`), false, "web1 did not hold it when web3 took it");
    return bench;
  },
  "TK-5 the preferred node takes its identity back with its service, without a gap": () => {
    const bench = running(["web1", "web2"], { ...LISTEN, failback: { kind: "after", delay: milliseconds(0) } });
    bench.crash("web1");
    bench.pass(1_000);
    bench.start("web1");
    bench.pass(1_000);
    holds(bench, "web1");
    assert.deepEqual(bench.listeners(), {});
    return bench;
  },
  "TK-4 a holder whose cable is cut is listened for and not shown, until its link is back": () => {
    const bench = running(["web1", "web2"], LISTEN);
    bench.carrier("web1", false);
    bench.pass(10);
    holds(bench, "web2");
    assert.deepEqual([bench.listeners(), shown(bench)], [{ web2: ["web1"] }, [`web1 ${MACS.web1}`]]);
    bench.carrier("web1", true);
    bench.pass(10);
    assert.deepEqual(bench.listeners(), {});
    return bench;
  },
  "TK-4 a crashed agent's machine is alive: nobody shows its MAC elsewhere": () => {
    const bench = running(["web1", "web2"], LISTEN);
    const member = bench.member("web1");
    member.alive = false;
    member.kernel.clear();
    const goodbye = { kind: "peer-said-goodbye", peer: bench.idOf("web1"), incarnation: member.incarnation } as const;
    bench.report(bench.member("web2"), goodbye);
    bench.pass(1_000);
    holds(bench, "web2");
    assert.deepEqual([bench.listeners(), shown(bench)], [{ web2: ["web1"] }, []]);
    return bench;
  },
  "TK-8 a restarted agent still knows the MAC of a node that has not been heard since": () => {
    const bench = running(["web1", "web2"], LISTEN);
    bench.crash("web1");
    bench.pass(1_000);
    bench.command("web2", { kind: "pause" });
    const member = bench.member("web2");
    bench.input(member, { kind: "stop-requested" });
    bench.pass(10);
    member.listening.clear();
    bench.start("web2");
    bench.silence("web2", "web1");
    bench.pass(1_000);
    holds(bench, "web2");
    assert.deepEqual(bench.listeners(), { web2: ["web1"] });
    return bench;
  },
  "TK-4 a kernel that receives no second MAC is a finding, and is asked again": () => {
    const bench = running(["web1", "web2"], LISTEN);
    bench.deaf.add("web2");
    bench.crash("web1");
    bench.pass(1_000);
    holds(bench, "web2");
    const findings = bench.findings("web2").filter(({ kind }) => kind === "identity-refused");
    const problem = `EOPNOTSUPP for ${MACS.web1}`;
    assert.deepEqual(findings, [
      { kind: "identity-refused", node: web1, services: [shop], interface: "eth0", problem },
    ]);
    bench.deaf.clear();
    bench.pass(6_000);
    assert.deepEqual(bench.listeners(), { web2: ["web1"] });
    assert.deepEqual(
      bench.findings("web2").filter(({ kind }) => kind === "identity-refused"),
      [],
    );
    return bench;
  },
  "TK-4 what the guard took off is not listened for either, and two services share one MAC": () => {
    const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: LISTEN, mail: LISTEN }));
    bench.start("web1", "web2");
    bench.pass(1_000);
    bench.crash("web1");
    holds(bench, "web2");
    assert.deepEqual([bench.holders(SHOP), bench.holders("192.168.1.2")], [["web2"], ["web2"]]);
    assert.deepEqual(bench.listeners(), { web2: ["web1"] });
    const member = bench.member("web2");
    member.kernel.clear();
    member.incarnation += 1;
    bench.input(member, { kind: "guard-fired", incarnation: member.incarnation });
    assert.deepEqual(bench.listeners(), {});
    return bench;
  },
};
