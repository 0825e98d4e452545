import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, milliseconds, seconds } from "../../base/time.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import type { KernelLink } from "../../model/kernel.js";
import type { PathConfig, PathGroupConfig, PathHealth, PathMonitor, Threshold } from "../../model/path.js";
import { KernelTable } from "../addresses/kernel-table.js";
import { Path } from "./path.js";

const at = (ms: number): Instant => instant(ms * 1_000);
const link = (name: string, change: Partial<KernelLink> = {}): KernelLink => ({
  index: Number(name.at(-1)) + 1,
  name,
  mac: "02:00:00:00:00:01",
  up: true,
  carrier: true,
  mtu: 1500,
  ...change,
});

/** A path whose links are told anew at each step. */
class Bench {
  readonly path: Path;

  constructor(primary: PathConfig = { interface: "eth0", members: [] }, change: Partial<PathGroupConfig> = {}) {
    this.path = new Path(at(0), "primary", groupConfig({ primary, ...change }));
  }

  see(ms: number, ...links: readonly KernelLink[]): PathHealth {
    const kernel = new KernelTable();
    kernel.replace({ links, addresses: [] });
    this.path.observe(at(ms), kernel);
    return this.path.health;
  }

  judge(ms: number, reachable: boolean): PathHealth {
    this.path.judged(at(ms), reachable, reachable ? [] : ["10.0.0.254"]);
    return this.path.health;
  }

  wait(ms: number): PathHealth {
    this.path.tick(at(ms));
    return this.path.health;
  }
}

const monitor = (change: Partial<PathMonitor>): Partial<PathGroupConfig> => ({
  monitor: { ...groupConfig().monitor, ...change },
});
const NO_CARRIER = { carrier: false };

test("HN-3: a lost carrier is a failure at once, by default", () => {
  const bench = new Bench();
  assert.equal(bench.see(0, link("eth0")), "healthy");
  assert.equal(bench.see(10, link("eth0", NO_CARRIER)), "failed");
  assert.deepEqual(bench.path.reason, { kind: "carrier-lost" });
});

test("AF-2: a carrier that has to be lost for two seconds, and is back sooner, was no failure", () => {
  const bench = new Bench(undefined, monitor({ carrierDownFor: seconds(2) }));
  bench.see(0, link("eth0"));
  assert.equal(bench.see(1_000, link("eth0", NO_CARRIER)), "failing");
  assert.equal(bench.path.deadline(), at(3_000));
  assert.equal(bench.see(2_900, link("eth0")), "healthy");
  assert.equal(bench.see(4_000, link("eth0", NO_CARRIER)), "failing");
  assert.equal(bench.wait(6_000), "failed");
  assert.equal(bench.path.deadline(), undefined);
});

test("a carrier that does not count is not looked at; an interface that is switched off is", () => {
  const bench = new Bench(undefined, monitor({ carrierDownFor: undefined }));
  assert.equal(bench.see(0, link("eth0", NO_CARRIER)), "healthy");
  assert.equal(bench.see(1, link("eth0", { up: false, carrier: false })), "failed");
  assert.deepEqual(bench.path.reason, { kind: "switched-off" });
});

test("HN-2: silent targets are a failure by the verdict, and nothing but upFor of health ends it", () => {
  const bench = new Bench();
  bench.see(0, link("eth0"));
  assert.equal(bench.judge(10, false), "failed");
  assert.deepEqual(bench.path.reason, { kind: "targets-silent", targets: ["10.0.0.254"] });
  assert.equal(bench.judge(100, true), "recovering");
  assert.equal(bench.path.deadline(), at(2_100));
  assert.equal(bench.judge(1_000, false), "failed");
  assert.equal(bench.judge(1_100, true), "recovering");
  assert.equal(bench.wait(3_099), "recovering");
  assert.deepEqual(bench.path.reason?.kind, "targets-silent");
  assert.equal(bench.wait(3_100), "healthy");
  assert.equal(bench.path.reason, undefined);
});

test("both kinds of watching count: a path recovers when the carrier and the targets are back", () => {
  const bench = new Bench();
  bench.see(0, link("eth0"));
  bench.see(10, link("eth0", NO_CARRIER));
  bench.judge(70, false);
  assert.equal(bench.see(100, link("eth0")), "failed");
  assert.equal(bench.judge(200, true), "recovering");
});

test("HN-7: while the other end may be moving, silence does not count, and a lost carrier does", () => {
  const bench = new Bench();
  bench.see(0, link("eth0"));
  bench.path.ignoreSilence(at(500));
  assert.equal(bench.judge(60, false), "failing");
  assert.equal(bench.path.deadline(), at(500));
  assert.equal(bench.judge(300, true), "healthy");
  bench.judge(400, false);
  assert.equal(bench.see(450, link("eth0", NO_CARRIER)), "failed");
  bench.see(460, link("eth0"));
  const other = new Bench();
  other.see(0, link("eth0"));
  other.path.ignoreSilence(at(500));
  other.judge(60, false);
  assert.equal(other.wait(500), "failed");
});

test("HN-11: an interface that is gone is missing, and recovers when it is back", () => {
  const bench = new Bench();
  bench.see(0, link("eth0"));
  assert.equal(bench.see(10), "missing");
  assert.deepEqual(bench.path.reason, { kind: "interface-gone" });
  assert.equal(bench.see(20, link("eth0")), "recovering");
  assert.equal(bench.wait(2_020), "healthy");
});

test("HN-11: a detached interface is neither missed nor watched, until it is attached", () => {
  const bench = new Bench();
  bench.see(0, link("eth0"));
  bench.path.detach(at(10));
  assert.equal(bench.see(20), "detached");
  assert.equal(bench.see(30, link("eth0")), "detached");
  assert.equal(bench.path.deadline(), undefined);
  bench.path.attach(at(40));
  assert.equal(bench.path.health, "recovering");
});

test("HN-6: a standby that is off on purpose is unwatched; once it is on, it has time to find its carrier", () => {
  const bench = new Bench();
  bench.path.setOffOnPurpose(at(0), true);
  assert.equal(bench.see(0, link("eth0", { up: false, carrier: false })), "unwatched");
  bench.path.expectCarrier(at(100));
  bench.path.setOffOnPurpose(at(100), false);
  assert.equal(bench.path.health, "failing");
  assert.equal(bench.see(110, link("eth0", NO_CARRIER)), "failing");
  assert.equal(bench.see(2_000, link("eth0")), "recovering");
  assert.equal(
    bench.see(2_100, link("eth0", NO_CARRIER)),
    "failed",
    "a carrier that was there and is lost counts at once",
  );
});

test("a carrier that does not come within the time for it counts as lost", () => {
  const bench = new Bench();
  bench.path.expectCarrier(at(0));
  assert.equal(bench.see(0, link("eth0", NO_CARRIER)), "failing");
  assert.equal(bench.path.deadline(), at(5_000));
  assert.equal(bench.wait(5_000), "failed");
});

test("a change of the MAC may cost the carrier for a moment, whatever the kernel said before", () => {
  const bench = new Bench();
  bench.see(0, link("eth0"));
  bench.path.expectBounce(at(500));
  assert.equal(bench.see(10, link("eth0")), "healthy");
  assert.equal(bench.see(20, link("eth0", { up: false, carrier: false })), "failing");
  assert.equal(bench.see(30, link("eth0")), "healthy");
});

// --- HN-9: trunks --------------------------------------------------------------------------------------------------

const QUAD: PathConfig = { interface: "bond9", members: [] };
const bond = link("bond9");
const MEMBERS = ["eth1", "eth2", "eth3", "eth4"];
const quad = (down: readonly string[], change: (name: string) => Partial<KernelLink> = () => ({})): KernelLink[] => [
  bond,
  ...MEMBERS.map((name) => link(name, { master: bond.index, carrier: !down.includes(name), ...change(name) })),
];
const threshold = (of: Threshold): Partial<PathGroupConfig> => ({ threshold: of });

test("HN-9: a trunk fails when half of its members have, and recovers likewise", () => {
  const bench = new Bench(QUAD);
  assert.equal(bench.see(0, ...quad([])), "healthy");
  assert.equal(bench.see(10, ...quad(["eth1"])), "healthy");
  assert.deepEqual(bench.path.view().members, { up: 3, total: 4 });
  assert.equal(bench.see(20, ...quad(["eth1", "eth3"])), "failed");
  assert.deepEqual(bench.path.reason, { kind: "trunk-below-threshold", failed: 2, members: 4 });
  assert.equal(bench.see(30, ...quad(["eth1"])), "recovering");
  assert.equal(bench.wait(2_030), "healthy");
});

test("HN-9: the threshold may be a number of members", () => {
  const bench = new Bench(QUAD, threshold({ of: "members", count: 3 }));
  assert.equal(bench.see(0, ...quad(["eth1", "eth2"])), "healthy");
  assert.equal(bench.see(10, ...quad(["eth1", "eth2", "eth3"])), "failed");
});

test("HN-9: bandwidth counts by the speed that a member told while it had a carrier", () => {
  const bench = new Bench(QUAD, threshold({ of: "bandwidth", share: 0.5 }));
  const speeds = (name: string): Partial<KernelLink> => ({ speedMbps: name === "eth1" ? 10_000 : 1_000 });
  assert.equal(bench.see(0, ...quad([], speeds)), "healthy");
  assert.equal(bench.see(10, ...quad(["eth2", "eth3", "eth4"], speeds)), "healthy");
  assert.equal(bench.see(20, ...quad(["eth1"], (name) => (name === "eth1" ? {} : speeds(name)))), "failed");
});

test("HN-9: members of unknown speed count like the others", () => {
  const bench = new Bench(QUAD, threshold({ of: "bandwidth", share: 0.5 }));
  assert.equal(bench.see(0, ...quad(["eth1"])), "healthy");
  assert.equal(bench.see(10, ...quad(["eth1", "eth2"])), "failed");
});

test("HN-9: members of the configuration count, whether or not the kernel has them, and name their master", () => {
  const bench = new Bench({ members: ["eth1", "eth2"] }, threshold({ of: "members", share: 1 }));
  assert.equal(bench.see(0, bond, link("eth2", { master: bond.index })), "healthy");
  assert.equal(bench.path.interface, "bond9");
  assert.deepEqual(bench.path.view().members, { up: 1, total: 2 });
  assert.equal(bench.see(10, bond), "failed");
  assert.equal(bench.path.interface, "bond9");
});

test("a lost member may have to be lost for a while, like any carrier", () => {
  const bench = new Bench(QUAD, monitor({ carrierDownFor: milliseconds(100) }));
  bench.see(0, ...quad([]));
  assert.equal(bench.see(10, ...quad(["eth1", "eth3"])), "failing");
  assert.equal(bench.wait(110), "failed");
});
