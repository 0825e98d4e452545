import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Random } from "../../src/base/random.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { PacketRefusal } from "../../src/model/heartbeat.js";
import type { UdpProbe } from "../../lab/measure.js";
import {
  assertNothingMoved,
  CONFIG,
  eventsOf,
  eventually,
  LOCUM,
  presentEvents,
  rolesOf,
  SECRET,
  skip,
  untilAgreed,
  untilEvent,
  untilOn,
} from "./fixture.js";
import { type Datagram, HEARTBEAT_PORT, heartbeatIn, Sender, WireTap } from "./wire-tap.js";

const STRANGER = "192.168.1.100";
const VERSION_OFFSET = 3;
/** So many fit into the receiver's socket, even when it does not run. */
const BURST = 300;

describe("agents that get packets which are not their peers'", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;
  let tap: WireTap<Datagram>;
  let stranger: Sender;
  let holder: string;
  let other: string;
  let target: string;
  /** Heartbeats that the holder got on the network that the stranger is on too. */
  let recorded: readonly Datagram[];

  before(async () => {
    trial = await Trial.open({ nodes: 2, networks: ["lan", "a", "b"] });
    await trial.startAgents();
    ({ holder, other } = await rolesOf(trial));
    target = lanAddress(holder);
    probe = await trial.startProbe();
    tap = new WireTap(trial.lab.id, holder, heartbeatIn);
    stranger = new Sender(trial.lab.id, "client", STRANGER);
    recorded = await tap.take(50, ({ from, to }) => from === lanAddress(other) && to === target);
    await probe.report();
  });
  after(async () => {
    tap.close();
    stranger.close();
    await trial.close();
  });

  it("refuse bytes without sense", async () => {
    const random = new Random(1, "packets");
    await ignored(
      "not-a-heartbeat",
      Array.from({ length: 1_000 }, () => randomBytes(random.between(0, 1_400))),
    );
  });

  it("refuse heartbeats that were cut off", async () => {
    const cut = recorded.map(({ payload }, index) => payload.slice(0, index % payload.length));
    await ignored(["not-a-heartbeat", "forged"], cut);
  });

  it("refuse heartbeats in which a byte was changed", async () => {
    const random = new Random(2, "packets");
    const changed = recorded.map(({ payload }) => {
      const at = random.between(16, payload.length - 1);
      return payload.map((byte, index) => (index === at ? byte ^ 0x40 : byte));
    });
    await ignored(["forged", "too-many-sessions"], changed);
  });

  it("refuse heartbeats that came before", async () => {
    await ignored("replayed", Array.from({ length: 10 }, () => recorded.map(({ payload }) => payload)).flat());
  });

  it("refuse heartbeats of a wire version that they do not speak, and name the sender", async () => {
    const later = recorded.map(({ payload }) => payload.map((byte, at) => (at === VERSION_OFFSET ? 9 : byte)));
    await ignored("unknown-version", later);
    await untilEvent(trial, holder, "packets.refused", ({ data, text }) => {
      return data["refusal"] === "unknown-version" && text.includes(other);
    });
  });

  it("refuse their own heartbeats, sent back to them", async () => {
    const own = await tap.take(30, ({ to }) => to === lanAddress(other));
    await ignored(
      "unknown-sender",
      own.map(({ payload }) => payload),
    );
  });

  it("refuse heartbeats that were meant for another network", async () => {
    const foreign = await tap.take(30, ({ to }) => to === `10.1.1.${holder.slice(-1)}`);
    await ignored(
      "wrong-network",
      foreign.map(({ payload }) => payload),
    );
  });

  it("refuse heartbeats of another cluster on the same network and port", async () => {
    const before = await presentEvents(trial);
    const host = trial.lab.host("client");
    host.writeFile(CONFIG, anotherCluster(target));
    host.writeFile(SECRET, `locum1:${randomBytes(32).toString("base64url")}\n`, 0o600);
    const agent = await host.spawn([process.execPath, LOCUM, "agent", "--node", "stranger"]);
    await untilCounted(["wrong-cluster"], 50);
    await agent.end();
    await settledAsBefore(before);
  });

  it("refuse connections that prove no key", async () => {
    const before = await presentEvents(trial);
    await trial.lab.host("client").run([process.execPath, "-e", TALK_NONSENSE, target]);
    await settledAsBefore(before);
  });

  it("serve their client through all of it", async () => {
    const { sent, gaps, timeline } = await probe.report();
    assert.ok(sent > 0);
    assert.deepEqual(gaps, []);
    assert.deepEqual(new Set(timeline.map(({ server }) => server)), new Set([holder]));
  });

  it("refuse what a node sent before it was started anew", async () => {
    await trial.agent(other).end();
    await trial.startAgent(other);
    await untilAgreed(trial);
    await ignored(
      "old-incarnation",
      recorded.map(({ payload }) => payload),
    );
  });

  const lanAddress = (node: string): string => `192.168.1.1${node.slice(-1)}`;

  /** Sends packets that the holder must refuse for this reason, or one of these, without letting itself be disturbed. */
  async function ignored(
    reasons: PacketRefusal | readonly PacketRefusal[],
    packets: readonly Uint8Array[],
  ): Promise<void> {
    const before = await presentEvents(trial);
    const expected = [reasons].flat();
    const counted = await refusals(expected);
    for (let sent = 0; sent < packets.length; sent += BURST) {
      const burst = packets.slice(sent, sent + BURST);
      for (const packet of burst) stranger.send(target, packet);
      await untilCounted(expected, counted + sent + burst.length);
    }
    await settledAsBefore(before);
    const told = await eventsOf(trial, holder, ["packets.refused"], before.get(holder));
    assert.ok(told.length > 0, "the refusals are told about");
    assert.ok(told.length <= 10, `the refusals are told about now and then, not ${told.length} times`);
  }

  async function untilCounted(reasons: readonly PacketRefusal[], count: number): Promise<void> {
    let last = 0;
    await eventually(
      async () => {
        last = await refusals(reasons);
        return last >= count;
      },
      () => `${count} packets shall be counted as ${reasons.join()}, ${last} are`,
    );
  }

  async function refusals(reasons: readonly PacketRefusal[]): Promise<number> {
    const lines = (await trial.client(holder).metrics()).split("\n");
    return lines
      .filter((line) => reasons.some((reason) => line.startsWith(`locum_packets_refused_total{reason="${reason}"}`)))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  async function settledAsBefore(before: ReadonlyMap<string, number>): Promise<void> {
    await assertNothingMoved(trial, before);
    for (const [node, since] of before) {
      const peers = await eventsOf(trial, node, ["node.up", "node.down", "node.unanswered", "finding.raised"], since);
      assert.deepEqual(
        peers.map(({ text }) => text),
        [],
      );
    }
    await untilOn(trial, SHOP_ADDRESS, [holder]);
  }
});

/** Many connections to the port of peer streams with bytes that are no handshake; ends when they have been ended. */
const TALK_NONSENSE = `
  for (let count = 0; count < 30; count += 1) {
    const socket = require("node:net").connect(${HEARTBEAT_PORT}, process.argv[1]);
    socket.on("connect", () => socket.write(require("node:crypto").randomBytes(300)));
    socket.on("error", () => {}).resume();
  }
`;

/** Another cluster, whose file names one of our nodes' addresses by mistake. */
const anotherCluster = (address: string): string =>
  [
    "cluster: another",
    `secretFile: ${SECRET}`,
    "nodes:",
    `  stranger: { networks: { lan: ${STRANGER} } }`,
    `  lost: { networks: { lan: ${address} } }`,
  ].join("\n");
