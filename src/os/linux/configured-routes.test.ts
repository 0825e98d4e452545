import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ip, Namespace, namespacesMissing } from "../../../test/support/namespaces.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import { LinuxKernel } from "./linux-kernel.js";

describe("the routes of interfaces", { skip: namespacesMissing() }, () => {
  let kernel: LinuxKernel;
  let near: Namespace;

  beforeEach(() => {
    near = new Namespace();
    near.enter();
    for (const index of [0, 2]) {
      ip(`link add eth${index} type veth peer name far${index}`);
      for (const name of [`far${index}`, `eth${index}`]) ip(`link set ${name} up`);
    }
    ip("address add 10.1.0.1/24 dev eth0");
    ip("address add fd01::1/64 dev eth0 nodad");
    ip("address add 10.9.0.1/24 dev eth2");
    ip("address add fd09::1/64 dev eth2 nodad");
    kernel = new LinuxKernel();
  });
  afterEach(() => {
    kernel.close();
    near.close();
  });

  function captured(name: string): InterfaceConfiguration {
    const found = kernel.captureInterface(name);
    assert.ok(found.ok, JSON.stringify(found));
    return found.value;
  }

  const sourcedOf = ({ sourced = [] }: Pick<InterfaceConfiguration, "sourced">): readonly string[] =>
    sourced.flatMap(({ interface: name, routes }) =>
      routes.map(({ destination, table }) => `${destination} over ${name} in ${table}`),
    );

  test("the multicast route of a kernel before 5.11, which says that an administrator made it, is the kernel's", () => {
    ip("-6 route del multicast ff00::/8 dev eth0 table local");
    ip("-6 route append ff00::/8 dev eth0 table local metric 256 proto boot");
    ip("route add local 10.51.0.0/24 dev eth0");
    assert.deepEqual(
      captured("eth0").routes.map(({ destination }) => destination),
      ["10.51.0.0/24"],
    );
  });

  test("a route over what lies on the interface, and does not go along with it, is one over another interface", () => {
    ip("link add mv0 link eth0 type macvlan mode bridge");
    ip("link set mv0 up");
    ip("address add 10.8.0.1/24 dev mv0");
    ip("route add 10.80.0.0/16 via 10.8.0.2 dev mv0 src 10.1.0.1");
    const found = captured("eth0");
    assert.deepEqual(sourcedOf(found), ["10.80.0.0/16 over mv0 in 254"]);
    assert.deepEqual(found.immovable, ["a macvlan interface mv0 on eth0"]);
  });

  test("of routes that are as good as each other, the one that was used is used again after a change of paths", () => {
    for (const order of [
      ["10.9.0.2 src 10.1.0.1", "10.9.0.3"],
      ["10.9.0.3", "10.9.0.2 src 10.1.0.1"],
    ]) {
      for (const via of order) ip(`route append default via ${via} dev eth2 metric 5`);
      const before = ip("route show default");
      const { sourced: [{ interface: name, routes } = assert.fail()] = [], addresses } = captured("eth0");
      const changes = [
        { kind: "remove-routes", interface: name, routes },
        { kind: "remove-addresses", interface: "eth0", addresses },
        { kind: "add-addresses", interface: "far0", addresses },
        { kind: "add-routes", interface: name, routes },
        { kind: "add-routes", interface: name, routes },
      ] as const;
      for (const each of changes) assert.equal(kernel.changeInterface(each), undefined);
      assert.equal(ip("route show default"), before);
      ip("route flush default");
      assert.equal(kernel.changeInterface({ kind: "remove-addresses", interface: "far0", addresses }), undefined);
      assert.equal(kernel.changeInterface({ kind: "add-addresses", interface: "eth0", addresses }), undefined);
    }
  });

  test("what the kernel has in its tables for each address is nothing to look through", () => {
    const many = Array.from({ length: 5_600 }, (_, at) => `address add 10.${64 + (at >> 8)}.${at & 255}.1/24 dev eth2`);
    execFileSync("ip", ["-batch", "-"], { input: many.join("\n") });
    assert.deepEqual(captured("eth0").immovable, []);
  });

  test("only those routes over other interfaces are taken along that the kernel takes with the address", () => {
    ip("route add 10.80.0.0/16 via 10.9.0.2 dev eth2 src 10.1.0.1");
    ip("route add 10.81.0.0/16 via 10.9.0.2 dev eth2 src 10.1.0.1 table 100");
    ip("-6 route add fd80::/48 via fd09::2 dev eth2 src fd01::1");
    ip("-6 route add fd81::/48 via fd09::2 dev eth2 src fd01::1 table 100");
    const sourcedRoutes = (): readonly string[] =>
      ["-4", "-6"]
        .flatMap((family) => ip(`${family} route show table all dev eth2`).split("\n"))
        .filter((line) => /src (10.1.0.1|fd01::1)/.test(line))
        .map((line) => line.split(" ")[0] ?? "");
    const wereTaken = sourcedOf(captured("eth0")).map((each) => each.split(" ")[0]);
    const before = sourcedRoutes();
    ip("address del 10.1.0.1/24 dev eth0");
    ip("address del fd01::1/64 dev eth0");
    const after = sourcedRoutes();
    assert.deepEqual(
      wereTaken,
      before.filter((each) => !after.includes(each)),
    );
  });
});
