/**
 * A client whose ARP entry for the service address never changes, as that of a device with static entries: it goes on
 * sending to the MAC of the node that served it first, whatever is announced. Real agents, a real kernel, a switch that
 * learns.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { seconds } from "../../src/base/time.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { gapAfter } from "../../lab/client/probe-report.js";
import type { UdpProbe } from "../../lab/measure.js";
import { addressesOf, eventually, rolesOf, skip, untilAgreed, untilEvent } from "./fixture.js";

/** Far above a takeover, and far below what the client would see without it: it is never served again. */
const GAP_MAX = seconds(1);
/** A takeover would have been seen by then. */
const LONG_AFTER_MS = 2_000;
const MASK = /link\/ether (\S+)/;

type Kind = "announce" | "listen";

async function macOf(trial: Trial, node: string, name = "eth0"): Promise<string> {
  const [, mac = ""] = MASK.exec(await trial.host(node).run(["ip", "link", "show", "dev", name])) ?? [];
  return mac;
}

/** The packet filters of a node that are ours. */
const rulesOf = (trial: Trial, node: string): Promise<string> => trial.host(node).run(["nft", "list", "ruleset"]);

async function open(identity: Kind): Promise<Trial> {
  const trial = await Trial.open({
    nodes: 2,
    services: `  shop: { addresses: [${SHOP_ADDRESS}/24], nodes: [web1, web2], identity: ${identity} }\n`,
  });
  await trial.startAgents();
  await untilAgreed(trial);
  return trial;
}

/** A client that is served by the holder, and believes for good that the address is at its MAC. */
async function staticClient(trial: Trial, holder: string): Promise<UdpProbe> {
  const words = ["ip", "neighbour", "replace", SHOP_ADDRESS, "lladdr", await macOf(trial, holder)];
  await trial.host("client").run([...words, "dev", "eth0", "nud", "permanent"]);
  const probe = await trial.startProbe();
  await probe.servedBy(holder);
  return probe;
}

describe("a client with a static ARP entry", { skip }, () => {
  const trials: Trial[] = [];
  const opened = async (identity: Kind): Promise<Trial> => {
    const trial = await open(identity);
    trials.push(trial);
    return trial;
  };
  after(() => Promise.all(trials.map((trial) => trial.close())));

  it("is lost with its node where the new holder is only announced", async () => {
    const trial = await opened("announce");
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    await probe.report();
    trial.lab.powerOff(holder);
    await trial.untilHeldBy("shop", other);
    await probe.report();
    await pause(LONG_AFTER_MS);
    const { sent, answered } = await probe.report();
    assert.ok(sent > 0);
    assert.equal(answered, 0, "nobody answers for the dead MAC");
    assert.equal((await rulesOf(trial, other)).trim(), "");
  });

  it("is served on by a node that listens, within the gap of the takeover, until the dead one is back", async () => {
    const trial = await opened("listen");
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    await probe.report();
    const at = trial.lab.powerOff(holder);
    await probe.servedBy(other);
    const report = await probe.report();
    const gap = gapAfter(report, at, seconds(10))?.duration ?? 0;
    assert.ok(gap > 0 && gap < GAP_MAX, `the client was not served for ${gap} us`);
    assert.match(await rulesOf(trial, other), /table netdev locum/);
    await trial.powerOn(holder);
    await untilEvent(trial, other, "identity.given-back");
    assert.equal((await rulesOf(trial, other)).trim(), "");
    await trial.client(other).move("shop", { to: holder });
    await probe.servedBy(holder);
  });

  it("is served on although the dead node's port stays up, since the switch learns where the MAC is now", async () => {
    const trial = trials.at(-1) ?? (await opened("listen"));
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    await probe.report();
    const at = trial.lab.hang(holder);
    await probe.servedBy(other);
    const gap = gapAfter(await probe.report(), at, seconds(10))?.duration ?? 0;
    assert.ok(gap > 0 && gap < GAP_MAX, `the client was not served for ${gap} us`);
    trial.lab.unhang(holder);
    await untilEvent(trial, other, "identity.given-back");
    await eventually(
      async () => (await rulesOf(trial, other)).trim() === "",
      () => `${other} listens no more`,
    );
  });

  it("leaves no rules of an agent that was killed", async () => {
    const trial = trials.at(-1) ?? (await opened("listen"));
    const { holder, other } = await rolesOf(trial);
    trial.lab.powerOff(holder);
    await eventually(
      async () => (await rulesOf(trial, other)).includes("table netdev locum"),
      () => `${other} listens for ${holder}`,
    );
    trial.killAgent(other);
    await eventually(
      async () => (await addressesOf(trial, other)).every((each) => each !== SHOP_ADDRESS),
      () => `the guard of ${other} takes the address off`,
    );
    await eventually(
      async () => (await rulesOf(trial, other)).trim() === "",
      () => `the guard of ${other} deletes what the agent left`,
    );
  });
});
