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
import { eventually } from "../test/support/eventually.js";
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
      lab.kill(host.name);
      await Promise.all(host.processes.map((process) => process.exited));
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
  const untilSees = (from: string, address: string): Promise<void> =>
    eventually(() => sees(from, address), `${from} sees ${address}`);
  const carrier = async (host: string): Promise<string> => lab.host(host).run(["cat", CARRIER]);
  const stateOf = (pid: number): string | undefined =>
    readFileSync(`/proc/${pid}/status`, "utf8").match(/^State:\s+(\S)/m)?.[1];

  /** Makes interfaces until the watcher tells of one: nothing says when it has begun to listen. */
  const untilTellsOfInterfaces = async (host: Host, watcher: LabProcess): Promise<void> => {
    await eventually(async () => {
      await host.run(["ip", "link", "add", "marker", "type", "bridge"]);
      await host.run(["ip", "link", "delete", "marker"]);
      return watcher.tail().includes("marker");
    }, "it tells of interfaces");
  };

  it("silences a cable while its carrier stays", async () => {
    lab.block("web1", "a", { bothWays: true });
    assert.equal(await sees("web1", "10.1.1.2"), false);
    await untilSees("web3", "10.1.1.2");
    assert.equal(await carrier("web1"), "1");
    assert.deepEqual(lab.faults(), ["web1 -> a: blocked", "a -> web1: blocked"]);
    lab.unblock("web1", "a", { bothWays: true });
    await untilSees("web1", "10.1.1.2");
  });

  it("drops one direction between two hosts, on one network or all", async () => {
    lab.block("web2", "web1", { on: ["a"] });
    assert.equal(await sees("web1", "10.1.1.2"), false, "the answers are dropped");
    await untilSees("web1", "20.1.1.2"); // the other network is untouched
    await untilSees("web3", "10.1.1.2"); // the other hosts are untouched
    assert.match(
      await lab.host("web2").run(["ip", "neigh", "show", "10.1.1.1"]),
      /lladdr/,
      "the questions come through",
    );
    lab.unblock("web2", "web1");
    await untilSees("web1", "10.1.1.2");
  });

  it("parts hosts from each other, and heals", async () => {
    lab.partition([["web1"], ["web2", "web3"]]);
    for (const network of ["10.1.1", "20.1.1"]) {
      assert.equal(await sees("web1", `${network}.2`), false);
      assert.equal(await sees("web3", `${network}.1`), false);
      await untilSees("web3", `${network}.2`);
    }
    await untilSees("client", "192.168.1.11"); // who is in no group sees everybody
    lab.heal();
    await untilSees("web1", "10.1.1.2");
  });

  it("takes the power of a switch and gives it back", async () => {
    lab.powerOff("a");
    assert.equal(await carrier("web1"), "0");
    assert.equal(await carrier("web2"), "0");
    await untilSees("web1", "20.1.1.2");
    await lab.powerOn("a");
    assert.equal(await carrier("web1"), "1");
    await untilSees("web1", "10.1.1.2");
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
    await untilSees("web1", "10.1.1.2");
  });

  it("loses a part of the traffic", async () => {
    await startUdpEcho(lab.host("web1"), ["192.168.1.11:7000"]);
    const probe = await startUdpProbe(lab.host("client"), { target: "192.168.1.11:7000", patience: milliseconds(300) });
    await probe.servedBy("web1");
    lab.lose("client", "lan", 0.3);
    // What was asked before.
    await probe.report();
    const seen = { sent: 0, lost: 0 };
    while (seen.sent < 300) {
      const report = await probe.report();
      seen.sent += report.sent;
      seen.lost += report.lost;
    }
    await probe.stop();
    assert.ok(seen.lost > 0.15 * seen.sent && seen.lost < 0.5 * seen.sent, `${seen.lost} of ${seen.sent} were lost`);
  });

  it("does not take the client's own stall for the server's", async () => {
    await startUdpEcho(lab.host("web1"), ["0.0.0.0:7000"]);
    const probe = await startUdpProbe(lab.host("client"), { target: "192.168.1.11:7000", patience: seconds(5) });
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
    await eventually(() => stateOf(process.pid) === "T", "its process is stopped");
    assert.equal(await sees("web2", "10.1.1.1"), false);
    assert.equal(await carrier("web1"), "1");
    lab.unhang("web1");
    await eventually(() => stateOf(process.pid) === "S", "its process goes on");
    await untilSees("web2", "10.1.1.1");
  });

  it("freezes every process of a host, those it did not start itself too, and thaws them", async () => {
    let child = 0;
    const parent = await lab
      .host("web1")
      .spawn(["sh", "-c", "sleep 1000 & echo $!; wait"], { onLine: (line) => void (child = Number(line)) });
    await eventually(() => child > 0, "the child has started");
    lab.freeze("web1");
    assert.deepEqual(lab.faults(), ["web1: frozen"]);
    for (const pid of [parent.pid, child]) await eventually(() => stateOf(pid) === "T", `${pid} is stopped`);
    lab.thaw("web1");
    for (const pid of [parent.pid, child]) await eventually(() => stateOf(pid) === "S", `${pid} sleeps again`);
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
    // With it, the kernel has told all about the carriers too.
    await untilSees("web2", "10.1.1.1");
    assert.equal(await host.run(["ls", "/run"]), "");
    assert.equal(await host.run(["nft", "list", "ruleset"]), "");
    const expected = before.replace("192.168.1.1/24 ", "");
    await eventually(
      async () => (await host.run(["ip", "-brief", "address"])) === expected,
      `its addresses are ${expected}`,
    );
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
    lab.freeze("web1");
    const stalled = await probe.report();
    lab.thaw("web1");
    await server.end("SIGKILL");
    await startTcpEcho(web1, 7000);
    await probe.servedBy("web1");
    const report = await probe.stop();
    assert.ok(stalled.connections.length === 1 && stalled.connections[0]?.end === undefined);
    assert.match(report.connections[0]?.end ?? "", /^(closed|reset)$/);
    assert.ok(report.connections.length >= 2);
    assert.ok(report.stalls.some((stall) => stall.until !== undefined && stall.reconnected));
  });

  it("takes effect before it returns, not before the time that it tells", async () => {
    const start = bootClock();
    const at = lab.cut("web1", "a");
    const end = bootClock();
    assert.ok(start <= at && at <= end);
    assert.equal(await carrier("web1"), "0");
    lab.restore("web1", "a");
    assert.equal(await carrier("web1"), "1");
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
