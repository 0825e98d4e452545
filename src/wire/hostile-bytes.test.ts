import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KERNEL_CORPUS } from "../../test/support/kernel-corpus.js";
import { decodeArp } from "./arp.js";
import { decodeEcho } from "./icmp-echo.js";
import { decodeConnection } from "./inet-diag.js";
import { decodeIpPacket } from "./ip-header.js";
import { decodeNeighbourMessage } from "./ndisc.js";
import { decodeAttributes, decodeEnd, decodeNetlink, listAttributes } from "./netlink.js";
import { decodeInterfaceAddress, secondaryIpv4Of } from "./rtnetlink-address.js";
import { decodeLink } from "./rtnetlink-link.js";
import { decodeNeighbour } from "./rtnetlink-neighbour.js";
import { addRouteRequest, decodeDescribedRoute } from "./rtnetlink-route-description.js";
import { decodeRoute } from "./rtnetlink-route.js";
import { decodeInterfaceRule } from "./rtnetlink-rule.js";
import { decodeVlan } from "./rtnetlink-vlan.js";

const PAYLOADS: readonly ((payload: Uint8Array) => unknown)[] = [
  decodeLink,
  decodeInterfaceAddress,
  (payload) => secondaryIpv4Of(payload, payload[4] ?? 0),
  decodeRoute,
  decodeNeighbour,
  decodeConnection,
  decodeInterfaceRule,
  (payload) => {
    const route = decodeDescribedRoute(payload);
    if (route !== undefined) addRouteRequest(route, 7);
  },
  (payload) => listAttributes(payload, 0),
  decodeVlan,
];

const PACKETS: readonly ((packet: Uint8Array) => unknown)[] = [
  decodeArp,
  decodeIpPacket,
  decodeNeighbourMessage,
  (packet) => decodeEcho(4, packet),
  (packet) => decodeEcho(6, packet),
  ...PAYLOADS,
];

/** Reads the bytes in every way that there is. What is read must lie within them. */
function readEveryWay(bytes: Uint8Array): void {
  for (const decode of PACKETS) decode(bytes);
  const attributes = decodeAttributes(bytes, 0);
  assert.ok(attributes.size <= bytes.length / 4);
  assert.ok([...attributes.values()].every(({ buffer, length }) => buffer === bytes.buffer && length <= bytes.length));
  const messages = decodeNetlink(bytes) ?? [];
  assert.ok(messages.length <= bytes.length / 16);
  for (const message of messages) {
    assert.ok(message.payload.buffer === bytes.buffer && message.payload.length <= bytes.length);
    decodeEnd(message);
    for (const decode of PAYLOADS) decode(message.payload);
  }
}

test("random bytes never throw and never hold a reader up", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), readEveryWay), { numRuns: 2_000 });
});

test("what a kernel said, with bytes changed, cut off or repeated, never throws", () => {
  const originals = fc.constantFrom(...KERNEL_CORPUS.values());
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(originals, changes, fc.nat(), fc.boolean(), (original, edits, end, twice) => {
      const changed = Uint8Array.from(twice ? [...original, ...original] : original);
      for (const [at, value] of edits) changed[at % changed.length] = value;
      readEveryWay(changed.subarray(0, changed.length - (end % 40)));
      // A view into a larger buffer must not be read beyond its own end.
      readEveryWay(changed.subarray(end % 4));
    }),
    { numRuns: 5_000 },
  );
});

test("lengths that lie cost no more than the bytes that are there", () => {
  for (const length of [0, 1, 3, 4, 15, 16, 17, 0xffff]) {
    const bytes = new Uint8Array(65_536);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 4) view.setUint16(at, length, true);
    readEveryWay(bytes);
  }
});
