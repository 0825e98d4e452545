import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromKernel } from "../../test/support/kernel-corpus.js";
import { formatIpAddress } from "../base/ip-address.js";
import { decodeConnection } from "./inet-diag.js";
import {
  decodeAttributes,
  decodeEnd,
  decodeNetlink,
  type NetlinkMessage,
  NetlinkWriter,
  stampSequence,
} from "./netlink.js";
import { addAddressRequest, decodeInterfaceAddress, removeAddressRequest, RTM_ADDRESS } from "./rtnetlink-address.js";
import { decodeLink, RTM_LINK } from "./rtnetlink-link.js";
import { decodeNeighbour, replaceNeighbourRequest } from "./rtnetlink-neighbour.js";
import { decodeRoute, RTM_ROUTE } from "./rtnetlink-route.js";

const messagesOf = (bytes: Uint8Array): readonly NetlinkMessage[] => decodeNetlink(bytes) ?? assert.fail("is netlink");
const onlyMessage = (bytes: Uint8Array): NetlinkMessage => messagesOf(bytes)[0] ?? assert.fail("has a message");

test("a link as the kernel describes it", () => {
  const { type, payload } = onlyMessage(fromKernel("link"));
  const link = decodeLink(payload) ?? assert.fail("is a link");
  assert.equal(type, RTM_LINK.new);
  assert.deepEqual(link, {
    index: link.index,
    name: "near0",
    mac: "02:00:00:00:00:01",
    isEthernet: true,
    isLoopback: false,
    mtu: 1500,
    up: true,
    carrier: true,
    operState: "up",
    master: undefined,
    kind: "veth",
    parent: undefined,
    vlan: undefined,
    forwards6: false,
    promotesSecondaries: false,
    altNames: [],
  });
});

test("what a bridge says of its ports is no link, and a removed link is one", () => {
  assert.equal(decodeLink(onlyMessage(fromKernel("bridge-port-changed")).payload), undefined);
  assert.equal(decodeLink(onlyMessage(fromKernel("bridge-port-removed")).payload), undefined);
  const removed = onlyMessage(fromKernel("link-removed"));
  assert.equal(removed.type, RTM_LINK.delete);
  assert.equal(decodeLink(removed.payload)?.name, "br0");
});

test("addresses as the kernel lists them, with what it knows of each", () => {
  const found = messagesOf(fromKernel("address-dump-1")).map(({ payload }) => decodeInterfaceAddress(payload));
  const facts = found.map(
    (each) => each && [each.address, each.prefixLength, each.label, each.validSeconds, each.isSecondary, each.scope],
  );
  assert.deepEqual(facts, [
    ["10.0.0.1", 24, "near0:one", undefined, false, 0],
    ["10.0.0.5", 24, "near0", 1000, true, 0],
    ["fd00::1", 64, undefined, undefined, false, 0],
    ["fe80::ff:fe00:1", 64, undefined, undefined, false, 253],
  ]);
});

test("what is shorter than its head, or of a family that is not IP, is no address", () => {
  const [first] = messagesOf(fromKernel("address-dump-1"));
  const { payload } = first ?? assert.fail("it lists addresses");
  assert.notEqual(decodeInterfaceAddress(payload), undefined);
  assert.equal(decodeInterfaceAddress(payload.subarray(0, 7)), undefined);
  assert.equal(decodeInterfaceAddress(payload.slice().with(0, 7)), undefined);
});

test("a route, a neighbour and connections as the kernel describes them", () => {
  const { type, payload } = onlyMessage(fromKernel("route-added"));
  assert.equal(type, RTM_ROUTE.new);
  const route = decodeRoute(payload);
  assert.equal(`${route?.destination}/${route?.prefixLength}`, "10.9.0.0/16");
  assert.equal(route?.gateway, "10.0.0.2");
  assert.equal(route.preferredSource, "10.0.0.1");
  const neighbour = decodeNeighbour(onlyMessage(fromKernel("neighbour-dump-1")).payload);
  assert.equal(neighbour?.address, "10.0.0.2");
  assert.equal(neighbour.mac, "02:00:00:00:00:02");
  const mapped = decodeConnection(onlyMessage(fromKernel("connection-mapped")).payload);
  assert.deepEqual(mapped, {
    family: 4,
    localAddress: "10.0.0.1",
    localPort: 4711,
    remoteAddress: "10.0.0.1",
    remotePort: mapped?.remotePort,
  });
  assert.equal(decodeConnection(onlyMessage(fromKernel("connection-ipv6")).payload)?.localAddress, "fd00::1");
});

test("a refusal is told with the kernel's reason, where it gives one", () => {
  const EADDRNOTAVAIL = 99;
  assert.deepEqual(decodeEnd(onlyMessage(fromKernel("refusal-with-reason"))), {
    errno: EADDRNOTAVAIL,
    reason: "ipv4: Address not found",
  });
  assert.deepEqual(decodeEnd(onlyMessage(fromKernel("refusal-without-reason"))), {
    errno: EADDRNOTAVAIL,
    reason: undefined,
  });
  assert.deepEqual(decodeEnd(onlyMessage(fromKernel("acknowledgement"))), { errno: 0, reason: undefined });
  assert.deepEqual(decodeEnd(onlyMessage(fromKernel("address-dump-2"))), { errno: 0, reason: undefined });
  assert.equal(decodeEnd(onlyMessage(fromKernel("link"))), undefined);
});

const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const linkIndex = fc.integer({ min: 1, max: 2 ** 31 - 1 });

test("an address survives the way into a message and out of it", () => {
  fc.assert(
    fc.property(address, linkIndex, fc.integer({ min: 0, max: 32 }), (bytes, index, prefixLength) => {
      const fields = { linkIndex: index, address: bytes, prefixLength, label: "eth0:vip" };
      for (const [request, type] of [
        [addAddressRequest(fields), RTM_ADDRESS.new],
        [removeAddressRequest(fields), RTM_ADDRESS.delete],
      ] as const) {
        const message = onlyMessage(request);
        const read = decodeInterfaceAddress(message.payload);
        assert.equal(message.type, type);
        assert.equal(read?.address, formatIpAddress(bytes));
        assert.equal(read.prefixLength, prefixLength);
        assert.equal(read.linkIndex, index);
        assert.equal(read.isOurs, type === RTM_ADDRESS.new);
        assert.equal(read.label, bytes.length === 4 && type === RTM_ADDRESS.new ? "eth0:vip" : undefined);
      }
    }),
  );
});

test("a neighbour survives the way into a message and out of it", () => {
  fc.assert(
    fc.property(address, linkIndex, fc.boolean(), fc.boolean(), (bytes, index, isPermanent, isRouter) => {
      const mac = Uint8Array.of(2, 0, 0, 0, 0, 9);
      const request = replaceNeighbourRequest({ linkIndex: index, address: bytes, mac, isPermanent, isRouter });
      assert.deepEqual(decodeNeighbour(onlyMessage(request).payload), {
        linkIndex: index,
        address: formatIpAddress(bytes),
        mac: "02:00:00:00:00:09",
        isPermanent,
        isUnanswered: false,
        isProxy: false,
        isRouter,
        isLearnt: !isPermanent,
      });
    }),
  );
});

test("messages, attributes and nested attributes are read as they were written", () => {
  const attributes = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 20,
    selector: ([type]) => type,
  });
  fc.assert(
    fc.property(attributes, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (written, sequence) => {
      const writer = new NetlinkWriter(99, 0x5, Uint8Array.of(1, 2, 3, 4));
      const write = (into: NetlinkWriter): void => {
        for (const [type, value] of written) into.attribute(type, value);
      };
      write(writer);
      const message = writer.nested(0x3ffe, write).finish();
      stampSequence(message, sequence);
      const read = onlyMessage(message);
      assert.deepEqual([read.type, read.flags, read.sequence], [99, 0x5, sequence]);
      const outer = decodeAttributes(read.payload, 4);
      const inner = decodeAttributes(outer.get(0x3ffe) ?? assert.fail("is nested"), 0);
      for (const [type, value] of written) {
        assert.deepEqual(inner.get(type), value);
        if (type !== 0x3ffe) assert.deepEqual(outer.get(type), value);
      }
    }),
  );
});
