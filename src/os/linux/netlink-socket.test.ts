import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { cabledHosts, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import { addAddressRequest, removeAddressRequest, type AddressFields } from "../../wire/rtnetlink-address.js";
import { readAddresses, readLink } from "./addresses.js";
import { readNeighbours, replaceNeighbour } from "./neighbours.js";
import { NETLINK, NetlinkSocket } from "./netlink-socket.js";

describe("talking with the kernel", { skip: namespacesMissing() }, () => {
  let netlink: NetlinkSocket;
  let linkIndex: number;

  beforeEach(() => {
    cabledHosts();
    netlink = new NetlinkSocket(NETLINK.route);
    linkIndex = Number(ip("-o link show near0").split(":")[0]);
  });

  const nth = (index: number): AddressFields => ({
    linkIndex,
    address: Uint8Array.of(10, 0, index >> 8, index & 255),
    prefixLength: 32,
  });

  test("hundreds of orders have an answer each, in their order", () => {
    const orders = Array.from({ length: 300 }, (_, index) =>
      addAddressRequest(nth(index + 1 - (index % 3 === 2 ? 1 : 0))),
    );
    const answers = netlink.requestAll(orders);
    assert.equal(answers.length, 300);
    for (const [index, answer] of answers.entries()) {
      assert.equal(answer.ok ? "ok" : answer.problem.code, index % 3 === 2 ? "EEXIST" : "ok");
    }
    const found = readAddresses(netlink, linkIndex);
    assert.ok(found.ok);
    assert.equal(found.value.filter(({ family }) => family === 4).length, 200);
    assert.ok(found.value.every((each) => each.linkIndex === linkIndex));
    assert.equal(netlink.request(removeAddressRequest(nth(1))).ok, true);
  });

  test("what is not there is refused, by a query as by a list", () => {
    const link = readLink(netlink, 999);
    assert.equal(link.ok ? "ok" : link.problem.code, "ENODEV");
    const addresses = readAddresses(netlink, 999);
    assert.equal(addresses.ok ? addresses.value.length : addresses.problem.code, "ENODEV");
  });

  test("an order about a neighbour replaces what was believed", () => {
    for (const [mac, text] of [
      [1, "02:00:00:00:00:01"],
      [9, "02:00:00:00:00:09"],
    ] as const) {
      const fields = {
        linkIndex,
        address: Uint8Array.of(10, 0, 0, 7),
        mac: Uint8Array.of(2, 0, 0, 0, 0, mac),
        isPermanent: true,
      };
      assert.equal(replaceNeighbour(netlink, fields).ok, true);
      const neighbours = readNeighbours(netlink, 4);
      assert.ok(neighbours.ok);
      assert.equal(neighbours.value.find(({ address }) => address === "10.0.0.7")?.mac, text);
    }
  });
});
