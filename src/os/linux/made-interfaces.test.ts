import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ip, Namespace, namespacesMissing, untilWorking } from "../../../test/support/namespaces.js";
import { waitUntil } from "../../../test/support/wait-until.js";
import { EchoProber } from "./echo-prober.js";
import { bootClock } from "./libc.js";
import { LinuxKernel } from "./linux-kernel.js";

const MAC = "02:5e:00:00:00:05";
const NAME = "locum-5e000005";
const made = { on: "eth0", mac: MAC };
const PLACED = {
  4: { interface: NAME, address: "10.0.0.5", family: 4, prefixLength: 24, made },
  6: { interface: NAME, address: "fd00::5", family: 6, prefixLength: 64, made },
} as const;
const OWN = { 4: "10.0.0.2", 6: "fd00::2" } as const;

const run = (program: string, ...words: string[]): string => execFileSync(program, words, { encoding: "utf8" });
const ours = (): string => [run("nft", "list", "tables"), ip("rule"), ip("-6 rule"), ip("link")].join("\n");

describe("an address with a MAC of its own", { skip: namespacesMissing() }, () => {
  let client: Namespace;
  let holder: Namespace;
  let kernel: LinuxKernel;
  let before: string;

  beforeEach(() => {
    client = new Namespace();
    holder = new Namespace();
    client.enter();
    ip(`link add eth0 type veth peer name eth0 netns ${holder.path}`);
    for (const [last, host] of [[2, holder] as const, [9, client] as const]) {
      host.enter();
      ip("link set eth0 up");
      ip(`address add 10.0.0.${last}/24 dev eth0`);
      ip(`address add fd00::${last}/64 dev eth0 nodad`);
    }
    client.enter();
    untilWorking("eth0");
    holder.enter();
    untilWorking("eth0");
    // The strictest that an administrator may have set.
    writeFileSync("/proc/sys/net/ipv4/conf/all/rp_filter", "1");
    before = ours();
    kernel = new LinuxKernel();
  });

  afterEach(() => {
    holder.enter();
    kernel.close();
  });

  const place = (...families: readonly (4 | 6)[]): void => {
    holder.enter();
    for (const family of families) assert.equal(kernel.addAddress(PLACED[family]), undefined);
  };

  for (const family of [4, 6] as const) {
    test(`is served to a client that knows its MAC for good, and to one that asks (IPv${family})`, () => {
      place(family);
      client.enter();
      ip(`neighbour replace ${PLACED[family].address} lladdr ${MAC} dev eth0 nud permanent`);
      ping(family, PLACED[family].address);
      ip(`neighbour del ${PLACED[family].address} dev eth0`);
      ping(family, PLACED[family].address);
      assert.equal(macOf(PLACED[family].address), MAC);
      // Neither is the host's own address found at the service's MAC.
      ping(family, OWN[family]);
      assert.notEqual(macOf(OWN[family]), MAC);
    });

    test(`sends its answers from that MAC (IPv${family})`, () => {
      place(family);
      const sent = sentBy(NAME);
      client.enter();
      ping(family, PLACED[family].address);
      assert.ok(sentBy(NAME) > sent, "the answer left by the interface of the service");
    });
  }

  test("takes everything that belongs to it along, with the last address its interface", () => {
    place(4, 6);
    assert.equal(kernel.addAddress(PLACED[4])?.code, "EEXIST");
    assert.equal(kernel.removeAddress(PLACED[4]), undefined);
    assert.match(ip("link"), new RegExp(NAME));
    assert.equal(kernel.removeAddress(PLACED[6]), undefined);
    assert.equal(kernel.removeAddress(PLACED[6])?.code, "ENODEV");
    assert.equal(ours(), before);
  });

  test("is served again after its rules were cleared, once it is asked for again", () => {
    place(4, 6);
    assert.equal(kernel.clearRules(), undefined);
    assert.equal(ip("rule").includes("10.0.0.5"), false);
    assert.equal(kernel.addAddress(PLACED[4])?.code, "EEXIST");
    assert.match(ip("rule"), /from 10.0.0.5/);
    client.enter();
    ping(4, PLACED[4].address);
    assert.equal(macOf(PLACED[4].address), MAC);
  });

  test("is refused where there is nothing to put it on, or another interface has the name", () => {
    holder.enter();
    const refusal = kernel.addAddress({ ...PLACED[4], made: { ...made, on: "eth7" } });
    assert.equal(refusal?.code, "ENODEV");
    ip(`link add ${NAME} type veth peer name other`);
    assert.equal(kernel.addAddress(PLACED[4])?.code, "EBUSY");
    assert.match(ip(`link show ${NAME}`), new RegExp(NAME));
  });

  /** Asks once, and waits for the answer. */
  function ping(family: 4 | 6, target: string): void {
    client.enter();
    const prober = new EchoProber({ family });
    assert.ok(prober.send(target, bootClock()) > 0);
    waitUntil([prober.fd], () => prober.drain(bootClock())[0]);
    prober.close();
  }

  function macOf(address: string): string | undefined {
    client.enter();
    const entries = JSON.parse(ip(`-json neighbour show ${address} dev eth0`)) as { lladdr?: string }[];
    return entries[0]?.lladdr;
  }

  function sentBy(name: string): number {
    holder.enter();
    const [link] = JSON.parse(ip(`-json -stats link show ${name}`)) as { stats64: { tx: { packets: number } } }[];
    return link?.stats64.tx.packets ?? 0;
  }
});
