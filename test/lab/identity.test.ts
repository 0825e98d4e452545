/**
 * A client whose ARP entry for the service address never changes, as that of a device with static entries: it goes on
 * sending to the MAC of the node that served it first, whatever is announced. Real agents, a real kernel, a switch that
 * learns.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { seconds } from "../../src/base/time.js";
import { SHOP_ADDRESS, Trial, type TrialOptions } from "../../src/main/trial/trial.js";
import { gapAfter } from "../../lab/client/probe-report.js";
import type { UdpProbe } from "../../lab/measure.js";
import { addressesOf, eventually, GAP_MAX, latestEvent, rolesOf, skip, untilAgreed, untilEvent } from "./fixture.js";

/** A takeover would have been seen by then. */
const LONG_AFTER_MS = 2_000;
/** Keeps the frames (RARP, ethertype 0x8035) on the machine that show switches where a MAC is. */
const NO_LEARNING_FRAMES =
  "add table netdev without_learning; " +
  'add chain netdev without_learning out { type filter hook egress device "eth0" priority 0; }; ' +
  "add rule netdev without_learning out ether type 0x8035 drop";
/** What a node with two interfaces to the clients does when a cable is cut. */
const PATHS = "{ mether0: { primary: eth0, secondary: eth3, settleDelay: 0s } }";
const MASK = /link\/ether (\S+)/;

type Kind = "announce" | "listen" | "mac";

async function macOf(trial: Trial, node: string, name = "eth0"): Promise<string> {
  const [, mac = ""] = MASK.exec(await trial.host(node).run(["ip", "link", "show", "dev", name])) ?? [];
  return mac;
}

/** The packet filters of a node that are ours. */
const rulesOf = (trial: Trial, node: string): Promise<string> => trial.host(node).run(["nft", "list", "ruleset"]);

const untilNoRules = (trial: Trial, node: string): Promise<void> =>
  eventually(
    async () => (await rulesOf(trial, node)).trim() === "",
    () => `${node} shall have no packet filters of ours`,
  );

/** The interfaces that an agent made, with their MACs. */
interface MadeInterface {
  /** The interface below. */
  readonly link: string;
  readonly ifindex: number;
  readonly ifname: string;
  readonly address: string;
}

/** What tells one from another: the kernel goes on describing its state for a while after it was made. */
async function madeOn(trial: Trial, node: string): Promise<readonly MadeInterface[]> {
  const text = await trial.host(node).run(["ip", "-json", "link", "show", "type", "macvlan"]);
  if (text.trim() === "") return [];
  return (JSON.parse(text) as MadeInterface[]).map(({ link, ifindex, ifname, address }) => ({
    link,
    ifindex,
    ifname,
    address,
  }));
}

/** Waits until nothing of a service with its own MAC is on a node. */
const untilNothingMade = (trial: Trial, node: string): Promise<void> =>
  eventually(
    async () => {
      const rules = await trial.host(node).run(["ip", "rule"]);
      return (await madeOn(trial, node)).length === 0 && !rules.includes(SHOP_ADDRESS);
    },
    () => `${node} deletes the interface and the rule that it made`,
  );

async function open(identity: Kind, options: Pick<TrialOptions, "paths"> = {}): Promise<Trial> {
  const trial = await Trial.open({
    ...options,
    nodes: 2,
    services: `  shop: { addresses: [${SHOP_ADDRESS}/24], nodes: [web1, web2], identity: ${identity} }\n`,
  });
  await trial.startAgents();
  await untilAgreed(trial);
  return trial;
}

/** A client that is served by the holder, and believes for good that the address is at its MAC. */
async function staticClient(trial: Trial, holder: string): Promise<UdpProbe> {
  const [made] = await madeOn(trial, holder);
  const mac = made?.address ?? (await macOf(trial, holder));
  const words = ["ip", "neighbour", "replace", SHOP_ADDRESS, "lladdr", mac];
  await trial.host("client").run([...words, "dev", "eth0", "nud", "permanent"]);
  const probe = await trial.startProbe();
  await probe.servedBy(holder);
  return probe;
}

describe("a client with a static ARP entry", { skip }, () => {
  const trials: Trial[] = [];
  const opened = async (identity: Kind, options: Pick<TrialOptions, "paths"> = {}): Promise<Trial> => {
    const trial = await open(identity, options);
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
    await probe.servedBy(other, at);
    const report = await probe.report();
    const gap = gapAfter(report, at, seconds(10))?.duration ?? 0;
    assert.ok(gap > 0 && gap < GAP_MAX, `the client was not served for ${gap} us`);
    assert.match(await rulesOf(trial, other), /table netdev locum/);
    await trial.powerOn(holder);
    await untilEvent(trial, other, "identity.given-back");
    await untilNoRules(trial, other);
    await untilAgreed(trial);
    const ordered = await trial.moveByHand("shop", holder);
    await probe.servedBy(holder, ordered);
  });

  it("is served on although the dead node's port stays up, since the switch learns where the MAC is now", async () => {
    const trial = trials.at(-1) ?? (await opened("listen"));
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    const since = await latestEvent(trial, other);
    await probe.report();
    const at = trial.lab.hang(holder);
    await probe.servedBy(other, at);
    const gap = gapAfter(await probe.report(), at, seconds(10))?.duration ?? 0;
    assert.ok(gap > 0 && gap < GAP_MAX, `the client was not served for ${gap} us`);
    trial.lab.unhang(holder);
    await untilEvent(trial, other, "identity.given-back", undefined, since);
    await untilNoRules(trial, other);
  });

  it("is lost there where the switch does not hear that the MAC is elsewhere now", async () => {
    const trial = trials.at(-1) ?? (await opened("listen"));
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    const since = await latestEvent(trial, other);
    await trial.host(other).run(["nft", NO_LEARNING_FRAMES]);
    trial.lab.hang(holder);
    await untilEvent(trial, other, "identity.taken", undefined, since);
    await trial.untilHeldBy("shop", other);
    await probe.report();
    await pause(LONG_AFTER_MS);
    assert.equal((await probe.report()).answered, 0, "the switch still sends the MAC's frames to the dead port");
    await trial.host(other).run(["nft", "delete table netdev without_learning"]);
    trial.lab.unhang(holder);
    await untilEvent(trial, other, "identity.given-back", undefined, since);
    await untilNoRules(trial, other);
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
    await untilNoRules(trial, other);
  });

  it("leaves no rules of an agent that was killed with its guard, once the next one runs", async () => {
    const trial = await opened("listen");
    const { holder, other } = await rolesOf(trial);
    trial.lab.powerOff(holder);
    await eventually(
      async () => (await rulesOf(trial, other)).includes("table netdev locum"),
      () => `${other} listens for ${holder}`,
    );
    // Stopped first: the guard has no time to notice that its agent is gone.
    trial.lab.freeze(other);
    trial.lab.kill(other);
    await trial.powerOn(holder);
    await trial.untilHeldBy("shop", holder);
    assert.match(await rulesOf(trial, other), /table netdev locum/, "nobody was left to delete them");
    await trial.startAgent(other);
    await untilNoRules(trial, other);
  });

  it("never notices who holds a service that has a MAC of its own, however it moves", async () => {
    const trial = await opened("mac");
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    const ordered = await trial.moveByHand("shop", other);
    await probe.servedBy(other, ordered);
    await trial.untilHeldBy("shop", other, trial.nodes);
    const { places } = await trial.client(other).explain("shop");
    assert.deepEqual(
      places.map((each) => [each.interface, each.here, each.reasons]),
      [["eth0", true, []]],
      "the interface that was made is its parent's place",
    );
    await untilNothingMade(trial, holder);
    await probe.servedBy(holder, trial.killAgent(other));
    await untilNothingMade(trial, other);
    await trial.agent(other).exited;
    await trial.startAgent(other);
    await untilAgreed(trial);
    await probe.report();
    const at = trial.lab.powerOff(holder);
    await probe.servedBy(other, at);
    const gap = gapAfter(await probe.report(), at, seconds(10))?.duration ?? 0;
    assert.ok(gap > 0 && gap < GAP_MAX, `the client was not served for ${gap} us`);
  });

  it("does not notice either that the holder changes paths, when the service has a MAC of its own", async () => {
    const trial = await opened("mac", { paths: PATHS });
    const { holder, other } = await rolesOf(trial);
    const probe = await staticClient(trial, holder);
    const [before] = await madeOn(trial, holder);
    assert.equal(before?.link, "eth0");
    await probe.report();
    const at = trial.lab.cut(`${holder}:eth0`, "lan");
    await trial.until(holder, ({ nodes }) => nodes[holder]?.paths["mether0"]?.interface === "eth3");
    await probe.servedBy(holder);
    const gap = gapAfter(await probe.report(), at, seconds(10))?.duration ?? 0;
    assert.ok(gap < GAP_MAX, `the client was not served for ${gap} us`);
    const made = await madeOn(trial, holder);
    assert.deepEqual(
      made.map(({ link, address }) => [link, address]),
      [["eth3", before.address]],
    );
    const { nodes } = await trial.client(holder).status();
    assert.deepEqual(nodes[holder]?.paths["mether0"]?.immovable ?? [], [], "what is ours is not named as left behind");
    trial.killAgent(holder);
    await probe.servedBy(other);
    await untilNothingMade(trial, holder);
    await trial.close();
    trials.splice(trials.indexOf(trial), 1);
  });

  it("is served by a restarted agent in maintenance, without a gap, by the interface that the one before made", async () => {
    const trial = trials.at(-1) ?? (await opened("mac"));
    const { services } = await trial
      .client("web2")
      .status()
      .catch(() => trial.client("web1").status());
    const holder = services["shop"]?.holder ?? "";
    await trial.client(holder).pause();
    trial.stopAgent(holder);
    await trial.agent(holder).exited;
    const [before] = await madeOn(trial, holder);
    await trial.startAgent(holder);
    await trial.untilHeldBy("shop", holder);
    assert.deepEqual((await madeOn(trial, holder))[0], before);
    await trial.client(holder).unpause();
    trial.stopAgent(holder);
    await trial.agent(holder).exited;
    await untilNothingMade(trial, holder);
  });
});
