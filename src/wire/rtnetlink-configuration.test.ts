/* What is captured from an interface and put on another: addresses, routes, neighbours, VLANs, rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromKernel } from "../../test/support/kernel-corpus.js";
import { viewOf } from "../base/bytes.js";
import { formatIpAddress } from "../base/ip-address.js";
import { decodeNetlink, type NetlinkMessage } from "./netlink.js";
import {
  ADMINISTRATOR_FLAGS,
  decodeInterfaceAddress,
  hasNoPrefixRoute,
  putAddressRequest,
} from "./rtnetlink-address.js";
import { createVlanRequest, decodeLink, deleteLinkRequest, RTM_LINK, setLinkRequest } from "./rtnetlink-link.js";
import { addProxyRequest, decodeNeighbour, deleteNeighbourRequest, RTM_NEIGHBOUR } from "./rtnetlink-neighbour.js";
import { addRouteRequest, decodeDescribedRoute, deleteRouteRequest } from "./rtnetlink-route-description.js";
import { decodeInterfaceRule } from "./rtnetlink-rule.js";

const messagesOf = (bytes: Uint8Array): readonly NetlinkMessage[] => decodeNetlink(bytes) ?? assert.fail("is netlink");
const onlyPayload = (bytes: Uint8Array): Uint8Array => messagesOf(bytes)[0]?.payload ?? assert.fail("has a message");
const payloads = (name: string): readonly Uint8Array[] => messagesOf(fromKernel(name)).map(({ payload }) => payload);

test("what a link lies on and belongs to, as the kernel describes it", () => {
  const macvlan = decodeLink(onlyPayload(fromKernel("link-macvlan")));
  assert.deepEqual([macvlan?.kind, macvlan?.parent, macvlan?.vlan], ["macvlan", 3, undefined]);
  const port = decodeLink(onlyPayload(fromKernel("link-bridge-port")));
  assert.deepEqual([port?.kind, port?.parent, port?.master], ["veth", undefined, 7]);
});

test("addresses with metric, peer and lifetimes, as the kernel lists them", () => {
  const found = payloads("address-dump-full").map((payload) => {
    const read = decodeInterfaceAddress(payload);
    return (
      read && [read.address, read.peer, read.metric, read.preferredSeconds, read.protocol, hasNoPrefixRoute(read.flags)]
    );
  });
  assert.deepEqual(found, [
    ["10.0.0.1", undefined, 77, undefined, undefined, true],
    ["10.0.0.8", "10.7.7.7", undefined, undefined, undefined, false],
    ["fd00::1", undefined, undefined, 100, undefined, false],
    ["fe80::ff:fe00:1", undefined, undefined, undefined, 3, false],
  ]);
});

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const seconds = fc.option(fc.integer({ min: 1, max: 2 ** 32 - 2 }), { nil: undefined });

test("an address with all that may be configured survives the way into a message and out of it", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4, 16).chain((length) => fc.tuple(bytesOf(length), bytesOf(length))),
      fc.integer({ min: 0, max: 32 }),
      fc.integer({ min: 0, max: 255 }),
      seconds,
      seconds,
      ([address, peer], prefixLength, byte, validSeconds, preferredSeconds) => {
        const lifetimes = {
          ...(validSeconds === undefined ? {} : { validSeconds }),
          ...(preferredSeconds === undefined ? {} : { preferredSeconds }),
        };
        const fields = {
          linkIndex: 9,
          address,
          prefixLength,
          peer,
          scope: byte,
          flags: ADMINISTRATOR_FLAGS,
          metric: byte,
        };
        const read = decodeInterfaceAddress(
          onlyPayload(putAddressRequest({ ...fields, ...lifetimes, protocol: byte })),
        );
        const isSame = formatIpAddress(peer) === formatIpAddress(address);
        assert.deepEqual(
          [read?.address, read?.peer, read?.prefixLength, read?.scope, read?.metric, read?.protocol],
          [formatIpAddress(address), isSame ? undefined : formatIpAddress(peer), prefixLength, byte, byte, byte],
        );
        assert.deepEqual([read?.validSeconds, read?.preferredSeconds], [validSeconds, preferredSeconds]);
        assert.equal((read?.flags ?? 0) & ADMINISTRATOR_FLAGS, ADMINISTRATOR_FLAGS);
      },
    ),
  );
});

for (const [name, expected] of [
  [
    "route-dump-4",
    ["undefined/0", "10.0.0.0/24", "10.7.7.7/32", "10.9.0.0/16", "10.0.0.1/32", "10.0.0.8/32", "10.0.0.255/32"],
  ],
  [
    "route-dump-6",
    ["fd01::/48", "fd00::/64", "fd02::/48", "fe80::/64", "fd00::1/128", "fe80::ff:fe00:1/128", "ff00::/8"],
  ],
] as const) {
  test(`${name}: routes are described, and given back with another interface and nothing else changed`, () => {
    const routes = payloads(name).map((payload) => decodeDescribedRoute(payload) ?? assert.fail("is a route"));
    assert.deepEqual(
      routes.map(({ destination, prefixLength }) => `${destination}/${prefixLength}`),
      expected,
    );
    for (const route of routes) {
      assert.deepEqual(route.interfaces, [3]);
      const redirected = decodeDescribedRoute(onlyPayload(addRouteRequest(route, 77)));
      const description = route.description;
      assert.deepEqual({ ...redirected, description }, { ...route, interfaces: [77] });
      const removal = onlyPayload(deleteRouteRequest(route, 77));
      assert.deepEqual(removal, onlyPayload(addRouteRequest(route, 77)));
    }
  });
}

test("all next hops of a route are redirected, and its gateways and weights kept", () => {
  const [route] = payloads("route-dump-4").flatMap((payload) => {
    const read = decodeDescribedRoute(payload);
    return read?.destination === "10.9.0.0" ? [read] : [];
  });
  assert.ok(route);
  assert.equal(route.hasGateway, true);
  const back = decodeDescribedRoute(onlyPayload(addRouteRequest(route, 77)));
  const again = decodeDescribedRoute(onlyPayload(addRouteRequest(back ?? assert.fail(), 3)));
  assert.deepEqual(again?.description, route.description);
});

test("what became of a route is not given back: the kernel refuses a route that is dead", () => {
  const RTNH_F_DEAD_AND_LINKDOWN = 0x11;
  const RTNH_F_ONLINK = 0x4;
  const [first] = payloads("route-dump-4");
  const description = Uint8Array.from(first ?? assert.fail());
  viewOf(description).setUint32(8, RTNH_F_DEAD_AND_LINKDOWN | RTNH_F_ONLINK, true);
  const route = decodeDescribedRoute(description) ?? assert.fail();
  assert.equal(viewOf(onlyPayload(addRouteRequest(route, 3))).getUint32(8, true), RTNH_F_ONLINK);
});

test("neighbours that somebody gave, proxies, and rules by interface, as the kernel lists them", () => {
  const given = payloads("neighbour-dump-given").map((payload) => decodeNeighbour(payload));
  assert.deepEqual(
    given.map((each) => [each?.address, each?.isPermanent, each?.isLearnt, each?.isProxy]),
    [
      ["10.0.0.9", true, false, false],
      ["ff02::2", false, false, false],
      ["ff02::16", false, false, false],
    ],
  );
  const proxies = payloads("proxy-dump").map((payload) => decodeNeighbour(payload));
  assert.deepEqual(
    proxies.map((each) => [each?.address, each?.isProxy, each?.isLearnt, each?.mac]),
    [["10.0.0.77", true, false, undefined]],
  );
  const rules = payloads("rule-dump-4").flatMap((payload) => decodeInterfaceRule(payload) ?? []);
  assert.deepEqual(rules, [
    { family: 4, priority: 100, input: "eth0", output: undefined },
    { family: 4, priority: 101, input: undefined, output: "eth0" },
  ]);
});

test("proxies and removals of neighbours name exactly what they are about", () => {
  const address = Uint8Array.of(10, 0, 0, 77);
  const proxy = decodeNeighbour(onlyPayload(addProxyRequest(5, address)));
  assert.deepEqual([proxy?.linkIndex, proxy?.address, proxy?.isProxy], [5, "10.0.0.77", true]);
  for (const isProxy of [true, false]) {
    const [message] = messagesOf(deleteNeighbourRequest(5, address, isProxy));
    assert.equal(message?.type, RTM_NEIGHBOUR.delete);
    assert.equal(decodeNeighbour(message.payload)?.isProxy, isProxy);
  }
});

test("a VLAN interface survives the way into a message and out of it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4094 }),
      fc.constantFrom("802.1Q", "802.1ad"),
      fc.integer({ min: 0, max: 31 }),
      fc.option(bytesOf(12), { nil: undefined }),
      (id, protocol, flags, map) => {
        const vlan = { id, protocol, flags, egressPriorities: map, ingressPriorities: undefined };
        const mac = Uint8Array.of(2, 0, 0, 0, 0, 9);
        const request = createVlanRequest({ parent: 4, name: "eth0.5", vlan, mac, mtu: 1400, master: 8 });
        const read = decodeLink(onlyPayload(request));
        assert.deepEqual(
          [read?.name, read?.kind, read?.parent, read?.mac, read?.mtu, read?.master, read?.vlan],
          ["eth0.5", "vlan", 4, "02:00:00:00:00:09", 1400, 8, vlan],
        );
      },
    ),
  );
});

test("a change of a link names only what changes", () => {
  const IFF_UP = 1;
  const flagsOf = (payload: Uint8Array): readonly number[] => [
    viewOf(payload).getUint32(8, true),
    viewOf(payload).getUint32(12, true),
  ];
  assert.deepEqual(flagsOf(onlyPayload(setLinkRequest(4, { up: true }))), [IFF_UP, IFF_UP]);
  assert.deepEqual(flagsOf(onlyPayload(setLinkRequest(4, { up: false }))), [0, IFF_UP]);
  assert.deepEqual(flagsOf(onlyPayload(setLinkRequest(4, { mtu: 1400 }))), [0, 0]);
  assert.equal(messagesOf(deleteLinkRequest(4))[0]?.type, RTM_LINK.delete);
});
