import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { LocumError } from "../src/base/locum-error.js";
import { milliseconds, seconds } from "../src/base/time.js";
import { bootClock } from "../src/os/linux/libc.js";
import type { Host } from "./host.js";
import type { LabProcess } from "./lab-process.js";
import { Lab } from "./lab.js";
import { until } from "./testing/until.js";
import { startTcpClient, startTcpEcho, startUdpEcho, startUdpProbe } from "./measure.js";
import { whyNoLab } from "./privileges.js";
import { cluster } from "./topology.js";

const skip = whyNoLab() ?? false;
const CARRIER = "/sys/class/net/eth1/carrier";

describe("faults", { skip }, () => {
  let lab: Lab;
  before(async () => void (lab = await Lab.open(cluster(3))));
  after(async () => lab.close());
  afterEach(async () => {
    lab.heal();
    for (const host of lab.hosts.values()) {
      await host.run(["ip", "neigh", "flush", "all"]);
      host.processes.forEach((process) => process.signal("SIGKILL"));
    }
    assert.deepEqual(lab.faults(), []);
  });

  const sees = async (from: string, address: string): Promise<boolean> =>
    lab
      .host(from)
      .run(["ping", "-c", "1", "-W", "0.3", address])
      .then(
        () => true,
        () => false,
      );
  /** A failed attempt before leaves an address resolution that the kernel takes up again only after a second. */
  const comesToSee = async (from: string, address: string): Promise<boolean> => {
    const deadline = bootClock() + seconds(10);
    while (bootClock() < deadline) if (await sees(from, address)) return true;
    return false;
  };
  const carrier = async (host: string): Promise<string> => lab.host(host).run(["cat", CARRIER]);
  const stateOf = (pid: number): string | undefined =>
    readFileSync(`/proc/${pid}/status`, "utf8").match(/^State:\s+(\S)/m)?.[1];

  /** Makes interfaces until the watcher tells of one: nothing says when it has begun to listen. */
  const untilTellsOfInterfaces = async (host: Host, watcher: LabProcess): Promise<void> => {
    const deadline = bootClock() + seconds(10);
    while (!watcher.tail().includes("marker")) {
      assert.ok(bootClock() < deadline, "it shall tell of interfaces");
      await host.run(["ip", "link", "add", "marker", "type", "bridge"]);
      await host.run(["ip", "link", "delete", "marker"]);
    }
  };

  it("silences a cable while its carrier stays", async () => {
    lab.block("web1", "a", { bothWays: true });
    assert.equal(await sees("web1", "10.1.1.2"), false);
    assert.equal(await comesToSee("web3", "10.1.1.2"), true);
    assert.equal(await carrier("web1"), "1");
    assert.deepEqual(lab.faults(), ["web1 -> a: blocked", "a -> web1: blocked"]);
    lab.unblock("web1", "a", { bothWays: true });
    assert.equal(await comesToSee("web1", "10.1.1.2"), true);
  });

  it("drops one direction between two hosts, on one network or all", async () => {
    lab.block("web2", "web1", { on: ["a"] });
    assert.equal(await sees("web1", "10.1.1.2"), false, "the answers are dropped");
    assert.equal(await comesToSee("web1", "20.1.1.2"), true, "the other network is untouched");
    assert.equal(await comesToSee("web3", "10.1.1.2"), true, "the other hosts are untouched");
    assert.match(
      await lab.host("web2").run(["ip", "neigh", "show", "10.1.1.1"]),
      /lladdr/,
      "the questions come through",
    );
    lab.unblock("web2", "web1");
    assert.equal(await comesToSee("web1", "10.1.1.2"), true);
  });

  it("parts hosts from each other, and heals", async () => {
    lab.partition([["web1"], ["web2", "web3"]]);
    for (const network of ["10.1.1", "20.1.1"]) {
      assert.equal(await sees("web1", `${network}.2`), false);
      assert.equal(await sees("web3", `${network}.1`), false);
      assert.equal(await comesToSee("web3", `${network}.2`), true);
    }
    assert.equal(await comesToSee("client", "192.168.1.11"), true, "who is in no group sees everybody");
    lab.heal();
    assert.equal(await comesToSee("web1", "10.1.1.2"), true);
  });

  it("takes the power of a switch and gives it back", async () => {
    lab.powerOff("a");
    assert.equal(await carrier("web1"), "0");
    assert.equal(await carrier("web2"), "0");
    assert.equal(await comesToSee("web1", "20.1.1.2"), true);
    await lab.powerOn("a");
    assert.equal(await carrier("web1"), "1");
    assert.equal(await comesToSee("web1", "10.1.1.2"), true);
  });

  it("keeps a cut cable cut when its switch gets power again", async () => {
    lab.cut("web1", "a");
    lab.powerOff("a");
    await lab.powerOn("a");
    assert.equal(await carrier("web1"), "0");
    assert.equal(await carrier("web2"), "1");
    lab.restore("web1", "a");
    assert.equal(await carrier("web1"), "1");
  });

  it("hangs a switch: carriers stay, nothing passes", async () => {
    lab.hang("a");
    assert.equal(await carrier("web1"), "1");
    assert.equal(await sees("web1", "10.1.1.2"), false);
    lab.unhang("a");
    assert.equal(await comesToSee("web1", "10.1.1.2"), true);
  });

  it("loses a part of the traffic", async () => {
    await startUdpEcho(lab.host("web1"), ["192.168.1.11:7000"]);
    const probe = await startUdpProbe(lab.host("client"), { target: "192.168.1.11:7000", patience: milliseconds(300) });
    await probe.servedBy("web1");
    await probe.report();
    lab.lose("client", "lan", 0.3);
    const lossy = await probe.report();
    const { lost, sent } = await probe.stop();
    assert.ok(lossy.sent + sent > 100);
    assert.ok(lost + lossy.lost > 0.1 * (lossy.sent + sent) && lost + lossy.lost < 0.6 * (lossy.sent + sent));
  });

  it("does not take the client's own stall for the server's", async () => {
    await startUdpEcho(lab.host("web1"), ["0.0.0.0:7000"]);
    const probe = await startUdpProbe(lab.host("client"), { target: "192.168.1.11:7000" });
    await probe.servedBy("web1");
    const from = lab.freeze("client");
    await pause(100);
    const span = lab.thaw("client") - from;
    const report = await probe.stop();
    assert.deepEqual(report.gaps, []);
    assert.ok(report.longestGap >= 90_000, `it asked nothing while it was frozen for ${span} us`);
    assert.ok(report.stalled.longest >= 90_000 && report.stalled.total >= 90_000);
  });

  it("hangs a host: its carriers stay, its kernel is silent too", async () => {
    const process = await lab.host("web1").spawn(["sleep", "1000"]);
    lab.hang("web1");
    await until(() => stateOf(process.pid) === "T", "its process is stopped");
    assert.equal(await sees("web2", "10.1.1.1"), false);
    assert.equal(await carrier("web1"), "1");
    lab.unhang("web1");
    await until(() => stateOf(process.pid) === "S", "its process goes on");
    assert.equal(await comesToSee("web2", "10.1.1.1"), true);
  });

  it("freezes every process of a host, those it did not start itself too, and thaws them", async () => {
    let child = 0;
    const parent = await lab
      .host("web1")
      .spawn(["sh", "-c", "sleep 1000 & echo $!; wait"], { onLine: (line) => void (child = Number(line)) });
    await until(() => child > 0, "the child has started");
    lab.freeze("web1");
    assert.deepEqual(lab.faults(), ["web1: frozen"]);
    for (const pid of [parent.pid, child]) await until(() => stateOf(pid) === "T", `${pid} is stopped`);
    lab.thaw("web1");
    for (const pid of [parent.pid, child]) await until(() => stateOf(pid) === "S", `${pid} sleeps again`);
  });

  it("kills every process of a host", async () => {
    const process = await lab.host("web1").spawn(["sleep", "1000"]);
    const other = await lab.host("web2").spawn(["sleep", "1000"]);
    lab.kill("web1");
    assert.equal((await process.exited).signal, "SIGKILL");
    assert.ok(other.running);
  });

  it("starts a host afresh after a loss of power", async () => {
    const host = lab.host("web1");
    const process = await host.spawn(["sleep", "1000"]);
    host.writeFile("/run/locum/leftover", "");
    await host.run(["ip", "address", "add", "192.168.1.1/24", "dev", "eth0"]);
    await host.run(["nft", "add table inet leftover"]);
    const before = await host.run(["ip", "-brief", "address"]);
    lab.powerOff("web1");
    assert.equal((await process.exited).signal, "SIGKILL");
    assert.equal(await sees("web2", "10.1.1.1"), false);
    await lab.powerOn("web1");
    assert.equal(await host.run(["ip", "-brief", "address"]), before.replace("192.168.1.1/24 ", ""));
    assert.equal(await host.run(["ls", "/run"]), "");
    assert.equal(await host.run(["nft", "list", "ruleset"]), "");
    assert.equal(await comesToSee("web2", "10.1.1.1"), true);
  });

  it("lets no process of a host see that its power goes", async () => {
    const host = lab.host("web1");
    const watcher = await host.spawn(["ip", "monitor", "link"]);
    await untilTellsOfInterfaces(host, watcher);
    lab.powerOff("web1");
    await watcher.exited;
    assert.doesNotMatch(watcher.tail(), /eth\d/);
    await lab.powerOn("web1");
  });

  it("tells a client's stalled connection from one that was reset", async () => {
    const [web1, client] = [lab.host("web1"), lab.host("client")];
    const server = await startTcpEcho(web1, 7000);
    const probe = await startTcpClient(client, { address: "192.168.1.11", port: 7000 });
    await probe.servedBy("web1");
    const at = lab.freeze("web1");
    const stalled = await probe.report();
    lab.thaw("web1");
    await server.end("SIGKILL");
    await startTcpEcho(web1, 7000);
    await probe.servedBy("web1");
    const report = await probe.stop();
    assert.ok(stalled.connections.length === 1 && stalled.connections[0]?.end === undefined);
    assert.match(report.connections[0]?.end ?? "", /^(closed|reset)$/);
    assert.ok(report.connections.length >= 2);
    assert.ok(
      report.stalls.some(
        ({ from, until, reconnected }) => from <= at + seconds(5) && until !== undefined && reconnected,
      ),
    );
  });

  it("takes effect at once", () => {
    const spans = Array.from({ length: 20 }, () => {
      const start = bootClock();
      const at = lab.cut("web1", "a");
      const end = bootClock();
      assert.ok(start <= at && at <= end);
      lab.restore("web1", "a");
      return end - start;
    }).sort((a, b) => a - b);
    assert.ok((spans[10] ?? Infinity) < 20_000, `a cut takes ${spans[10]} us`);
  });

  it("refuses what is not there, in words", () => {
    for (const wrong of [
      () => lab.cut("web1", "c"),
      () => lab.cut("web1", "web2"),
      () => lab.block("client", "web1", { on: ["a"] }),
      () => lab.powerOff("web9"),
      () => lab.partition([["client"], ["web1"]], { on: ["a"] }),
    ])
      assert.throws(wrong, LocumError);
  });
});
