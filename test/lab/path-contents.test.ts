/**
 * Everything that can be configured on the interface of a path goes along with the traffic and comes back, and nothing else of
 * the host changes: with a real agent and a real kernel, seen by iproute2 and not by Locum.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Trial } from "../../src/main/trial/trial.js";
import { runIpBatch } from "../../lab/tool.js";
import { eventsOf, rolesOf, skip } from "./fixture.js";

const PATHS = "{ mether0: { primary: eth0, secondary: eth3, settleDelay: 0s, monitor: { upFor: 100ms } } }";

/** What the seeds and today's kernels have to offer, by hand of an administrator. */
const CONFIGURED: readonly string[] = [
  "link set eth0 mtu 1400",
  "address add 192.168.1.78/24 brd 192.168.1.255 dev eth0 label eth0:web",
  "address add 192.168.1.79/24 dev eth0 valid_lft 50000 preferred_lft 40000",
  "address add 172.31.0.1/24 dev eth0 noprefixroute scope link",
  "address add 172.31.7.1 peer 172.31.7.9/32 dev eth0 metric 77",
  "address add fd00:1::78/64 dev eth0 nodad preferred_lft 0",
  "address add fd00:1::79/64 dev eth0 nodad valid_lft 50000 preferred_lft 40000",
  "route add local 172.31.8.0/24 dev eth0",
  "route add 172.30.0.0/16 via 192.168.1.254 dev eth0 metric 77 mtu 1300",
  "route add 172.30.0.0/16 via 192.168.1.253 dev eth0 metric 78",
  "route add 172.29.0.0/16 dev eth0 scope link src 192.168.1.78 table 100",
  "route add fd00:30::/64 via fd00:1::fe dev eth0 metric 78",
  "neighbour add 192.168.1.200 lladdr 02:00:00:00:02:00 dev eth0 nud permanent",
  "neighbour add fd00:1::200 lladdr 02:00:00:00:02:00 dev eth0 nud permanent",
  "neighbour add proxy 192.168.1.201 dev eth0",
];

/** And on interfaces that are no path. */
const ELSEWHERE: readonly string[] = [
  "link set eth1 mtu 1450",
  "address add 192.168.99.1/24 dev eth1 label eth1:own",
  "address add fd00:99::1/64 dev eth2 nodad",
  "route add 172.28.0.0/16 via 192.168.99.254 dev eth1",
  // The kernel takes them, or their source, away with an address of the path.
  "route add 172.27.0.0/16 via 192.168.99.254 dev eth1 src 192.168.1.78",
  "route add fd00:27::/64 via fd00:99::fe dev eth2 src fd00:1::78",
  "neighbour add 192.168.99.200 lladdr 02:00:00:00:02:00 dev eth1 nud permanent",
];

/** What `ip` is asked to show. */
const QUESTIONS: readonly string[] = [
  "-o address show",
  "-o link show",
  "-o route show table all",
  "-o -6 route show table all",
  "neighbour show nud permanent",
  "neighbour show proxy",
  "-6 neighbour show nud permanent",
  "rule show",
];

/** What is as the kernel pleases: numbers, what is learnt, seconds that are left, and what it makes of itself. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/^\d+: /, ""],
  [/\\.*?(?=valid_lft)/, ""],
  [/\b\d{5}sec\b/g, "SECONDS"],
  [/\bpref medium\b|\btentative\b|\bqlen \d+\b|\bexpires \S+sec\b/g, ""],
  [/\s+/g, " "],
];
const spelled = (line: string): string =>
  CHANGING.reduce((text, [what, by]) => text.replaceAll(new RegExp(what, "g"), by), line).trim();

/** All that is configured on a host, a line each, in an order of its own. */
async function imageOf(trial: Trial, node: string): Promise<readonly string[]> {
  const texts = await Promise.all(QUESTIONS.map((each) => trial.host(node).run(["ip", ...each.split(" ")])));
  return texts
    .flatMap((text) => text.split("\n"))
    .map(spelled)
    .filter((line) => line !== "")
    .sort();
}

/** Without what an interface has by itself: its link-local address and what belongs to that, and its own line. */
const isMovable = (line: string): boolean => !/fe80:|ff00::|link\/ether/.test(line);
const on = (image: readonly string[], name: string): readonly string[] =>
  image
    .filter((line) => line.includes(name) && isMovable(line))
    .map((line) => line.replaceAll(name, "PATH"))
    .sort();
const elsewhere = (image: readonly string[]): readonly string[] => image.filter((line) => !/eth[03]/.test(line));

describe("what is configured on a path", { skip }, () => {
  it("goes to the other interface and comes back, all of it, and nothing else of the host changes", async () => {
    const trial = await Trial.open({ nodes: 2, paths: PATHS });
    try {
      await trial.startAgents();
      const { holder } = await rolesOf(trial);
      await runIpBatch([...CONFIGURED, ...ELSEWHERE], trial.host(holder).namespace);
      const before = await imageOf(trial, holder);
      assert.deepEqual(on(before, "eth3"), []);
      await trial.locum(holder, "path", "switch", "mether0", "--to", "eth3");
      const moved = await imageOf(trial, holder);
      assert.deepEqual(on(moved, "eth3"), on(before, "eth0"));
      assert.deepEqual(on(moved, "eth0"), []);
      assert.deepEqual(elsewhere(moved), elsewhere(before));
      assert.match(moved.join("\n"), /eth3@\S+ .* mtu 1400 /);
      await trial.locum(holder, "path", "switch", "mether0", "--to", "eth0");
      assert.deepEqual(await imageOf(trial, holder), before);
      assert.deepEqual(await eventsOf(trial, holder, ["path.step-refused", "path.address-kept", "path.immovable"]), []);
    } finally {
      await trial.close();
    }
  });
});
