import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { seconds } from "../src/base/time.js";
import { machineHierarchies } from "../src/os/linux/cgroup-hierarchies.js";
import { bootClock } from "../src/os/linux/libc.js";
import { gapAfter } from "./client/probe-report.js";
import { Lab } from "./lab.js";
import { startUdpEcho, startUdpProbe } from "./measure.js";
import { labDirectory } from "./places.js";
import { whyNoLab } from "./privileges.js";
import { eventually } from "../test/support/eventually.js";
import { pair } from "./topology.js";

const skip = whyNoLab() ?? false;
const namespacesOf = (id: string): string[] =>
  execFileSync("ip", ["netns", "list"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.startsWith(`locum-${id}-`));

/** Asks each second until there is an answer: an interface that has just come up drops what it is given for a moment. */
const untilAnswered = (address: string): readonly string[] => ["ping", "-c", "1", "-w", "30", address];

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

describe("a lab", { skip }, () => {
  let lab: Lab;
  before(async () => void (lab = await Lab.open(pair())));
  after(async () => lab.close());

  it("connects its hosts over every network, in IPv4 and IPv6", async () => {
    for (const target of ["10.1.1.2", "20.1.1.2", "192.168.1.100", "fd00:a::2", "fd00:1::100"])
      await lab.host("web1").run(untilAnswered(target));
  });

  it("gives each host its own name and directories", async () => {
    lab.host("web1").writeFile("/etc/locum/cluster.yaml", "cluster: shop\n");
    assert.equal(await lab.host("web1").run(["cat", "/etc/locum/cluster.yaml"]), "cluster: shop");
    assert.equal(await lab.host("web2").run(["ls", "/etc/locum"]), "");
    assert.equal(await lab.host("web2").run(["hostname"]), "web2");
  });

  it("takes the carrier from a host when a cable is cut, and gives it back", async () => {
    const carrier = (): Promise<string> => lab.host("web1").run(["cat", "/sys/class/net/eth1/carrier"]);
    lab.cut("web1", "a");
    assert.equal(await carrier(), "0");
    lab.restore("web1", "a");
    assert.equal(await carrier(), "1");
  });

  it("serves an address that comes later, in IPv4 and IPv6, from that address", async () => {
    const web1 = lab.host("web1");
    await startUdpEcho(web1, ["0.0.0.0:7001", "[::]:7001", "192.168.1.1:7002"]);
    const targets = ["192.168.1.1:7001", "[fd00:1::1]:7001", "192.168.1.1:7002"];
    const probes = await Promise.all(targets.map((target) => startUdpProbe(lab.host("client"), { target })));
    await web1.run(["ip", "address", "add", "192.168.1.1/24", "dev", "eth0"]);
    await web1.run(["ip", "address", "add", "fd00:1::1/64", "dev", "eth0", "nodad"]);
    await Promise.all(probes.map((probe) => probe.servedBy("web1")));
    await Promise.all(probes.map((probe) => probe.process.end()));
  });

  it("measures the gap that a cut cable makes", async () => {
    await startUdpEcho(lab.host("web1"), ["192.168.1.11:7000"]);
    const probe = await startUdpProbe(lab.host("client"), { target: "192.168.1.11:7000" });
    await probe.servedBy("web1");
    const at = lab.cut("web1", "lan");
    const cutAt = bootClock();
    await pause(100);
    const restoredAt = lab.restore("web1", "lan");
    // An answer that was cut off leaves an unfinished address resolution, which the kernel takes up only after a second.
    await probe.servedBy("web1", restoredAt);
    const report = await probe.stop();
    const gap = gapAfter(report, at, seconds(5));
    assert.ok(gap !== undefined && gap.from !== undefined && gap.until !== undefined);
    // One may have been sent while the cut was under way.
    assert.ok(gap.from <= cutAt, "nothing is served once the cable is cut");
    assert.ok(gap.until >= restoredAt - 1_000, "nothing is served before the cable is back");
    assert.ok(gap.lost > 0);
  });
});

describe("the end of a lab", { skip }, () => {
  it("removes namespaces, processes and files", async () => {
    const lab = await Lab.open(pair());
    const sleeper = await lab.host("web1").spawn(["sleep", "1000"]);
    assert.equal(namespacesOf(lab.id).length, 4);
    await lab.close();
    assert.deepEqual(namespacesOf(lab.id), []);
    assert.ok(!existsSync(labDirectory(lab.id)));
    assert.equal((await sleeper.exited).signal, "SIGKILL");
  });

  it("comes also when its owner is killed with -9", async () => {
    const owner = spawn(process.execPath, [fileURLToPath(new URL("testing/lab-owner.js", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [told] = (await once(owner.stdout, "data")) as [Buffer];
    const { id, pid } = JSON.parse(told.toString()) as { id: string; pid: number };
    assert.equal(namespacesOf(id).length, 4);
    owner.kill("SIGKILL");
    await eventually(() => !existsSync(`${labDirectory(id)}.json`), "the reaper has finished");
    assert.deepEqual(namespacesOf(id), []);
    await eventually(() => !existsSync(`/proc/${pid}`), "the process on its host has ended");
  });

  it("comes with the next lab when owner and reaper were both killed", async () => {
    const owner = spawn(process.execPath, [fileURLToPath(new URL("testing/lab-owner.js", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [told] = (await once(owner.stdout, "data")) as [Buffer];
    const { id, pid } = JSON.parse(told.toString()) as { id: string; pid: number };
    for (const child of childrenOf(owner.pid ?? 0)) if (child !== pid) process.kill(child, "SIGKILL");
    owner.kill("SIGKILL");
    await once(owner, "close");
    assert.equal(namespacesOf(id).length, 4, "nobody has cleaned up so far");
    await (await Lab.open(pair())).close();
    assert.deepEqual(namespacesOf(id), []);
    await eventually(() => !existsSync(`/proc/${pid}`), "the process on its host has ended");
  });

  it("leaves control groups that are in use to the next lab", async () => {
    const owner = spawn(process.execPath, [fileURLToPath(new URL("testing/lab-owner.js", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [told] = (await once(owner.stdout, "data")) as [Buffer];
    const { id, pid } = JSON.parse(told.toString()) as { id: string; pid: number };
    const [reaper] = childrenOf(owner.pid ?? 0).filter((child) => child !== pid);
    const groups = machineHierarchies()
      .map(({ path }) => join(path, `locum-lab-${id}`, "web1"))
      .filter((group) => existsSync(group));
    const user = spawn("sleep", ["1000"]);
    for (const group of groups) writeFileSync(join(group, "cgroup.procs"), String(user.pid));
    owner.kill("SIGKILL");
    await eventually(() => !existsSync(`/proc/${reaper}`), "the reaper has finished");
    assert.deepEqual(
      groups.filter((group) => !existsSync(group)),
      [],
    );
    user.kill();
    await once(user, "close");
    await (await Lab.open(pair())).close();
    assert.deepEqual(
      groups.filter((group) => existsSync(group)),
      [],
    );
    assert.ok(!existsSync(`${labDirectory(id)}.json`));
  });

  it("comes at once when it cannot be built", async () => {
    const id = `f${process.pid.toString(36)}`;
    const wrong = {
      switches: ["a"],
      hosts: { web1: { interfaces: { eth0: { switch: "a", addresses: [] } }, gateway: "10.0.0.1" } },
    };
    await assert.rejects(Lab.open(wrong, { id }), /ip .* failed/);
    assert.deepEqual(namespacesOf(id), []);
    assert.ok(!existsSync(`${labDirectory(id)}.json`));
  });

  it("leaves another lab alone", async () => {
    const [one, other] = await Promise.all([Lab.open(pair()), Lab.open(pair())]);
    one.cut("web1", "a");
    await other.host("web1").run(untilAnswered("10.1.1.2"));
    await one.close();
    await other.host("web1").run(untilAnswered("10.1.1.2"));
    await other.close();
  });
});
