import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ip, Namespace, namespacesMissing, untilWorking } from "../../../test/support/namespaces.js";
import { waitUntil } from "../../../test/support/wait-until.js";
import { EchoProber } from "./echo-prober.js";
import { bootClock } from "./libc.js";
import { clearPeerMacs, PeerMacs } from "./peer-macs.js";

const DEAD = "02:00:00:00:00:dd";
const SERVICE = { 4: "10.0.0.5", 6: "fd00::5" } as const;
const STANDBY = { 4: "10.0.0.2", 6: "fd00::2" } as const;
const OTHER = "10.9.9.9";
const run = (program: string, ...words: string[]): string => execFileSync(program, words, { encoding: "utf8" });
const nft = (...words: string[]): string => run("nft", ...words);

describe("frames for a dead peer's MAC", { skip: namespacesMissing() }, () => {
  let hub: Namespace;
  let client: Namespace;
  let standby: Namespace;
  let macs: PeerMacs;

  /** A client that believes for good that the addresses are at the dead peer's MAC, and a standby that has them. */
  beforeEach(() => {
    hub = new Namespace();
    client = new Namespace();
    standby = new Namespace();
    hub.enter();
    ip("link add br0 type bridge");
    ip("link set br0 up");
    for (const [name, host] of Object.entries({ client, standby })) {
      ip(`link add ${name} type veth peer name eth0 netns ${host.path}`);
      ip(`link set ${name} master br0 up`);
    }
    for (const [last, host] of [[9, client] as const, [2, standby] as const]) {
      host.enter();
      ip("link set eth0 up");
      ip(`address add 10.0.0.${last}/24 dev eth0`);
      ip(`address add fd00::${last}/64 dev eth0 nodad`);
    }
    ip("address add 10.0.0.5/24 dev eth0");
    ip("address add fd00::5/64 dev eth0 nodad");
    hub.enter();
    for (const port of ["client", "standby"]) untilWorking(port);
    standby.enter();
    untilWorking("eth0");
    macs = new PeerMacs();
    client.enter();
    untilWorking("eth0");
    for (const address of [...Object.values(SERVICE), OTHER]) ip(`neighbour add ${address} lladdr ${DEAD} dev eth0`);
    ip(`route add ${OTHER} dev eth0`);
  });

  afterEach(() => {
    standby.enter();
    macs.close();
  });

  const listen = (): void => {
    standby.enter();
    assert.equal(macs.listen({ interface: "eth0", mac: DEAD, addresses: Object.values(SERVICE) }), undefined);
  };

  for (const family of [4, 6] as const) {
    test(`are received while listening and not otherwise (IPv${family})`, () => {
      assert.equal(isAnswered(family), false);
      listen();
      untilAnswered(family);
      standby.enter();
      assert.equal(macs.stop({ interface: "eth0", mac: DEAD }), undefined);
      assert.equal(isAnswered(family), false);
    });
  }

  test("are asked of the interface for as long as they are received: a card that filters by MAC would drop them", () => {
    const isLetIn = (): boolean => run("bridge", "fdb", "show", "dev", "eth0").includes(DEAD);
    listen();
    assert.equal(isLetIn(), true);
    assert.equal(macs.listen({ interface: "eth0", mac: DEAD, addresses: [SERVICE[4]] }), undefined);
    assert.equal(isLetIn(), true);
    assert.equal(macs.stop({ interface: "eth0", mac: DEAD }), undefined);
    assert.equal(isLetIn(), false);
  });

  test("are not received any more once other addresses are refused: whoever asked has nothing to end", () => {
    listen();
    standby.enter();
    ip("link set eth0 name eth1");
    const problem = macs.listen({ interface: "eth0", mac: DEAD, addresses: [SERVICE[4]] });
    assert.equal(problem?.code, "ENODEV");
    ip("link set eth1 name eth0");
    assert.equal(isAnswered(4), false);
  });

  test("are not forwarded when they are for nobody of ours", () => {
    standby.enter();
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
    ip("link add sink type veth peer name drain");
    // IPv6 says things of its own accord on a link that comes up.
    writeFileSync("/proc/sys/net/ipv6/conf/sink/disable_ipv6", "1");
    ip("link set sink up");
    ip("link set drain up");
    ip(`route add ${OTHER} dev sink`);
    ip(`neighbour add ${OTHER} lladdr 02:00:00:00:00:77 dev sink`);
    listen();
    const before = sentOn("sink");
    client.enter();
    send(4, OTHER);
    // What came before it on the same cable has been handled once this is answered.
    untilAnswered(4);
    standby.enter();
    assert.equal(sentOn("sink"), before);
  });

  test("leave nothing behind: neither rules, nor what an earlier process left", () => {
    listen();
    assert.equal(macs.listen({ interface: "eth0", mac: DEAD, addresses: [SERVICE[4]] }), undefined);
    assert.match(nft("list", "tables"), /netdev locum/);
    assert.equal(clearPeerMacs(), undefined);
    assert.equal(clearPeerMacs(), undefined);
    assert.equal(nft("list", "tables"), "");
    assert.equal(macs.stop({ interface: "eth0", mac: DEAD }), undefined);
  });

  test("are received for other addresses than before once that is asked for", () => {
    standby.enter();
    assert.equal(macs.listen({ interface: "eth0", mac: DEAD, addresses: [OTHER] }), undefined);
    assert.equal(isAnswered(4), false);
    listen();
    untilAnswered(4);
  });

  test("come to this machine once the switch has learnt that", () => {
    const switchPort = (): string | undefined => {
      hub.enter();
      const entries = JSON.parse(run("bridge", "-json", "fdb", "show", "br", "br0")) as {
        mac: string;
        ifname: string;
      }[];
      return entries.find(({ mac }) => mac === DEAD)?.ifname;
    };
    assert.equal(switchPort(), undefined);
    standby.enter();
    assert.equal(macs.show({ interface: "eth0", mac: DEAD }), undefined);
    assert.equal(switchPort(), "standby");
  });

  test("cannot be asked of an interface that is not there", () => {
    standby.enter();
    assert.equal(macs.listen({ interface: "eth7", mac: DEAD, addresses: [SERVICE[4]] })?.code, "ENODEV");
    assert.equal(nft("list", "tables"), "");
  });

  function untilAnswered(family: 4 | 6): void {
    client.enter();
    const asked = send(family, SERVICE[family]);
    waitUntil([asked.fd], () => asked.drain(bootClock())[0]);
    asked.close();
  }

  /** Asks, and then the standby's own address by its own MAC: when that is answered, the first question was handled. */
  function isAnswered(family: 4 | 6): boolean {
    client.enter();
    const asked = send(family, SERVICE[family]);
    const fence = send(family, STANDBY[family]);
    waitUntil([fence.fd], () => fence.drain(bootClock())[0]);
    const answered = asked.drain(bootClock()).length > 0;
    asked.close();
    fence.close();
    return answered;
  }

  function send(family: 4 | 6, target: string): EchoProber {
    const prober = new EchoProber({ family });
    assert.ok(prober.send(target, bootClock()) > 0);
    return prober;
  }

  const sentOn = (name: string): number =>
    (JSON.parse(ip(`-json -stats link show ${name}`)) as { stats64: { tx: { packets: number } } }[])[0]?.stats64.tx
      .packets ?? 0;
});
