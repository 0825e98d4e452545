import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, test } from "node:test";
import { cabledHosts, type Cable, ip, ipJson, namespacesMissing } from "../../../test/support/namespaces.js";
import { refused } from "../../base/result.js";
import { instant, milliseconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { networkName, nodeName, serviceName } from "../../model/names.js";
import type { NodeInput } from "../../model/node-io.js";
import { bootClock } from "../../os/linux/libc.js";
import { NetlinkSocket } from "../../os/linux/netlink-socket.js";
import { LinuxKernel } from "../../os/linux/linux-kernel.js";
import type { Configuration } from "../configuration-source.js";
import { Impairments } from "../impairments.js";
import { UNTAKEN_MAX, type WatchReport } from "./watch-protocol.js";
import { WatchStation } from "./watch-station.js";
import { Watch } from "./watch.js";

const A = networkName("a");
const SHOP = { interface: "far0", address: "10.0.0.9", family: 4, prefixLength: 24 } as const;

const CLUSTER: Cluster = {
  name: "shop",
  secretFile: "/nonexistent",
  port: 7_201,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: milliseconds(1), ban: milliseconds(1), banMax: milliseconds(1) },
  networks: [{ name: A, ping: ["10.0.0.2"] }],
  nodes: [
    { name: nodeName("web1"), networks: [{ network: A, address: "10.0.0.1" }], paths: [] },
    { name: nodeName("web2"), networks: [{ network: A, address: "10.0.0.2" }], paths: [] },
  ],
  services: [
    {
      name: serviceName("shop"),
      addresses: [{ address: SHOP.address, family: 4, prefixLength: 24 }],
      nodes: [nodeName("web1")],
      failback: { kind: "never" },
    },
  ],
  hash: "",
};

/** More changes than the kernel keeps for a reader: such that it waits for nobody to make them, and tells at length. */
const FLOOD: string = Array.from({ length: 5_000 }, (_, index) => `link set near0 alias number${index}\n`).join("");

const CONFIGURATION: Configuration = {
  cluster: CLUSTER,
  self: nodeName("web1"),
  secrets: [],
  warnings: [],
  faults: [],
};

/** A watch and what it says, each of which can be waited for once. */
class Heard {
  readonly watch: Watch;
  readonly impairments: Impairments;
  readonly death: Promise<string>;
  gaps = 0;
  readonly #inputs: NodeInput[] = [];
  #look: (() => void) | undefined;

  constructor() {
    this.impairments = new Impairments(bootClock, () => {});
    let died = (_problem: string): void => {};
    this.death = new Promise((resolve) => (died = resolve));
    this.watch = new Watch({
      configuration: CONFIGURATION,
      clock: bootClock,
      impairments: this.impairments,
      onInput: (input) => {
        this.#inputs.push(input);
        this.#look?.();
      },
      onGap: () => (this.gaps += 1),
      onDeath: died,
    });
  }

  /** The next input that is as wished; those before it are dropped. */
  next(isWished: (input: NodeInput) => boolean): Promise<NodeInput> {
    return new Promise((resolve) => {
      this.#look = () => {
        const index = this.#inputs.findIndex(isWished);
        const [found] = index < 0 ? [] : this.#inputs.splice(0, index + 1).slice(-1);
        if (found !== undefined) resolve(found);
      };
      this.#look();
    });
  }

  verdict(reachable: boolean): Promise<NodeInput> {
    return this.next((input) => input.kind === "ping-judged" && input.reachable === reachable);
  }
}

describe("the watch thread", { skip: namespacesMissing(), timeout: 600_000 }, () => {
  let cable: Cable;
  let heard: Heard;

  beforeEach(async () => {
    cable = cabledHosts();
    ip("address add 10.0.0.1/24 dev near0");
    heard = new Heard();
    await heard.watch.watching();
  });
  afterEach(async () => {
    await heard.watch.end();
    cable.near.close();
    cable.far.close();
  });

  test("tells of links, addresses and rivals", async () => {
    ip("address add 10.0.0.7/24 dev near0");
    const added = await heard.next(({ kind }) => kind === "address-added");
    assert.ok(added.kind === "address-added" && added.address.address === "10.0.0.7");
    cable.far.enter();
    const rival = new LinuxKernel();
    rival.announce(SHOP);
    const claim = await heard.next(({ kind }) => kind === "announcement-heard");
    assert.deepEqual(claim, {
      kind: "announcement-heard",
      interface: "near0",
      address: "10.0.0.9",
      mac: "02:00:00:00:00:02",
    });
    rival.close();
    ip("link set far0 down");
    await heard.next((input) => input.kind === "link-changed" && !input.link.carrier);
  });

  test("lets a peer be asked for anew, and nobody else, when its link has a signal again", async () => {
    const setFar = (state: string): void => {
      cable.far.enter();
      ip(`link set far0 ${state}`);
      cable.near.enter();
    };
    setFar("down");
    await heard.next((input) => input.kind === "link-changed" && !input.link.carrier);
    ip("neighbour add 10.0.0.8 lladdr 02:00:00:00:00:08 dev near0 nud permanent");
    for (const address of ["10.0.0.2", "10.0.0.9"]) ip(`neighbour add ${address} dev near0 nud failed`);
    setFar("up");
    await heard.next((input) => input.kind === "link-changed" && input.link.carrier);
    const known = ipJson<{ dst: string }>("neighbour show dev near0").map(({ dst }) => dst);
    assert.deepEqual(known.filter((each) => each.startsWith("10.")).toSorted(), ["10.0.0.8", "10.0.0.9"]);
  });

  test("judges a network by its ping targets: any that answers will do, and an own address that is missing is silence", async () => {
    cable.far.enter();
    ip("address add 10.0.0.2/24 dev far0");
    cable.near.enter();
    const targets = [{ network: A, addresses: ["10.0.0.2", "10.0.0.3"] }];
    heard.watch.monitor(targets, milliseconds(20), milliseconds(200));
    await heard.verdict(true);
    cable.far.enter();
    ip("address del 10.0.0.2/24 dev far0");
    await heard.verdict(false);
    ip("address add 10.0.0.2/24 dev far0");
    await heard.verdict(true);
    cable.near.enter();
    ip("address del 10.0.0.1/24 dev near0");
    await heard.verdict(false);
    ip("address add 10.0.0.1/24 dev near0");
    await heard.verdict(true);
  });

  test("is replaced when it dies, and given up when the next one dies soon after", async () => {
    heard.watch.monitor([{ network: A, addresses: ["no address"] }], milliseconds(20), milliseconds(100));
    assert.match(await heard.death, /no address/);
    assert.equal(heard.impairments.findings().length, 1);
  });

  test("reads the whole kernel again when it reported more than there was room for", () => {
    const inputs: NodeInput[] = [];
    const station = new WatchStation({
      clock: () => instant(0),
      post: (report) => inputs.push(...(report.kind === "inputs" ? report.inputs : [])),
      untaken: () => 0,
    });
    execFileSync("ip", ["-batch", "-"], { input: FLOOD });
    for (let runs = 0; runs < 100 && !inputs.some(({ kind }) => kind === "kernel-read"); runs += 1) station.run();
    station.close();
    const read = inputs.at(-1);
    assert.ok(read?.kind === "kernel-read", `${inputs.length} inputs, the last one ${read?.kind}`);
    assert.ok(read.kernel.addresses.some(({ address }) => address === "10.0.0.1"));
  });

  test("asks the kernel again by itself when it could not be read", (t) => {
    const inputs: NodeInput[] = [];
    const station = new WatchStation({
      clock: () => instant(0),
      post: (report) => inputs.push(...(report.kind === "inputs" ? report.inputs : [])),
      untaken: () => 0,
    });
    assert.equal(station.sleep(), undefined);
    const busy = { code: "EBUSY", message: "the list changed while it was read" };
    const dump = t.mock.method(NetlinkSocket.prototype, "dump", () => refused(busy));
    execFileSync("ip", ["-batch", "-"], { input: FLOOD });
    for (let runs = 0; runs < 100 && dump.mock.callCount() === 0; runs += 1) station.run();
    assert.equal(station.sleep(), milliseconds(10));
    dump.mock.restore();
    station.run();
    assert.equal(inputs.at(-1)?.kind, "kernel-read");
    assert.equal(station.sleep(), undefined);
    station.close();
  });

  test("stops reading while its inputs are not taken, and then tells all of it", () => {
    const reports: WatchReport[] = [];
    let untaken = UNTAKEN_MAX;
    const station = new WatchStation({
      clock: () => instant(0),
      post: (report) => reports.push(report),
      untaken: () => untaken,
    });
    reports.length = 0;
    ip("address add 10.0.0.7/24 dev near0");
    station.run();
    assert.deepEqual([station.fds, station.sleep(), reports], [[], milliseconds(10), []]);
    untaken = 0;
    station.run();
    station.close();
    assert.match(JSON.stringify(reports), /"address-added".*10\.0\.0\.7/);
  });
});
