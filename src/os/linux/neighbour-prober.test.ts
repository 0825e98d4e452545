import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { cabledHosts, type Cable, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import { waitUntil } from "../../../test/support/wait-until.js";
import { parseIpAddress } from "../../base/ip-address.js";
import { after, milliseconds } from "../../base/time.js";
import { encodeArp, gratuitousReply } from "../../wire/arp.js";
import { MAC_BROADCAST, parseMac } from "../../wire/mac-address.js";
import { linkLocalOf } from "../../wire/ip-bytes.js";
import { interfaceIndex } from "./interface-lookup.js";
import { bootClock } from "./libc.js";
import { LinkSender } from "./link-sender.js";
import { NeighbourProber } from "./neighbour-prober.js";
import { PollSet } from "./poll-set.js";

const ETHERTYPE_ARP = 0x0806;
const NOBODY = new Uint8Array(4);
const bytes = (address: string): Uint8Array => parseIpAddress(address)?.bytes ?? assert.fail();
const mac = (text: string): Uint8Array => parseMac(text) ?? assert.fail();
const NEAR = mac("02:00:00:00:00:01");
const FAR = mac("02:00:00:00:00:02");

describe("asking the stations of a link", { skip: namespacesMissing() }, () => {
  let cable: Cable;
  let prober: NeighbourProber;
  let sender: LinkSender;

  beforeEach(() => {
    cable = cabledHosts();
    cable.far.enter();
    ip("address add 10.0.0.2/24 dev far0");
    ip("address add fd00::2/64 dev far0 nodad");
    sender = new LinkSender();
    cable.near.enter();
    prober = open(4);
  });
  afterEach(() => {
    prober.close();
    sender.close();
    cable.near.close();
    cable.far.close();
  });

  const open = (family: 4 | 6): NeighbourProber =>
    new NeighbourProber(family, { name: "near0", index: Number(ip("-oneline link show near0").split(":")[0]) });

  /** The far host says something by ARP to one station or to all. */
  function farSays(packet: Uint8Array, to: Uint8Array): void {
    cable.far.enter();
    const linkIndex = interfaceIndex(sender.fd, "far0");
    assert.ok(sender.send({ linkIndex, etherType: ETHERTYPE_ARP, mac: to }, packet) > 0);
    cable.near.enter();
  }

  const reply = (address: string): Uint8Array =>
    encodeArp({
      operation: "reply",
      senderMac: FAR,
      senderAddress: bytes(address),
      targetMac: NEAR,
      targetAddress: NOBODY,
    });

  const answers = (from: NeighbourProber): readonly string[] =>
    waitUntil([from.fd], () => {
      const found = from.drain();
      return found.length > 0 ? found : undefined;
    });

  /** Asks until there is an answer: a host hears IPv6 questions only some time after it has got the address. */
  function asked(from: NeighbourProber, target: string, source: Uint8Array): readonly string[] {
    const poll = new PollSet([from.fd]);
    for (let round = 0; round < 100; round += 1) {
      assert.ok(from.send(target, source, bootClock()) >= 0);
      poll.wait(milliseconds(100));
      const found = from.drain();
      if (found.length > 0) return found;
    }
    return assert.fail(`nobody answers for ${target}`);
  }

  test("an address that somebody has is answered for, by ARP and by neighbour discovery", () => {
    assert.deepEqual(asked(prober, "10.0.0.2", NOBODY), ["10.0.0.2"]);
    assert.deepEqual(asked(prober, "10.0.0.2", NOBODY), ["10.0.0.2"], "and when its station is asked alone");
    const solicitor = open(6);
    const source = bytes(linkLocalOf(NEAR));
    for (const _ of [1, 2]) assert.deepEqual(asked(solicitor, "fd00::2", source), ["fd00::2"]);
    solicitor.close();
  });

  test("what was not asked for, or was said to all, proves nothing", () => {
    farSays(reply("10.0.0.9"), NEAR);
    assert.deepEqual(prober.drain(), [], "nobody had asked");
    prober.send("10.0.0.9", NOBODY, bootClock());
    farSays(gratuitousReply(bytes("10.0.0.9"), FAR), MAC_BROADCAST);
    farSays(reply("10.0.0.9"), MAC_BROADCAST);
    farSays(reply("10.0.0.8"), NEAR);
    assert.deepEqual(prober.drain(), [], "announcements, and an answer about another address");
    farSays(reply("10.0.0.9"), NEAR);
    farSays(reply("10.0.0.9"), NEAR);
    assert.deepEqual(answers(prober), ["10.0.0.9"], "one question, one answer");
  });

  test("a silent address is asked for only now and then, until there is hope", () => {
    const start = bootClock();
    const sent = Array.from({ length: 200 }, (_, round) =>
      prober.send("10.0.0.9", NOBODY, after(start, milliseconds(round * 20))),
    ).filter((answer) => answer > 0).length;
    assert.ok(sent > 20 && sent < 35, `${sent} of 200 questions in 4 s`);
    prober.hope();
    assert.ok(prober.send("10.0.0.9", NOBODY, after(start, milliseconds(4_001))) > 0);
  });
});
