import assert from "node:assert/strict";
import { test } from "node:test";
import { type EligibilityCheck, isEligible, objections } from "../../model/eligibility.js";
import type { KernelAddress, KernelLink } from "../../model/kernel.js";
import { nodeName } from "../../model/names.js";
import { eligibilityText } from "../../model/note-text-eligibility.js";
import { type PathHealth, pathGroupName } from "../../model/path.js";
import { type EligibilityFacts, type EligibilityQuestion, eligibility } from "./eligibility.js";
import { KernelTable } from "./kernel-table.js";

const link = (index: number, change: Partial<KernelLink> = {}): KernelLink => ({
  index,
  name: `eth${index}`,
  mac: `02:00:00:00:00:0${index}`,
  up: true,
  carrier: true,
  mtu: 1500,
  ...change,
});

const at = (linkIndex: number, address: string): KernelAddress => ({
  linkIndex,
  family: address.includes(":") ? 6 : 4,
  address,
  prefixLength: address.includes(":") ? 64 : 24,
  flags: 0,
});

interface World {
  /** Health of the path that the target belongs to; `none`: it belongs to no group. */
  readonly path?: PathHealth | "none";
  readonly links?: readonly KernelLink[];
  readonly addresses?: readonly KernelAddress[];
  readonly question?: Partial<EligibilityQuestion>;
  readonly facts?: Partial<EligibilityFacts>;
}

const ADDRESS = "10.0.0.9";
const GROUP = { name: pathGroupName("mether0"), interfaces: ["eth0", "eth1"] };

/** 10.0.0.9 is to go from eth0 to eth1; both have another address of the subnet, so that every check says yes. */
function ask({ path = "healthy", links, addresses, question, facts }: World = {}): ReturnType<typeof eligibility> {
  const kernel = new KernelTable();
  kernel.replace({
    links: links ?? [link(0), link(1)],
    addresses: addresses ?? [at(0, ADDRESS), at(1, "10.0.0.2"), at(1, "fe80::1")],
  });
  return eligibility(
    {
      address: ADDRESS,
      interface: "eth1",
      from: "eth0",
      ...(path === "none" ? {} : { group: { ...GROUP, health: path } }),
      limits: { addressesMax: 2, macsMax: 2 },
      mac: "02:00:00:00:00:aa",
      ...question,
    },
    {
      kernel,
      isMoving: (address) => address === ADDRESS,
      isOurs: () => true,
      claimant: () => undefined,
      rival: () => undefined,
      ...facts,
    },
  );
}

const vlanIn = (parent: number): KernelLink => link(7, { name: "v7", kind: "vlan", parent, vlanId: 7 });

/** What makes each check fail, and no other, with the words that the operator then reads. */
const ALONE: Readonly<Record<EligibilityCheck, readonly [World, string]>> = {
  "interface-present": [{ links: [link(0)] }, "there is no interface eth1"],
  "interface-up": [{ links: [link(0), link(1, { carrier: false })] }, "eth1 has no carrier"],
  "path-healthy": [{ path: "recovering" }, "the path over eth1 is recovering"],
  "same-network": [
    { path: "none", addresses: [at(0, ADDRESS), at(2, "10.0.0.3")], links: [link(0), link(1), link(2)] },
    "eth1 leads to another network than 10.0.0.9, whose network is behind eth2",
  ],
  "same-subnet": [
    { addresses: [at(0, ADDRESS), at(2, "10.0.0.3")], links: [link(0), link(1), link(2)] },
    "the subnet of 10.0.0.9 is on eth2, not on eth1",
  ],
  "vlan-available": [
    { links: [link(0), link(1, { kind: "vlan", parent: 9 })], question: { vlanId: 7 } },
    "eth1 lacks the VLAN 7 of 10.0.0.9",
  ],
  "free-in-cluster": [{ facts: { claimant: () => nodeName("web2") } }, "web2 claims 10.0.0.9"],
  "free-on-wire": [{ facts: { rival: () => "02:00:00:00:00:99" } }, "02:00:00:00:00:99 uses 10.0.0.9 on the wire"],
  "room-for-address": [{ question: { arriving: 1 } }, "eth1 has no room for another address (2 of 2)"],
  "room-for-mac": [
    { links: [link(0), link(1), link(5, { kind: "macvlan", parent: 1 })] },
    "eth1 has no room for another MAC (2 of 2)",
  ],
  mtu: [{ path: "none", links: [link(0, { mtu: 9000 }), link(1)] }, "the MTU of eth1 is too small (1500 < 9000)"],
};

test("AF-3: nothing speaks against a move between two sound paths of a group, and each check is answered once", () => {
  const answers = ask();
  assert.ok(isEligible(answers));
  assert.deepEqual(
    answers.results.map(({ check, verdict }) => [check, verdict]),
    Object.keys(ALONE).map((check) => [check, "yes"]),
  );
});

for (const [check, [world, words]] of Object.entries(ALONE)) {
  test(`AF-3: ${check} can fail alone, and says why`, () => {
    const found = objections(ask(world));
    // Where the subnet is on another interface, it can't be on the target: without a group one fact answers both.
    const expected = check === "same-network" ? ["same-network", "same-subnet"] : [check];
    assert.deepEqual(
      found.map((each) => each.check),
      expected,
    );
    assert.equal(eligibilityText(found[0] ?? assert.fail(), { address: ADDRESS, interface: "eth1" }), words);
  });
}

const verdictOf = (check: EligibilityCheck, world: World): string | undefined =>
  ask(world).results.find((each) => each.check === check)?.verdict;

test("HN-6: a standby that is switched off on purpose is no obstacle, whatever its carrier", () => {
  const world = { links: [link(0), link(1, { up: false, carrier: false })] };
  assert.equal(verdictOf("interface-up", world), "no");
  const unwatched: World = { ...world, path: "unwatched" };
  assert.equal(verdictOf("interface-up", unwatched), "unknown");
  assert.equal(verdictOf("path-healthy", unwatched), "unknown");
  assert.ok(isEligible(ask(unwatched)));
});

test("AF-10: within a group a smaller MTU is raised, so that it speaks against nothing", () => {
  assert.equal(verdictOf("mtu", { links: [link(0, { mtu: 9000 }), link(1)] }), "unknown");
  assert.equal(verdictOf("mtu", { links: [link(0), link(1, { mtu: 9000 })] }), "yes");
});

test("a VLAN that exists on the interface will do, within a group or not; elsewhere it does not count", () => {
  const world: World = { path: "none", question: { vlanId: 7 } };
  assert.equal(verdictOf("vlan-available", { ...world, links: [link(0), link(1), vlanIn(1)] }), "yes");
  assert.equal(verdictOf("vlan-available", { ...world, links: [link(0), link(1), vlanIn(0)] }), "no");
  assert.equal(verdictOf("vlan-available", { question: { vlanId: 7 } }), "yes");
});

test("an address on a VLAN counts for the interface below it", () => {
  const world: World = { links: [link(0), link(1), vlanIn(1)], addresses: [at(0, ADDRESS), at(7, "10.0.0.3")] };
  assert.equal(verdictOf("same-subnet", world), "yes");
});

test("other addresses that move are no sign of where a subnet belongs", () => {
  const isMoving = (): boolean => true;
  const world: World = { path: "none", links: [link(0), link(1), link(2)], addresses: [at(2, "10.0.0.3")] };
  assert.equal(verdictOf("same-network", world), "no");
  assert.equal(verdictOf("same-network", { ...world, facts: { isMoving } }), "unknown");
});

test("an address that is on a third interface by now is not the group's to move, wherever its subnet is", () => {
  const vlan = link(8, { kind: "vlan", parent: 7, vlanId: 7 });
  const links = [link(0), link(1), link(7), vlan, link(9, { name: "lo" }), link(10, { kind: "dummy" })];
  const has = (linkIndex: number, ...others: readonly KernelAddress[]): World => {
    return { links, addresses: [at(linkIndex, ADDRESS), at(1, "10.0.0.2"), ...others] };
  };
  for (const index of [7, 8]) assert.equal(verdictOf("same-subnet", has(index)), "no", String(index));
  assert.equal(verdictOf("same-subnet", has(7, at(0, ADDRESS))), "yes", "it is where it comes from, too");
  for (const index of [9, 10]) assert.equal(verdictOf("same-subnet", has(index)), "yes", `${index} is on no wire`);
  const linkLocal = { links, addresses: [at(7, "fe80::1"), at(1, "fe80::2")], question: { address: "fe80::1" } };
  assert.equal(verdictOf("same-subnet", linkLocal), "yes", "each interface has its own");
});

test("link-local addresses, the address itself and those that leave need no room", () => {
  const addresses = [at(1, ADDRESS), at(1, "10.0.0.2"), at(1, "10.0.0.3"), at(1, "fe80::1")];
  assert.equal(verdictOf("room-for-address", { addresses }), "no");
  assert.equal(verdictOf("room-for-address", { addresses, question: { leaving: ["10.0.0.3"] } }), "yes");
});

test("IPv6 addresses are judged alike", () => {
  const world = { question: { address: "fd00::9" }, addresses: [at(1, "fd00::2")] };
  assert.equal(verdictOf("same-subnet", world), "yes");
  assert.ok(isEligible(ask(world)));
});

test("what can't be said speaks against nothing", () => {
  const bare = ask({ path: "none", addresses: [], question: { limits: { addressesMax: 15 }, from: "gone" } });
  assert.deepEqual(
    bare.results.filter(({ verdict }) => verdict === "unknown").map(({ check }) => check),
    ["path-healthy", "same-network", "same-subnet", "room-for-mac", "mtu"],
  );
  assert.ok(isEligible(bare));
});

test("there is a sentence for every answer of every check, with and without detail", () => {
  const place = { address: ADDRESS, interface: "eth1" };
  for (const check of Object.keys(ALONE) as EligibilityCheck[]) {
    const texts = (["yes", "no", "unknown"] as const).flatMap((verdict) => [
      eligibilityText({ check, verdict }, place),
      eligibilityText({ check, verdict, detail: "something" }, place),
    ]);
    for (const text of texts) assert.doesNotMatch(text, /undefined|\(\)|^$/);
    assert.equal(new Set([texts[0], texts[2], texts[4]]).size, 3, check);
  }
});
