import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromKernel } from "../../test/support/kernel-corpus.js";
import { formatIpAddress, parseIpAddress } from "../base/ip-address.js";
import { arpProbe, decodeArp, encodeArp, gratuitousReply, gratuitousRequest } from "./arp.js";
import { internetChecksum, transportChecksum } from "./checksum.js";
import { decodeEcho, encodeEcho } from "./icmp-echo.js";
import { broadcastAddress } from "./ip-bytes.js";
import { decodeIpPacket, encodeIpPacket } from "./ip-header.js";
import { formatMac, parseMac } from "./mac-address.js";
import { addressProbe, decodeNeighbourMessage, solicitedNodeGroup, unsolicitedAdvertisement } from "./ndisc.js";
import { tickleAck } from "./tcp.js";

const bytesOf = (text: string): Uint8Array => parseIpAddress(text)?.bytes ?? assert.fail(`${text} is an address`);
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
const token = fc.uint8Array({ maxLength: 64 });
const uint16 = fc.integer({ min: 0, max: 0xffff });

test("ARP as the kernel asks and answers", () => {
  assert.deepEqual(decodeArp(fromKernel("arp-request")), {
    operation: "request",
    senderMac: "02:00:00:00:00:01",
    senderAddress: "10.0.0.1",
    targetMac: "00:00:00:00:00:00",
    targetAddress: "10.0.0.2",
  });
  const reply = encodeArp({
    operation: "reply",
    senderMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
    senderAddress: bytesOf("10.0.0.2"),
    targetMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    targetAddress: bytesOf("10.0.0.1"),
  });
  assert.deepEqual(reply, fromKernel("arp-reply"));
});

test("gratuitous ARP names the address as sender and target, a probe claims nothing", () => {
  fc.assert(
    fc.property(ipv4, mac, (address, sender) => {
      const text = formatIpAddress(address);
      const senderMac = formatMac(sender);
      const none = "00:00:00:00:00:00";
      const own = { senderMac, senderAddress: text, targetAddress: text };
      assert.deepEqual(decodeArp(gratuitousRequest(address, sender)), {
        operation: "request",
        ...own,
        targetMac: none,
      });
      assert.deepEqual(decodeArp(gratuitousReply(address, sender)), {
        operation: "reply",
        ...own,
        targetMac: senderMac,
      });
      assert.deepEqual(decodeArp(arpProbe(address, sender)), {
        operation: "request",
        ...own,
        senderAddress: "0.0.0.0",
        targetMac: none,
      });
    }),
  );
});

test("ARP for other hardware or protocols is refused", () => {
  const whole = fromKernel("arp-reply");
  for (const at of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const changed = whole.slice();
    changed[at] = 0x55;
    assert.equal(decodeArp(changed), undefined, `byte ${at}`);
  }
  assert.equal(decodeArp(whole.subarray(0, 27)), undefined);
});

test("neighbour messages as the kernel sends them", () => {
  const common = { router: false, override: false, solicited: false };
  assert.deepEqual(decodeNeighbourMessage(fromKernel("neighbour-solicitation")), {
    ...common,
    kind: "solicitation",
    source: "fd00::1",
    target: "fd00::2",
    mac: "02:00:00:00:00:01",
  });
  assert.deepEqual(decodeNeighbourMessage(fromKernel("neighbour-advertisement")), {
    kind: "advertisement",
    source: "fd00::2",
    target: "fd00::2",
    mac: "02:00:00:00:00:02",
    router: false,
    override: true,
    solicited: true,
  });
});

test("an unsolicited advertisement overrides, a probe comes from nowhere to the address's own group", () => {
  fc.assert(
    fc.property(ipv6, mac, fc.boolean(), (address, sender, router) => {
      const text = formatIpAddress(address);
      const told = decodeNeighbourMessage(unsolicitedAdvertisement({ address, mac: sender, router }));
      assert.deepEqual(told, {
        kind: "advertisement",
        source: text,
        target: text,
        mac: formatMac(sender),
        router,
        override: true,
        solicited: false,
      });
      const asked = decodeNeighbourMessage(addressProbe(address));
      assert.deepEqual(
        [asked?.kind, asked?.source, asked?.target, asked?.mac],
        ["solicitation", "::", text, undefined],
      );
      assert.deepEqual(decodeIpPacket(addressProbe(address))?.destination, solicitedNodeGroup(address));
    }),
  );
  assert.equal(formatIpAddress(solicitedNodeGroup(bytesOf("fd00::12:3456"))), "ff02::1:ff12:3456");
});

test("a neighbour message that came through a router or does not add up is refused", () => {
  const whole = fromKernel("neighbour-advertisement");
  const HOP_LIMIT = 7;
  for (const at of [HOP_LIMIT, 40, 41, 42, 50, 71]) {
    const changed = whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(decodeNeighbourMessage(changed), undefined, `byte ${at}`);
  }
});

/** The packet with other bytes in its ICMPv6 message, and a checksum that says so. */
function resealed(packet: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const ip = decodeIpPacket(packet) ?? assert.fail("is IP");
  const segment = ip.payload.slice();
  for (const [at, byte] of changes) segment[at] = byte;
  segment.set([0, 0], 2);
  const checksum = transportChecksum({ ...ip, segment });
  segment.set([checksum >> 8, checksum & 0xff], 2);
  return encodeIpPacket({ ...ip, payload: segment });
}

test("a message of another type is no neighbour's, and an option whose length lies ends the reading", () => {
  const whole = fromKernel("neighbour-advertisement");
  const [TYPE, OPTION, OPTION_LENGTH] = [0, 24, 25];
  assert.notEqual(decodeNeighbourMessage(resealed(whole, []))?.mac, undefined);
  assert.equal(decodeNeighbourMessage(resealed(whole, [[TYPE, 134]])), undefined);
  for (const length of [0, 2, 255]) {
    const changes = [
      [OPTION, 3],
      [OPTION_LENGTH, length],
    ] as const;
    assert.equal(decodeNeighbourMessage(resealed(whole, changes))?.mac, undefined, `length ${length}`);
    assert.equal(decodeNeighbourMessage(resealed(whole, [[OPTION_LENGTH, length]]))?.mac, undefined);
  }
});

test("an IP packet that is cut short, a fragment, or does not add up is refused", () => {
  const ipv4Packet = fromKernel("echo-request-ipv4");
  const packet = decodeIpPacket(ipv4Packet) ?? assert.fail("is IP");
  const changed = (...changes: readonly (readonly [number, number])[]): Uint8Array => {
    const bytes = encodeIpPacket(packet);
    for (const [at, byte] of changes) bytes[at] = byte;
    bytes.set([0, 0], 10);
    const checksum = internetChecksum(bytes.subarray(0, Math.max(20, ((bytes[0] ?? 0) & 0x0f) * 4)));
    bytes.set([checksum >> 8, checksum & 0xff], 10);
    return bytes;
  };
  assert.deepEqual(decodeIpPacket(changed()), packet);
  const [VERSION_AND_LENGTH, TOTAL_HIGH, TOTAL_LOW, FRAGMENT_HIGH, FRAGMENT_LOW, TTL] = [0, 2, 3, 6, 7, 8];
  const cases: readonly [string, Uint8Array][] = [
    ["a header shorter than a header", changed([VERSION_AND_LENGTH, 0x44])],
    ["longer than it is", changed([TOTAL_HIGH, 0xff])],
    ["shorter than its header", changed([TOTAL_HIGH, 0], [TOTAL_LOW, 19])],
    ["a first fragment", changed([FRAGMENT_HIGH, 0x20])],
    ["a later fragment", changed([FRAGMENT_HIGH, 0], [FRAGMENT_LOW, 1])],
    ["a header that does not add up", encodeIpPacket(packet).with(TTL, packet.hops ^ 1)],
    ["cut short", ipv4Packet.subarray(0, ipv4Packet.length - 1)],
    ["IPv6, cut short", fromKernel("echo-request-ipv6").subarray(0, -1)],
  ];
  for (const [what, bytes] of cases) assert.equal(decodeIpPacket(bytes), undefined, what);
});

test("an ICMP message that is no echo, or does not add up, is none", () => {
  const echo = { kind: "reply", identifier: 1, sequence: 2, token: Uint8Array.of(3) } as const;
  const [TYPE, CODE, SEQUENCE] = [0, 1, 7];
  for (const family of [4, 6] as const) {
    const bytes = encodeEcho(family, echo);
    const UNREACHABLE = family === 4 ? 3 : 1;
    const other = bytes.with(TYPE, UNREACHABLE).with(2, 0).with(3, 0);
    const checksum = internetChecksum(other);
    assert.equal(decodeEcho(family, other.with(2, checksum >> 8).with(3, checksum & 0xff)), undefined);
    assert.equal(decodeEcho(family, bytes.with(CODE, 1)), undefined);
  }
  assert.equal(decodeEcho(4, encodeEcho(4, echo).with(SEQUENCE, 9)), undefined);
});

for (const family of [4, 6] as const) {
  test(`IPv${family} echo requests and replies as the kernel and ping send them`, () => {
    const request = decodeIpPacket(fromKernel(`echo-request-ipv${family}`)) ?? assert.fail("is IP");
    const reply = decodeIpPacket(fromKernel(`echo-reply-ipv${family}`)) ?? assert.fail("is IP");
    const asked = decodeEcho(family, request.payload) ?? assert.fail("is an echo");
    const answered = decodeEcho(family, reply.payload) ?? assert.fail("is an echo");
    assert.deepEqual([asked.kind, answered.kind], ["request", "reply"]);
    assert.deepEqual({ ...answered, kind: "request" }, asked);
    assert.deepEqual(reply.source, request.destination);
    // Its checksum covers the source address, which the kernel fills in.
    const isWhole = (bytes: Uint8Array): Uint8Array => (family === 4 ? bytes : bytes.with(2, 0).with(3, 0));
    assert.deepEqual(encodeEcho(family, asked), isWhole(request.payload));
  });

  test(`an IPv${family} echo survives the way into bytes and back`, () => {
    fc.assert(
      fc.property(fc.constantFrom("request", "reply"), uint16, uint16, token, (kind, identifier, sequence, data) => {
        const echo = { kind, identifier, sequence, token: data } as const;
        assert.deepEqual(decodeEcho(family, encodeEcho(family, echo)), echo);
      }),
    );
  });
}

test("an IP packet survives the way into bytes and back, whatever follows it in the frame", () => {
  const ends = fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6));
  fc.assert(
    fc.property(
      ends,
      fc.nat(255),
      fc.nat(255),
      token,
      token,
      ([source, destination], protocol, hops, payload, padding) => {
        const packet = { source, destination, protocol, hops, payload };
        assert.deepEqual(decodeIpPacket(Uint8Array.of(...encodeIpPacket(packet), ...padding)), packet);
      },
    ),
  );
});

test("a tickle is an ACK of nothing from the server to the client", () => {
  for (const [local, remote] of [
    ["10.0.0.5", "10.0.0.9"],
    ["fd00::5", "fd00::9"],
  ] as const) {
    const packet = tickleAck({
      localAddress: bytesOf(local),
      localPort: 443,
      remoteAddress: bytesOf(remote),
      remotePort: 50_000,
    });
    const ip = decodeIpPacket(packet) ?? assert.fail("is IP");
    assert.equal(formatIpAddress(ip.source), local);
    assert.equal(formatIpAddress(ip.destination), remote);
    assert.equal(transportChecksum({ ...ip, segment: ip.payload }), 0);
    const tcp = new DataView(ip.payload.buffer, ip.payload.byteOffset, ip.payload.length);
    assert.deepEqual([tcp.getUint16(0), tcp.getUint16(2), tcp.getUint32(4), tcp.getUint32(8)], [443, 50_000, 0, 0]);
    assert.equal(tcp.getUint8(13), 0x10);
  }
});

test("a checksum over its own bytes is 0", () => {
  assert.equal(internetChecksum(Uint8Array.of(0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7)), 0x220d);
  assert.equal(internetChecksum(Uint8Array.of(0xff, 0xff, 0x80)), internetChecksum(Uint8Array.of(0x80, 0)));
});

test("MACs and broadcast addresses", () => {
  fc.assert(fc.property(mac, (bytes) => assert.deepEqual(parseMac(formatMac(bytes)), bytes)));
  for (const wrong of ["", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01", "2:0:0:0:0:1"]) {
    assert.equal(parseMac(wrong), undefined);
  }
  const broadcast = (text: string, prefixLength: number): string =>
    formatIpAddress(broadcastAddress(bytesOf(text), prefixLength) ?? new Uint8Array(4));
  assert.equal(broadcast("10.1.2.3", 20), "10.1.15.255");
  assert.equal(broadcast("10.1.2.3", 30), "10.1.2.3");
  assert.equal(broadcastAddress(bytesOf("10.1.2.3"), 31), undefined);
});
