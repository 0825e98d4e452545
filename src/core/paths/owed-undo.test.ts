import assert from "node:assert/strict";
import { test } from "node:test";
import { startedBench as bench, ETH0, ETH1 } from "../../../test/support/path-bench.js";

test("many routes that are refused are tried again as one batch, later and later, and noted when that changes", () => {
  const routes = Array.from({ length: 200 }, (_, at) => ({
    ...({ family: 4, gateway: "10.0.0.254", table: 254, description: "" } as const),
    destination: `10.1.${at}.0/24`,
  }));
  const mether0 = bench({}, [{ ...ETH0, routes }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(500);
  assert.match(
    mether0.said().join("\n"),
    /could not take from eth0 to eth1: [^;]*10\.1\.2\.0\/24 and 197 more; it is tried/,
  );
  const [found] = mether0.group.findings(mether0.now).filter(({ kind }) => kind === "path-undo-unfinished");
  assert.ok(found?.kind === "path-undo-unfinished");
  assert.deepEqual([found.owed.length, found.more], [20, 180]);
  mether0.orders.splice(0);
  mether0.wait(24 * 3_600_000);
  assert.deepEqual(mether0.said(), []);
  const retries = mether0.orders.filter((order) => order === "eth1 add-routes").length;
  assert.ok(retries > 24 && retries < 40, `${retries} retries in a day`);
  mether0.refuses = (item, name, kind) => name === "eth1" && kind === "add-routes" && item.includes("10.1.7.0");
  mether0.wait(3_600_000);
  assert.deepEqual(mether0.said(), [
    "mether0 could not take from eth0 to eth1: the route to 10.1.7.0/24; it is tried again",
  ]);
  mether0.refuses = () => false;
  mether0.wait(3_600_000);
  assert.match(mether0.said().join("\n"), /^mether0 has everything on eth1/);
  assert.equal(mether0.world.get("eth1")?.routes.length, 200);
});

test("what is owed ends with the interface that it is owed to", () => {
  const route = { family: 4, destination: "default", gateway: "10.0.0.254", table: 254, description: "" } as const;
  const mether0 = bench({}, [{ ...ETH0, routes: [route] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false);
  mether0.unplug("eth1").wait(10_000);
  assert.deepEqual(mether0.plans, []);
});
