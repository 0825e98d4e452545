import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ip, Namespace, namespacesMissing } from "../../../test/support/namespaces.js";
import { after, milliseconds, seconds } from "../../base/time.js";
import type { NodeInput } from "../../model/node-io.js";
import { pathGroupName, type PathRole, type PathWatch } from "../../model/path.js";
import { bootClock } from "../../os/linux/libc.js";
import { PollSet } from "../../os/linux/poll-set.js";
import { WatchStation } from "./watch-station.js";

type Judged = Extract<NodeInput, { readonly kind: "path-judged" }>;

const GROUP = pathGroupName("mether0");
/** Far longer than anything takes on a machine that is alive. */
const PATIENCE = seconds(60);

/** Enough for the stations of the link to be asked. */
const ROUNDS = milliseconds(400);

const watch = (role: PathRole, targets: readonly string[], more: Partial<PathWatch> = {}): PathWatch => ({
  group: GROUP,
  role,
  interface: role === "primary" ? "eth0" : "eth1",
  targets,
  need: "any",
  interval: milliseconds(20),
  timeout: milliseconds(200),
  idle: role === "secondary",
  ...more,
});

/** `eth0` with addresses and `eth1` without, on a switch; behind it a host with the targets, which is a router too. */
describe("the path monitor", { skip: namespacesMissing(), timeout: 600_000 }, () => {
  let far: Namespace;
  let lan: Namespace;
  let near: Namespace;
  let station: WatchStation;
  let heard: Judged[];
  let verdicts: Map<PathRole, boolean>;

  beforeEach(() => {
    far = new Namespace();
    lan = new Namespace();
    ip("link add br0 type bridge");
    ip("link set br0 up");
    ip(`link add port9 type veth peer name host0 netns ${far.path}`);
    ip("link set port9 master br0 up");
    far.enter();
    ip("link set host0 up");
    ip("address add 10.1.0.254/24 dev host0");
    ip("address add fd01::fe/64 dev host0 nodad");
    ip("address add 10.9.9.9/32 dev lo");
    near = new Namespace();
    for (const index of [0, 1]) addInterface(index);
    ip("address add 10.1.0.1/24 dev eth0");
    ip("address add fd01::1/64 dev eth0 nodad");
    ip("route add 10.9.9.9 via 10.1.0.254");
    heard = [];
    verdicts = new Map();
    station = new WatchStation({
      clock: bootClock,
      post: (report) => {
        for (const input of report.kind === "inputs" ? report.inputs : [])
          if (input.kind === "path-judged") hear(input);
      },
      untaken: () => 0,
    });
  });
  afterEach(() => {
    station.close();
    near.close();
    lan.close();
    far.close();
  });

  function hear(input: Judged): void {
    heard.push(input);
    verdicts.set(input.role, input.reachable);
  }

  function addInterface(index: number): void {
    ip(`link add eth${index} address 02:00:00:00:00:0${index + 1} type veth peer name port${index} netns ${lan.path}`);
    ip(`link set eth${index} up`);
    does(lan, () => ip(`link set port${index} master br0 up`));
  }

  function does(namespace: Namespace, act: () => void): void {
    namespace.enter();
    act();
    near.enter();
  }

  const farDoes = (act: () => void): void => does(far, act);

  /** Runs the station as its thread would, until a path is judged so. Answers with all that was judged since before. */
  function judged(role: PathRole, reachable: boolean): readonly Judged[] {
    const end = after(bootClock(), PATIENCE);
    while (bootClock() < end) {
      if (verdicts.get(role) === reachable) return heard.splice(0);
      new PollSet(station.fds).wait(station.sleep());
      station.run();
    }
    return assert.fail(`the ${role} path was not judged ${reachable ? "reachable" : "unreachable"}`);
  }

  function monitor(...paths: readonly PathWatch[]): void {
    station.order({ kind: "monitor-paths", paths });
  }

  for (const [name, target, prefixLength, silence] of [
    ["IPv4", "10.1.0.254", 24, "/proc/sys/net/ipv4/icmp_echo_ignore_all"],
    ["IPv6", "fd01::fe", 64, "/proc/sys/net/ipv6/icmp/echo_ignore_all"],
  ] as const) {
    test(`a target that goes and comes is noticed on both paths (${name})`, () => {
      monitor(watch("primary", [target]), watch("secondary", [target]));
      judged("primary", true);
      judged("secondary", true);
      farDoes(() => ip(`address del ${target}/${prefixLength} dev host0`));
      const [lost] = judged("primary", false).filter(({ reachable }) => !reachable);
      assert.deepEqual(lost?.silent, [target]);
      judged("secondary", false);
      farDoes(() => ip(`address add ${target}/${prefixLength} dev host0`));
      judged("primary", true);
      judged("secondary", true);
    });

    test(`a target that drops pings is alive as long as the link's stations know it (${name})`, () => {
      farDoes(() => writeFileSync(silence, "1"));
      monitor(watch("primary", [target]));
      judged("primary", true);
      farDoes(() => ip(`address del ${target}/${prefixLength} dev host0`));
      judged("primary", false);
    });
  }

  test("an idle path claims no address: nobody's belief of whoever has it changes", () => {
    monitor(watch("secondary", ["10.1.0.254"]));
    judged("secondary", true);
    farDoes(() => assert.doesNotMatch(ip("neighbour show"), /02:00:00:00:00:02/));
  });

  test("a target beyond a router is pinged, and from the active path alone: nothing speaks against the other", () => {
    monitor(watch("primary", ["10.9.9.9"]), watch("secondary", ["10.9.9.9"]));
    const found = judged("primary", true);
    farDoes(() => ip("address del 10.9.9.9/32 dev lo"));
    const more = judged("primary", false);
    assert.deepEqual(
      [...found, ...more].filter(({ role }) => role === "secondary").map(({ reachable }) => reachable),
      [true],
      "nothing speaks against the idle path, which is said once",
    );
  });

  test("where all must answer, the silent one is named", () => {
    monitor(watch("primary", ["10.1.0.254", "10.1.0.77"], { need: "all" }));
    const [verdict] = judged("primary", false);
    assert.deepEqual(verdict?.silent, ["10.1.0.77"]);
    farDoes(() => ip("address add 10.1.0.77/24 dev host0"));
    judged("primary", true);
  });

  test("a target that answered pings is judged by those where haste is asked for, though its stations know it", () => {
    monitor(watch("primary", ["10.1.0.254"]));
    judged("primary", true);
    farDoes(() => writeFileSync("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1"));
    monitor(watch("primary", ["10.1.0.254"], { timeout: milliseconds(20) }));
    judged("primary", false);
    monitor(watch("primary", ["10.1.0.254"]));
    judged("primary", true);
  });

  test("so it is where its pings were silent for some rounds before haste was asked for", () => {
    monitor(watch("primary", ["10.1.0.254"], { timeout: seconds(60) }));
    judged("primary", true);
    farDoes(() => writeFileSync("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1"));
    const end = after(bootClock(), ROUNDS);
    while (bootClock() < end) {
      new PollSet(station.fds).wait(station.sleep());
      station.run();
    }
    monitor(watch("primary", ["10.1.0.254"], { timeout: milliseconds(40) }));
    judged("primary", false);
  });

  test("so it is on the path that the addresses went to, where it never answered pings", () => {
    monitor(watch("primary", ["10.1.0.254"]));
    judged("primary", true);
    farDoes(() => writeFileSync("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1"));
    monitor();
    ip("address del 10.1.0.1/24 dev eth0");
    ip("address add 10.1.0.1/24 dev eth1");
    monitor(watch("secondary", ["10.1.0.254"], { idle: false }));
    judged("secondary", true);
    monitor(watch("secondary", ["10.1.0.254"], { idle: false, timeout: milliseconds(100) }));
    judged("secondary", false);
  });

  test("an interface that vanishes and comes back is watched again", () => {
    const paths = [watch("primary", ["10.1.0.254"]), watch("secondary", ["10.1.0.254"])];
    monitor(...paths);
    judged("primary", true);
    judged("secondary", true);
    for (const index of [0, 1]) ip(`link del eth${index}`);
    judged("primary", false);
    for (const index of [0, 1]) addInterface(index);
    ip("address add 10.1.0.1/24 dev eth0");
    judged("primary", true);
    judged("secondary", true);
  });

  test("a path that stays as it is goes on undisturbed, another is judged anew", () => {
    const primary = watch("primary", ["10.1.0.254"]);
    monitor(primary);
    judged("primary", true);
    monitor(primary, watch("secondary", ["10.1.0.254"]));
    const anew = judged("secondary", true);
    assert.ok(anew.every(({ role }) => role === "secondary"));
    verdicts.clear();
    monitor({ ...primary, timeout: milliseconds(300) });
    judged("primary", true);
    monitor();
    assert.equal(station.sleep(), undefined);
  });

  test("a switch that dies behind the carrier is noticed", () => {
    monitor(watch("primary", ["10.1.0.254"]));
    judged("primary", true);
    does(lan, () => ip("link set port0 nomaster"));
    judged("primary", false);
  });
});
