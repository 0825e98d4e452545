/*
 * What operators do to nodes, and others to addresses, in a pair whose service prefers one of them: taking a node out of
 * service and back, an address that somebody removes, a node whose agent dies again and again, an interface that vanishes.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import type { UdpProbe } from "../../lab/measure.js";
import { latestEvent, rolesOf, skip, takeover, unnoticed, untilAgreed, untilEvent, untilOn } from "./fixture.js";

const SERVICES = `  shop: { addresses: [${SHOP_ADDRESS}/24], nodes: [web1, web2], failback: true }\n`;
const DAMPING = "damping: { failures: 2, within: 10m, ban: 1h }";

describe("a pair with failback", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: SERVICES, settings: DAMPING });
    await trial.startAgents();
    await rolesOf(trial);
    await untilHome();
    probe = await trial.startProbe();
    await probe.servedBy("web1");
  });
  after(async () => trial.close());

  const untilHeldBy = async (node: string): Promise<void> => {
    await trial.untilHeldBy("shop", node, trial.nodes);
    await untilOn(trial, SHOP_ADDRESS, [node]);
  };
  const untilHome = (): Promise<void> => untilHeldBy("web1");

  it("gives everything away from a node that is drained, and back when it is resumed, unnoticed by the client", async () => {
    await trial.untilFit("web2", "web1");
    await unnoticed(probe, async () => {
      await trial.locum("web2", "drain", "web1");
      await untilHeldBy("web2");
      const drained = await trial.until("web2", ({ nodes }) => nodes["web1"]?.state === "drained");
      const candidate = drained.services["shop"]?.candidates.find(({ node }) => node === "web1");
      assert.equal(candidate?.eligible, false);
      // Who takes over before it has heard of the order may have offered it back.
      assert.ok(candidate.codes.includes("drained"), candidate.codes.join());
    });
    await unnoticed(probe, async () => {
      await trial.locum("web2", "resume", "web1");
      await untilHome();
    });
    const { services } = await untilAgreed(trial);
    assert.equal(services["shop"]?.reasonCode, "failback");
  });

  it("puts an address back that another program removed, and says so", async () => {
    const { epoch } = await rolesOf(trial);
    const since = await latestEvent(trial, "web1");
    await trial.host("web1").run(["ip", "address", "del", `${SHOP_ADDRESS}/24`, "dev", "eth0"]);
    const { data } = await untilEvent(trial, "web1", "address.taken-away", undefined, since);
    assert.deepEqual([data["address"], data["interface"], data["times"]], [SHOP_ADDRESS, "eth0", 1]);
    await untilHome();
    const after = await rolesOf(trial);
    assert.deepEqual([after.holder, after.epoch], ["web1", epoch]);
    await probe.report();
    await unnoticed(probe, () => trial.client("web1").status());
  });

  it("gives a service back to its first node after one failure, and after the second not", async () => {
    await takeover(probe, "web2", () => trial.killAgent("web1"));
    await trial.agent("web1").exited;
    await trial.startAgent("web1");
    await untilHome();
    await untilAgreed(trial);
    const since = await latestEvent(trial, "web2");
    await takeover(probe, "web2", () => trial.killAgent("web1"));
    await trial.agent("web1").exited;
    const { data } = await untilEvent(trial, "web2", "node.banned", undefined, since);
    assert.deepEqual([data["node"], data["failures"]], ["web1", 2]);
    await trial.startAgent("web1");
    const { services, nodes } = await untilAgreed(trial);
    const candidate = services["shop"]?.candidates.find(({ node }) => node === "web1");
    assert.deepEqual([services["shop"]?.holder, candidate?.eligible, candidate?.codes], ["web2", true, ["banned"]]);
    assert.notEqual(nodes["web1"]?.bannedUntil, null);
    assert.match(await trial.locum("web1", "explain", "shop"), /it failed too often/);
  });

  it("gives it even to a node that is banned when its holder loses the interface, and says why it leaves", async () => {
    const since = await latestEvent(trial, "web2");
    const at = bootClock();
    await trial.host("web2").run(["ip", "link", "delete", "eth0"]);
    await probe.servedBy("web1", at);
    await trial.untilHeldBy("shop", "web1", trial.nodes);
    const { text } = await untilEvent(trial, "web2", "service.released", undefined, since);
    // The kernel reports the lost link before the lost interface.
    assert.match(text, /because (its interface eth0 has no link|no interface of it is in the subnet)/);
    const { services } = await trial.until("web1", ({ services: { shop } }) => {
      const gone = shop?.candidates.find(({ node }) => node === "web2");
      return gone?.eligible === false && gone.codes.join() === "no-subnet";
    });
    assert.equal(services["shop"]?.reasonCode, "holder-unfit");
  });
});
